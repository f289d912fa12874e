"""What no kernel can do is refused in one line: operator, place, output, what was found, what is supported."""

import numpy as np
import pytest
from networks import PROBABILITY, Net

from ecgprune.codegen import generate
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.reader import read

Q = (0.5, 3)
POOL = {"padding": "VALID", "stride_h": 1, "stride_w": 1, "filter_height": 1, "filter_width": 2}


def refusal(net):
    with pytest.raises(UnsupportedOperatorError) as caught:
        generate(read(net.blob()), "m")
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_refusal_names_operator_place_output_and_what_is_supported():
    net = Net()
    x = net.input((1, 1, 4, 2), Q)
    y = net.apply("RELU", x, (1, 1, 4, 2), Q, output=False)
    net.apply("MAX_POOL_2D", y, (1, 1, 3, 2), (0.25, 3), **POOL)
    assert refusal(net) == (
        "operator 1 (MAX_POOL_2D, output 't2'): input and output differ in scale or zero point; "
        "supported: equal ones, scales to 1e-6 as TFLM"
    )


def one(name, inputs, shape, quant=Q, dtype="int8", **options):
    """A model of one operator; inputs: (shape, quantization or None for int32) or constant values with the same."""
    net = Net()
    names = [
        net.constant(x, q) if isinstance(x, (list, np.ndarray)) else net.input(x, q, "int8" if q else "float32")
        for x, q in inputs
    ]
    net.apply(name, names, shape, quant, dtype, **options)
    if not net.inputs:
        net.input((1,), Q)  # a model without one is no model
    return net


