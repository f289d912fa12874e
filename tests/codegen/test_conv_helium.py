"""Convolutions on Helium: on the host the C beside the vectors, on an emulated Cortex-M55 the vectors themselves."""

import dataclasses
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import conv_cases
import cores
import numpy as np
import pytest
import smlal_cases
import weighted
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate
from ecgprune.codegen.kernels import gather, helium, helium_dense
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

KERNELS = Path(__file__).parents[2] / "firmware" / "lib" / "nn"
M55 = Target("Cortex-M55")
DENSE = "ecgp_conv_helium_s8"
WEIGHTS = "ecgp_conv_sparse_gather_s8"
BLOCKS = "ecgp_conv_sparse_blocks_gather_s8"
DEPTHWISE = "ecgp_depthwise_conv_helium_s8"
VARIANTS = [DENSE, WEIGHTS, BLOCKS]
BOARD = "mps3_an547"

channels = st.one_of(st.integers(1, 9), st.sampled_from([16, 17, 40]))
convs = st.tuples(conv_cases.geometries(), weighted.drawn, channels, channels)


@contextmanager
def preferring(kernel):
    """The planner takes this kernel wherever it can, gathers of bytes too where words would do."""
    with weighted.preferring(kernel), mock.patch.object(gather, "WORDS_FOR_BYTES", 0):
        yield


def add_all(cases, pooled):
    net = Net()
    for geometry, case, inputs, outputs in cases:
        if pooled:
            width = geometry["shape"][2] + 5 * geometry["stride"][1]  # at least two columns are left to pool
            shape = (*geometry["shape"][:2], width)
            smlal_cases.add_pooled(net, {**geometry, "shape": shape}, case, inputs, outputs)
        else:
            conv_cases.add_conv(net, geometry, case, 1, inputs, outputs)
    return net


def kernels(net):
    return [layer.kernel for layer in generate(read(net.blob()), "m", target=M55).plan.layers]


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("kernel", VARIANTS)
@conv_cases.EXAMPLES
@given(st.lists(convs, min_size=3, max_size=6))
def test_any_convolution_equals_tflm_bit_for_bit(kernel, pooled, cases):
    with preferring(kernel):
        assert_bit_exact(add_all(cases, pooled).blob(), interpreter=conv_cases.interpreted(cases), target=M55)


def drawn_cases(seed, count):
    """What hypothesis draws above, drawn by a seed, as an image is built once for all."""
    rng = np.random.default_rng(seed)

    def one(*values):
        return values[int(rng.integers(len(values)))]

    for _ in range(count):
        flat = bool(rng.integers(2))
        kernel = (1 if flat else one(1, 2, 3), int(rng.integers(1, 6)))
        dilation = one((1, 1), (1, 1), (2, 1), (1, 2))
        height = (kernel[0] - 1) * dilation[0] + one(1, 2, 5)
        width = (kernel[1] - 1) * dilation[1] + int(one(1, 2, 5, 6, 7, 12, 13, 37))
        yield (
            conv_cases.a_geometry(
                shape=(one(1, 1, 2), height, width), kernel=kernel, stride=(one(1, 2), one(1, 2, 3)),
                dilation=dilation, padding=one("SAME", "VALID"),
            ),
            conv_cases.a_case(
                seed=int(rng.integers(2**32)), zeros=one(0.0, 0.6, 0.9, 1.0), extreme=one(True, False),
                exponent=one(-24, -13, -10, -9, -8, -6), tie=one(True, False), per_channel=one(True, False),
                bias=one("small", "large"), input_zero=one(-128, -7, 127), output_zero=one(-128, 3, 127),
                activation=one("NONE", "RELU", "RELU6"),
            ),
            one(1, 2, 3, 4, 5, 8, 10, 16, 17, 32, 40),
            one(1, 2, 3, 4, 5, 7, 8, 10, 16, 33),
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("kernel", VARIANTS)
def test_the_vectors_of_a_core_answer_what_tflm_answers(kernel, pooled, tmp_path):
    for seed in range(2):
        blob = add_all(list(drawn_cases(seed + 10 * pooled, 24)), pooled).blob()
        with preferring(kernel):
            cores.assert_core_answers(blob, kernel, BOARD, tmp_path / str(seed))


depthwises = st.tuples(
    conv_cases.geometries(), weighted.drawn, st.one_of(st.integers(4, 9), st.sampled_from([16, 21, 35])), st.just(1)
)


def below_one_half(case):
    """The case with factors that shift right, as all vectors of factors must."""
    return dataclasses.replace(case, exponent=min(case.exponent, -3))


@conv_cases.EXAMPLES
@given(st.lists(depthwises, min_size=3, max_size=6))
def test_any_depthwise_convolution_equals_tflm_bit_for_bit(cases):
    net = Net()
    cases = [(geometry, below_one_half(case), *rest) for geometry, case, *rest in cases]
    for case in cases:
        conv_cases.add_depthwise(net, *case)
    with preferring(DEPTHWISE):
        assert set(kernels(net)) == {DEPTHWISE}
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases), target=M55)


