"""`import ecgprune`: light, with the functions of the guide; what they refuse."""

import subprocess
import sys

import pytest

import ecgprune
from ecgprune.errors import ArtifactError, FirmwareError, GraphError


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
    with pytest.raises(ArtifactError, match=r"none\.tflite cannot be read: No such file or directory; expected a .tf"):
        ecgprune.export(tmp_path / "none.tflite", tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "dense.keras").write_text("precious")
    with pytest.raises(ArtifactError, match=r"holds other files \(dense\.keras\); give --out a new "):
        ecgprune.export(b"text", tmp_path / "mine")
    with pytest.raises(FirmwareError, match="nothing"):
        ecgprune.export(b"text", tmp_path / "out", board="nothing")
    assert (tmp_path / "mine" / "dense.keras").read_text() == "precious"