IMAGE = ((1, 1, 4, 2), Q)
CASES = {
    "pool of 3 dimensions": (
        one("MAX_POOL_2D", [((1, 4, 2), Q)], (1, 3, 2), **POOL),
        "input of 3 dimensions; supported: 4 (NHWC)",
    ),
    "pool of floats": (
        one("AVERAGE_POOL_2D", [((1, 1, 4, 2), None)], (1, 1, 3, 2), None, "float32", **POOL),
        "input 0 is float32; supported: int8, int16",
    ),
    "pool window larger than its input": (
        one("MAX_POOL_2D", [IMAGE], (1, 1, 1, 2), **{**POOL, "filter_width": 5}),
        "a 1x5 window on 1x4 cells; supported: windows that fit their input",
    ),
    "pool with tanh": (
        one("MAX_POOL_2D", [IMAGE], (1, 1, 3, 2), fused_activation_function="TANH", **POOL),
        "fused activation TANH; supported: NONE, RELU, RELU6, RELU_N1_TO_1",
    ),
    "pool of another output shape": (
        one("MAX_POOL_2D", [IMAGE], (1, 1, 2, 2), **POOL),
        "output shape [1, 1, 2, 2]; supported: [1, 1, 3, 2] for its inputs",
    ),
    "mean over a missing axis": (
        one("MEAN", [((2, 3), Q), ([2], None)], (2,), keep_dims=False),
        "axis 2; supported: -2 to 1 for 2 dimensions",
    ),
    "mean with computed axes": (
        one("MEAN", [((2, 3), Q), ((1,), Q)], (2,), keep_dims=False),
        "input 1 is not a constant; supported: a constant of int32",
    ),
    "add of shapes that do not fit": (
        one("ADD", [((2, 3), Q), ((2, 2), Q)], (2, 3)),
        "shapes [2, 3] and [2, 2]; supported: equal shapes, or dimensions of 1 where they differ",
    ),
    "add with four runs of broadcasting": (
        one("ADD", [((2, 3, 2, 3), Q), ((2, 1, 2, 1), Q)], (2, 3, 2, 3)),
        "broadcasting of [2, 3, 2, 3] and [2, 1, 2, 1]; "
        "supported: at most 3 runs of dimensions that broadcast alike",
    ),
    "add of floats": (
        one("ADD", [((2,), None), ((2,), None)], (2,), None, "float32"),
        "input 0 is float32; supported: int8, int16",
    ),
    "add of two constants": (
        one("ADD", [(np.ones((2,)), Q), (np.ones((2,)), Q)], (2,)),
        "input 1 is a constant; supported: a computed tensor",
    ),
    "add to a tiny output scale": (
        one("ADD", [((2,), (1.0, 0)), ((2,), (1.0, 0))], (2,), (2.0**-20, 0)),
        "output scale 9.5367431640625e-07 for input scales 1.0 and 1.0; "
        "supported: output scales above 2^-19 of the larger input scale",
    ),
    "mul to a tiny output scale": (
        one("MUL", [((2,), (1.0, 0)), ((2,), (1.0, 0))], (2,), (2.0**-15, 0)),
        "output scale 3.0517578125e-05 for input scales 1.0 and 1.0; "
        "supported: output scales above 2^-15 of the input scales' product",
    ),
    "concatenation of different scales": (
        one("CONCATENATION", [((1, 2), Q), ((1, 2), (0.25, 3))], (1, 4), axis=1),
        "input 1 and the output differ in scale or zero point; supported: equal ones, as TFLM",
    ),
    "concatenation of different shapes": (
        one("CONCATENATION", [((1, 2), Q), ((2, 2), Q)], (1, 4), axis=1),
        "input 1 of shape [2, 2] beside [1, 2]; supported: shapes that differ in axis 1 only",
    ),
    "concatenation of eleven": (
        one("CONCATENATION", [((1, 1), Q)] * 11, (1, 11), axis=1),
        "11 inputs; supported: 1 to 10, as TFLM",
    ),
    "concatenation with an activation": (
        one("CONCATENATION", [((1, 1), Q)] * 2, (1, 2), axis=1, fused_activation_function="RELU"),
        "fused activation RELU; supported: NONE, as TFLM",
    ),
    "negative padding": (
        one("PAD", [((1, 4), Q), ([[0, 0], [-1, 0]], None)], (1, 3)),
        "a padding of -1; supported: 0 and more",
    ),
    "paddings for fewer dimensions": (
        one("PAD", [((1, 4), Q), ([[1, 0]], None)], (1, 5)),
        "paddings of shape [1, 2]; supported: [2, 2]",
    ),
    "a pad value of another scale": (
        one("PADV2", [((1, 4), Q), ([[0, 0], [1, 0]], None), (np.ones((1,)), (0.25, 3))], (1, 5)),
        "pad value and output differ in scale or zero point; supported: equal ones, as TFLM",
    ),
    "reshape to another size": (
        one("RESHAPE", [((1, 4), Q)], (1, 5)),
        "4 elements in, 5 out; supported: as many out as in",
    ),
    "squeeze of a dimension that is not 1": (
        one("SQUEEZE", [((1, 4), Q)], (1,), squeeze_dims=[1]),
        "axes [1] of shape [1, 4]; supported: axes of size 1",
    ),
    "softmax to another scale": (
        one("SOFTMAX", [((1, 4), Q)], (1, 4), (1 / 128, -128), beta=1.0),
        "output scale 0.0078125, zero point -128; supported: scale 1/256, zero point -128",
    ),
    "softmax of 4096 classes": (
        one("SOFTMAX", [((1, 4096), Q)], (1, 4096), PROBABILITY, beta=1.0),
        "4096 classes; supported: 1 to 4095",
    ),
    "softmax of a negative beta": (
        one("SOFTMAX", [((1, 5), Q)], (1, 5), PROBABILITY, beta=-1.0),
        "beta -1.0 times input scale 0.5; supported: more than 2^-26",
    ),
    "logistic of a coarse input": (
        one("LOGISTIC", [((1, 5), (8.0, 0))], (1, 5), PROBABILITY),
        "input scale 8.0; supported: 2^-27 to less than 8",
    ),
    "relu6 with a change of scale": (
        one("RELU6", [((1, 5), Q)], (1, 5), (0.25, 3)),
        "input and output differ in scale or zero point; supported: equal ones (TFLM would not rescale)",
    ),
    "relu with an absurd change of scale": (
        one("RELU", [((1, 5), (2.0**23, 0))], (1, 5), (1.0, 0)),
        "input scale 8388608.0 over output scale 1.0; supported: less than 2^22",
    ),
    "rsqrt of numbers that may be negative": (
        one("RSQRT", [((1, 5), Q)], (1, 5)),
        "input zero point 3; supported: -128 (TFLM stops at a negative input)",
    ),
    "hard swish to a fine output scale": (
        one("HARD_SWISH", [((1, 5), (0.5, 0))], (1, 5), (0.001, 0)),
        "input scale 0.5, output scale 0.0010000000474974513; supported: a ratio from 2^-9 to less than 128",
    ),
    "tanh to another scale": (
        one("TANH", [((1, 5), Q)], (1, 5), (1 / 256, 0)),
        "output scale 0.00390625, zero point 0; supported: scale 1/128, zero point 0",
    ),
    "log softmax to another scale": (
        one("LOG_SOFTMAX", [((1, 5), Q)], (1, 5), Q),
        "output scale 0.5, zero point 3; supported: scale 1/16, zero point 127",
    ),
    "reduce_max with a change of scale": (
        one("REDUCE_MAX", [((2, 3), Q), ([1], None)], (2,), (0.25, 3), keep_dims=False),
        "input and output differ in scale or zero point; supported: equal ones, as TFLM",
    ),
    "prelu of an input smaller than alpha": (
        one("PRELU", [((1, 3), Q), ((2, 3), Q)], (2, 3)),
        "input of shape [1, 3] and alpha of [2, 3]; supported: a computed input that is no smaller than alpha",
    ),
    "a square of a difference to a fine output scale": (
        one("SQUARED_DIFFERENCE", [((2,), (4.0, 0)), ((2,), (4.0, 0))], (2,), (0.001, 0)),
        "output scale 0.0010000000474974513 for input scales 4.0 and 4.0; "
        "supported: output scales above 2^-12 of the larger input scale's square",
    ),
    "quantize to another type": (
        one("QUANTIZE", [((1, 5), None)], (1, 5), Q, "uint8"),
        "output is uint8; supported: int8",
    ),
    "int8 without a scale": (
        one("RELU", [((1, 5), Q)], (1, 5), None),
        "output is int8 without a scale; supported: quantized int8",
    ),
    "add of a single input": (
        one("ADD", [((1, 5), Q)], (1, 5)),
        "1 inputs; supported: 2",
    ),
    "pad without paddings": (
        one("PAD", [((1, 5), Q)], (1, 5)),
        "no input 1; supported: at least 2 inputs",
    ),
    "dequantize of floats": (
        one("DEQUANTIZE", [((1, 5), None)], (1, 5), None, "float32"),
        "input 0 is float32; supported: int8, int16",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused(name):
    net, text = CASES[name]
    operator = net.ops[0]
    net.apply("RELU", net.input((1, 4), Q), (1, 4), Q)  # a model in float32 alone is refused as a whole
    assert refusal(net) == f"operator 0 ({operator.name}, output '{operator.outputs[0]}'): {text}"


def test_a_scale_per_channel_is_refused_where_one_is_needed():
    net = Net()
    operands = [net.input((1, 4, 2), Q), net.constant(np.ones((2,)), ([0.5, 0.25], [3, 3]))]
    net.apply("ADD", operands, (1, 4, 2), Q)
    assert refusal(net) == (
        "operator 0 (ADD, output 't2'): input 1 has a scale per channel; supported: one scale per tensor"
    )


def test_all_that_is_missing_is_in_one_message_with_places_and_the_way_out():
    net = Net()
    x = net.input((1, 4), Q)
    y = net.apply("LOG", x, (1, 4), Q, output=False)
    y = net.apply("RELU", y, (1, 4), Q, output=False)
    y = net.apply("CUMSUM", [y, net.constant(0)], (1, 4), Q, output=False)
    net.apply("ADD", [y, net.input((1, 3), Q)], (1, 4), Q)
    net.apply("LOG", y, (1, 4), Q)
    assert refusal(net) == (
        "3 operators are not supported: LOG (operators 0, 4), CUMSUM (operator 2, output 't4'); use --runtime tflm, "
        "which needs no kernel of ecgprune, or compute them in your application; 'ecgprune ops' lists the supported "
        "ones; operator 3 (ADD, output 't6'): shapes [1, 4] and [1, 3]; supported: equal shapes, or dimensions of 1 "
        "where they differ"
    )


def test_the_way_out_is_not_tflm_where_tflm_has_no_such_operator():
    net = Net()
    net.apply("TILE", [net.input((1, 4), Q), net.constant([1, 2])], (1, 8), Q)
    assert "(operator 0, output 't2'); TensorFlow Lite Micro has no TILE either: leave such layers out" in refusal(net)
