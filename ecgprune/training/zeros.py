"""A zero stays zero: checks that pruned models keep the zeros that they had or were promised."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ecgprune.errors import ArtifactError, LostZerosError
from ecgprune.training import masks

__all__ = ["check_held", "check_targets", "promised", "revived"]


def revived(before: Any, after: Any) -> Iterator[tuple[str, int, int]]:
    """(layer, its zeros in `before`, how many of them are not zero in `after`) of each layer that lost zeros."""
    now = masks.kernels(after)
    for name, kernel in masks.kernels(before).items():
        lost = int(np.sum((kernel == 0) & (now[name] != 0)))
        if lost:
            yield name, int(np.sum(kernel == 0)), lost


def check_held(before: Any, after: Any) -> None:
    """Checks that no zero of a model came back.

    Args:
        before: the Keras model whose zeros are to stay.
        after: the same model after training.

    Raises:
        LostZerosError: a weight that is zero in `before` is not zero in `after`.
    """
    for name, zeros, lost in revived(before, after):
        raise LostZerosError(f"sparsity lost: {lost} of the {zeros} zeros that layer {name} began with came back")


def check_targets(model: Any, granularity: str, targets: Mapping[str, float], what: str) -> None:
    """Checks that every layer has the zeros that its sparsity makes.

    Args:
        model: the pruned Keras model.
        granularity: "weight" or "block".
        targets: {layer: sparsity, 0 to 1}.
        what: names the model in the error.

    Raises:
        LostZerosError: a layer has fewer.
    """
    for name, kernel in masks.kernels(model).items():
        target = targets[name]
        zeros, expected = int(np.sum(kernel == 0)), masks.expected_zeros(kernel.size, target, granularity)
        if zeros < expected:
            raise LostZerosError(
                f"sparsity lost: {what} has {zeros} zeros of {kernel.size} weights in layer {name}, "
                f"{expected} were expected at sparsity {target:g}; delete its file and prune again"
            )


def promised(source: Path) -> dict[str, float]:
    """{layer: sparsity} that the result beside the pruned model `source` states.

    Raises:
        ArtifactError: it does not.
    """
    path = source.with_suffix(".json")
    try:
        targets: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["targets"]
    except (OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise ArtifactError(
            f"{path} does not tell how sparse {source.name} is; delete both files and prune again"
        ) from error
    return targets
