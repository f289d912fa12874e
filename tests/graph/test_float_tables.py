"""Functions in floating point of int8 numbers: tables with the answers that TFLM computes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net, scales, zero_points
from oracle import assert_bit_exact, tflm_layers

from ecgprune.codegen import generate
from ecgprune.graph.folding import fold
from ecgprune.graph.reader import read

ALL = np.arange(-128, 128).astype(np.int8).reshape(1, 256)
POSITIVE = (0.03, -128)
CHAINS = [
    (["ELU"], (0.02, 5)),
    (["EXP", ("ADD", 1.0), "LOG"], (0.04, -9)),  # softplus
    (["LOGISTIC", ("MUL", 1.702)], (0.1, 0)),
    (["TANH", "NEG", "ABS"], (0.02, 12)),
    (["RELU6", ("SUB", 3.0), ("DIV", 7.0)], (0.06, -100)),
    (["SQRT", "SQUARE"], POSITIVE),
    (["LEAKY_RELU", "RELU"], (0.5, 3)),
    (["FLOOR"], (0.3, 4)),
    (["CEIL"], (0.3, -4)),
    (["ROUND"], (0.25, 1)),
]


def grown(net, x, functions, quant):
    shape = net.spec(x).shape
    y = net.apply("DEQUANTIZE", x, shape, None, "float32", output=False)
    for function in functions:
        name, constant = (function, None) if isinstance(function, str) else function
        operands = [y] if constant is None else [y, net.tensor((), None, "float32", np.float32(constant))]
        options = {"alpha": 0.3} if name == "LEAKY_RELU" else {}
        y = net.apply(name, operands, shape, None, "float32", output=False, **options)
    return net.apply("QUANTIZE", y, shape, quant)


def test_chains_of_functions_become_tables_with_tflms_answers():
    net = Net()
    for functions, quant in CHAINS:
        grown(net, net.input((1, 256), quant), functions, (0.017, -11))
    graph = assert_bit_exact(net.blob(), [[ALL] * len(CHAINS)], interpreter=False)
    layers = generate(graph, "m").plan.layers
    assert [layer.kernel for layer in layers] == ["ecgp_lookup_s8"] * len(CHAINS)
    assert layers[1].operator == "DEQUANTIZE_EXP_ADD_LOG_QUANTIZE"


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([functions for functions, _ in CHAINS[:5]]), scales, zero_points, scales, zero_points)
def test_any_table_has_tflms_answers(functions, scale, zero_point, out_scale, out_zero_point):
    net = Net()
    grown(net, net.input((1, 256), (scale, zero_point)), functions, (out_scale, out_zero_point))
    graph = read(net.blob())
    folded = fold(graph)
    if len(folded.ops) == 1:
        expected = tflm_layers(net.blob(), graph, [[ALL]])[0][graph.outputs[0]]
        np.testing.assert_array_equal(folded.ops[0].options["table"], expected)


def test_a_tie_that_depends_on_the_c_library_is_left_alone_and_an_exact_one_is_not():
    net = Net()
    half = float(np.float32(np.exp(1.0)) * 2)  # exp(1) is half a step, or nearly
    grown(net, net.input((1, 4), (1.0, 0)), ["EXP"], (half, -128))
    grown(net, net.input((1, 4), (1.0, 0)), ["NEG"], (2.0, 0))
    assert [op.name for op in fold(read(net.blob())).ops][-1] == "DEQUANTIZE_NEG_QUANTIZE"
    assert len(fold(read(net.blob())).ops) == 4


@pytest.mark.parametrize("functions", [["LOG"], ["RSQRT"], [("ADD", [1.0, 2.0, 3.0, 4.0])], ["COS"], []])
def test_what_is_no_table_stays(functions):
    net = Net()
    x = net.input((1, 4), (0.1, 0))
    y = net.apply("DEQUANTIZE", x, (1, 4), None, "float32", output=False)
    for function in functions:
        name, constant = (function, None) if isinstance(function, str) else function
        operands = [y] if constant is None else [y, net.tensor((4,), None, "float32", np.array(constant))]
        y = net.apply(name, operands, (1, 4), None, "float32", output=False)
    net.apply("QUANTIZE", y, (1, 4), (0.2, 3))
    assert len(fold(read(net.blob())).ops) == len(functions) + 2
