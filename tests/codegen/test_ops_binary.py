"""Elementwise operators on two tensors: generated C against TFLM and the interpreter, for all pairs of bytes."""

import cores
import numpy as np
import pytest
import weighted
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import BINARY, FUSING, Net, activations, coarse, quants
from oracle import assert_bit_exact

from ecgprune.codegen import generate, ops
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

EXAMPLES = settings(max_examples=8, deadline=None)
ALL = np.arange(-128, 128, dtype=np.int8)


@pytest.mark.parametrize("operator", BINARY)
@EXAMPLES
@given(st.lists(st.tuples(quants, quants, quants, activations), min_size=2, max_size=4))
def test_it_equals_tflm_for_all_pairs_of_bytes(operator, cases):
    net = Net()
    for qa, qb, qy, activation in cases:
        a, b = net.input((256, 1), qa), net.input((1, 256), qb)
        options = {"fused_activation_function": activation} if operator in FUSING else {}
        net.apply(operator, [a, b], (256, 256), coarse(operator, qa, qb, qy), **options)
    exact = not ops.specs()[operator].interpreter_deviates
    assert_bit_exact(net.blob(), [[ALL.reshape(256, 1), ALL.reshape(1, 256)] * len(cases)], interpreter=exact)


@st.composite
def broadcasts(draw):
    """Two shapes of which each may have ones in one run of dimensions, or leave dimensions out in front."""
    full = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    first, last = sorted((draw(st.integers(0, len(full))), draw(st.integers(0, len(full)))))
    small = [1 if first <= i < last else n for i, n in enumerate(full)]
    if draw(st.booleans()):
        leading = next((i for i, n in enumerate(small) if n != 1), len(small) - 1)
        small = small[draw(st.integers(0, leading)) :]
    return tuple(full), tuple(small)


drawn = st.tuples(broadcasts(), quants, quants, quants, st.integers(0, 4))


@pytest.mark.parametrize("operator", BINARY)
@EXAMPLES
@given(st.lists(drawn, min_size=4, max_size=8), st.randoms())
def test_it_broadcasts_and_takes_constants_on_either_side_as_tflm(operator, cases, random):
    net = Net()
    for (full, small), qa, qb, qy, kind in cases:
        shapes = [full, small] if kind % 2 else [small, full]
        constant = {3: 0, 4: 1}.get(kind)
        names = [
            net.constant(np.array([random.randint(-128, 127) for _ in range(int(np.prod(s)))]).reshape(s), q)
            if side == constant
            else net.input(s, q)
            for side, (s, q) in enumerate(zip(shapes, (qa, qb), strict=True))
        ]
        net.apply(operator, names, full, coarse(operator, qa, qb, qy))
    assert_bit_exact(net.blob(), vectors=3, interpreter=not ops.specs()[operator].interpreter_deviates)


@pytest.mark.parametrize("operator", BINARY)
def test_of_a_tensor_and_itself_it_equals_tflm(operator):
    net = Net()
    x = net.input((1, 256), (0.3, 7))
    doubled = net.apply(operator, [x, x], (1, 256), (0.7, -5), output=False)
    net.apply(operator, [doubled, x], (1, 256), (0.9, 0))
    assert_bit_exact(net.blob(), [[ALL.reshape(1, 256)]])


