"""The zoo: shapes, sizes, names."""

from __future__ import annotations

import numpy as np
import pytest
from training_data import small_beats

from ecgprune.errors import ArtifactError, TrainingError
from ecgprune.training import keras_file, models
from ecgprune.training._tf import keras, seed_everything


def macs(model) -> int:
    """Multiplications of kernels with activations, from the layers' shapes."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += int(np.prod(layer.output_shape[1:])) * int(np.prod(layer.kernel.shape[:3]))
        elif isinstance(layer, keras.layers.Dense):
            total += int(np.prod(layer.kernel.shape))
    return total


def test_acharya_is_model_a_of_the_design():
    model = models.build("acharya", 260)
    assert macs(model) == 95_770
    assert model.input_names == ["ecg"]


def test_plain_is_model_b_of_the_design():
    assert macs(models.build("plain", 180)) == 1_403_168


def test_compact_stays_under_25k_parameters_and_takes_rr_features():
    model = models.build("compact", 180)
    assert model.count_params() == 22_837
    assert model.input_names == ["ecg", "rr"]
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(convolutions) == 5
    assert all(layer.kernel_size[0] == 1 for layer in convolutions)


def test_compact_patient_stays_under_25k_parameters_too():
    model = models.build("compact_patient", 180)
    assert model.count_params() == 24_661
    assert model.input_names == ["ecg", "patient"]


@pytest.mark.parametrize("name", list(models.MIN_WINDOW))
def test_every_layer_has_the_same_name_whatever_was_built_before(name):
    first = [layer.name for layer in models.build(name, 180).layers]
    assert [layer.name for layer in models.build(name, 180).layers] == first


@pytest.mark.parametrize("name", list(models.MIN_WINDOW))
def test_probabilities_of_five_classes_come_out(name):
    model = models.build(name, models.MIN_WINDOW[name])
    sizes = {"rr": 4, "patient": models.PATIENT_FEATURES, "context": models.CONTEXT_FEATURES}
    inputs = {"ecg": np.zeros((3, 1, models.MIN_WINDOW[name], 1))} | {n: np.zeros((3, s)) for n, s in sizes.items()}
    out = model.predict_on_batch({key: inputs[key] for key in model.input_names})
    assert out.shape == (3, 5)
    np.testing.assert_allclose(out.sum(axis=1), 1, rtol=1e-5)


def test_a_window_that_is_too_short_is_refused():
    with pytest.raises(TrainingError) as caught:
        models.build("acharya", 35)
    assert str(caught.value) == (
        "model acharya needs beats of at least 36 samples, the dataset's window is 35; "
        "enlarge data.window or choose another model"
    )


def test_an_unknown_model_is_refused():
    with pytest.raises(TrainingError, match="no model 'resnet' in the zoo; there are acharya, compact, compact_pa"):
        models.build("resnet", 180)


def test_saved_bytes_depend_on_the_weights_alone(tmp_path):
    seed_everything(3)
    model = models.build("compact", 64)
    keras_file.save(model, tmp_path / "a.keras")
    models.build("plain", 64)
    keras_file.save(keras_file.load(tmp_path / "a.keras"), tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    beats = small_beats(4)
    inputs = {"ecg": beats.ecg[:, None, :, None].astype("f4"), "rr": beats.rr.astype("f4")}
    loaded = keras_file.load(tmp_path / "b.keras")
    np.testing.assert_array_equal(loaded.predict_on_batch(inputs), model.predict_on_batch(inputs))


def test_a_damaged_model_file_is_named(tmp_path):
    path = tmp_path / "dense.keras"
    keras_file.save(models.build("plain", 64), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ArtifactError, match=r"dense\.keras is not a whole Keras model: .*; delete it and run again"):
        keras_file.load(path)
    with pytest.raises(ArtifactError, match=r"no model .*none\.keras: the stage that writes it has not finished"):
        keras_file.load(tmp_path / "none.keras")
