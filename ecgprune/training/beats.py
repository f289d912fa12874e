"""The task of the ECG pipeline: beats of five classes, cross-entropy, scored by macro-F1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.config import TrainConfig
from ecgprune.training import models
from ecgprune.training._tf import keras
from ecgprune.training.arrays import TRAIN, VALIDATION, Beats, class_weights, rows, scores
from ecgprune.training.augment import Batches, model_inputs, steps_per_epoch
from ecgprune.training.task import Examples

__all__ = ["BeatsTask", "evaluate", "probabilities"]

PREDICT_BATCH = 2048


@dataclass(frozen=True)
class BeatsTask:
    """See `task.Task`.

    Attributes:
        beats: all beats; the training beats are trained on, the validation beats score.
        config: batches, class weights and variations.
    """

    beats: Beats
    config: TrainConfig
    metric: str = "macro_f1"
    said: str = "F1"

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return steps_per_epoch(self.beats, self.config)

    def batches(self, model: Any, seed: int) -> Batches:
        """The training beats with their variations; rare classes weigh more, as the config says."""
        weights = self._class_weights() * np.array(self.config.class_factors, np.float32)
        return Batches(model, self.beats, weights, self.config, seed)

    def loss(self, targets: Any, answered: Any) -> Any:
        """Cross-entropy of each beat."""
        return keras.losses.sparse_categorical_crossentropy(targets, answered)

    def mean_loss(self, targets: Any, answered: Any, weights: Any) -> Any:
        """Weighted cross-entropy."""
        return keras.losses.SparseCategoricalCrossentropy()(targets, answered, sample_weight=weights)

    def drawn(self, count: int, seed: int) -> NDArray[np.intp]:
        """Training beats, drawn by `seed`."""
        drawn: NDArray[np.intp] = np.random.default_rng(seed).permutation(rows(self.beats, TRAIN))[:count]
        return drawn

    def examples(self, model: Any, index: NDArray[np.intp]) -> Examples:
        """Beats as they are. Their weights leave out config.class_factors."""
        labels = self.beats.label[index]
        return model_inputs(model, self.beats, index), labels.astype(np.int32), self._class_weights()[labels]

    def scores(self, model: Any) -> dict[str, float]:
        """Accuracy and macro-F1 on the validation beats."""
        accuracy, macro_f1 = evaluate(model, self.beats, VALIDATION)
        return {"accuracy": accuracy, "macro_f1": macro_f1}

    def rank(self, score: float) -> float:
        """Macro-F1 itself."""
        return score

    def _class_weights(self) -> NDArray[np.float32]:
        labels = self.beats.label[rows(self.beats, TRAIN)]
        return class_weights(labels, models.CLASSES, self.config.class_weight_power)


def evaluate(model: Any, beats: Beats, split: int) -> tuple[float, float]:
    """(accuracy, macro-F1) of the float `model` on one split."""
    index = rows(beats, split)
    return scores(beats.label[index], probabilities(model, beats, index).argmax(axis=1), models.CLASSES)


def probabilities(model: Any, beats: Beats, index: NDArray[np.intp]) -> NDArray[np.float32]:
    """Class probabilities of beats.

    Args:
        model: the float Keras model.
        beats: the dataset.
        index: [n], which of its beats.

    Returns:
        float32 [n, 5], in the order of CLASSES.
    """
    parts = [
        model.predict_on_batch(model_inputs(model, beats, index[start : start + PREDICT_BATCH]))
        for start in range(0, len(index), PREDICT_BATCH)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, models.CLASSES), np.float32)
