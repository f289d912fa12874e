"""The sparse stream: what is packed comes back, and costs what its format says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ecgprune.codegen.sparse import MAX_COUNT, pack, unpack
from ecgprune.errors import CodegenError

shapes = st.tuples(st.integers(1, 6), st.integers(1, 40))
sparse_weights = npst.arrays(np.int8, shapes, elements=st.one_of(st.just(0), st.integers(-128, 127)))


@given(sparse_weights, st.integers(0, 2**32 - 1))
def test_a_stream_gives_back_its_weights_at_their_offsets(weights, seed):
    gaps = np.random.default_rng(seed).choice([1, 2, 17, 255, 256, 700], weights.shape[1])
    offsets = np.cumsum(gaps) - gaps[0]
    dense = unpack(pack(weights, offsets), int(offsets[-1]) + 1)
    np.testing.assert_array_equal(dense[:, offsets], weights)
    assert np.count_nonzero(dense) == np.count_nonzero(weights)


def test_offsets_may_differ_by_channel():
    stream = pack(np.array([[1, 2], [3, 4]], np.int8), np.array([[0, 2], [1, 3]]))
    assert stream.counts.tolist() == [2, 2]
    assert stream.entries.tolist() == [0, 1, 2, 2, 1, 3, 2, 4]


def test_a_channel_of_zeros_has_no_entries():
    stream = pack(np.array([[0, 0], [5, 0], [0, 0]], np.int8), np.arange(2))
    assert stream.counts.tolist() == [0, 1, 0]
    assert stream.entries.tolist() == [0, 5]


def test_a_distance_above_255_is_bridged_by_entries_of_weight_zero():
    stream = pack(np.array([[1, -1]], np.int8), np.array([0, 600]))
    assert stream.entries.tolist() == [0, 1, 255, 0, 255, 0, 90, 255]
    assert stream.counts.tolist() == [4]


def test_a_distance_of_255_needs_no_bridge():
    assert pack(np.array([[1, 1]], np.int8), np.array([0, 255])).entries.tolist() == [0, 1, 255, 1]


def test_a_layer_of_zeros_still_has_an_array():
    assert pack(np.zeros((2, 3), np.int8), np.arange(3)).entries.size == 2


def test_more_entries_than_a_count_holds_are_refused():
    weights = np.ones((1, MAX_COUNT + 1), np.int8)
    with pytest.raises(CodegenError, match="a sparse channel has 65536 entries, expected at most 65535: use dense"):
        pack(weights, np.arange(MAX_COUNT + 1))