@pytest.mark.slow
def test_the_vectors_of_a_core_answer_what_tflm_answers_for_depthwise_convolutions(tmp_path):
    net = Net()
    for number, (geometry, case, *_) in enumerate(drawn_cases(7, 24)):
        conv_cases.add_depthwise(net, geometry, below_one_half(case), (4, 5, 7, 8, 16, 17, 33)[number % 7], 1)
    cores.assert_core_answers(net.blob(), DEPTHWISE, BOARD, tmp_path / "image")


@pytest.mark.parametrize(("channels", "multiplier"), [(3, 1), (8, 2)])
def test_few_channels_or_several_outputs_of_each_are_left_to_another_kernel(channels, multiplier):
    net = Net()
    conv_cases.add_depthwise(net, conv_cases.a_geometry(), conv_cases.a_case(), channels, multiplier)
    with preferring(DEPTHWISE):
        assert kernels(net) != [DEPTHWISE]


@pytest.mark.parametrize("width", [1, 2, 5, 6, 7, 11, 12, 13, 90])
def test_rows_of_any_length_are_cut_into_tiles(width):
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 1, width))
    conv_cases.add_conv(net, geometry, conv_cases.a_case(), 1, 20, 5)
    conv_cases.add_conv(net, {**geometry, "kernel": (1, 1)}, conv_cases.a_case(seed=3), 1, 20, 5)
    if width > 4:
        smlal_cases.add_pooled(net, geometry, conv_cases.a_case(seed=2), 20, 5)
    for kernel in VARIANTS:
        with preferring(kernel):
            assert kernels(net) == [kernel] * (2 + (width > 4)) + [""] * (width > 4)
            assert_bit_exact(net.blob(), target=M55)


@pytest.mark.parametrize("exponent", [-2, -28])  # factors to 2^-3 of it: shifts -4 to -1, -30 to -27
def test_factors_up_to_the_bounds_are_exact(exponent):
    net = Net()
    case = conv_cases.a_case(exponent=exponent, tie=True, bias="large", activation="NONE", output_zero=-128)
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 12)
    with preferring(DENSE):
        assert kernels(net) == [DENSE]
        assert_bit_exact(net.blob(), 6, target=M55)


def test_larger_factors_are_left_to_another_kernel():
    net = Net()
    case = conv_cases.a_case(exponent=1, tie=True, activation="NONE")
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 12)
    conv_cases.add_depthwise(net, conv_cases.a_geometry(), case, 16, 1)
    for kernel in (DENSE, DEPTHWISE):
        with preferring(kernel):
            assert kernel not in kernels(net)


def test_other_cores_are_not_offered_vectors():
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(), conv_cases.a_case(), 1, 4, 12)
    with preferring(DENSE):
        assert generate(read(net.blob()), "m").plan.layers[0].kernel != DENSE


@pytest.mark.parametrize("kernel", [WEIGHTS, BLOCKS])
@pytest.mark.parametrize("zeros", [0.0, 0.6, 0.95, 1.0])
@pytest.mark.parametrize("inputs", [12, 40, 208])  # fields of 60, 200 and 1040 taps: of one segment and of several
def test_long_fields_are_cut_into_segments(inputs, zeros, kernel):
    net = Net()
    case = conv_cases.a_case(zeros=zeros, exponent=-13, extreme=True)
    conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 1, 9)), case, 1, inputs, 7)
    with preferring(kernel):
        layers = generate(read(net.blob()), "m", target=M55).plan.layers
        assert [layer.kernel for layer in layers] == [kernel]
        assert_bit_exact(net.blob(), target=M55)


