"""int16 activations with int8 weights: generated C against TFLM, and what the interpreter computes otherwise."""

import re
import subprocess

import numpy as np
import pytest
from hostmodel import INCLUDES, WARNINGS
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net, activations
from oracle import assert_bit_exact
from tflite_builder import tensor

from ecgprune.codegen import generate
from ecgprune.codegen.ops import transpose_conv
from ecgprune.errors import CodegenError, UnsupportedOperatorError
from ecgprune.graph.reader import read

EXAMPLES = settings(max_examples=6, deadline=None)
ALL = np.arange(-(2**15), 2**15).astype(np.int16)
PROBABILITY = 1 / 32768
ROUND = [1.0, 0.5, 2.0**-12, 2.0**-11, 1 / 3, 0.1, 0.001]
scales = st.one_of(st.sampled_from(ROUND), st.floats(2.0**-18, 1.0, width=32))


class Int16(Net):
    """A `Net` whose tensors are int16, zero points 0."""

    def x(self, shape, scale):
        return self.input(shape, (scale, 0), "int16")

    def y(self, name, inputs, shape, scale, **options):
        return self.apply(name, inputs, shape, (scale, 0), "int16", **options)


def spread(rng, low, high, shape):
    """Values of any size, the ends among them."""
    values = rng.integers(low, high, shape, endpoint=True) >> rng.integers(0, 12, shape)
    return np.where(rng.random(shape) < 0.1, rng.choice([low, high], shape), values)


def weighted(net, rng, x_scale, shape, axis, *, channels=True, bias="int64"):
    """[weights, bias] and an output scale whose range the outputs fill."""
    outputs = shape[axis]
    values = rng.integers(-127, 128, shape)
    count = outputs if channels else 1
    weight_scales = rng.uniform(0.001, 0.01, count).astype(np.float32)
    names = [net.tensor(shape, None, "int8", values)]
    net.tensors[-1] = tensor(shape, "int8", weight_scales, np.zeros(count, int), values, axis=axis, name=names[0])
    taps = values.size // outputs
    if bias:
        reach = 2 ** (36 if bias == "int64" else 20)
        data = rng.integers(-reach, reach, outputs) >> rng.integers(0, 30 if bias == "int64" else 4, outputs)
        names.append(net.tensor((outputs,), None, bias, data))
        net.tensors[-1] = tensor(
            (outputs,), bias, np.float32(x_scale) * weight_scales, np.zeros(count, int), data, name=names[1]
        )
    return names, float(x_scale * weight_scales.max() * 64 * np.sqrt(taps))


paddings = st.sampled_from(["SAME", "VALID"])
layers = st.tuples(scales, st.booleans(), st.sampled_from(["int64", "int64", "int32", ""]), activations,
                   st.integers(0, 2**32 - 1))  # fmt: skip


