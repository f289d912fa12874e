"""Operators that take vectors on a Cortex-M55: on QEMU against TFLM, in sizes that are no multiple of a vector."""

from dataclasses import replace

import cores
import numpy as np
import pytest
from fragments import state
from networks import Net
from oracle import assert_bit_exact
from tflite_builder import tensor

from ecgprune.codegen import generate
from ecgprune.codegen.kernels import helium_s16
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

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
        elif rng.integers(2):  # of equal scales no operand is rounded
            net.tensors[int(names[0][1:])] = replace(net.spec(names[0]), scales=net.spec(other).scales)
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


def weights(net, rng, shape, axis, bias="int64", largest=127):
    """[weights, bias] for an int16 input of scale 2^-12, and an output scale; factors are often powers of two: ties."""
    outputs, count = shape[axis], int(rng.choice([1, shape[axis]]))
    taps = int(np.prod(shape)) // outputs
    exponents = rng.integers(-9, -7, count)
    scales = (2.0**exponents * rng.choice([1.0, 1.3], count)).astype(np.float32)
    values, names = rng.integers(-largest, largest + 1, shape), []
    biases = rng.integers(-(2**20), 2**20, outputs)
    for data, dtype, scale, along in ((values, "int8", scales, axis), (biases, bias, np.float32(2.0**-12) * scales, 0)):
        names.append(f"t{len(net.tensors)}")
        net.tensors.append(tensor(data.shape, dtype, scale, np.zeros(count, int), data, axis=along, name=names[-1]))
    return names, 2.0 ** (-12 - 8 + 6 + int(rng.integers(0, 3)) + int(np.log2(taps)) // 2)


def int16_layers():
    """CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED over int16: edges, tiles that are moved back, short rows."""
    rng = np.random.default_rng(3)
    net = Net()
    for width, inputs, kernel, stride, dilation, padding, outputs in (
        (5, 1, (1, 3), 1, 1, "SAME", 1), (13, 3, (1, 5), 1, 1, "SAME", 5), (14, 8, (1, 1), 1, 1, "VALID", 4),
        (9, 2, (2, 3), 2, 1, "SAME", 9), (19, 5, (1, 4), 1, 2, "VALID", 3), (12, 4, (1, 2), 2, 1, "VALID", 6),
    ):  # fmt: skip
        bias = str(rng.choice(["int64", "int32"]))
        operands, y = weights(net, rng, (outputs, *kernel, inputs), 0, bias)
        out = -(-width // stride) if padding == "SAME" else (width - (kernel[1] - 1) * dilation - 1) // stride + 1
        net.apply("CONV_2D", [net.input((1, 2, width, inputs), (2.0**-12, 0), "int16"), *operands],
                  (1, 2 if stride == 1 else 1, out, outputs), (y, 0), "int16", padding=padding, stride_h=stride,
                  stride_w=stride, dilation_w_factor=dilation, quantized_bias_type=bias.upper(),
                  fused_activation_function=str(rng.choice(["NONE", "RELU"])))  # fmt: skip
    for channels, stride, dilation in ((4, 1, 1), (5, 2, 1), (8, 1, 2), (19, 1, 1)):
        operands, y = weights(net, rng, (1, 3, 3, channels), 3)
        out = (-(-4 // stride), -(-5 // stride))
        net.apply("DEPTHWISE_CONV_2D", [net.input((1, 4, 5, channels), (2.0**-12, 0), "int16"), *operands],
                  (1, *out, channels), (y, 0), "int16", padding="SAME", stride_h=stride, stride_w=stride,
                  depth_multiplier=1, dilation_w_factor=dilation, dilation_h_factor=dilation)  # fmt: skip
    for rows, depth, outputs, bias in ((1, 1, 1, "int64"), (1, 7, 3, "int32"), (2, 8, 4, "int64"), (1, 41, 9, "int64")):
        operands, y = weights(net, rng, (outputs, depth), 0, bias)
        net.apply("FULLY_CONNECTED", [net.input((rows, depth), (2.0**-12, 0), "int16"), *operands], (rows, outputs),
                  (y, 0), "int16", quantized_bias_type=bias.upper())  # fmt: skip
    return net.blob()


def test_int16_layers_take_vectors_on_a_cortex_m55_and_the_c_beside_them_equals_tflm():
    blob, target = int16_layers(), Target("Cortex-M55")
    chosen = [layer.kernel for layer in generate(read(blob), "m", target=target).plan.layers]
    expected = [helium_s16.CONV] * 6 + [helium_s16.DEPTHWISE] * 4 + [helium_s16.MATRIX] * 4
    assert chosen == expected
    assert_bit_exact(blob, 3, interpreter=False, target=target)


def test_sums_with_biases_beyond_int32_are_left_to_the_kernels_of_any_core():
    net, rng = Net(), np.random.default_rng(5)
    operands, y = weights(net, rng, (4, 600), 0, largest=127)
    net.tensors[-1].data[:] = 2**34
    x = net.input((1, 600), (2.0**-12, 0), "int16")
    net.apply("FULLY_CONNECTED", [x, *operands], (1, 4), (y * 2**12, 0), "int16")
    layers = generate(read(net.blob()), "m", target=Target("Cortex-M55")).plan.layers
    assert [layer.kernel for layer in layers] == ["ecgp_fully_connected_s16"]


@pytest.mark.slow
def test_a_cortex_m55_answers_for_int16_layers_what_tflm_answers(tmp_path):
    cores.assert_core_answers(int16_layers(), None, BOARD, tmp_path / "image")


def all_operators():
    rng = np.random.default_rng(7)
    net = Net()
    for dtype in ("int8", "int16"):
        for size in SIZES:
            for operator in ("MUL", "ADD", "SUB")[: 1 if size in (3, 8, 15) else 3]:
                elementwise(net, rng, operator, dtype, size)
        for channels in (1, 3, 4, 7, 16, 21):
            for operator in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
                pooled(net, rng, operator, dtype, channels)
    stateful(net, rng)
    for operator in ("LOGISTIC", "TANH"):
        for scale in (2.0**-12, 0.003, 1.0):
            net.apply(operator, net.input((1, 21), (scale, 0), "int16"), (1, 21), (1 / 32768, 0), "int16")
    for shape, scale in (((1, 1), 0.001), ((2, 3), 2.0**-10), ((3, 13), 0.0001), ((1, 40), 2.0**-12)):
        net.apply("SOFTMAX", net.input(shape, (scale, 0), "int16"), shape, (1 / 32768, 0), "int16", beta=1.0)
    x = net.input((1, 1, 300, 2), INT16, "int16")
    net.apply("AVERAGE_POOL_2D", x, (1, 1, 1, 2), INT16, "int16", padding="VALID", stride_h=1, stride_w=1,
              filter_height=1, filter_width=300)  # fmt: skip
    return net.blob()


@pytest.mark.slow
def test_a_cortex_m55_answers_for_sizes_beside_its_vectors_what_tflm_answers(tmp_path):
    cores.assert_core_answers(all_operators(), None, BOARD, tmp_path / "image")


@pytest.mark.slow
def test_a_cortex_m55_makes_means_side_by_side_as_tflm_does(tmp_path):
    net = Net()
    axes = net.constant(np.array([1, 2], np.int32))
    for channels, count in ((1, 9), (4, 9), (7, 22), (8, 1), (8, 255), (9, 256), (16, 22), (21, 511), (64, 22)):
        for scale in (0.5, 2.0, 0.01):  # of outputs, below and above that of inputs
            x = net.input((1, 1, count, channels), (0.05, 7), "int8")
            net.apply("MEAN", [x, axes], (1, channels), (scale, -9), keep_dims=False)
    cores.assert_core_answers(net.blob(), "ecgp_mean_s8", BOARD, tmp_path / "image")
