"""Vectors files, and how inputs find their vectors."""

from dataclasses import replace

import numpy as np
import pytest
from small_network import network

from ecgprune import verify
from ecgprune.errors import ArtifactError, DataError
from ecgprune.graph.reader import read
from ecgprune.verify import vectors


def test_inputs_are_matched_by_name_and_refused_when_they_do_not_fit():
    graph = read(network())
    named = replace(graph, tensors=(replace(graph.tensor(0), name="serving_default_ecg:0"), *graph.tensors[1:]))
    beats = np.zeros((2, 16), np.int8)
    assert vectors.arrange(named, {"ecg": beats, "rr": np.zeros((2, 4), np.int8)})[0].shape == (2, 16)
    with pytest.raises(DataError, match=r"^the vectors for input 'ecg' are 15 x int8 each, .* 16 x int8$"):
        vectors.arrange(graph, {"ecg": beats[:, :15]})
    with pytest.raises(DataError, match=r"^no vectors for the model's input 'ecg'; there are rr, hr$"):
        vectors.arrange(graph, {"rr": beats, "hr": beats})


def test_few_chosen_beats_hold_every_class():
    labels = np.array([0] * 50 + [1] * 3 + [2] * 10 + [4], np.uint8)
    chosen = verify.choose(labels, 12)
    assert sorted(set(labels[chosen])) == [0, 1, 2, 4]
    assert len(set(chosen)) == 12
    assert (labels[chosen] == 1).sum() == 3
    assert sorted(verify.choose(labels, 1000)) == list(range(len(labels)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no vectors at .*; 'ecgprune verify' writes them"),
        (b"EPV2" + bytes(12), "is not a vectors file"),
        (b"EPV1" + np.array([2, 4, 1], "<u4").tobytes() + bytes(9), "has 25 bytes, and its header says 26"),
    ],
)
def test_unusable_vectors_file_is_refused(tmp_path, content, message):
    file = tmp_path / "vectors.bin"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ArtifactError, match=message):
        vectors.read(file)
