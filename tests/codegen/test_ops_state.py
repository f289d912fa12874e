"""Operators with a state: generated C equals TFLM over sequences of invocations, and begins anew where it should."""

import numpy as np
import pytest
from fragments.state import add_lstm, add_svdf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import Net, zero_points
from oracle import assert_bit_exact

EXAMPLES = settings(deadline=None, max_examples=2, database=None, suppress_health_check=list(HealthCheck))
STEPS = 12
# Of input, feature weights, state, time weights, output: sums over time of int16 wrap now and then.
SCALES = {"int16": (0.02, 0.01, 0.0002, 0.0001, 0.4), "int8": (0.02, 0.01, 0.03, 0.01, 0.4)}
sizes = st.tuples(*(st.integers(1, most) for most in (3, 21, 19, 3, 14)))


@EXAMPLES
@given(st.data(), st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("dtype", ["int16", "int8"])
def test_svdf_equals_tflm_step_by_step(dtype, data, seed):
    """The interpreter is left out where the state is int8: it takes it for int16, and leaves its memory."""
    rng = np.random.default_rng(seed)
    net = Net()
    for some in data.draw(st.lists(sizes, min_size=3, max_size=3)):
        zeros = data.draw(zero_points), data.draw(zero_points) if dtype == "int8" else 0, data.draw(zero_points)
        x = net.input(some[:2], (SCALES[dtype][0], zeros[0]))
        add_svdf(net, rng, x, some, dtype, SCALES[dtype], zeros)
    assert_bit_exact(net.blob(), STEPS, interpreter=dtype == "int16")


def test_svdf_saturates_and_wraps_as_tflm_does():
    """Largest weights and inputs: the state saturates, and sums over time leave int32."""
    net = Net()
    x = net.input((1, 9), (1.0, -128))
    add_svdf(net, np.random.default_rng(1), x, (1, 9, 6, 2, 9), "int16", (1.0, 1.0, 0.001, 0.001, 1.0), (-128, 0, 127))
    rng = np.random.default_rng(2)
    vectors = [[rng.choice(np.array([-128, 127], np.int8), (1, 9))] for _ in range(STEPS)]
    assert_bit_exact(net.blob(), vectors)


@EXAMPLES
@given(st.data(), st.integers(0, 2**32 - 1))
def test_lstm_equals_tflm_over_steps_and_invocations(data, seed):
    """Weights from small to such that gates saturate, cell states of any range, clipped or not, time in any place."""
    rng = np.random.default_rng(seed)
    net = Net()
    for _ in range(3):
        some = data.draw(st.tuples(*(st.integers(1, most) for most in (3, 4, 21, 35))))
        zeros = data.draw(zero_points), data.draw(zero_points)
        scales = 0.02, data.draw(st.sampled_from([0.003, 0.05, 0.3])), 1 / 128, 2.0 ** data.draw(st.integers(-15, -9))
        time_major = data.draw(st.booleans())
        batches, steps, inputs, _ = some
        x = net.input((steps, batches, inputs) if time_major else some[:3], (scales[0], zeros[0]))
        clip = data.draw(st.sampled_from([0.0, 0.3, 2.0, 40.0]))
        add_lstm(net, rng, x, some, scales, zeros, time_major, cell_clip=clip)
    assert_bit_exact(net.blob(), STEPS, interpreter=False)
