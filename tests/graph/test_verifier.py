"""What no model may be, whatever its operators: a model that breaks each rule, and one that is as it should be."""

import numpy as np
import pytest
from networks import Net
from schema_objects import changed, schema

from ecgprune.errors import GraphError
from ecgprune.graph.reader import read
from ecgprune.graph.verifier import check_options_type


def blob():
    """CONV_2D, DEPTHWISE_CONV_2D, RESHAPE: tensors 0 input, 1-2 weights, 3 conv, 4 depthwise, 5 shape, 6 output."""
    net, quant = Net(), (0.5, 3)
    x = net.input((1, 1, 8, 2), quant)
    w = net.constant(np.ones((2, 1, 3, 2), np.int8), quant=(0.5, 0))
    d = net.constant(np.ones((1, 1, 3, 2), np.int8), quant=(0.5, 0))
    steps = {"padding": "SAME", "stride_w": 1, "stride_h": 1, "dilation_w_factor": 1, "dilation_h_factor": 1}
    y = net.apply("CONV_2D", [x, w], (1, 1, 8, 2), quant, output=False, **steps)
    z = net.apply("DEPTHWISE_CONV_2D", [y, d], (1, 1, 8, 2), quant, output=False, depth_multiplier=1, **steps)
    net.apply("RESHAPE", [z, net.constant([1, 16])], (1, 16), quant, new_shape=[1, 16])
    return net.blob()


def graph(m):
    return m.subgraphs[0]


def ints(*values):
    return np.array(values, np.int32)


def put(owner, **fields):
    for name, value in fields.items():
        setattr(owner, name, value)


def op(m, number):
    return graph(m).operators[number]


def wide(m):
    """Weights of four taps."""
    graph(m).tensors[1].shape = ints(2, 1, 4, 2)
    m.buffers[graph(m).tensors[1].buffer].data = np.zeros(16, np.uint8)


def rescaled(m):
    """QUANTIZE instead of RESHAPE."""
    m.operatorCodes[op(m, 2).opcodeIndex].builtinCode = schema.BuiltinOperator.QUANTIZE
    m.operatorCodes[op(m, 2).opcodeIndex].deprecatedBuiltinCode = schema.BuiltinOperator.QUANTIZE
    put(op(m, 2), inputs=ints(4), builtinOptions=None, builtinOptionsType=0)
    graph(m).tensors[4].shape = graph(m).tensors[6].shape


