"""export and bench of a Keras file or SavedModel, as typed."""

import json
import zipfile

import keras3_networks
import numpy as np
import pytest
from cli_calls import call

from ecgprune.artifacts import sha256_file
from ecgprune.errors import ExitCode, ModelError
from ecgprune.training._tf import tf
from ecgprune.training.conversion import convert_traced
from ecgprune.training.imported import traced_model
from ecgprune.verify.oracles import TflmHost

keras, layers = keras3_networks.keras, keras3_networks.layers


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """(folder, Keras model) with wave.keras, x.npy of 40 samples, and the SavedModel saved/."""
    folder = tmp_path_factory.mktemp("files")
    keras.utils.set_random_seed(1)
    model = keras.Sequential([layers.Input((32, 2), name="ecg"), layers.Conv1D(4, 3, activation="relu"),
                              layers.GlobalAveragePooling1D(), layers.Dense(3)])  # fmt: skip
    model.save(folder / "wave.keras")
    model.export(folder / "saved", verbose=False)
    np.save(folder / "x.npy", np.random.default_rng(1).normal(size=(40, 32, 2)))
    return folder, model


@pytest.fixture(scope="module")
def exported(files):
    """(result, out) of export with --format json."""
    folder, _ = files
    out = folder / "out"
    done = call("export", folder / "wave.keras", "--representative", folder / "x.npy", "--format", "json", "--out", out)
    assert done.exit_code == 0, done.stderr
    return done, out


def test_stdout_is_json_alone_and_few_samples_are_warned_of(exported, files):
    done, _ = exported
    assert [layer["operator"] for layer in json.loads(done.stdout)["cores"][0]["layers"]][:2] == ["RESHAPE", "CONV_2D"]
    assert done.stderr == (
        f"warning: {files[0] / 'x.npy'} holds 40 samples; with 100 or more the ranges of activations are more likely "
        "to hold for all inputs\n"
    )


def test_the_int8_model_stands_beside_the_c_with_the_hashes_of_what_it_was_made_of(exported, files):
    folder, _ = files
    about = json.loads((exported[1] / "model.json").read_text())
    assert about["source"] == {"name": "wave.keras", "sha256": sha256_file(folder / "wave.keras")}
    assert about["representative"] == {"name": "x.npy", "sha256": sha256_file(folder / "x.npy")}
    assert about["tflite_sha256"] == sha256_file(exported[1] / "model.tflite")
    assert (about["samples"], about["samples_found"]) == (40, 40)


@pytest.mark.parametrize(("activation", "usual"), [("relu", True), ("relu6", False)])
def test_channels_of_unlike_ranges_are_equalized_or_warned_of(activation, usual, tmp_path):
    model = keras.Sequential([layers.Input((32, 1), name="ecg"), layers.Conv1D(2, 1, activation=activation),
                              layers.Conv1D(1, 1), layers.GlobalAveragePooling1D()])  # fmt: skip
    # A small channel that int8 rounds to two values, and a layer that takes nothing else.
    model.layers[0].set_weights([np.float32([[[1, 0.004]]]), np.zeros(2, np.float32)])
    model.layers[1].set_weights([np.float32([[[0], [300]]]), np.zeros(1, np.float32)])
    model.save(tmp_path / "ruined.keras")
    x = np.random.default_rng(1).normal(size=(200, 32, 1))
    np.save(tmp_path / "x.npy", x / np.abs(x).max() * 5.9)
    typed = ("export", tmp_path / "ruined.keras", "--representative", tmp_path / "x.npy", "--out", tmp_path / "out")
    done = call(*typed)
    assert done.exit_code == 0, done.stderr
    about = json.loads((tmp_path / "out" / "model.json").read_text())
    assert about["mended"] or not usual
    assert (about["output_error"] < 0.01) == usual
    assert ("warning: int8 changes the outputs by" in done.stderr) == (not usual)


def test_another_process_converts_to_the_same_bytes(exported, files):
    folder, _ = files
    x = {"ecg": np.load(folder / "x.npy").astype(np.float32)}
    assert convert_traced(traced_model(folder / "wave.keras"), x).int8 == (exported[1] / "model.tflite").read_bytes()


