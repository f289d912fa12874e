"""PRELU: generated C against TFLM, for all pairs of bytes, and with alphas of all shapes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net, quants
from oracle import assert_bit_exact

ALL = np.arange(-128, 128, dtype=np.int8)
EXAMPLES = settings(max_examples=4, deadline=None)
alphas = st.sampled_from([(1,), (), (5,), (3, 1), (1, 1, 5), (2, 1, 5), (2, 3, 5)])
triples = st.lists(st.tuples(quants, quants, quants), min_size=4, max_size=6)


@EXAMPLES
@given(triples)
def test_prelu_equals_tflm_for_all_pairs_of_bytes(cases):
    net = Net()
    for qx, qa, qy in cases:
        net.apply("PRELU", [net.input((256, 256), qx), net.input((1, 256), qa)], (256, 256), qy)
    rows = np.repeat(ALL.reshape(256, 1), 256, axis=1)
    assert_bit_exact(net.blob(), [[rows, ALL.reshape(1, 256)] * len(cases)], interpreter=False)


@EXAMPLES
@given(triples, st.lists(alphas, min_size=6, max_size=6))
def test_prelu_equals_tflm_with_constant_alphas_of_any_shape(cases, shapes):
    net = Net()
    rng = np.random.default_rng(len(cases))
    for (qx, qa, qy), shape in zip(cases, shapes, strict=False):
        alpha = net.constant(rng.integers(-128, 128, shape), qa)
        net.apply("PRELU", [net.input((2, 3, 5), qx), alpha], (2, 3, 5), qy)
    assert_bit_exact(net.blob(), vectors=3, interpreter=False)
