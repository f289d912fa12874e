"""RELU, RELU6, LOGISTIC, QUANTIZE, DEQUANTIZE, SOFTMAX: generated C against TFLM and the interpreter.

Where one byte goes in, all 256 are tried.
"""

import numpy as np
import pytest
import weighted
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import PROBABILITY, Net, quants, scales
from oracle import assert_bit_exact, interpreter_layers, tflm_layers

from ecgprune.codegen import generate
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

EXAMPLES = settings(max_examples=8, deadline=None)
ALL = np.arange(-128, 128, dtype=np.int8)
SOFTMAXES = ["ecgp_softmax_s8", "ecgp_softmax_computed_s8"]
several = {"min_size": 4, "max_size": 8}


@EXAMPLES
@given(st.lists(st.tuples(quants, quants), **several))
def test_relu_equals_tflm_for_all_bytes(cases):
    net = Net()
    for before, after in [*cases, (cases[0][0], cases[0][0])]:
        net.apply("RELU", net.input((1, 256), before), (1, 256), after)
    assert_bit_exact(net.blob(), [[ALL.reshape(1, 256)] * (len(cases) + 1)], interpreter=False)


def test_relu_follows_tflm_where_the_interpreter_rounds_the_ratio_of_scales_to_float32():
    net = Net()
    for before, after in ((0.5, 1 / 3), (0.7, 0.2), (0.25, 0.1)):  # ratios a hair off 1.5, 3.5 and 2.5
        net.apply("RELU", net.input((1, 256), (before, -128)), (1, 256), (after, -128))
    vectors = [[ALL.reshape(1, 256)] * 3]
    graph = assert_bit_exact(net.blob(), vectors, interpreter=False)
    oracle, other = (layers(net.blob(), graph, vectors)[0] for layers in (tflm_layers, interpreter_layers))
    for op in graph.ops:
        (y,) = op.outputs
        assert np.abs(oracle[y].astype(int) - other[y]).max() == 1


@EXAMPLES
@given(st.lists(quants, **several))
def test_relu_without_rescaling_equals_tflm_and_the_interpreter(cases):
    net = Net()
    for quant in cases:
        net.apply("RELU", net.input((1, 256), quant), (1, 256), quant)
    assert_bit_exact(net.blob(), [[ALL.reshape(1, 256)] * len(cases)])


@EXAMPLES
@given(st.lists(quants, **several))
def test_relu6_equals_tflm_for_all_bytes(cases):
    net = Net()
    for quant in cases:
        net.apply("RELU6", net.input((1, 256), quant), (1, 256), quant)
    assert_bit_exact(net.blob(), [[ALL.reshape(1, 256)] * len(cases)])


@EXAMPLES
@given(st.lists(quants, **several))
def test_logistic_equals_tflm_for_all_bytes(cases):
    net = Net()
    extremes = [(2.0**-27, 0), (1e-5, 3), (0.0626, -128), (1.0, 127), (4.0, 1), (7.9, 0)]
    for quant in [*cases, *extremes]:
        net.apply("LOGISTIC", net.input((1, 256), quant), (1, 256), PROBABILITY)
    assert_bit_exact(net.blob(), [[ALL.reshape(1, 256)] * (len(cases) + len(extremes))], interpreter=False)


def test_logistic_follows_tflm_where_the_interpreter_rounds_a_float_table():
    """Up to a scale of 2 they differ by 1, near ties only; beyond it TFLM's Q4.27 saturates early."""
    net = Net()
    tried = np.geomspace(2.0**-8, 2.0, 40)
    for number, scale in enumerate(tried):
        net.apply("LOGISTIC", net.input((1, 256), (scale, number * 6 - 120)), (1, 256), PROBABILITY)
    vectors = [[ALL.reshape(1, 256)] * len(tried)]
    graph = assert_bit_exact(net.blob(), vectors, interpreter=False)
    oracle, other = (layers(net.blob(), graph, vectors)[0] for layers in (tflm_layers, interpreter_layers))
    differences = np.array([oracle[t].astype(int) - other[t] for t in oracle])
    assert np.abs(differences).max() == 1
    assert np.count_nonzero(differences) < differences.size / 1000


