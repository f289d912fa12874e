"""Keras models from files: what tf_keras answers after the import is what the model answered before."""

import json
import zipfile

import h5py
import keras3_networks
import numpy as np
import pytest

from ecgprune.errors import ModelError
from ecgprune.training._tf import keras as tf_keras
from ecgprune.training._tf import tf
from ecgprune.training.imported import keras_model

keras, layers = keras3_networks.keras, keras3_networks.layers

NETWORKS = [
    (keras3_networks.one_dimensional, ".keras"),
    (keras3_networks.one_dimensional, ".h5"),
    (keras3_networks.two_dimensional, ".h5"),
    (keras3_networks.recurrent, ".keras"),
]


def random_inputs(model, count=3):
    rng = np.random.default_rng(7)
    return [rng.normal(size=(count, *tensor.shape[1:])).astype(np.float32) for tensor in model.inputs]


def assert_same_answers(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 * max(1.0, np.abs(b).max()))


def answers(model, inputs):
    found = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(y) for y in (found if isinstance(found, list | tuple) else [found])]


@pytest.mark.parametrize(("network", "suffix"), NETWORKS)
def test_a_keras3_model_answers_within_1e_5_after_it_was_rebuilt(network, suffix, tmp_path):
    source = network()
    source.save(tmp_path / f"model{suffix}")
    model = keras_model(tmp_path / f"model{suffix}")
    assert isinstance(model, tf_keras.Model)
    assert model.input_names == [tensor.name for tensor in source.inputs]
    inputs = random_inputs(source)
    assert_same_answers(answers(model, inputs), keras3_networks.answers(source, inputs))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_tf_keras_model_is_read_as_it_is(suffix, tmp_path):
    x = ecg = tf_keras.Input((16, 2), name="ecg")
    x = tf_keras.layers.Conv1D(4, 3, activation="hard_sigmoid", kernel_regularizer="l2")(x)
    x = tf.nn.relu(x + 0.5)
    inner = tf_keras.Sequential([tf_keras.layers.Dense(3), tf_keras.layers.LeakyReLU(0.2)], name="inner")
    source = tf_keras.Model(ecg, tf_keras.layers.Softmax()(inner(tf_keras.layers.Flatten()(x)[:, 1:])))
    source.save(tmp_path / f"model{suffix}")
    inputs = random_inputs(source)
    assert_same_answers(answers(keras_model(tmp_path / f"model{suffix}"), inputs), answers(source, inputs))


def refusal(path):
    with pytest.raises(ModelError) as caught:
        keras_model(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def keras3_file(path, *made):
    """A Sequential Keras 3 model of these layers."""
    keras.Sequential([layers.Input((16, 2)), *made]).save(path)
    return path


def test_a_layer_that_is_not_supported_is_named_with_its_class(tmp_path):
    wrapped = layers.SpectralNormalization(layers.Dense(3), name="s")
    path = keras3_file(tmp_path / "m.keras", layers.Conv1D(2, 3), wrapped)
    assert "layer 's' is of class SpectralNormalization, which is not supported; the guide" in refusal(path)
    inside = keras.Sequential([layers.Input((16, 2)), layers.Masking(name="mask")], name="encoder")
    assert "layer 'encoder/mask' is of class Masking" in refusal(keras3_file(tmp_path / "n.keras", inside))


def test_an_operation_that_is_not_supported_is_named(tmp_path):
    a = keras.Input((8,))
    keras.Model(a, keras.ops.cumsum(a, axis=1)).save(tmp_path / "m.keras")
    assert "operation 'cumsum' is Cumsum, which is not supported; supported are Abs" in refusal(tmp_path / "m.keras")


def test_a_size_that_is_not_fixed_is_refused(tmp_path):
    keras.Sequential([layers.Input((None, 2), name="ecg"), layers.Conv1D(2, 3)]).save(tmp_path / "m.keras")
    assert "input 'ecg' has shape (None, None, 2): firmware needs a fixed size" in refusal(tmp_path / "m.keras")


def marked(x):
    open("mark-of-the-code", "w").close()
    return x


@pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras3", "tf_keras"])
@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_lambda_is_refused_before_its_code_runs(library, suffix, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    harmful = library.layers.Lambda(lambda x: (open("mark-of-the-code", "w").close(), x)[1], name="harm")
    ecg = library.Input((8,), name="ecg")
    library.Model(ecg, harmful(ecg)).save(f"model{suffix}")
    (tmp_path / "mark-of-the-code").unlink()
    said = refusal(tmp_path / f"model{suffix}")
    assert "layer 'harm' is" in said
    assert "Lambda, which runs code from the file; replace it by Keras' own layers" in said
    assert not (tmp_path / "mark-of-the-code").exists()


def edited(source, target, change):
    """A copy of a .keras file with another config."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config["config"]["layers"][1])
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return target


def test_no_module_is_imported_that_a_file_names(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "nobodys.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w').close()")
    source = keras3_file(tmp_path / "m.keras", layers.Dense(3, name="d"))

    def of_nobody(layer):
        layer["module"] = "nobodys"

    def started_by_nobody(layer):
        layer["config"]["kernel_initializer"] = {"module": "nobodys", "class_name": "Zeros", "config": {}}

    said = refusal(edited(source, tmp_path / "a.keras", of_nobody))
    assert "layer 'd' is of class Dense of nobodys, which is not Keras' own" in said
    keras_model(edited(source, tmp_path / "b.keras", started_by_nobody))  # initializers play no part
    assert not (tmp_path / "mark").exists()


def test_weights_that_lie_in_another_file_are_refused(tmp_path):
    keras3_file(tmp_path / "m.h5", layers.Dense(3, name="d"))
    with h5py.File(tmp_path / "m.h5", "a") as file:
        del file["model_weights/d"]
        file["model_weights/d"] = h5py.ExternalLink("other.h5", "/d")
    assert "refers to another file at '/model_weights/d'" in refusal(tmp_path / "m.h5")


def test_damaged_files_are_refused_in_one_line(tmp_path):
    path = keras3_file(tmp_path / "m.keras", layers.Dense(3, name="d"))
    whole = path.read_bytes()
    (tmp_path / "cut.keras").write_bytes(whole[: len(whole) // 2])
    assert "damaged zip archive" in refusal(tmp_path / "cut.keras")
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("readme", "none")
    assert "a zip archive without metadata.json; expected a Keras model" in refusal(tmp_path / "other.keras")
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.attrs["layer_names"] = ["d"]
    assert "holds weights alone; save the whole model" in refusal(tmp_path / "weights.h5")
    said = refusal(edited(path, tmp_path / "d.keras", lambda layer: layer["config"].update(units=4)))
    assert "layer 'd' (Dense) has a weight of shape (2, 3); expected (2, 4)" in said
