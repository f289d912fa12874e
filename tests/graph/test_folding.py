"""Folding: constants are those that TFLM computes, copies go, and generated C gives TFLM's bits all the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact, random_vectors, tflm_layers
from tflite_builder import op

from ecgprune.codegen import generate
from ecgprune.errors import EcgpruneError, UnsupportedOperatorError
from ecgprune.graph.folding import fold
from ecgprune.graph.reader import read

Q = (0.05, 3)


def names(graph):
    return [op.name for op in graph.ops]


def numbers(net, name, inputs, shape, dtype="int32", **options):
    return net.apply(name, inputs, shape, None, dtype, output=False, **options)


def vector(*values):
    return np.array(values, np.int32)


def assert_constants_are_those_of_tflm(net):
    """Every operator but the last is folded, to what TFLM computes."""
    blob = net.blob()
    graph = read(blob)
    layers = tflm_layers(blob, graph, random_vectors(graph, 1))[0]
    folded = fold(graph)
    assert names(folded) == [graph.ops[-1].name]
    for gone in graph.ops[:-1]:
        for t in gone.outputs:
            got = folded.tensor(t).data
            assert got is not None, gone.name
            assert got.tobytes() == layers[t].tobytes(), f"{gone.name}: {got}"


def two_outputs(net, name, inputs, shape, **options):
    outputs = [net.tensor(shape, None, "int32") for _ in range(2)]
    net.ops.append(op(name, inputs, outputs, **options))
    return outputs


def test_integers_computed_from_a_shape_are_those_of_tflm():
    net = Net()
    x = net.input((2, 6, 4), Q)
    one = net.constant([1])
    shape = numbers(net, "SHAPE", x, (3,))
    batch = numbers(net, "STRIDED_SLICE", [shape, net.constant([0]), one, one], (), shrink_axis_mask=1)
    backwards = [net.constant([v]) for v in (-1, -4, -2)]
    numbers(net, "STRIDED_SLICE", [shape, *backwards], (2,), end_mask=1)
    tail = numbers(net, "SLICE", [shape, one, net.constant([-1])], (2,))
    packed = numbers(net, "PACK", [batch, net.constant(7), batch], (3,), values_count=3)
    table = numbers(net, "PACK", [packed, shape], (3, 2), values_count=2, axis=-1)
    numbers(net, "STRIDED_SLICE", [table, *(net.constant(v) for v in ([0, 0], [3, 2], [2, 1]))], (2,),
            shrink_axis_mask=2, begin_mask=1)  # fmt: skip
    joined = numbers(net, "CONCATENATION", [tail, packed], (5,), axis=0)
    product = numbers(net, "MUL", [joined, batch], (5,))
    total = numbers(net, "ADD", [product, net.constant(vector(2**31 - 1))], (5,))
    numbers(net, "SUB", [batch, joined], (5,))
    least = numbers(net, "MINIMUM", [total, net.constant(9)], (5,))
    numbers(net, "MAXIMUM", [least, joined], (5,))
    numbers(net, "CAST", joined, (5,), "float32")
    numbers(net, "CAST", joined, (5,), "int8")
    a, b = two_outputs(net, "UNPACK", table, (3,), num=2, axis=1)
    numbers(net, "RESHAPE", [b, net.constant([3, 1])], (3, 1))
    numbers(net, "SQUEEZE", numbers(net, "RESHAPE", [a, one], (1, 3, 1)), (3,))
    wide = numbers(net, "FILL", [net.constant([2, 3]), batch], (2, 3))
    numbers(net, "BROADCAST_TO", [batch, net.constant([4, 2])], (4, 2))
    numbers(net, "BROADCAST_ARGS", [net.constant([2, 1]), net.constant([1, 5])], (2,))
    numbers(net, "ZEROS_LIKE", wide, (2, 3))
    two_outputs(net, "SPLIT", [net.constant(0), wide], (1, 3), num_splits=2)
    net.apply("RELU", x, (2, 6, 4), Q)
    assert_constants_are_those_of_tflm(net)


steps = st.lists(st.tuples(st.sampled_from(["ADD", "MUL", "SLICE", "PACK", "CONCATENATION", "STRIDED_SLICE", "SHAPE"]),
                           st.integers(-3, 3), st.integers(0, 3)), min_size=1, max_size=12)  # fmt: skip


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), steps)
def test_any_chain_of_shapes_is_computed_as_tflm_does(shape, steps):
    net = Net()
    x = net.input(shape, Q)
    tip = numbers(net, "SHAPE", x, (len(shape),))
    for name, number, axis in steps:
        size = net.spec(tip).shape
        if name in ("ADD", "MUL"):
            tip = numbers(net, name, [tip, net.constant(number)], size)
        elif name == "SLICE":
            begin = [min(axis, n - 1) for n in size]
            sizes = [n - b for n, b in zip(size, begin, strict=True)]
            tip = numbers(net, name, [tip, net.constant(vector(*begin)), net.constant(vector(*sizes))], sizes)
        elif name == "PACK" and len(size) < 3:
            at = axis % (len(size) + 1)
            tip = numbers(net, name, [tip, tip], (*size[:at], 2, *size[at:]), values_count=2, axis=at)
        elif name == "CONCATENATION":
            at = axis % len(size)
            tip = numbers(net, name, [tip, tip], [2 * n if i == at else n for i, n in enumerate(size)], axis=at)
        elif name == "STRIDED_SLICE" and number:
            begin, end = ([-1], [-1000]) if number < 0 else ([0], [1000])
            cut = [net.constant(vector(*(v * len(size)))) for v in (begin, end, [number])]
            tip = numbers(net, name, [tip, *cut], [-(-n // abs(number)) for n in size])
        elif name == "SHAPE":
            tip = numbers(net, name, tip, (len(size),))
    net.apply("RELU", x, shape, Q)
    assert_constants_are_those_of_tflm(net)


def test_what_tflm_does_not_compute_is_not_folded():
    net = Net()
    x = net.input((2, 4), Q)
    shape = numbers(net, "SHAPE", x, (2,))
    begin = numbers(net, "STRIDED_SLICE", [shape, *(net.constant([v]) for v in (0, 1, 1))], (1,))
    left = [
        numbers(net, "SHAPE", x, (2,), "int64"),
        numbers(net, "GATHER", [shape, net.constant([1])], (1,)),  # of int8 and float32 alone
        numbers(net, "FLOOR_DIV", [shape, shape], (2,)),  # of float32 alone
        numbers(net, "CAST", shape, (2,), "int64"),
        numbers(net, "STRIDED_SLICE", [shape, begin, begin, begin], (1,)),  # TFLM wants these in the file
        numbers(net, "ADD", [shape, shape], (2,), fused_activation_function="RELU"),
    ]
    net.apply("ADD_N", left, (2,), None, "int32")
    assert [left.index for left in fold(read(net.blob())).ops] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_reshape_to_a_computed_shape_costs_nothing():
    net = Net()
    x = net.input((1, 8, 3), Q)
    y = net.apply("RELU", x, (1, 8, 3), Q, output=False)
    shape = numbers(net, "SHAPE", y, (3,), out_type=2)
    batch = numbers(net, "STRIDED_SLICE", [shape, *(net.constant([v]) for v in (0, 1, 1))], (), shrink_axis_mask=1)
    packed = numbers(net, "PACK", [batch, net.constant(24)], (2,), values_count=2)
    y = net.apply("RESHAPE", [y, packed], (1, 24), Q, output=False)
    net.apply("RELU6", y, (1, 24), Q)
    graph = assert_bit_exact(net.blob())
    layers = generate(graph, "m").plan.layers
    assert [(layer.op, layer.operator) for layer in layers] == [(0, "RELU"), (4, "RESHAPE"), (5, "RELU6")]


def test_names_and_messages_keep_the_index_of_the_file():
    net = Net()
    x = net.input((1, 8), Q)
    numbers(net, "SHAPE", x, (2,))
    net.apply("LOG", x, (1, 8), Q)
    with pytest.raises(UnsupportedOperatorError, match="LOG \\(operator 1, output"):
        generate(read(net.blob()), "m")


def test_copies_and_chains_disappear_and_outputs_keep_their_names():
    net = Net()
    x = net.input((1, 8, 3), Q)
    slide = {"padding": "VALID", "stride_h": 1, "stride_w": 1}
    weights = [net.constant(np.arange(-9, 9).reshape(2, 1, 3, 3), (0.1, 0)), net.constant([5, -5])]
    y = net.apply("QUANTIZE", x, (1, 8, 3), Q, output=False)
    y = net.apply("EXPAND_DIMS", [y, net.constant(1)], (1, 1, 8, 3), Q, output=False)
    y = net.apply("CONV_2D", [y, *weights], (1, 1, 6, 2), Q, output=False, **slide)
    y = net.apply("RESHAPE", [y, net.constant([1, 6, 2])], (1, 6, 2), Q, output=False)
    y = net.apply("TRANSPOSE", [y, net.constant([1, 0, 2])], (6, 1, 2), Q, output=False)
    y = net.apply("EXPAND_DIMS", [y, net.constant(0)], (1, 6, 1, 2), Q, output=False)
    y = net.apply("TRANSPOSE", [y, net.constant([0, 2, 1, 3])], (1, 1, 6, 2), Q, output=False)
    y = net.apply("MAX_POOL_2D", y, (1, 1, 5, 2), Q, output=False, filter_height=1, filter_width=2, **slide)
    y = net.apply("PAD", [y, net.constant(np.zeros((4, 2), int))], (1, 1, 5, 2), Q, output=False)
    y = net.apply("CONCATENATION", [y], (1, 1, 5, 2), Q, output=False, axis=3)
    y = net.apply("SLICE", [y, net.constant([0] * 4), net.constant([-1] * 4)], (1, 1, 5, 2), Q, output=False)
    cut = [net.constant(v) for v in ([0] * 4, [1, 1, 5, 2], [1] * 4)]
    net.apply("STRIDED_SLICE", [y, *cut], (1, 1, 5, 2), Q)
    net.apply("RELU", x, (1, 8, 3), (0.04, 2), output=False)
    graph = assert_bit_exact(net.blob())
    folded = fold(graph)
    assert names(folded) == ["EXPAND_DIMS", "CONV_2D", "MAX_POOL_2D"]
    assert folded.outputs == graph.outputs == folded.ops[-1].outputs


def test_a_copy_from_an_input_to_an_output_or_under_another_scale_stays_as_a_reshape():
    net = Net()
    x = net.input((1, 4), Q)
    y = net.apply("QUANTIZE", x, (1, 4), Q)
    y = net.apply("SLICE", [y, net.constant([0, 0]), net.constant([1, 4])], (1, 4), (0.5, 3), output=False)
    net.apply("RELU", y, (1, 4), (0.5, 3))
    graph = assert_bit_exact(net.blob())
    assert names(fold(graph)) == ["RESHAPE", "RESHAPE", "RELU"]


def requantized(*stages):
    """(type, scale and zero point) after (type, ...); the last is that of the input again."""
    net = Net()
    x = y = net.input((1, 256), stages[-1][1], stages[-1][0])
    for dtype, quant in stages:
        name = "DEQUANTIZE" if dtype == "float32" else "QUANTIZE"
        y = net.apply(name, y, (1, 256), quant, dtype, output=False)
    net.apply("RELU", y, (1, 256), (1.0, 0))
    return net.blob(), [np.arange(-128, 128).astype(np.int8).reshape(net.spec(x).shape)]


@pytest.mark.parametrize("quant", [(0.3, 3), (2.0**-20, -128), (3e4, 127)])
def test_requantizations_that_cancel_disappear(quant):
    for other in [("float32", None), ("int16", quant), ("int16", (quant[0] / 64, -9))]:
        blob, vector = requantized(other, ("int8", quant))
        layers = tflm_layers(blob, read(blob), [vector])[0]
        assert layers[2].tobytes() == vector[0].tobytes()
        assert names(fold(read(blob))) == ["RELU"]


@pytest.mark.parametrize(
    "other", [("int16", (0.3 / 256, 0)), ("int16", (0.1, 0)), ("int16", (0.6, 0)), ("int8", (0.15, 3))]
)
def test_requantizations_that_lose_values_stay(other):
    blob, _ = requantized(other, ("int8", (0.3, 3)))
    assert names(fold(read(blob))) == ["QUANTIZE", "QUANTIZE", "RELU"]


FOLDED = ["QUANTIZE", "RESHAPE", "CONCATENATION", "SLICE", "SPLIT", "UNPACK", "ELU", "SPACE_TO_BATCH_ND", "CONV_2D"]


@pytest.mark.parametrize("inputs", [0, 1])
def test_operators_without_the_inputs_that_they_need_are_left_to_be_refused(inputs):
    net = Net()
    x = net.input((1, 4), Q)
    for name in FOLDED:
        y = net.apply(name, [x] * inputs, (1, 4), Q, output=False)
        y = net.apply("DEQUANTIZE", [y] * inputs, (1, 4), None, "float32", output=False)
        y = net.apply("ADD", [y] * inputs, (1, 4), None, "float32", output=False)
        x = net.apply("QUANTIZE", [y] * inputs, (1, 4), Q, output=False)
    net.outputs.append(x)
    with pytest.raises(EcgpruneError):
        generate(read(net.blob()), "m")