@EXAMPLES
@given(st.lists(st.tuples(quants, quants), **several))
def test_requantize_equals_tflm_for_all_bytes(cases):
    net = Net()
    for before, after in cases:
        net.apply("QUANTIZE", net.input((1, 256), before), (1, 256), after)
    assert_bit_exact(net.blob(), [[ALL.reshape(1, 256)] * len(cases)])


@EXAMPLES
@given(st.lists(quants, **several), st.lists(st.floats(-2e6, 2e6, width=32), max_size=40))
def test_quantize_of_floats_equals_tflm(cases, drawn):
    net = Net()
    vector = []
    for scale, zero_point in cases:
        halves = np.arange(-300, 301, dtype=np.float32) * np.float32(0.5) * np.float32(scale)
        near = [np.nextafter(halves, np.float32(s), dtype=np.float32) for s in (-np.inf, np.inf)]
        values = np.concatenate([halves, *near, np.array([*drawn, -0.0, 1e-40], np.float32)])[None]
        net.apply("QUANTIZE", net.input(values.shape, None, "float32"), values.shape, (scale, zero_point))
        vector.append(values)
    assert_bit_exact(net.blob(), [vector])


any_scale = st.one_of(scales, st.floats(2.0**-100, 2.0**100, width=32))


@EXAMPLES
@given(st.lists(st.tuples(any_scale, st.integers(-128, 127)), **several))
def test_dequantize_equals_tflm_for_all_bytes(cases):
    net = Net()
    for quant in cases:
        net.apply("DEQUANTIZE", net.input((1, 256), quant), (1, 256), None, "float32")
    assert_bit_exact(net.blob(), [[ALL.reshape(1, 256)] * len(cases)])


@pytest.mark.parametrize("kernel", SOFTMAXES)
@EXAMPLES
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(1, 3), max_size=2),
            st.sampled_from([1, 2, 5, 10, 300, 511]),
            quants,
            st.sampled_from([1.0, 0.5, 2.0, 0.1, 37.0]),
        ),
        **several,
    )
)
def test_softmax_equals_tflm(kernel, cases):
    net = Net()
    for rows, classes, quant, beta in cases:
        net.apply("SOFTMAX", net.input((*rows, classes), quant), (*rows, classes), PROBABILITY, beta=beta)
    with weighted.preferring(kernel):
        assert_bit_exact(net.blob(), vectors=6)


@pytest.mark.parametrize("kernel", SOFTMAXES)
@pytest.mark.parametrize("beta", [1.0, 0.3])
def test_softmax_of_two_classes_equals_tflm_for_all_differences(beta, kernel):
    net = Net()
    rows = np.stack([np.full(256, 127), ALL], axis=1).astype(np.int8)
    scales_tried = [1e-7, 0.001, 1 / 16, 0.1, 0.33, 1.0, 15.0, 31.0, 32.0, 1000.0]
    for scale in scales_tried:
        net.apply("SOFTMAX", net.input((256, 2), (scale, 0)), (256, 2), PROBABILITY, beta=beta)
    with weighted.preferring(kernel):
        assert_bit_exact(net.blob(), [[rows] * len(scales_tried)])


def test_softmax_over_more_classes_than_511_equals_tflm():
    """As long as their exponentials add up to less than 512, where TFLM aborts: 511 equal ones and many small ones."""
    net = Net()
    rng = np.random.default_rng(1)
    most = np.where(np.arange(1001) < 511, 100, -128)
    rows = [most, rng.integers(-128, 128, 1001), np.r_[127, rng.integers(-128, 80, 4094)], rng.integers(-9, 9, 512)]
    scales_tried = [1.0, 0.1, 0.25, 0.3]
    for row, scale in zip(rows, scales_tried, strict=True):
        net.apply("SOFTMAX", net.input((1, row.size), (scale, 3)), (1, row.size), PROBABILITY, beta=1.0)
    graph = assert_bit_exact(net.blob(), [[row.astype(np.int8)[None] for row in rows]])
    assert {layer.kernel for layer in generate(graph, "m").plan.layers} == {"ecgp_softmax_many_s8"}


def test_a_softmax_is_computed_where_flash_is_scarce():
    net = Net()
    net.apply("SOFTMAX", net.input((1, 5), (0.1, 0)), (1, 5), PROBABILITY, beta=1.0)
    graph = read(net.blob())
    kernels = [generate(graph, "m", target=Target(optimize=goal)).plan.layers[0].kernel for goal in ("speed", "flash")]
    assert kernels == SOFTMAXES
