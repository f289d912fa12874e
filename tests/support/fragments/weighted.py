"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED, with a scale per channel and 60 % zeros."""

import numpy as np
from tflite_builder import tensor

QUANT, QUANT_INT16 = (0.05, -3), (0.0005, 0)


def weights(net, rng, shape, axis, outputs, int16=False):
    """[weights, bias]. int16: for activations of int16."""
    values = np.where(rng.random(shape) < 0.6, 0, rng.integers(-127, 128, shape))
    scales = rng.uniform(0.01, 0.03, outputs).astype(np.float32)
    biases = rng.integers(-2000, 2000, outputs) * (2000 if int16 else 1)
    input_scale, bias = (QUANT_INT16[0], "int64") if int16 else (QUANT[0], "int32")
    names = []
    for data, dtype, scale, along in (
        (values, "int8", scales, axis), (biases, bias, np.float32(input_scale) * scales, 0),
    ):  # fmt: skip
        names.append(f"t{len(net.tensors)}")
        net.tensors.append(tensor(data.shape, dtype, scale, np.zeros(outputs, int), data, axis=along, name=names[-1]))
    return names


def batch_matmul(net, rng):
    x = net.input((1, 3, 5), QUANT)
    net.apply("BATCH_MATMUL", [x, net.input((2, 5, 6), (0.1, 7))], (2, 3, 6), (0.2, 5))
    constant = net.constant(rng.integers(-128, 128, (1, 7, 5)), (0.1, 7))
    net.apply("BATCH_MATMUL", [constant, x], (1, 7, 3), (0.2, 5), adj_y=True)


def conv(net, rng):
    x = net.input((1, 2, 9, 3), QUANT)
    inputs = [x, *weights(net, rng, (5, 2, 3, 3), 0, 5)]
    net.apply("CONV_2D", inputs, (1, 2, 9, 5), (0.2, 5), padding="SAME", stride_h=1, stride_w=1,
              fused_activation_function="RELU")  # fmt: skip
    wide = [net.input((1, 1, 8, 2), QUANT_INT16, "int16"), *weights(net, rng, (3, 1, 5, 2), 0, 3, True)]
    net.apply("CONV_2D", wide, (1, 1, 4, 3), (0.001, 0), "int16", padding="VALID", stride_h=1, stride_w=1)


def depthwise(net, rng):
    x = net.input((1, 2, 9, 3), QUANT)
    inputs = [x, *weights(net, rng, (1, 2, 3, 6), 3, 6)]
    net.apply("DEPTHWISE_CONV_2D", inputs, (1, 1, 4, 6), (0.1, 5), padding="VALID", stride_h=2, stride_w=2,
              depth_multiplier=2)  # fmt: skip
    wide = [net.input((1, 1, 6, 3), QUANT_INT16, "int16"), *weights(net, rng, (1, 1, 3, 3), 3, 3, True)]
    net.apply("DEPTHWISE_CONV_2D", wide, (1, 1, 6, 3), (0.001, 0), "int16", padding="SAME", stride_h=1, stride_w=1,
              depth_multiplier=1)  # fmt: skip


def fully_connected(net, rng):
    x = net.input((1, 37), QUANT)
    net.apply("FULLY_CONNECTED", [x, *weights(net, rng, (7, 37), 0, 7)], (1, 7), (0.3, 5))
    wide = [net.input((1, 37), QUANT_INT16, "int16"), *weights(net, rng, (5, 37), 0, 5, True)]
    net.apply("FULLY_CONNECTED", wide, (1, 5), (0.003, 0), "int16")


def transpose_conv(net, rng):
    for strides, shape, out in (((1, 2), (1, 1, 8, 3), (1, 1, 16, 2)), ((2, 2), (1, 3, 3, 3), (1, 5, 6, 2))):
        x, (w, bias) = net.input(shape, QUANT), weights(net, rng, (2, 1 if strides[0] == 1 else 3, 4, 3), 0, 2)
        operands = [net.constant(out), w, x, bias]
        net.apply("TRANSPOSE_CONV", operands, out, (0.2, 5), padding="SAME", stride_h=strides[0], stride_w=strides[1])
    wide, (w, bias) = net.input((1, 2, 2, 2), QUANT_INT16, "int16"), weights(net, rng, (1, 2, 3, 2), 0, 1, True)
    operands = [net.constant((1, 3, 4, 1)), w, wide, bias]
    net.apply("TRANSPOSE_CONV", operands, (1, 3, 4, 1), (0.001, 0), "int16", padding="SAME", stride_h=2, stride_w=2)


FRAGMENTS = {
    "BATCH_MATMUL": batch_matmul,
    "CONV_2D": conv,
    "DEPTHWISE_CONV_2D": depthwise,
    "FULLY_CONNECTED": fully_connected,
    "TRANSPOSE_CONV": transpose_conv,
}
