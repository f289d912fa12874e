"""Scores of a beat classifier by ANSI/AAMI EC57 (Testing and reporting performance results of cardiac rhythm and ST
segment measurement algorithms): sensitivity and positive predictivity per class.

EC57 asks for the gross statistics of ventricular (V) and supraventricular (S) ectopic beats. In those, a fusion beat
(F) or an unknown beat (Q) that is called V is no false positive, nor is an unknown beat that is called S: PhysioNet's
bxb, which implements EC57, counts Nv + Sv and Ns + Vs + Fs (print_results() of bxb.c). `Scores.ec57_ppv` follows that.
In `Scores.ppv` every beat of another class is a false positive, as publications on five classes count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ECTOPIC", "NOT_COUNTED", "Scores", "confusion", "metrics", "scores"]

ECTOPIC = ("S", "V")
"""The classes that EC57 asks statistics for."""

NOT_COUNTED = {"S": ("Q",), "V": ("F", "Q")}
"""Predicted class -> reference classes that are not counted as its false positives in EC57's statistics."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores of one confusion matrix or of many; NaN where there is nothing to divide by.

    Attributes:
        accuracy: [...], share of beats whose class is right.
        macro_f1: [...], mean f1 of the classes that the reference has.
        macro_f1_nsvf: [...], the same of N, S, V and F alone; NaN if `classes` lacks one.
        se: [..., classes], sensitivity (recall).
        ppv: [..., classes], positive predictivity (precision); 0 for a class of the reference that is never predicted.
        f1: [..., classes], harmonic mean of the two; NaN where the reference lacks the class.
        ec57_ppv: [..., classes], positive predictivity by NOT_COUNTED.
        ec57_f1: [..., classes], harmonic mean of it and se.
    """

    accuracy: Floats
    macro_f1: Floats
    macro_f1_nsvf: Floats
    se: Floats
    ppv: Floats
    f1: Floats
    ec57_ppv: Floats
    ec57_f1: Floats


def scores(matrix: NDArray[np.integer[Any]], classes: Sequence[str]) -> Scores:
    """Scores from confusion matrices.

    Args:
        matrix: [..., reference class, predicted class], numbers of beats.
        classes: names of the classes.
    """
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    support, predicted = matrix.sum(axis=-1), matrix.sum(axis=-2)
    counted = predicted.copy()
    for name, others in NOT_COUNTED.items():
        if name in classes:
            rows = [classes.index(other) for other in others if other in classes]
            counted[..., classes.index(name)] -= matrix[..., rows, classes.index(name)].sum(axis=-1)
    there = support > 0
    f1 = _ratio(2 * hits, predicted + support, there)
    four = [classes.index(name) for name in "NSVF" if name in classes]
    return Scores(
        accuracy=_ratio(hits.sum(axis=-1), matrix.sum(axis=(-2, -1))),
        macro_f1=_mean(f1),
        macro_f1_nsvf=_mean(f1[..., four]) if len(four) == 4 else np.full(f1.shape[:-1], np.nan),
        se=_ratio(hits, support),
        ppv=np.where(there & (predicted == 0), 0.0, _ratio(hits, predicted)),
        f1=f1,
        ec57_ppv=np.where(there & (counted == 0), 0.0, _ratio(hits, counted)),
        ec57_f1=_ratio(2 * hits, counted + support, there),
    )


def confusion(labels: ArrayLike, predictions: ArrayLike, classes: Sequence[str]) -> NDArray[np.int64]:
    """The confusion matrix of beats.

    Args:
        labels: [beats], index of each beat's class in `classes`.
        predictions: [beats], index of the class that was predicted.
        classes: names of the classes.

    Returns:
        int64 [reference class, predicted class].

    Raises:
        ValueError: the lengths differ, or an index is outside of `classes`.
    """
    reference, predicted = np.asarray(labels, dtype=np.int64), np.asarray(predictions, dtype=np.int64)
    if reference.shape != predicted.shape or reference.ndim != 1:
        raise ValueError(f"expected two equally long lists of classes, got {reference.shape} and {predicted.shape}")
    both = np.concatenate([reference, predicted])
    size = len(classes)
    if len(both) and (both.min() < 0 or both.max() >= size):
        raise ValueError(f"class indices must lie in 0..{size - 1}, got {both.min()}..{both.max()}")
    return np.bincount(reference * size + predicted, minlength=size * size).reshape(size, size)


def metrics(labels: ArrayLike, predictions: ArrayLike, classes: Sequence[str]) -> dict[str, Any]:
    """Compares predictions with the reference.

    Args:
        labels: reference classes, indices into `classes`.
        predictions: predicted classes, of the same length.
        classes: names of the classes.

    Returns:
        Values ready for JSON. "accuracy": share of beats whose class is right. "per_class": {name: {"se" (sensitivity,
        recall), "ppv" (positive predictivity, precision), "f1" (their harmonic mean), "support" (beats of the class in
        the reference)}}; a class that the reference lacks has se and f1 None, and a class that is never predicted has
        ppv 0, or None if the reference lacks it too. "macro_f1": mean f1 of the classes that the reference has.
        "confusion": counts, `[reference class][predicted class]`.

    Raises:
        ValueError: there are no beats, the lengths differ, or an index is outside of `classes`.
    """
    matrix = confusion(labels, predictions, classes)
    if not matrix.any():
        raise ValueError("expected two equally long lists of classes, got (0,) and (0,)")
    found = scores(matrix, classes)
    support = matrix.sum(axis=1)
    per_class = {}
    for i, name in enumerate(classes):
        values = {"f1": found.f1[i], "se": found.se[i], "ppv": found.ppv[i]}
        per_class[name] = {k: None if np.isnan(v) else float(v) for k, v in values.items()} | {
            "support": int(support[i])
        }
    return {
        "accuracy": float(found.accuracy),
        "macro_f1": float(found.macro_f1),
        "per_class": per_class,
        "confusion": matrix.tolist(),
    }


def _ratio(part: NDArray[Any], whole: NDArray[Any], valid: NDArray[np.bool_] | None = None) -> Floats:
    """part / whole, and NaN where whole is 0 or `valid` is false."""
    use = (whole > 0) if valid is None else (whole > 0) & valid
    found = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=found, where=use)
    return found


def _mean(values: Floats) -> Floats:
    """Mean over the last axis, without NaN; NaN where all are."""
    there = ~np.isnan(values)
    return _ratio(np.where(there, values, 0.0).sum(axis=-1), there.sum(axis=-1))