RULES = {
    "no inputs": (lambda m: put(graph(m), inputs=None), "the graph has no inputs, expected at least one: "),
    "no outputs": (lambda m: put(graph(m), outputs=None), "the graph has no outputs, expected at least one: "),
    "an output named twice": (lambda m: put(graph(m), outputs=ints(6, 6)), r"outputs \[6, 6\] name a tensor twice"),
    "a constant input": (lambda m: put(graph(m), inputs=ints(0, 1)), r"tensor 1 \('t1'\) is an input of the graph and"),
    "an output that is an input": (lambda m: put(graph(m), outputs=ints(6, 0)), r"tensor 0 .* is an input and an out"),
    "an output that nothing writes": (lambda m: graph(m).operators.pop(), r"no operator writes tensor 6 .*, an output"),
    "an operator without outputs": (lambda m: put(op(m, 2), outputs=None), r"operator 2 \(RESHAPE\) has no output"),
    "an operator without inputs": (lambda m: put(op(m, 2), inputs=None), r"operator 2 \(RESHAPE\) has no input 0"),
    "an input 0 left out": (lambda m: put(op(m, 2), inputs=ints(-1, 5)), r"operator 2 \(RESHAPE\) has no input 0"),
    "operators out of order": (lambda m: graph(m).operators.reverse(),
                               r"operator 0 \(RESHAPE\) reads tensor 4 .*, which nothing has written before it"),
    "an operator on its own output": (lambda m: put(op(m, 2), inputs=ints(6, 5)), r"operator 2 .* reads tensor 6 "),
    "a second writer": (lambda m: put(op(m, 1), outputs=ints(3)), r"operator 1 .* writes tensor 3 .* again: exp"),
    "a written input": (lambda m: put(op(m, 2), outputs=ints(0)), r"operator 2 .* writes tensor 0 \('t0'\) again"),
    "a written constant": (lambda m: put(op(m, 1), outputs=ints(1)), r"operator 1 .* writes tensor 1 .* is a const"),
    "a negative scale": (lambda m: put(graph(m).tensors[0].quantization, scale=np.array([-1], np.float32)),
                         r"tensor 0 \('t0'\) has the scale -1\.0, expected a positive number"),
    "an infinite scale": (lambda m: put(graph(m).tensors[3].quantization, scale=np.array([np.inf], np.float32)),
                          r"tensor 3 .* scale"),
    "an empty input": (lambda m: put(graph(m).tensors[0], shape=ints(1, 1, 0, 2)), r"shape \[1, 1, 0, 2\], expected"),
    "seven dimensions": (lambda m: put(graph(m).tensors[6], shape=ints(1, 1, 1, 1, 1, 1, 16)), "7 dimensions, expect"),
    "a huge tensor": (lambda m: put(graph(m).tensors[3], shape=ints(1, 2**16, 2**15, 2)), r"4294967296 bytes, expect"),
    "an output of QUANTIZE with two scales": (
        lambda m: rescaled(m) or put(graph(m).tensors[6].quantization, scale=np.ones(16, np.float32),
                                     zeroPoint=np.zeros(16, np.int64), quantizedDimension=1),
        r"operator 2 \(QUANTIZE\) has 16 scales of its output, expected one, as TFLM"),
    "an intermediate with elements": (lambda m: put(op(m, 0), intermediates=ints(3)),
                                      r"operator 0 .* has an intermediate of shape \[1, 1, 8, 2\], expected \[0\], as"),
    "a stride of zero": (lambda m: put(op(m, 0).builtinOptions, strideW=0), r"stride_w 0, expected 1 to 32767"),
    "a dilation that leaves int16": (lambda m: put(op(m, 0).builtinOptions, dilationWFactor=2**30),
                                     r"operator 0 \(CONV_2D\) has dilation_w_factor 1073741824, expected 1 to 32767"),
    "a window that leaves int16": (lambda m: put(op(m, 0).builtinOptions, dilationWFactor=32767) or
                                   wide(m), r"operator 0 .* has a window of 98302 cells, expected at most 65535"),
    "another depth multiplier": (lambda m: put(op(m, 1).builtinOptions, depthMultiplier=2),
                                 r"operator 1 .* has depth_multiplier 2 for 2 to 2 channels, expected 1$"),
    "options of another operator": (
        lambda m: put(op(m, 0), builtinOptions=schema.Pool2DOptionsT(), builtinOptionsType=5),
        r"operator 0 \(CONV_2D\) has Pool2DOptions, expected Conv2DOptions: the file is damaged"),
}  # fmt: skip


def test_a_sound_model_passes():
    assert len(read(blob()).ops) == 3


@pytest.mark.parametrize("rule", RULES)
def test_a_model_that_breaks_it_is_refused_in_one_line(rule):
    change, message = RULES[rule]
    spoilt = changed(blob(), change)
    with pytest.raises(GraphError, match=message) as caught:
        read(spoilt)
    assert str(caught.value).startswith("model: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("operator", "table"),
    [("ADD", "AddOptions"), ("MAX_POOL_2D", "Pool2DOptions"), ("SPACE_TO_BATCH_ND", "SpaceToBatchNDOptions"),
     ("UNIDIRECTIONAL_SEQUENCE_LSTM", "UnidirectionalSequenceLSTMOptions"), ("SUM", "ReducerOptions"),
     ("MINIMUM", "MaximumMinimumOptions"), ("BATCH_MATMUL", "BatchMatMulOptions"), ("LEAKY_RELU", "LeakyReluOptions")],
)  # fmt: skip
def test_operators_have_the_options_of_the_schema(operator, table):
    check_options_type("operator 0", operator, table)
    check_options_type("operator 0", operator, "")
    with pytest.raises(GraphError, match=f"operator 0 has SVDFOptions, expected {table}"):
        check_options_type("operator 0", operator, "SVDFOptions")
