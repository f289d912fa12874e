"""What training takes in: beats as numpy arrays, and the scores it steers by. Imports numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import TEST, TRAIN, VALIDATION
from ecgprune.errors import TrainingError

__all__ = [
    "TEST",
    "TRAIN",
    "VALIDATION",
    "Beats",
    "class_weights",
    "epoch_rows",
    "record_weights",
    "rows",
    "scores",
    "trainable",
]

MIN_TRAINING_BEATS = 32


class Beats(Protocol):
    """Beats of all splits, as `ecg.dataset.Dataset` has them.

    ecg: int8 [beats, window]; label: uint8 [beats]; record: uint16 [beats]; split: uint8 [beats].
    inputs: int8 [beats, ...] for each input that a model may have, by the input's name, "ecg" among them.
    info: "ecg_scale" and the like are what one step of the integers is worth at the model's inputs,
        "classes" names the labels.
    noisy: int8 [takes, training beats, ...] for each input that noise changes: the training beats in their order,
        with recorded noise, as `ecg.noise.noisy_takes` has them; None where training uses none.
    second: int8 [training beats, ...] for each input: the same beats in the record's second lead, as
        `ecg.second_lead.inputs` has them; None where training uses none.
    """

    @property
    def ecg(self) -> NDArray[np.int8]: ...
    @property
    def inputs(self) -> Mapping[str, NDArray[np.int8]]: ...
    @property
    def label(self) -> NDArray[np.uint8]: ...
    @property
    def record(self) -> NDArray[np.uint16]: ...
    @property
    def split(self) -> NDArray[np.uint8]: ...
    @property
    def info(self) -> Mapping[str, Any]: ...
    @property
    def noisy(self) -> Mapping[str, NDArray[np.int8]] | None: ...
    @property
    def second(self) -> Mapping[str, NDArray[np.int8]] | None: ...


def rows(beats: Beats, split: int) -> NDArray[np.intp]:
    """Indices of the beats of one split (TRAIN, VALIDATION, TEST)."""
    return np.flatnonzero(beats.split == split)


def epoch_rows(beats: Beats, limit: int, draw: np.random.Generator) -> NDArray[np.intp]:
    """Indices of the training beats of one epoch, shuffled: of each record and class at most `limit`; 0 takes all."""
    shuffled: NDArray[np.intp] = draw.permutation(rows(beats, TRAIN))
    if limit:
        group = beats.record[shuffled].astype(np.int64) * 256 + beats.label[shuffled]
        order = np.argsort(group, kind="stable")
        first = np.searchsorted(group[order], group[order])
        shuffled = shuffled[np.sort(order[np.arange(len(order)) - first < limit])]
    return shuffled


def record_weights(beats: Beats, limit: int, power: float) -> NDArray[np.float32]:
    """What makes up, in part, for the limit of `epoch_rows`.

    Args:
        beats: all beats.
        limit: beats of a record and class in an epoch; 0 takes all.
        power: 0 weighs all alike, 1 makes up for the limit.

    Returns:
        float32 [beats]: (training beats of the record and class / limit) ** power, at least 1.
    """
    if not limit or not power:
        return np.ones(len(beats.label), np.float32)
    group = beats.record.astype(np.int64) * 256 + beats.label
    size = np.bincount(group[rows(beats, TRAIN)], minlength=int(group.max()) + 1)[group]
    weights: NDArray[np.float32] = (np.maximum(size / limit, 1) ** power).astype(np.float32)
    return weights


def trainable(beats: Beats) -> None:
    """Checks that there are beats to train on.

    Args:
        beats: all beats.

    Raises:
        TrainingError: too few beats or classes to train on, or none to validate on.
    """
    train, validation = rows(beats, TRAIN), rows(beats, VALIDATION)
    if len(train) < MIN_TRAINING_BEATS:
        raise TrainingError(
            f"the dataset has {len(train)} training beats, training needs at least {MIN_TRAINING_BEATS}; add records"
        )
    present = np.unique(beats.label[train])
    if len(present) < 2:
        names = ", ".join(beats.info["classes"][c] for c in present)
        raise TrainingError(f"all training beats are of class {names}, training needs at least 2 classes; add records")
    if not len(validation):
        raise TrainingError("the dataset has no validation beats; enlarge data.validation_fraction or add records")


def class_weights(labels: NDArray[np.uint8], classes: int, power: float) -> NDArray[np.float32]:
    """(largest class / size of the class) ** power for each class, scaled so that the mean over the beats is 1.

    A class without beats weighs as much as the largest.

    Args:
        labels: [beats], class indices.
        classes: how many classes there are.
        power: 0 weighs all classes alike, 1 makes up for their sizes.
    """
    count = np.bincount(labels, minlength=classes).astype(np.float64)
    count[count == 0] = count.max()
    weights = (count.max() / count) ** power
    scaled: NDArray[np.float32] = (weights / np.mean(weights[labels])).astype(np.float32)
    return scaled


def scores(labels: NDArray[Any], predicted: NDArray[Any], classes: int) -> tuple[float, float]:
    """Accuracy and macro-F1; macro-F1 is the mean over the classes that `labels` has.

    `ecg.ec57` reports by the same definition; this one is quick enough to call after every epoch.

    Args:
        labels: [beats], class indices.
        predicted: [beats], class indices.
        classes: how many classes there are.

    Returns:
        Accuracy and macro-F1, 0 to 1.
    """
    confusion = np.bincount(labels.astype(np.intp) * classes + predicted, minlength=classes * classes)
    confusion = confusion.reshape(classes, classes)
    hits = np.diag(confusion)
    present = confusion.sum(axis=1) > 0
    f1 = 2 * hits[present] / (confusion.sum(axis=0) + confusion.sum(axis=1))[present]
    return float(hits.sum() / len(labels)), float(f1.mean())
