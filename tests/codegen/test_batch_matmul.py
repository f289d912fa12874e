"""BATCH_MATMUL of every order in memory, broadcast, with constants on either side: generated C against TFLM."""

import numpy as np
import pytest
import weighted
from cores import assert_core_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net, zero_points
from oracle import assert_bit_exact

from ecgprune.codegen import generate
from ecgprune.codegen.target import Target
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.reader import read

KERNEL = "ecgp_batch_matmul_s8"
DENSE = "ecgp_fully_connected_s8"


@st.composite
def products(draw):
    """(shapes of both sides, of the output, which side is constant, options, quantizations)."""
    rows, depth, columns = draw(st.integers(1, 6)), draw(st.sampled_from([1, 3, 4, 7, 16, 19])), draw(st.integers(1, 9))
    batch = draw(st.lists(st.integers(1, 3), max_size=3))
    adj = [draw(st.booleans()) for _ in range(2)]
    shapes = []
    for turned, matrix in zip(adj, ((rows, depth), (depth, columns)), strict=True):
        leading = [1 if draw(st.integers(0, 3)) == 0 else n for n in batch][draw(st.integers(0, len(batch))) :]
        shapes.append((*leading, *(matrix[::-1] if turned else matrix)))
    out = (*np.broadcast_shapes(*(s[:-2] for s in shapes)), rows, columns)
    constant = draw(st.sampled_from([None, None, 0, 1]))
    scales = draw(st.sampled_from([(0.5, 0.25, 4.0), (0.1, 0.3, 0.5), (0.037, 0.05, 0.02), (1.0, 1.0, 0.25)]))
    quants = [(scale, draw(zero_points)) for scale in scales]
    if constant == 1 and draw(st.booleans()):
        quants[1] = quants[1][0], 0
    return shapes, out, constant, {"adj_x": adj[0], "adj_y": adj[1]}, quants


def add(net, case, seed):
    shapes, out, constant, options, (*quants, y) = case
    random = np.random.default_rng(seed)
    operands = [
        net.constant(random.integers(-128, 128, shape), quant) if side == constant else net.input(shape, quant)
        for side, (shape, quant) in enumerate(zip(shapes, quants, strict=True))
    ]
    net.apply("BATCH_MATMUL", operands, out, y, **options)


@pytest.mark.parametrize(("kernel", "core"), [(KERNEL, "Cortex-M4"), (DENSE, "Cortex-M55")])
@settings(max_examples=3, deadline=None)
@given(st.lists(products(), min_size=8, max_size=12))
def test_products_of_any_shapes_equal_tflm(kernel, core, cases):
    net = Net()
    for number, case in enumerate(cases):
        add(net, case, number)
    with weighted.preferring(kernel):
        assert_bit_exact(net.blob(), 3, interpreter=False, target=Target(core))


Q = [(0.5, -7), (0.25, 100), (4.0, 3)]
CASES = [
    ([(2, 5, 19), (1, 19, 23)], (2, 5, 23), None, {"adj_x": False, "adj_y": False}, Q),
    ([(2, 19, 5), (2, 9, 19)], (2, 5, 9), None, {"adj_x": True, "adj_y": True}, Q),
    ([(5, 16), (16, 18)], (5, 18), 1, {"adj_x": False, "adj_y": False}, Q),
    ([(6, 4), (2, 6, 3)], (2, 4, 3), 0, {"adj_x": True, "adj_y": False}, [(0.5, 0), (0.25, 0), (0.0625, 0)]),
]


def network():
    net = Net()
    for number, case in enumerate(CASES):
        add(net, case, number)
    return net.blob()


@pytest.mark.slow
@pytest.mark.parametrize("board", ["microbit", "mps2_an386", "mps3_an547"])
def test_a_core_answers_what_tflm_answers(board, tmp_path):
    assert_core_answers(network(), KERNEL, board, tmp_path / "model")


def test_a_constant_matrix_of_zero_point_0_can_be_done_by_the_kernels_of_fully_connected():
    net = Net()
    add(net, ([(2, 3, 8), (8, 5)], (2, 3, 5), 1, {"adj_x": False, "adj_y": False}, [(0.5, 3), (0.1, 0), (1.0, 9)]), 1)
    (layer,) = generate(read(net.blob()), "m").plan.layers
    assert layer.kernel.startswith("ecgp_fully_connected")
    assert layer.macs == 2 * 3 * 8 * 5


REFUSED = {
    "depths that differ": ([(3, 4), (5, 2)], (3, 2), "4 columns on the left, 5 rows on the right"),
    "batches that do not broadcast": ([(2, 3, 4), (3, 4, 2)], (2, 3, 2), r"shapes \[2, 3, 4\] and \[3, 4, 2\]"),
    "a vector": ([(4,), (4, 2)], (2,), r"shape \[4\]; supported: 2 to 5 dimensions"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=list(REFUSED))
def test_products_that_are_none_are_refused(case):
    shapes, out, said = case
    net = Net()
    add(net, (shapes, out, None, {"adj_x": False, "adj_y": False}, Q), 1)
    with pytest.raises(UnsupportedOperatorError, match=said):
        generate(read(net.blob()), "m")