@pytest.mark.parametrize("operator", ["ADD", "SUB", "SQUARED_DIFFERENCE"])
def test_operands_of_any_ratio_of_scales_equal_tflm(operator):
    """Equal scales, where no operand's factor rounds, powers of two, a ratio that TFLM takes for 0, and one near it."""
    net = Net()
    for number, ratio in enumerate((1.0, 2.0, 0.5, 4.0, 0.25, 3.0, 1 / 3, 2.0**31, 2.0**-30, 2.0**-33)):
        qa, qb = (0.5, (-128, 127, 3)[number % 3]), (0.5 * ratio, (5, -128)[number % 2])
        a, b = net.input((256, 1), qa), net.input((1, 256), qb)
        scale = (0.75, 2.0**-18)[number // 2 % 2] * max(ratio, 1)
        options = {"fused_activation_function": ("NONE", "RELU")[number % 4 // 3]} if operator in FUSING else {}
        net.apply(operator, [a, b], (256, 256), coarse(operator, qa, qb, (scale, (-128, 9)[number % 2])), **options)
        net.apply(operator, [b, b], (1, 256), coarse(operator, qb, qb, (scale, 0)), **options)
    exact = not ops.specs()[operator].interpreter_deviates
    assert_bit_exact(net.blob(), [[ALL.reshape(256, 1), ALL.reshape(1, 256)] * 10], interpreter=exact)


LINEAR = "ecgp_add_linear_s8"
PAIRS = [np.repeat(ALL, 256).reshape(256, 256), np.tile(ALL, 256).reshape(256, 256)]


@pytest.mark.parametrize("operator", ["ADD", "SUB"])
@EXAMPLES
@given(st.lists(st.tuples(quants, quants, quants, activations), min_size=2, max_size=4))
def test_tensors_of_one_shape_equal_tflm_for_all_pairs_of_bytes(operator, cases):
    net = Net()
    for qa, qb, qy, activation in cases:
        operands = [net.input((256, 256), q) for q in (qa, qb)]
        net.apply(operator, operands, (256, 256), coarse(operator, qa, qb, qy), fused_activation_function=activation)
    with weighted.preferring(LINEAR):
        assert_bit_exact(net.blob(), [PAIRS * len(cases)])


RULES = {  # scales and zero points of a, b and the sum: whether one linear rule has TFLM's bits
    ((0.0394, -128), (0.1042, 4), (0.0509, -128)): True,
    ((0.03139, 3), (0.01743, -20), (0.04471, 9)): True,
    ((0.25, 3), (0.125, -20), (0.5, 9)): True,  # sums just between two outputs, which go away from zero
    ((0.5, 3), (0.5, 0), (0.05, 0)): False,  # a factor above 8
}


@pytest.mark.parametrize("quantizations", RULES)
def test_a_sum_of_ordinary_scales_takes_one_linear_rule(quantizations):
    net = Net()
    for operator in ("ADD", "SUB"):
        net.apply(operator, [net.input((3, 7), q) for q in quantizations[:2]], (3, 7), quantizations[2])
    calls = [step.call for step in generate(read(net.blob()), "m", target=Target("Cortex-M4")).plan.calls]
    assert [call.kernel == LINEAR for call in calls] == [RULES[quantizations]] * 2
    assert all(call.in_place for call in calls)


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an385", "mps3_an547"])
def test_a_core_takes_the_linear_rule(board, tmp_path):
    net = Net()
    for quantizations, size in zip(RULES, (1, 4, 35, 3), strict=True):
        for activation in ("NONE", "RELU6"):
            operands = [net.input((1, size), q) for q in quantizations[:2]]
            net.apply("SUB", operands, (1, size), quantizations[2], fused_activation_function=activation)
    cores.assert_core_answers(net.blob(), LINEAR, board, tmp_path)


FACTORS = {  # of the products of MUL: the loop of the kernel that each takes, by activation
    2.0**-40: ("ECGP_MUL_FULL", "ECGP_MUL_CLAMP"),
    2.0**-23 / 3: ("ECGP_MUL_FULL", "ECGP_MUL_CLAMP"),
    2.0**-9 / 3: ("ECGP_MUL_FULL", "ECGP_MUL_CLAMP"),
    0.125: ("ECGP_MUL_FULL", "ECGP_MUL_CLAMP"),
    0.25: ("ECGP_MUL_ANY", "ECGP_MUL_ANY"),
    1 / 3: ("ECGP_MUL_ANY", "ECGP_MUL_ANY"),
    1.0: ("ECGP_MUL_ANY", "ECGP_MUL_ANY"),
    2.0**14: ("ECGP_MUL_ANY", "ECGP_MUL_ANY"),
}


@pytest.mark.parametrize("factor", FACTORS)
def test_products_of_any_factor_equal_tflm_in_the_loop_that_is_meant(factor):
    net = Net()
    for number, activation in enumerate(("NONE", "RELU")):
        for zeros in ((0, 0, 0), (-128, 127, -128), (127, 127, 5), (3, -77, 127)):
            a, b = net.input((256, 1), (1.0, zeros[0])), net.input((1, 256), (0.5, zeros[1]))
            net.apply("MUL", [a, b], (256, 256), (0.5 / factor, zeros[2]), fused_activation_function=activation)
            call = generate(read(net.blob()), "m").plan.calls[-1].call
            full = activation == "NONE" or call.params["requant.min"] == -128
            assert call.params["loop"] == FACTORS[factor][0 if full else number]
    assert_bit_exact(net.blob(), [[ALL.reshape(256, 1), ALL.reshape(1, 256)] * 8])