def test_blocks_are_gathered_of_positions_that_lie_far_apart():
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 1, 40), stride=(1, 5))  # 1040 bytes between fields
    conv_cases.add_conv(net, geometry, conv_cases.a_case(zeros=0.6, exponent=-13), 1, 208, 3)
    with preferring(BLOCKS):
        assert generate(read(net.blob()), "m", target=M55).plan.layers[0].kernel == BLOCKS
        assert_bit_exact(net.blob(), target=M55)


def test_bytes_are_gathered_only_where_words_would_take_clearly_more():
    for width, kernel in ((4, BLOCKS), (1, WEIGHTS)):
        net = Net()
        conv_cases.add_conv(net, conv_cases.a_geometry(), conv_cases.a_case(zeros=0.0), 1, 32, 8)
        kept = np.random.default_rng(0).random((8, 1, 5, 32 // width)) < 0.2
        net.tensors[1].data[np.repeat(kept, width, axis=3) == 0] = 0
        with weighted.preferring(WEIGHTS):
            assert (WEIGHTS in kernels(net)) == (kernel == WEIGHTS)
        with weighted.preferring(BLOCKS):
            assert kernels(net) == [BLOCKS]


@st.composite
def packings(draw):
    width = draw(st.sampled_from([1, 4]))
    segment = width * draw(st.integers(1, 50))
    shape = draw(st.integers(1, 6)), draw(st.integers(1, 200))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = rng.integers(-128, 128, shape) * (rng.random(shape) < draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])))
    return rows.astype(np.int8), segment, width


@given(packings())
def test_a_packed_channel_holds_every_weight_once(packing):
    rows, segment, width = packing
    counts, entries = gather.pack(*packing)
    groups, at = helium.TAPS // width, 0
    found = np.zeros((len(rows), counts.shape[0] * segment), np.int8)
    for number, row in enumerate(counts):
        assert row[-1] == gather.END
        for channel, chunks in enumerate(row[:-1]):
            for _ in range(int(chunks)):
                chunk = entries[at : at + groups + helium.TAPS]
                for i, weight in enumerate(chunk[groups:].view(np.int8)):
                    found[channel, number * segment + int(chunk[i // width]) * width + i % width] += weight
                at += groups + helium.TAPS
    assert at + groups + helium.TAPS == entries.size  # the chunk that is loaded ahead
    np.testing.assert_array_equal(found[:, : rows.shape[1]], rows)
    assert not found[:, rows.shape[1] :].any()


def test_python_and_c_agree_on_the_size_of_a_tile():
    text = (KERNELS / "ecgp_helium.h").read_text()
    assert f"#define ECGP_HELIUM_TILE {helium.TILE}\n" in text
    assert f"#define ECGP_HELIUM_TAPS {helium.TAPS}\n" in text
    assert f"#define ECGP_HELIUM_END {gather.END}\n" in (KERNELS / "ecgp_helium_gather.h").read_text()


def test_python_and_c_agree_on_the_groups_of_a_dense_convolution():
    text = (KERNELS / "ecgp_helium_dense.h").read_text()
    for name in ("POSITIONS", "TAPS", "CHANNELS"):
        assert f"#define ECGP_DENSE_{name} {getattr(helium_dense, name)}\n" in text


@pytest.mark.parametrize("outputs", [1, 3, 4, 6])
@pytest.mark.parametrize("inputs", [1, 3, 16, 17])  # one chunk and two; its end within a field, or beyond the input
def test_the_end_of_the_input_is_not_passed(outputs, inputs):
    net = Net()
    for width in (1, 2, 3, 7):
        case = conv_cases.a_case(seed=width, activation="NONE", output_zero=3)
        conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 2, width), kernel=(1, 1)), case, 1, inputs, outputs)
    with preferring(DENSE):
        assert set(kernels(net)) == {DENSE}
        assert_bit_exact(net.blob(), interpreter=False, target=M55)
