"""From scored points to rows: means and standard deviations over the seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

__all__ = ["PRECISIONS", "differences", "rows"]

PRECISIONS = ("float", "int8")
_KEY = ("group", "model", "split", "chain", "method", "granularity", "allocation", "goal", "target",
        "rewind", "budget")  # fmt: skip
_SIZES = ("params", "nonzero_params", "macs", "nonzero_macs", "tflite_bytes")
_COSTS = ("instructions", "cycles_estimate", "flash_bytes", "ram_bytes")

Point = dict[str, Any]
Row = dict[str, Any]


def rows(points: Iterable[Point]) -> list[Row]:
    """The rows of summary.json: one per model, kind of pruning, target and precision.

    sparsity: share of the dense model's prunable weights that are zero or gone. Sizes are means over the seeds,
    rounded; the standard deviation is the sample's (n - 1), None with one seed. Costs are of the first seed that has
    them, on a Cortex-M4, of the int8 model.

    Args:
        points: the scored models of all seeds; rows keep their order.
    """
    same: dict[tuple[Any, ...], list[Point]] = {}
    dense: dict[tuple[str, int], Point] = {}
    for point in points:
        same.setdefault(tuple(point[k] for k in _KEY), []).append(point)
        if point["method"] == "dense":
            dense[point["group"], point["seed"]] = point
    return [_row(found, dense, precision) for found in same.values() for precision in PRECISIONS]


def _row(found: Sequence[Point], dense: dict[tuple[str, int], Point], precision: str) -> Row:
    first = found[0]
    scores = [point[precision] for point in found]
    kept = [p["nonzero_weights"] / dense[p["group"], p["seed"]]["weights"] for p in found]
    accuracy, macro_f1 = ([s[key] for s in scores] for key in ("accuracy", "macro_f1"))
    cost = next((point["cost"] for point in found if point["cost"]), None) if precision == "int8" else None
    return {
        **{key: first[key] for key in _KEY},
        "sparsity": round(1 - float(np.mean(kept)), 4),
        "precision": precision,
        "seeds": [point["seed"] for point in found],
        "accuracy_mean": _mean(accuracy),
        "accuracy_std": _deviation(accuracy),
        "macro_f1_mean": _mean(macro_f1),
        "macro_f1_std": _deviation(macro_f1),
        "intervals": _bounds([point["intervals"] for point in found]) if precision == "int8" else None,
        "validation_macro_f1": _mean([point["validation"]["macro_f1"] for point in found]),
        "per_class": {
            name: {key: _mean([s["per_class"][name][key] for s in scores]) for key in ("se", "ppv", "f1")}
            for name in scores[0]["per_class"]
        },
        **{key: round(float(np.mean([point[key] for point in found]))) for key in _SIZES},
        **{key: cost[key] if cost else None for key in _COSTS},
    }


def differences(compared: Iterable[Row]) -> list[Row]:
    """Macro-F1 that stages gain over one shot, over the seeds.

    Args:
        compared: what `intervals.compared` returns for each seed, with "group" and "seed".

    Returns:
        [{"group", "chain", "target", "budget", "seeds", "macro_f1_gained": the mean, "beats" and "patients": its
        interval [low, high], each bound the mean of the seeds'}].
    """
    same: dict[tuple[Any, ...], list[Row]] = {}
    for row in compared:
        same.setdefault(tuple(row[key] for key in ("group", "chain", "target", "budget")), []).append(row)
    return [
        {key: found[0][key] for key in ("group", "chain", "target", "budget")}
        | {"seeds": [row["seed"] for row in found], "macro_f1_gained": _mean([row["macro_f1_gained"] for row in found])}
        | {over: _bounds([row[over] for row in found]) for over in ("beats", "patients")}
        for found in same.values()
    ]


def _bounds(values: Sequence[Any]) -> Any:
    """Means of the bounds [low, high], in dicts of any depth."""
    if isinstance(values[0], dict):
        return {key: _bounds([value[key] for value in values]) for key in values[0]}
    return [_mean(bounds) for bounds in zip(*values, strict=True)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return round(float(np.mean(known)), 6) if known else None


def _deviation(values: Sequence[float]) -> float | None:
    return round(float(np.std(values, ddof=1)), 6) if len(values) > 1 else None
