"""Files that old converters wrote: what they say means what TFLM takes it for, and generated C gives TFLM's bits."""

import numpy as np
import pytest
from networks import Net
from oracle import assert_bit_exact
from schema_objects import changed
from tflite_builder import tensor

from ecgprune.codegen import generate
from ecgprune.errors import GraphError, UnsupportedOperatorError
from ecgprune.graph.reader import read

Q = (0.05, 3)
RNG = np.random.default_rng(5)
SLIDE = {"padding": "VALID", "stride_h": 1, "stride_w": 1}


def network():
    """CONV_2D, DEPTHWISE_CONV_2D, MEAN, FULLY_CONNECTED, ADD: t1, t4, t9 are weights, t2, t5, t10 their biases."""
    net = Net()
    x = net.input((1, 1, 9, 4), Q)

    def weighted(shape, channels, axis):
        scales = np.linspace(0.01, 0.02, channels).astype(np.float32)
        points = [0] * channels
        names = [f"t{len(net.tensors) + k}" for k in range(2)]
        values = RNG.integers(-127, 128, shape)
        net.tensors.append(tensor(shape, "int8", scales, points, values, axis=axis, name=names[0]))
        biases = RNG.integers(-900, 900, channels)
        net.tensors.append(tensor((channels,), "int32", scales * 0.05, points, biases, name=names[1]))
        return names

    y = net.apply("CONV_2D", [x, *weighted((4, 1, 3, 4), 4, 0)], (1, 1, 7, 4), Q, **SLIDE)
    y = net.apply("DEPTHWISE_CONV_2D", [y, *weighted((1, 1, 2, 4), 4, 3)], (1, 1, 6, 4), Q, depth_multiplier=1, **SLIDE)
    y = net.apply("MEAN", [y, net.constant([1, 2])], (1, 4), Q)
    y = net.apply("FULLY_CONNECTED", [y, *weighted((3, 4), 3, 0)], (1, 3), Q)
    net.apply("ADD", [y, y], (1, 3), (0.1, -4))
    return net.blob()


def quantization(model, number):
    return model.subgraphs[0].tensors[number].quantization


def set_axis(number, axis):
    return lambda model: setattr(quantization(model, number), "quantizedDimension", axis)


def set_zero_points(number, points):
    return lambda model: setattr(quantization(model, number), "zeroPoint", points and np.array(points, np.int64))


def set_scales(number, scales):
    return lambda model: setattr(quantization(model, number), "scale", np.array(scales, np.float32))


def set_shape(number, shape):
    return lambda model: setattr(model.subgraphs[0].tensors[number], "shape", np.array(shape, np.int32))


def drop_options(*numbers):
    def change(model):
        for number in numbers:
            operator = model.subgraphs[0].operators[number]
            operator.builtinOptions, operator.builtinOptionsType = None, 0

    return change


def all_of(*changes):
    return lambda model: [change(model) for change in changes]


