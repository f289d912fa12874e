"""Dense training: it learns, stops, restores, and repeats itself byte for byte."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score
from training_data import small_beats

from ecgprune.artifacts import sha256_file
from ecgprune.config import Config, ModelConfig, TrainConfig
from ecgprune.errors import TrainingError
from ecgprune.training import fit, keras_file, models
from ecgprune.training.arrays import VALIDATION, class_weights, rows, scores
from ecgprune.training.augment import Batches

BEATS = small_beats()
TRAIN = TrainConfig(epochs=6, batch_size=64, learning_rate=0.005, patience=6)
CONFIG = Config(seed=5, model=ModelConfig(name="compact"), train=TRAIN)


def train(folder: Path, config: Config = CONFIG, beats=BEATS, **more) -> dict:
    return fit.train_dense(beats, config, folder / "dense.keras", folder / "dense.json", folder / "logs", **more)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    said: list[tuple[float, str]] = []
    return folder, train(folder, progress=lambda done, doing: said.append((done, doing))), said


def test_training_learns_the_classes(trained):
    _, metrics, _ = trained
    assert metrics["macro_f1"] > 0.8
    assert metrics["history"][-1]["loss"] < metrics["history"][0]["loss"]


def test_the_saved_model_is_the_best_epoch_by_validation_macro_f1(trained):
    folder, metrics, _ = trained
    best = max(epoch["macro_f1"] for epoch in metrics["history"])
    assert metrics["macro_f1"] == best
    assert metrics["history"][metrics["best_epoch"] - 1]["macro_f1"] == best
    assert fit.evaluate(keras_file.load(folder / "dense.keras"), BEATS, VALIDATION) == (metrics["accuracy"], best)
    assert json.loads((folder / "dense.json").read_text()) == metrics


def test_the_saved_model_is_the_last_epoch_where_the_config_says_so(tmp_path):
    last = dataclasses.replace(TRAIN, epochs=3, patience=1, keep="last", learning_rate=1e-9)  # no epoch gets better
    metrics = train(tmp_path, dataclasses.replace(CONFIG, train=last))
    assert metrics["best_epoch"] == metrics["epochs_run"] == 3
    assert metrics["macro_f1"] == metrics["history"][-1]["macro_f1"]


def test_predict_gives_every_beat_in_order(trained):
    folder, metrics, _ = trained
    found = fit.predict(folder / "dense.keras", BEATS)
    assert found.shape == (len(BEATS.label), 5)
    index = rows(BEATS, VALIDATION)
    assert np.mean(found[index].argmax(axis=1) == BEATS.label[index]) == metrics["accuracy"]


def test_progress_rises_to_one_and_tells_loss_and_f1(trained):
    _, _, said = trained
    shares = [done for done, _ in said]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert re.fullmatch(r"epoch 6/6, loss 0\.\d{3}, F1 [01]\.\d{3}", said[-1][1])


def test_tensorboard_logs_are_written(trained):
    folder, metrics, _ = trained
    logs = list((folder / "logs").glob("events.out.tfevents.*"))
    assert len(logs) == 1
    content = logs[0].read_bytes()
    assert content.count(b"macro_f1") == metrics["epochs_run"]


def test_training_stops_when_the_score_stops_rising(tmp_path):
    patient = dataclasses.replace(TRAIN, epochs=12, patience=1, learning_rate=1e-9)
    metrics = train(tmp_path, dataclasses.replace(CONFIG, train=patient))
    assert metrics["epochs_run"] < 12
    assert metrics["epochs_run"] == metrics["best_epoch"] + 1


def test_another_seed_gives_another_model(trained, tmp_path):
    folder, _, _ = trained
    short = dataclasses.replace(CONFIG, seed=6, train=dataclasses.replace(TRAIN, epochs=1))
    train(tmp_path, short)
    assert sha256_file(tmp_path / "dense.keras") != sha256_file(folder / "dense.keras")


def test_augmentation_varies_every_beat_within_its_limits():
    model = models.build("plain", 64)
    still = dataclasses.replace(TRAIN, noise_std=0, shift_samples=0, gain_spread=0)
    weights = np.ones(5, np.float32)

    def first(config: TrainConfig) -> np.ndarray:
        return next(Batches(model, BEATS, weights, config, 1).epoch(0))[0]["ecg"]

    plain = first(still)
    np.testing.assert_array_equal(plain * 16, np.round(plain * 16))
    gained = first(dataclasses.replace(still, gain_spread=0.1))
    ratio = gained[plain != 0] / plain[plain != 0]
    assert 0.9 <= ratio.min() < 0.92
    assert 1.08 < ratio.max() <= 1.1
    noisy = first(dataclasses.replace(still, noise_std=0.05)) - plain
    assert noisy.std() == pytest.approx(0.05, rel=0.1)
    shifted = first(dataclasses.replace(still, shift_samples=2))
    for before, after in zip(plain[:, 0, :, 0], shifted[:, 0, :, 0], strict=True):
        assert any(np.array_equal(after[2:-2], before[2 + s : 62 + s]) for s in (-2, -1, 0, 1, 2))


def test_every_training_beat_comes_once_per_epoch_and_in_a_new_order():
    marked = small_beats(200)
    marked.ecg[:, 0] = np.arange(200) % 100
    marked.ecg[:, 1] = np.arange(200) // 100
    still = dataclasses.replace(TRAIN, noise_std=0, shift_samples=0, gain_spread=0)
    batches = Batches(models.build("plain", 64), marked, np.ones(5, np.float32), still, 1)

    def order(number: int) -> list[int]:
        seen = [inputs["ecg"][:, 0, :2, 0] * 16 for inputs, _, _ in batches.epoch(number)]
        return [int(a + 100 * b) for a, b in np.concatenate(seen)]

    assert sorted(order(0)) == list(range(140))
    assert order(0) == order(0)
    assert order(0) != order(1)


def test_rare_classes_weigh_more_and_the_mean_weight_is_one():
    labels = np.array([0] * 80 + [1] * 20, np.uint8)
    weights = class_weights(labels, 3, power=0.5)
    assert weights[1] / weights[0] == pytest.approx(2)
    assert weights[labels].mean() == pytest.approx(1)
    np.testing.assert_allclose(class_weights(labels, 3, power=0), 1)


def test_scores_agree_with_scikit_learn():
    draw = np.random.default_rng(0)
    labels, predicted = draw.integers(0, 4, 500).astype(np.uint8), draw.integers(0, 5, 500)
    accuracy, macro_f1 = scores(labels, predicted, 5)
    assert accuracy == np.mean(labels == predicted)
    assert macro_f1 == pytest.approx(f1_score(labels, predicted, labels=range(4), average="macro"))


def test_too_few_beats_are_refused(tmp_path):
    with pytest.raises(TrainingError) as caught:
        train(tmp_path, beats=small_beats(40))
    assert str(caught.value) == (
        "the dataset has 28 training beats, training needs at least 32; add records"
    )


def test_one_class_is_refused(tmp_path):
    one = dataclasses.replace(BEATS, label=np.full_like(BEATS.label, 2))
    with pytest.raises(TrainingError) as caught:
        train(tmp_path, beats=one)
    assert str(caught.value) == "all training beats are of class V, training needs at least 2 classes; add records"


def test_no_validation_beats_are_refused(tmp_path):
    with pytest.raises(TrainingError, match=r"has no validation beats; enlarge data\.validation_fraction"):
        train(tmp_path, beats=dataclasses.replace(BEATS, split=np.where(BEATS.split == 1, 0, BEATS.split)))


def test_a_dataset_of_another_window_is_refused(trained):
    folder, _, _ = trained
    with pytest.raises(TrainingError) as caught:
        fit.predict(folder / "dense.keras", small_beats(window=70))
    assert str(caught.value) == (
        "dense.keras takes beats of 64 samples, the dataset's window is 70; "
        "use the dataset that the model was trained on, or train anew"
    )


def test_a_loss_that_explodes_is_an_error_of_one_line(tmp_path):
    wild = dataclasses.replace(CONFIG, train=dataclasses.replace(TRAIN, learning_rate=1e30))
    with pytest.raises(TrainingError, match=r"the loss became nan in epoch \d; lower the learning rate"):
        train(tmp_path, wild)
