"""Operators that take vectors on a Cortex-M55: on QEMU against TFLM, in sizes that are no multiple of a vector."""

import cores
import numpy as np
import pytest
from fragments import state
from networks import Net

BOARD = "mps3_an547"
SIZES = (1, 2, 3, 4, 5, 8, 15, 16, 17, 35)
INT8, INT16 = (0.25, -3), (0.25, 0)  # powers of two, which make ties frequent


def quant(rng, dtype):
    """A scale, often a power of two, and a zero point that int16 has not."""
    scale = float(rng.choice([0.5, 1 / 16, 1 / 3, rng.uniform(0.01, 2.0)]))
    return (scale * 2.0**-8, 0) if dtype == "int16" else (scale, int(rng.choice([-128, -7, 0, 127])))


def elementwise(net, rng, operator, dtype, size):
    """Operands of equal shapes, of which one is broadcast, and a constant."""
    shapes = [((size,), (size,)), ((3, size), (size,)), ((size, 3), (size, 1)), ((size,), (1,))]
    for full, small in shapes:
        a, b, y = (quant(rng, dtype) for _ in range(3))
        limits = np.iinfo(dtype)
        values = rng.integers(limits.min, limits.max, small, endpoint=True)
        other = net.constant(values, b, dtype) if rng.integers(2) else net.input(small, b, dtype)
        names = [net.input(full, a, dtype), other]
        if operator == "MUL":  # so that neither every product is cut off, nor none is left of any
            y = (max(a[0] * b[0] * float(rng.choice([0.3, 2.0, 64.0, 2.0**9, 2.0**13])), 2.0**-24), y[1])
            y = (max(y[0], 2 * a[0] * b[0]), 0) if dtype == "int16" else y
        activation = str(rng.choice(["NONE", "RELU", "RELU6"]))
        net.apply(operator, names, full, y, dtype, fused_activation_function=activation)


def pooled(net, rng, operator, dtype, channels):
    """Windows in the middle and at the edges, and one over more cells than vectors can divide by."""
    q = INT16 if dtype == "int16" else INT8
    x = net.input((1, 3, 7, channels), q, dtype)
    for size, stride, padding, shape in (((2, 3), (1, 2), "SAME", (3, 4)), ((3, 7), (1, 1), "VALID", (1, 1))):
        net.apply(operator, x, (1, *shape, channels), q, dtype, padding=padding, stride_h=stride[0], stride_w=stride[1],
                  filter_height=size[0], filter_width=size[1],
                  fused_activation_function=str(rng.choice(["NONE", "RELU"])))  # fmt: skip


def stateful(net, rng):
    """Filters and cells of odd sizes; the vectors that follow one another find other states."""
    for inputs, units, rank, memory in ((1, 1, 1, 1), (5, 3, 2, 2), (12, 8, 1, 17), (19, 5, 2, 18), (33, 18, 1, 9)):
        x, sizes = net.input((1, inputs), (0.02, -3)), (1, inputs, units, rank, memory)
        state.add_svdf(net, rng, x, sizes, "int8", zero_points=(-3, 4, 5))
        state.add_svdf(net, rng, x, sizes, "int16", (0.02, 0.01, 0.0002, 0.0001, 0.4))
    for inputs, units, cell in ((1, 1, 2.0**-11), (6, 5, 2.0**-15), (17, 20, 2.0**-9), (32, 18, 2.0**-11)):
        x = net.input((1, 2, inputs), (0.02, -3))
        scales = (0.02, float(rng.choice([0.01, 0.0003, 2.0**-6])), 1 / 128, cell)
        state.add_lstm(net, rng, x, (1, 2, inputs, units), scales, (-3, 4), cell_clip=float(rng.choice([0.0, 3.0])))


def all_operators():
    rng = np.random.default_rng(7)
    net = Net()
    for dtype in ("int8", "int16"):
        for size in SIZES:
            elementwise(net, rng, "MUL", dtype, size)
        for channels in (1, 3, 4, 7, 16, 21):
            for operator in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
                pooled(net, rng, operator, dtype, channels)
    stateful(net, rng)
    for operator in ("LOGISTIC", "TANH"):
        for scale in (2.0**-12, 0.003, 1.0):
            net.apply(operator, net.input((1, 21), (scale, 0), "int16"), (1, 21), (1 / 32768, 0), "int16")
    x = net.input((1, 1, 300, 2), INT16, "int16")
    net.apply("AVERAGE_POOL_2D", x, (1, 1, 1, 2), INT16, "int16", padding="VALID", stride_h=1, stride_w=1,
              filter_height=1, filter_width=300)  # fmt: skip
    return net.blob()


@pytest.mark.slow
def test_a_cortex_m55_answers_for_sizes_beside_its_vectors_what_tflm_answers(tmp_path):
    cores.assert_core_answers(all_operators(), None, BOARD, tmp_path / "image")
