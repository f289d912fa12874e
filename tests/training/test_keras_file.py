"""keras_file.py: a model file that somebody handed on runs none of its code."""

import json
import zipfile
from pathlib import Path

import pytest

from ecgprune.errors import ArtifactError
from ecgprune.training import keras_file, models
from ecgprune.training._tf import keras

MARK = Path("mark-of-the-code")


def harmful() -> "keras.Model":
    """A model whose layer writes MARK into the working directory when it is loaded or built."""
    ecg = keras.Input((8,), name="ecg")
    return keras.Model(ecg, keras.layers.Lambda(lambda x: (open("mark-of-the-code", "w").close(), x)[1])(ecg))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory of the test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(path):
    MARK.unlink(missing_ok=True)  # saving has built the model
    with pytest.raises(ArtifactError) as caught:
        keras_file.load(path)
    assert not MARK.exists()
    return str(caught.value)


def test_an_hdf5_file_that_poses_as_keras_is_refused_before_its_code_runs(folder):
    harmful().save("model.h5")
    path = folder / "dense.keras"
    (folder / "model.h5").rename(path)
    MARK.unlink()
    keras.models.load_model(path, compile=False)  # what Keras does with it
    assert MARK.exists()
    assert "dense.keras is not a whole Keras model: it is no zip archive; delete it" in refusal(path)


def test_an_hdf5_file_behind_a_user_block_that_looks_like_a_zip_is_refused(folder):
    harmful().save("model.h5")
    path = folder / "dense.keras"
    path.write_bytes(b"PK\x03\x04".ljust(512, b"\0") + (folder / "model.h5").read_bytes())
    assert "it is no zip archive" in refusal(path)


def test_a_lambda_in_a_zip_is_refused(folder):
    harmful().save(folder / "dense.keras", save_format="keras")
    assert "is of class Lambda, which runs code from the file" in refusal(folder / "dense.keras")


def test_a_class_from_elsewhere_is_refused_before_its_module_is_imported(folder, monkeypatch):
    path = folder / "dense.keras"
    keras_file.save(models.build("plain", 64), path)
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(entries["config.json"])
    config["config"]["layers"][1]["module"] = "imported_by_nobody"
    entries["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    (folder / "imported_by_nobody.py").write_text("open('mark-of-the-code', 'w').close()")
    monkeypatch.syspath_prepend(str(folder))
    assert "of imported_by_nobody, which is not Keras' own" in refusal(path)


def test_a_model_is_saved_without_its_optimizer(tmp_path):
    model = models.build("acharya", 64)
    keras_file.save(model, tmp_path / "plain.keras")
    model.compile("adam", "sparse_categorical_crossentropy")
    keras_file.save(model, tmp_path / "compiled.keras")
    assert (tmp_path / "compiled.keras").read_bytes() == (tmp_path / "plain.keras").read_bytes()
