"""CONCATENATION, PAD, RESHAPE, EXPAND_DIMS, SQUEEZE, and small networks of them: generated C against the oracles."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net, quants
from oracle import assert_bit_exact

from ecgprune.codegen import generate

EXAMPLES = settings(max_examples=8, deadline=None)
shapes = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)
several = {"min_size": 4, "max_size": 8}


def some_bytes(random, shape):
    return np.array([random.randint(-128, 127) for _ in range(math.prod(shape))]).reshape(shape)


@st.composite
def concatenations(draw):
    shape = draw(shapes)
    axis = draw(st.integers(0, len(shape) - 1))
    parts = [(*shape[:axis], n, *shape[axis + 1 :]) for n in draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))]
    constants = [i for i in range(len(parts)) if draw(st.integers(0, 3)) == 0]
    return parts, axis - draw(st.sampled_from([0, len(shape)])), constants


@EXAMPLES
@given(st.lists(st.tuples(concatenations(), quants), **several), st.randoms(use_true_random=False))
def test_concatenation_along_any_axis_equals_tflm(cases, random):
    net = Net()
    for (parts, axis, constants), quant in cases:
        names = [
            net.constant(some_bytes(random, p), quant) if i in constants[1:] else net.input(p, quant)
            for i, p in enumerate(parts)
        ]
        shape = list(parts[0])
        shape[axis] = sum(p[axis] for p in parts)
        net.apply("CONCATENATION", names, shape, quant, axis=axis)
    assert_bit_exact(net.blob(), vectors=2)


def test_concatenation_takes_a_tensor_twice():
    net = Net()
    x = net.input((1, 1, 4, 3), (0.5, 1))
    net.apply("CONCATENATION", [x, x, x], (1, 1, 4, 9), (0.5, 1), axis=3)
    assert_bit_exact(net.blob())


paddings = st.tuples(st.integers(0, 3), st.integers(0, 3))


@EXAMPLES
@given(
    st.lists(
        st.tuples(shapes, st.lists(paddings, min_size=4, max_size=4), quants, st.none() | st.integers(-128, 127)),
        **several,
    )
)
def test_pad_in_any_dimension_equals_tflm(cases):
    net = Net()
    for shape, pads, quant, value in cases:
        pads = pads[: len(shape)]
        padded = [n + sum(p) for n, p in zip(shape, pads, strict=True)]
        inputs = [net.input(shape, quant), net.constant(pads)]
        if value is None:
            net.apply("PAD", inputs, padded, quant)
        else:
            net.apply("PADV2", [*inputs, net.constant([value], quant)], padded, quant)
    assert_bit_exact(net.blob(), vectors=2)


def test_pad_of_five_dimensions_equals_tflm():
    net = Net()
    pads = [[0, 0], [1, 0], [0, 2], [0, 0], [3, 1]]
    net.apply("PAD", [net.input((2, 2, 3, 2, 2), (0.5, 9)), net.constant(pads)], (2, 3, 5, 2, 6), (0.5, 9))
    assert_bit_exact(net.blob())


def test_operators_that_keep_the_bytes_generate_no_code():
    net = Net()
    quant = (0.5, 4)
    x = net.input((1, 12, 2), quant)
    y = net.apply("EXPAND_DIMS", [x, net.constant([1])], (1, 1, 12, 2), quant)
    y = net.apply("RESHAPE", [y, net.constant([1, 2, 1, 12])], (1, 2, 1, 12), quant)
    y = net.apply("SQUEEZE", y, (2, 12), quant, squeeze_dims=[0, -2])
    y = net.apply("EXPAND_DIMS", [y, net.constant([-1])], (2, 12, 1), quant)
    net.apply("SQUEEZE", y, (2, 12), quant)
    graph = assert_bit_exact(net.blob())
    assert [layer.kernel for layer in generate(graph, "m").plan.layers] == [""] * 5


def test_a_reshaped_tensor_survives_operators_that_work_in_place():
    """x, its two reshapes and their readers share one buffer; nobody may overwrite it before the last reader."""
    net = Net()
    quant = (0.5, -10)
    x = net.input((1, 1, 8, 2), quant)
    flat = net.apply("RESHAPE", [x, net.constant([1, 16])], (1, 16), quant, output=False)
    net.apply("RELU", flat, (1, 16), quant)
    wide = net.apply("RESHAPE", [x, net.constant([1, 2, 4, 2])], (1, 2, 4, 2), quant)
    net.apply("RELU6", wide, (1, 2, 4, 2), quant)
    net.apply("LOGISTIC", x, (1, 1, 8, 2), (1 / 256, -128))
    assert_bit_exact(net.blob())


def test_reshape_of_floats_between_quantize_and_dequantize():
    net = Net()
    x = net.input((1, 6), None, "float32")
    y = net.apply("RESHAPE", [x, net.constant([1, 1, 6, 1])], (1, 1, 6, 1), None, "float32", output=False)
    y = net.apply("QUANTIZE", y, (1, 1, 6, 1), (0.1, 3), output=False)
    y = net.apply("SQUEEZE", y, (6,), (0.1, 3), output=False)
    net.apply("DEQUANTIZE", y, (6,), None, "float32")
    assert_bit_exact(net.blob())


def test_several_inputs_and_outputs_keep_their_order():
    net = Net()
    ecg, rr = net.input((1, 1, 32, 4), (1 / 16, 0)), net.input((1, 4), (1 / 32, 0))
    pooled = net.apply("MEAN", [ecg, net.constant([1, 2])], (1, 4), (1 / 32, 0), output=False, keep_dims=False)
    both = net.apply("CONCATENATION", [rr, pooled], (1, 8), (1 / 32, 0), output=False, axis=-1)
    net.apply("SOFTMAX", both, (1, 8), (1 / 256, -128), beta=1.0)
    net.apply("LOGISTIC", rr, (1, 4), (1 / 256, -128))
    net.outputs.append(pooled)
    assert_bit_exact(net.blob(), vectors=8)


def test_residual_network_of_add_concatenation_and_pad_equals_tflm():
    net = Net()
    x = net.input((1, 1, 20, 4), (0.1, -5))
    pool = {"padding": "SAME", "stride_h": 1, "stride_w": 1, "filter_height": 1, "filter_width": 3}
    for number, (scale, zero_point) in enumerate([(0.12, -20), (0.2, 10), (0.31, 0)]):
        quant = net.spec(x).scales[0], net.spec(x).zero_points[0]
        length = net.spec(x).shape[2]
        left = net.apply("AVERAGE_POOL_2D", x, (1, 1, length, 4), quant, output=False, **pool)
        right = net.apply("MAX_POOL_2D", x, (1, 1, length, 4), quant, output=False, **pool)
        y = net.apply("ADD", [left, right], (1, 1, length, 4), (scale, zero_point), output=False)
        y = net.apply("ADD", [y, x], (1, 1, length, 4), (scale, zero_point), output=False,
                      fused_activation_function="RELU" if number == 1 else "NONE")
        pads = net.constant([[0, 0], [0, 0], [1, 2], [0, 0]])
        y = net.apply("PAD", [y, pads], (1, 1, length + 3, 4), (scale, zero_point), output=False)
        parts = [y, net.constant(np.arange(8).reshape(1, 1, 2, 4) * 9 - 40, (scale, zero_point)), y]
        x = net.apply("CONCATENATION", parts, (1, 1, 2 * length + 8, 4), (scale, zero_point), output=False, axis=2)
    net.apply("MEAN", [x, net.constant([1, 2])], (1, 4), (0.05, 3), keep_dims=False)
    assert_bit_exact(net.blob(), vectors=20)