@pytest.mark.parametrize(
    "change",
    [
        all_of(
            *(set_axis(bias, axis) for bias, axis in ((2, 3), (5, 77), (10, -1))),
            *(set_axis(weights, 3) for weights in (1, 4)),  # a dimension of as many elements
            *(set_zero_points(weights, [0]) for weights in (1, 4, 9)),  # one for all channels
            set_zero_points(3, [3, 9, 9]),  # more than scales
        ),
        all_of(
            *(set_zero_points(bias, None) for bias in (2, 5, 10)),
            *(set_scales(activation, [0.05, 7.0]) for activation in (3, 6)),  # the first counts
            set_zero_points(2, [0] * 5),
            drop_options(2, 3, 4),
        ),
        all_of(
            set_scales(1, [0.02]),  # one for all channels
            set_scales(4, [0.02] * 4),  # the same for all
            set_scales(9, [0.02] * 3),
            *(set_shape(bias, shape) for bias, shape in ((2, (1, 4)), (5, (1, 1, 1, 4)), (10, (1, 3)))),
        ),
    ],
)
def test_what_tflm_ignores_or_completes_is_taken_as_tflm_does(change):
    assert_bit_exact(changed(network(), change), vectors=2, interpreter=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_axis(1, 1), r"4 scales along dimension 1 of \[4, 1, 3, 4\]; supported: one, or one for each slice of"),
        (set_axis(4, 8), r"4 scales along dimension 8 of \[1, 1, 2, 4\]; supported: one, or one for each slice of"),
        (set_scales(9, [0.1, 0.2]), r"2 scales along dimension 0 of \[3, 4\]; supported: one, or one for each slice"),
        (set_zero_points(1, None), "weights without a scale; supported: quantized int8 weights"),
    ],
)
def test_what_tflm_refuses_of_weights_is_refused(change, message):
    with pytest.raises(UnsupportedOperatorError, match=message):
        generate(read(changed(network(), change)), "m")


def packed(values):
    """int4, two in a byte, the first in its low half."""
    flat = np.pad(values.reshape(-1), (0, values.size % 2)).reshape(-1, 2)
    return ((flat[:, 0] & 15) | (flat[:, 1] & 15) << 4).astype(np.uint8)


def as_int4(*numbers):
    """The network with these weights in int4, of random values; FULLY_CONNECTED's with one scale."""

    def change(model):
        for number in numbers:
            of = model.subgraphs[0].tensors[number]
            of.type = 17  # TensorType.INT4
            model.buffers[of.buffer].data = packed(RNG.integers(-8, 8, tuple(of.shape)))
        set_scales(9, [0.02])(model)
        set_scales(10, [0.001])(model)

    return changed(network(), change)


def test_int4_weights_equal_tflm():
    blob = as_int4(1, 4, 9)
    weights = read(blob).tensor(1)
    assert weights.dtype == np.int8
    assert (weights.data.min(), weights.data.max()) == (-8, 7)
    assert_bit_exact(blob, vectors=2, interpreter=False)


def test_an_odd_number_of_int4_weights_leaves_half_a_byte_alone():
    net = Net()
    x = net.input((1, 5), Q)
    w = net.constant(np.zeros((1, 5)), (0.1, 0))
    net.apply("FULLY_CONNECTED", [x, w], (1, 1), Q)

    def change(model):
        of = model.subgraphs[0].tensors[1]
        of.type, model.buffers[of.buffer].data = 17, np.array([0x8F, 0x70, 0x53], np.uint8)

    blob = changed(net.blob(), change)
    assert read(blob).tensor(1).data.tolist() == [[-1, -8, 0, 7, 3]]
    assert_bit_exact(blob, vectors=2, interpreter=False)


def added_int4():
    net = Net()
    net.apply("ADD", [net.input((1, 4), Q), net.constant(np.zeros((1, 2)), Q)], (1, 4), Q)
    return changed(net.blob(), all_of(set_shape(1, (1, 4)), set_int4(1)))


def set_int4(number):
    return lambda model: setattr(model.subgraphs[0].tensors[number], "type", 17)


@pytest.mark.parametrize(
    ("blob", "message"),
    [
        (lambda: changed(as_int4(1), set_shape(1, (4, 1, 3, 5))), "stores 24 bytes, expected 30 for int4: damaged"),
        (lambda: changed(as_int4(9), set_scales(9, [1, 2, 3])), "input 1 is int4 with a scale per channel; TFLM takes"),
        (lambda: changed(network(), set_int4(0)), r"tensor 0 \('t0'\) has type INT4, expected one of"),
        (added_int4, r"operator 0 \(ADD\): input 1 is int4; supported are weights of CONV_2D, DEPTHWISE"),
    ],
)
def test_int4_elsewhere_is_refused(blob, message):
    with pytest.raises(GraphError, match=message):
        read(blob())