@EXAMPLES
@given(st.lists(layers, min_size=2, max_size=4), st.integers(1, 9), st.integers(1, 5), paddings)
def test_conv_equals_tflm_and_the_interpreter(cases, inputs, kernel, padding):
    net = Int16()
    for scale, channels, bias, activation, seed in cases:
        rng = np.random.default_rng(seed)
        height, width, stride, dilation = 1 + seed % 2, int(rng.integers(9, 14)), 1 + seed // 2 % 2, 1 + seed // 4 % 2
        operands, y_scale = weighted(net, rng, scale, (3, height, kernel, inputs), 0, channels=channels, bias=bias)
        output = -(-width // stride) if padding == "SAME" else (width - (kernel - 1) * dilation - 1) // stride + 1
        net.y("CONV_2D", [net.x((1, height, width, inputs), scale), *operands],
              (1, height if padding == "SAME" else 1, output, 3), y_scale, padding=padding, stride_h=1, stride_w=stride,
              dilation_w_factor=dilation, fused_activation_function=activation,
              quantized_bias_type="INT32" if bias == "int32" else "INT64")  # fmt: skip
    has_bias = all(bias for _, _, bias, _, _ in cases)  # the interpreter takes no other
    assert_bit_exact(net.blob(), 3, interpreter=has_bias)


@pytest.mark.parametrize("apart", [False, True])
def test_transposed_convolutions_equal_tflm_and_the_interpreter(apart, monkeypatch):
    """Phases side by side and by themselves, and a signal that is one convolution."""
    if apart:
        windows = transpose_conv._windows
        monkeypatch.setattr(transpose_conv, "_windows", lambda layer, _: windows(layer, True))
    rng = np.random.default_rng(1)
    net = Int16()
    for shape, out, kernel, strides in (
        ((1, 3, 5), (6, 9), (3, 4), (2, 2)), ((1, 1, 12), (1, 24), (1, 3), (1, 2)),
        ((2, 4, 1), (12, 1), (4, 1), (3, 2)),
    ):  # fmt: skip
        for outputs, channels in ((3, True), (2, False)):
            (w, bias), y_scale = weighted(net, rng, 0.002, (outputs, *kernel, 5), 0, channels=channels)
            y = (shape[0], *out, outputs)
            net.y("TRANSPOSE_CONV", [net.constant(y), w, net.x((*shape, 5), 0.002), bias], y, y_scale, padding="SAME",
                  stride_h=strides[0], stride_w=strides[1], fused_activation_function="RELU")  # fmt: skip
    assert_bit_exact(net.blob(), 2)


@EXAMPLES
@given(st.lists(layers, min_size=2, max_size=4), st.integers(1, 3), st.integers(1, 5))
def test_depthwise_conv_equals_tflm_and_the_interpreter(cases, multiplier, kernel):
    net = Int16()
    for scale, channels, _, activation, seed in cases:
        rng = np.random.default_rng(seed)
        height, width, stride = 1 + seed % 3, int(rng.integers(2, 14)), 1 + seed // 2 % 2
        operands, y_scale = weighted(net, rng, scale, (1, 2, kernel, 3 * multiplier), 3, channels=channels)
        net.y("DEPTHWISE_CONV_2D", [net.x((1, height, width, 3), scale), *operands],
              (1, height, -(-width // stride), 3 * multiplier), y_scale, padding="SAME", stride_h=1, stride_w=stride,
              depth_multiplier=multiplier, fused_activation_function=activation)  # fmt: skip
    assert_bit_exact(net.blob(), 3)


@EXAMPLES
@given(st.lists(layers, min_size=2, max_size=4), st.integers(1, 70), st.integers(1, 5))
def test_fully_connected_equals_tflm(cases, depth, outputs):
    net = Int16()
    for scale, channels, bias, activation, seed in cases:
        rng = np.random.default_rng(seed)
        operands, y_scale = weighted(net, rng, scale, (outputs, depth), 0, channels=channels, bias=bias)
        net.y("FULLY_CONNECTED", [net.x((2, depth), scale), *operands], (2, outputs), y_scale,
              fused_activation_function=activation)  # fmt: skip
    assert_bit_exact(net.blob(), 3, interpreter=False)


def test_sums_beyond_32_bits_equal_tflm():
    net = Int16()
    values = np.full((2, 1300), 127)
    values[1, ::2] = -128
    w = net.constant(values, (0.01, 0))
    net.y("FULLY_CONNECTED", [net.x((1, 1300), 0.001), w], (1, 2), 0.9)
    kernel = net.constant(values.reshape(2, 1, 2, 650), (0.01, 0))
    net.y("CONV_2D", [net.x((1, 1, 5, 650), 0.001), kernel], (1, 1, 5, 2), 0.9, padding="SAME", stride_h=1, stride_w=1)
    vectors = [[np.full(s, v, np.int16) for s in ((1, 1300), (1, 1, 5, 650))] for v in (-32768, 32767, 5)]
    graph = assert_bit_exact(net.blob(), vectors, interpreter=False)
    plan = generate(graph, "m").plan
    assert [plan.calls[0].call.params["part"], plan.calls[1].call.params["wide"]] == [508, 1]


@pytest.mark.parametrize("operator", ["ADD", "MUL", "SUB"])
@EXAMPLES
@given(st.lists(st.tuples(scales, scales, scales, activations, st.integers(0, 3)), min_size=3, max_size=6))
def test_operators_on_two_tensors_equal_tflm(operator, cases):
    net = Int16()
    rng = np.random.default_rng(3)
    for a, b, y, activation, kind in cases:
        y = max(y, a * b * 1.01 if operator == "MUL" else max(a, b) / 2**13)  # TFLM aborts at 2^-14
        shapes = [((4, 64), (4, 64)), ((4, 64), (64,)), ((1, 64), (4, 1)), ((4, 64), (4, 64))][kind]
        values = spread(rng, -32768, 32767, shapes[1])
        other = net.constant(values, (b, 0), "int16") if kind == 3 else net.x(shapes[1], b)
        net.y(operator, [net.x(shapes[0], a), other], (4, 64), y, fused_activation_function=activation,
              **({"pot_scale_int16": False} if operator != "MUL" else {}))  # fmt: skip
    vectors = [[spread(rng, -32768, 32767, net.spec(t).shape).astype(np.int16) for t in net.inputs] for _ in range(2)]
    assert_bit_exact(net.blob(), vectors, interpreter=False)


@EXAMPLES
@given(st.lists(st.floats(2.0**-20, 2.5, width=32), min_size=1, max_size=3))
def test_logistic_and_tanh_equal_tflm_and_the_interpreter_for_all_inputs(drawn):
    net = Int16()
    for scale in [*drawn, 2.0**-12, 2.0**-11, 2.0**-13, 2.0**-11 * 1.0005, 2.0**-30]:
        x = net.x((1, 2**16), scale)
        for operator in ("LOGISTIC", "TANH"):
            net.y(operator, x, (1, 2**16), PROBABILITY)
    assert_bit_exact(net.blob(), [[ALL.reshape(1, -1)] * len(net.inputs)])


@pytest.mark.parametrize("beta", [1.0, 0.3])
def test_softmax_of_two_classes_equals_tflm_for_all_differences(beta):
    net = Int16()
    rows = np.stack([np.full(2**16, 32767), ALL], axis=1).astype(np.int16)
    for scale in (10 / 65535, 10 / 65536, 1e-7, 0.001, 0.1, 2.4):
        net.y("SOFTMAX", net.x(rows.shape, scale), rows.shape, PROBABILITY, beta=beta)
    assert_bit_exact(net.blob(), [[rows] * len(net.inputs)], interpreter=False)


def test_softmax_equals_tflm_for_all_sums_of_exponentials():
    rng = np.random.default_rng(2)
    net = Int16()
    for classes in (1, 2, 3, 5, 17, 300):
        net.y("SOFTMAX", net.x((40, classes), 0.0003), (40, classes), PROBABILITY, beta=1.0)
    vector = [spread(rng, -32768, 32767, net.spec(t).shape).astype(np.int16) for t in net.inputs]
    assert_bit_exact(net.blob(), [vector], interpreter=False)


@EXAMPLES
@given(st.lists(st.tuples(scales, scales), min_size=2, max_size=4))
def test_requantizing_operators_equal_tflm_for_all_inputs(cases):
    net = Int16()
    shape = (1, 2**16)
    for before, after in [*cases, (0.1, 0.1), (0.5, 2.0**-14)]:
        before = min(before, after * 2**13)
        x = net.x(shape, before)
        net.y("RELU", x, shape, after)
        net.y("LEAKY_RELU", x, shape, after, alpha=0.3)
        net.y("QUANTIZE", x, shape, after)
        net.apply("QUANTIZE", x, shape, (after, -7))
        net.apply("DEQUANTIZE", x, shape, None, "float32")
    assert_bit_exact(net.blob(), [[ALL.reshape(shape)] * len(net.inputs)], interpreter=False)


def test_quantize_to_int16_and_relu6_equal_tflm_and_the_interpreter():
    net = Int16()
    for scale in (0.5, 0.0003, 1 / 3):
        net.y("QUANTIZE", net.input((1, 256), (0.1, -7)), (1, 256), scale)
        net.y("QUANTIZE", net.input((1, 2**16), None, "float32"), (1, 2**16), scale)
        net.y("RELU6", net.x((1, 2**16), scale), (1, 2**16), scale)
    halves = ((ALL.astype(np.float32) + np.float32(0.5)) * np.float32(0.5)).reshape(1, -1)
    small = np.arange(-128, 128, dtype=np.int8).reshape(1, -1)
    assert_bit_exact(net.blob(), [[small, halves, ALL.reshape(1, -1)] * 3])


@EXAMPLES
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), paddings, activations, scales)
def test_pooling_equals_tflm_and_the_interpreter(high, wide, stride, padding, activation, scale):
    net = Int16()
    height, width = (-(-n // stride) if padding == "SAME" else (n - k) // stride + 1 for n, k in ((5, high), (9, wide)))
    x = net.x((1, 5, 9, 3), scale)
    for operator in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
        net.y(operator, x, (1, height, width, 3), scale, padding=padding, filter_height=high, filter_width=wide,
              stride_h=stride, stride_w=stride, fused_activation_function=activation)  # fmt: skip
    assert_bit_exact(net.blob(), 3)


def test_mean_and_what_moves_bytes_equal_tflm_and_the_interpreter():
    net = Int16()
    rng = np.random.default_rng(1)
    x = net.x((1, 3, 5, 4), 0.01)
    for axes, shape in (([1, 2], (1, 4)), ([3], (1, 3, 5)), ([2], (1, 3, 4))):
        net.y("MEAN", [x, net.constant(axes)], shape, 0.004, keep_dims=False)
    net.y("PAD", [x, net.constant([[0, 0], [1, 0], [2, 1], [0, 3]])], (1, 4, 8, 7), 0.01)
    constant = net.constant(spread(rng, -32768, 32767, (1, 3, 5, 2)), (0.01, 0), "int16")
    joined = net.y("CONCATENATION", [x, constant, x], (1, 3, 5, 10), 0.01, axis=3)
    flat = net.y("RESHAPE", [joined, net.constant([1, 150])], (1, 150), 0.01)
    net.y("EXPAND_DIMS", [flat, net.constant([1])], (1, 1, 150), 0.01)
    net.y("SQUEEZE", flat, (150,), 0.01, squeeze_dims=[0])
    assert_bit_exact(net.blob(), 4)


def refused(error, message, name, inputs, shape, scale, net, **options):
    net.y(name, inputs, shape, scale, **options)
    with pytest.raises(error, match=message):
        generate(read(net.blob()), "m")


def test_what_tflm_would_not_compute_is_refused():
    net = Int16()
    refused(UnsupportedOperatorError, "input 0 has the zero point 3; supported: 0 where it is int16", "RELU",
            net.input((1, 4), (0.1, 3), "int16"), (1, 4), 0.1, net)  # fmt: skip
    net = Int16()
    refused(UnsupportedOperatorError, "output scale 0.100.*; supported: 1/32768", "LOGISTIC", net.x((1, 4), 0.1),
            (1, 4), 0.1, net)  # fmt: skip
    net = Int16()
    weights = net.constant(np.ones((1, 1, 1, 2)), (0.1, 0))
    bias = net.constant(np.ones(2))
    refused(UnsupportedOperatorError, "int32 biases; supported: int64 biases, as TFLM", "DEPTHWISE_CONV_2D",
            [net.x((1, 1, 4, 2), 0.1), weights, bias], (1, 1, 4, 2), 0.1, net, padding="SAME", stride_h=1, stride_w=1,
            depth_multiplier=1)  # fmt: skip
    net = Int16()
    weights = net.constant(np.full((1, 700), 127), (1.0, 0))
    refused(CodegenError, "the accumulator of channel 0 can reach 2913075200, expected less than",
            "FULLY_CONNECTED", [net.x((1, 700), 1.0), weights], (1, 1), 0.1, net)  # fmt: skip


def test_the_header_gives_inputs_and_outputs_their_type(tmp_path):
    net = Int16()
    x = net.x((1, 4), 0.1)
    net.apply("DEQUANTIZE", x, (1, 4), None, "float32")
    net.apply("QUANTIZE", x, (1, 4), (0.1, 0))
    header = generate(read(net.blob()), "m").files["m.h"]
    (tmp_path / "m.h").write_text(header)
    names = re.findall(r"^#define (\w+_VALUES)\(m\)", header, re.MULTILINE)
    assert [re.sub("_[A-Z0-9]+_VALUES", "", name) for name in names] == ["M_INPUT", "M_OUTPUT"]  # int8 needs none
    uses = f"int16_t *in = {names[0]}(m); const float *out = {names[1]}(m); in[0] = (int16_t)out[0];"
    for language in ("c", "c++"):
        (tmp_path / "use.c").write_text('#include "m.h"\n' + f"void use(m_t *m); void use(m_t *m) {{ {uses} }}\n")
        subprocess.run(["gcc", "-x", language, *WARNINGS[1:], "-Wcast-align", *INCLUDES, "-fsyntax-only", "use.c"],
                       cwd=tmp_path, check=True)  # fmt: skip
