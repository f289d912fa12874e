"""What the figures of the study would be on other test beats, and on other patients: intervals by bootstrap.

Over beats, a resample draws as many test beats as there are, with replacement. That is the chance of the split. Over
patients it draws patients with all their test beats. That is what the figure may be for other people. Two models are
compared on the same resamples, so what they have in common does not widen the interval of their difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg import ec57, splits
from ecgprune.ecg.dataset import Dataset
from ecgprune.ecg.evaluation import RESAMPLES, over_patients
from ecgprune.study.scoring import Point

__all__ = ["compared", "of_scores"]

Counts = NDArray[np.int64]
SEED = 1


def of_scores(beats: Dataset, predicted: NDArray[np.uint8]) -> dict[str, dict[str, list[float]]]:
    """95 % percentile intervals of a model's scores.

    Args:
        beats: the test beats.
        predicted: [beats], the model's classes.

    Returns:
        {"beats" and "patients": {"accuracy" and "macro_f1": [low, high]}}.
    """
    found = {}
    for over, drawn in _resampled(beats, [predicted]).items():
        scores = ec57.scores(drawn[0], beats.info["classes"])
        found[over] = {"accuracy": _interval(scores.accuracy), "macro_f1": _interval(scores.macro_f1)}
    return found


def compared(run: Path, beats: Dataset, points: Sequence[Point]) -> list[dict[str, Any]]:
    """Stages against one shot, for each chain, target and number of epochs that both have; int8 models.

    Args:
        run: the run folder; it has the classes that each point predicts.
        beats: the test beats.
        points: of the group.

    Returns:
        [{"chain", "target", "budget", "macro_f1_gained" (stages less one shot), "beats" and "patients": its interval
        [low, high]}].
    """
    rows = []
    staged = {(p.chain, p.target): p for p in points if p.method == "multistage"}
    classes = beats.info["classes"]
    for other in points:
        mine = staged.get((other.chain, other.target))
        if other.method != "one-shot" or mine is None:
            continue
        both = [np.load(run / point.predicted) for point in (mine, other)]
        gained = [float(ec57.scores(ec57.confusion(beats.label, one, classes), classes).macro_f1) for one in both]
        row = {"chain": other.chain, "target": other.target, "budget": other.budget,
               "macro_f1_gained": gained[0] - gained[1]}  # fmt: skip
        for over, drawn in _resampled(beats, both).items():
            scores = [ec57.scores(one, classes).macro_f1 for one in drawn]
            row[over] = _interval(scores[0] - scores[1])
        rows.append(row)
    return rows


def _resampled(beats: Dataset, predicted: Sequence[NDArray[np.uint8]]) -> dict[str, list[Counts]]:
    """{over: [resamples, classes, classes] for each of `predicted`}: confusion matrices on the same resamples."""
    size = len(beats.info["classes"])
    shape = (size,) * (1 + len(predicted))
    cell = np.ravel_multi_index((beats.label, *predicted), shape)
    database = beats.info["database"]
    names = [splits.patient_of(record, database) for record in beats.info["records"]]
    patients = {name: i for i, name in enumerate(dict.fromkeys(names))}
    whose = np.array([patients[name] for name in names])[beats.record]
    cells = int(np.prod(shape))
    each = np.bincount(whose * cells + cell, minlength=len(patients) * cells).reshape(len(patients), cells)
    each = each[each.any(axis=1)]
    whole = each.sum(axis=0)
    over_beats = np.random.default_rng(SEED).multinomial(whole.sum(), whole / whole.sum(), size=RESAMPLES)
    drawn = {"beats": over_beats, "patients": over_patients(each, RESAMPLES, SEED)}
    return {over: _marginals(counts.reshape(-1, *shape)) for over, counts in drawn.items()}


def _marginals(counts: Counts) -> list[Counts]:
    """[resamples, class, class of a model, class of another, ...] as a confusion matrix for each model."""
    models = range(2, counts.ndim)
    return [counts.sum(axis=tuple(axis for axis in models if axis != model)) for model in models]


def _interval(values: NDArray[np.float64]) -> list[float]:
    return [round(float(v), 6) for v in np.nanpercentile(values, [2.5, 97.5])]
