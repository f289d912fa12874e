"""Scores of a beat classifier in the terms of ANSI/AAMI EC57: sensitivity and positive predictivity per class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["metrics"]


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
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    reference, predicted = np.asarray(labels, dtype=np.int64), np.asarray(predictions, dtype=np.int64)
    if reference.shape != predicted.shape or reference.ndim != 1 or not len(reference):
        raise ValueError(f"expected two equally long lists of classes, got {reference.shape} and {predicted.shape}")
    both = np.concatenate([reference, predicted])
    if both.min() < 0 or both.max() >= len(classes):
        raise ValueError(f"class indices must lie in 0..{len(classes) - 1}, got {both.min()}..{both.max()}")
    indices = list(range(len(classes)))
    confusion = confusion_matrix(reference, predicted, labels=indices)
    ppv, se, f1, support = precision_recall_fscore_support(reference, predicted, labels=indices, zero_division=0)
    per_class = {}
    for i, name in enumerate(classes):
        present, predicted_ever = bool(support[i]), bool(confusion[:, i].any())
        per_class[name] = {
            "f1": float(f1[i]) if present else None,
            "se": float(se[i]) if present else None,
            "ppv": float(ppv[i]) if present or predicted_ever else None,
            "support": int(support[i]),
        }
    return {
        "accuracy": float((reference == predicted).mean()),
        "macro_f1": float(np.mean(f1[support > 0])),
        "per_class": per_class,
        "confusion": confusion.tolist(),
    }
