"""Files that compute in float32 are named for what they are, with how to make them int8."""

import numpy as np
import pytest
from networks import Net
from tflite_builder import tensor

from ecgprune.codegen import generate
from ecgprune.errors import RefusedModelError, UnsupportedOperatorError
from ecgprune.graph.reader import read
from ecgprune.pipeline.compression import check_runs
from ecgprune.verify.oracles import TflmHost

Q = (0.05, 3)
FULL_INT8 = "convert it to full int8: converter.optimizations = [tf.lite.Optimize.DEFAULT], converter.representative_"


def dense(weights, dequantized=False):
    """A FULLY_CONNECTED in float32 whose weights are of this type, dequantized or as they are."""
    net = Net()
    x = net.input((1, 4), None, "float32")
    scale = 0.1 if weights == "int8" else None
    net.tensors.append(tensor((2, 4), weights, scale, None, np.ones((2, 4)), name="t1"))
    w = net.apply("DEQUANTIZE", "t1", (2, 4), None, "float32", output=False) if dequantized else "t1"
    net.apply("FULLY_CONNECTED", [x, w], (1, 2), None, "float32")
    return net.blob()


KINDS = {
    "a float32 model": dense("float32"),
    "a float16 model: its weights are float16, and it computes in float32": dense("float16", dequantized=True),
    "a dynamic-range model: its weights are int8, but it computes in float32": dense("int8"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_in_float_is_named_in_one_line_with_the_remedy(kind):
    with pytest.raises(UnsupportedOperatorError) as caught:
        generate(read(KINDS[kind]), "m")
    message = str(caught.value)
    assert message.startswith(f"this is {kind}; {FULL_INT8}")
    assert "TFLITE_BUILTINS_INT8" in message
    assert message.endswith("; --runtime tflm takes it as it is") == (kind == "a float32 model")


@pytest.mark.parametrize("kind", KINDS)
def test_the_tflm_runtime_refuses_exactly_what_tflm_does(kind):
    graph, inputs = read(KINDS[kind]), [np.ones((1, 4), np.float32)]
    if kind == "a float32 model":
        check_runs(KINDS[kind], graph)
        return
    with pytest.raises(UnsupportedOperatorError, match="which TensorFlow Lite Micro does not run; convert it to full"):
        check_runs(KINDS[kind], graph)
    with pytest.raises(RefusedModelError):
        TflmHost(KINDS[kind], graph).outputs(inputs)


def test_a_model_that_quantizes_its_own_inputs_is_int8():
    net = Net()
    x = net.apply("QUANTIZE", net.input((1, 4), None, "float32"), (1, 4), Q, output=False)
    y = net.apply("FULLY_CONNECTED", [x, net.constant(np.ones((2, 4)), (0.1, 0))], (1, 2), Q, output=False)
    net.apply("DEQUANTIZE", y, (1, 2), None, "float32")
    assert generate(read(net.blob()), "m").files


def test_a_model_of_float_and_int8_layers_is_refused_by_its_operators():
    net = Net()
    y = net.apply("FULLY_CONNECTED", [net.input((1, 4), Q), net.constant(np.ones((2, 4)), (0.1, 0))], (1, 2), Q)
    y = net.apply("DEQUANTIZE", y, (1, 2), None, "float32", output=False)
    net.apply("SOFTMAX", y, (1, 2), None, "float32", beta=1.0)
    with pytest.raises(UnsupportedOperatorError, match=r"operator 2 \(SOFTMAX, output .*: input 0 is float32; support"):
        generate(read(net.blob()), "m")
