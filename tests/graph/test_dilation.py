"""SPACE_TO_BATCH_ND, a convolution and BATCH_TO_SPACE_ND: one dilated convolution with the bits of TFLM."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact
from schema_objects import changed

from ecgprune.codegen import generate
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.folding import fold
from ecgprune.graph.reader import read

X, Y = (0.05, 7), (0.4, -9)
RNG = np.random.default_rng(3)


def add(net, size, block, taps, extra=(0, 0), dilation=(1, 1), padding="VALID", depthwise=False, batch=1, quant=X):
    """The three operators on an image of `size`; extra: cells that are padded, and cropped again, before each edge."""
    pads = [[e, -(n + e) % b] for n, e, b in zip(size, extra, block, strict=True)]
    cells = [(n + sum(p)) // b for n, p, b in zip(size, pads, block, strict=True)]
    left = [n if padding == "SAME" else n - (k - 1) * d for n, k, d in zip(cells, taps, dilation, strict=True)]
    phases, channels = batch * block[0] * block[1], 3
    weights = RNG.integers(-127, 128, (1, *taps, channels) if depthwise else (2, *taps, channels))
    outputs = channels if depthwise else 2
    options = {"depth_multiplier": 1} if depthwise else {}
    x = net.input((batch, *size, channels), quant)
    constants = [net.constant(block), net.constant(pads)]
    y = net.apply("SPACE_TO_BATCH_ND", [x, *constants], (phases, *cells, channels), quant, output=False)
    operands = [y, net.constant(weights, (0.02, 0)), net.constant([99, -99, 9][:outputs])]
    y = net.apply(
        "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", operands,
        (phases, *left, outputs), Y, output=False, padding=padding, stride_h=1, stride_w=1,
        dilation_h_factor=dilation[0], dilation_w_factor=dilation[1], **options,
    )  # fmt: skip
    shape = [n * b - sum(p) for n, b, p in zip(left, block, pads, strict=True)]
    net.apply("BATCH_TO_SPACE_ND", [y, *constants], (batch, *shape, outputs), Y)


@st.composite
def convolutions(draw):
    block = draw(st.sampled_from([(1, 2), (1, 3), (2, 1), (2, 3)]))
    taps = draw(st.sampled_from([(1, 3), (2, 2), (3, 1), (1, 1)]))
    dilation = draw(st.sampled_from([(1, 1), (2, 1), (1, 2)]))
    spare = [(k - 1) * d * b for k, d, b in zip(taps, dilation, block, strict=True)]
    size = tuple(n + draw(st.integers(1, 4)) for n in spare)
    extra = draw(st.sampled_from([(0, 0), (1, 0), (0, 2)]))
    return {"size": size, "block": block, "taps": taps, "extra": extra, "dilation": dilation,
            "depthwise": draw(st.booleans()), "batch": draw(st.integers(1, 2))}  # fmt: skip


@settings(max_examples=4, deadline=None)
@given(st.lists(convolutions(), min_size=4, max_size=6))
def test_a_convolution_between_blocks_equals_tflm_as_a_dilated_one(cases):
    net = Net()
    for case in cases:
        add(net, **case)
    graph = assert_bit_exact(net.blob(), vectors=2, interpreter=False)
    assert [op.index for op in fold(graph).ops] == [3 * n + 1 for n in range(len(cases))]


def test_blocks_that_are_padded_alike_become_a_dilated_convolution_with_padding_same():
    net = Net()
    add(net, (4, 9), (2, 3), (3, 3), padding="SAME")
    add(net, (2, 9), (2, 1), (1, 4), padding="SAME")
    graph = assert_bit_exact(net.blob())
    assert {op.name for op in fold(graph).ops} == {"CONV_2D"}


def test_one_dimensional_blocks_are_seen_through_the_reshapes():
    net = Net()
    x = net.input((1, 11, 3), X)
    constants = [net.constant([2]), net.constant([[0, 1]])]
    weights = [net.constant(RNG.integers(-127, 128, (2, 1, 3, 3)), (0.02, 0)), net.constant([99, -99])]
    y = net.apply("SPACE_TO_BATCH_ND", [x, *constants], (2, 6, 3), X, output=False)
    y = net.apply("EXPAND_DIMS", [y, net.constant(1)], (2, 1, 6, 3), X, output=False)
    y = net.apply("CONV_2D", [y, *weights], (2, 1, 4, 2), Y, output=False, padding="VALID", stride_h=1, stride_w=1)
    y = net.apply("SQUEEZE", y, (2, 4, 2), Y, output=False, squeeze_dims=[1])
    y = net.apply("BATCH_TO_SPACE_ND", [y, *constants], (1, 7, 2), Y, output=False)
    net.apply("RELU", y, (1, 7, 2), (0.5, -128))
    graph = assert_bit_exact(net.blob())
    folded = fold(graph)
    assert [op.name for op in folded.ops] == ["RESHAPE", "CONV_2D", "RESHAPE", "RELU"]
    assert folded.op(2).options["dilation_w_factor"] == 2


def test_padding_that_reaches_an_output_is_refused_as_tflm_has_no_answer():
    net = Net()
    add(net, (1, 8), (1, 2), (1, 3))
    last = net.ops[-1]
    crops = net.constant([[0, 0], [0, 0]])
    pads = net.constant([[0, 0], [2, 2]])
    net.ops[0] = type(last)(**{**vars(net.ops[0]), "inputs": (net.ops[0].inputs[0], net.ops[0].inputs[1], pads)})
    net.ops[-1] = type(last)(**{**vars(last), "inputs": (*last.inputs[:2], crops)})
    for op, shape in zip(net.ops, [(2, 1, 6, 3), (2, 1, 4, 2), (1, 1, 8, 2)], strict=True):
        number = int(op.outputs[0][1:])
        net.tensors[number] = type(net.tensors[0])(**{**vars(net.tensors[number]), "shape": shape})
    graph = read(net.blob())
    assert len(fold(graph).ops) == 3
    with pytest.raises(UnsupportedOperatorError, match="none, as TensorFlow Lite Micro pads with bytes that nothing"):
        generate(graph, "m")


def test_a_file_for_any_batch_size_is_refused_with_the_way_out():
    """TFLM computes one of the two block images that the file does not state, and leaves half of the output unset."""
    net = Net()
    add(net, (1, 8), (1, 2), (1, 3))

    def for_any_batch(model):
        graph = model.subgraphs[0]
        graph.tensors[0].shapeSignature = np.array([-1, 1, 8, 3], np.int32)
        for operator in graph.operators[:2]:
            tensor = graph.tensors[operator.outputs[0]]
            tensor.shape = np.array([1, *tensor.shape[1:]], np.int32)

    graph = read(changed(net.blob(), for_any_batch))
    assert len(fold(graph).ops) == 3
    with pytest.raises(UnsupportedOperatorError, match="the file was converted for any batch size, and states shapes"):
        generate(graph, "m")