def test_a_saved_model_answers_as_the_model_does(files):
    folder, model = files
    x = np.load(folder / "x.npy").astype(np.float32)
    content = convert_traced(traced_model(folder / "saved"), {"ecg": x}).int8
    from ecgprune.graph.reader import read

    graph = read(content)
    scale_in, scale_out = (graph.tensor(t).quantization for t in (graph.inputs[0], graph.outputs[0]))
    steps = np.clip(np.round(x / scale_in.scale) + scale_in.zero_point, -128, 127).astype(np.int8)
    (found,) = TflmHost(content, graph).outputs([steps])
    real = (found.reshape(40, 3).astype(int) - scale_out.zero_point) * scale_out.scale
    np.testing.assert_allclose(real, np.asarray(model(x)), atol=0.05)


def test_the_option_and_the_model_must_go_together(files, tmp_path):
    folder, _ = files
    done = call("bench", folder / "wave.keras")
    assert done.exit_code == ExitCode.INPUT
    assert done.stderr.startswith(f"ecgprune: {folder / 'wave.keras'} is a zip archive, such as a Keras model (.keras)")
    assert "quantizing it takes --representative FILE" in done.stderr
    done = call("export", folder / "saved", "--representative", folder / "none.npy", "--out", tmp_path / "out")
    assert done.stderr == (
        f"ecgprune: no file {folder / 'none.npy'}; --representative takes an .npz or .npy file, or the name of a "
        "shipped config\n"
    )
    done = call("run", folder / "wave.keras", "--out", tmp_path / "run")
    assert "this command takes a config. Commands for a model are export" in done.stderr
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "run").exists()


def test_the_name_of_a_config_stands_for_its_training_beats(tmp_path):
    from ecgprune.config import load
    from ecgprune.importers import representative
    from ecgprune.pipeline import own_samples

    for name in ("a.npz", "b.npz"):
        own_samples.write(load("smoke"), tmp_path / "none", tmp_path / name)
    assert sha256_file(tmp_path / "a.npz") == sha256_file(tmp_path / "b.npz")
    window = load("smoke").data.window
    found = representative.read(tmp_path / "a.npz", {"any": (window, 1)})
    assert found.used >= 100
    assert 0.2 < np.abs(found.inputs["any"]).max() < 10  # millivolts


def test_a_refusal_of_the_child_process_is_one_line(files, tmp_path):
    folder, _ = files
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    done = call("export", tmp_path / "m.keras", "--representative", folder / "x.npy", "--out", tmp_path / "out")
    assert done.exit_code == ExitCode.INPUT
    assert done.stderr == (
        f"ecgprune: {tmp_path / 'm.keras'} is a zip archive without metadata.json; expected a Keras model saved with "
        "model.save()\n"
    )
    assert not (tmp_path / "out").exists()


def saved(folder, function, shape=(None, 4)):
    module = tf.Module()
    module.f = tf.function(function, input_signature=[tf.TensorSpec(shape, tf.float32, name="x")])
    tf.saved_model.save(module, str(folder), signatures=module.f)
    return folder


def test_a_saved_model_that_does_more_than_compute_is_refused_before_it_is_loaded(tmp_path, monkeypatch):
    def python(x):
        return tf.py_function(lambda y: y, [x], tf.float32)

    def writer(x):
        tf.io.write_file(str(tmp_path / "mark"), "code was run")
        return x

    def reader(x):
        return x + tf.cast(tf.strings.length(tf.io.read_file("/etc/hostname")), tf.float32)

    folders = [saved(tmp_path / f.__name__, f) for f in (python, writer, reader)]
    monkeypatch.setattr(tf.saved_model, "load", None)
    for folder, operator in zip(folders, ("EagerPyFunc", "WriteFile", "ReadFile"), strict=True):
        with pytest.raises(ModelError, match=f"has operator {operator}, which"):
            traced_model(folder)
    assert not (tmp_path / "mark").exists()


def test_a_saved_model_of_a_size_that_is_not_fixed_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"has input 'x' of float32 \(None, None\); expected float32 \(None, \.\.\.\)"):
        traced_model(saved(tmp_path / "m", lambda x: x + 1, (None, None)))
