"""`import ecgprune`: light, with the functions of the guide; what they refuse."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import ecgprune
from ecgprune.errors import ArtifactError, BoardError, GraphError, QuantizationError
from ecgprune.graph.tflite import TfliteFile


def test_importing_ecgprune_loads_no_library():
    code = "import sys, ecgprune; ecgprune.prune, ecgprune.Stage; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    modules = set(done.stdout.split())
    assert not modules & {"numpy", "tensorflow", "tf_keras", "pydantic", "click", "rich", "jinja2"}


@pytest.mark.parametrize("name", ecgprune.__all__)
def test_each_public_name_is_there_and_documented(name):
    assert getattr(ecgprune, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'ecgprune' has no attribute 'train'$"):
        _ = ecgprune.train


def test_export_refuses_what_is_no_model_a_foreign_folder_and_an_unknown_board(tmp_path):
    with pytest.raises(GraphError):
        ecgprune.export(b"text", tmp_path / "out")
    with pytest.raises(ArtifactError, match=r"^no model .*none\.tflite: expected a shipped model \(mixed, "):
        ecgprune.export(tmp_path / "none.tflite", tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "dense.keras").write_text("precious")
    with pytest.raises(ArtifactError, match=r"holds other files \(dense\.keras\); give --out a new "):
        ecgprune.export(b"text", tmp_path / "mine")
    with pytest.raises(BoardError, match="nothing"):
        ecgprune.export(b"text", tmp_path / "out", board="nothing")
    assert (tmp_path / "mine" / "dense.keras").read_text() == "precious"


def test_quantize_takes_several_outputs_and_a_crash_of_the_converter_is_one_line_and_leaves_no_files(
    tmp_path, monkeypatch
):
    """The crash is a signal to the process in which the converter runs, once TensorFlow has written temporary files."""
    from ecgprune.pipeline import converting
    from ecgprune.training import own
    from ecgprune.training._tf import keras

    x = keras.Input((6, 2), name="x")
    wave = keras.layers.Conv1D(3, 2, name="conv")(x)
    model = keras.Model(x, [wave, keras.layers.GlobalMaxPooling1D()(wave)], name="two")
    inputs = np.random.default_rng(1).normal(size=(20, 6, 2)).astype(np.float32)
    tflite = ecgprune.quantize(model, inputs)
    assert tflite == own.quantize(model, inputs).content
    assert [t.shape for t in TfliteFile(tflite).outputs] == [(1, 5, 3), (1, 3)]

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)

    def crash(done, doing):
        if not list(tmp_path.rglob("__autograph_generated_file*")):
            return
        for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
            os.kill(int(child), signal.SIGABRT)

    with pytest.raises(QuantizationError, match=r"^TFLite's converter crashed \(SIGABRT\) on model two; take out what"):
        converting.quantize(model, inputs, crash)
    assert list(tmp_path.iterdir()) == []
