"""Writes the results of the study: summary.json, targets.json and the figures, from the points scored so far."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecgprune.artifacts import write_json
from ecgprune.study import figures, summary, targets

__all__ = ["write"]


def write(
    points: Sequence[dict[str, Any]], compared: Sequence[dict[str, Any]], results: Path, rivals: Path
) -> tuple[list[dict[str, Any]], ...]:
    """Writes summary.json, targets.json, stages.json and the figures.

    Args:
        points: from `Study.collected`.
        compared: likewise, how stages compare with one shot; summed up in stages.json.
        results: the folder to write to.
        rivals: results/tflm.json, whose "compact_patient" is that network on TFLM + CMSIS-NN. Without the file the
            figure has no such point.

    Returns:
        (rows of summary.json, rows of targets.json).
    """
    rows = summary.rows(points)
    judged = targets.judged(rows)
    write_json(results / "summary.json", {"rows": rows})
    write_json(results / "targets.json", {"rows": judged})
    rival = _rival(rivals)
    write_json(results / "stages.json", {"rows": summary.differences(compared)})
    # One-shot and instructions are of the first seed alone: beside means over other splits they would mislead.
    first = min((point["seed"] for point in points), default=0)
    figures.pareto(results / "pareto.svg", summary.rows(p for p in points if p["seed"] == first), rival)
    figures.sparsity(results / "sparsity.svg", rows)
    figures.allocation(results / "allocation.svg", rows)
    figures.stages_or_one_shot(results / "stages.svg", rows)
    figures.noise(results / "noise.svg", _noise(points))
    return rows, judged


def _rival(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8")).get("compact_patient", {"rows": []})["rows"]
    return next((row for row in found if row["core"] == "Cortex-M4"), None)


def _noise(points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The scores under noise, one row per group, point, kind and ratio."""
    return [
        {"group": point["group"], "point": f"{point['chain']}-{point['target'] * 100:g}" if point["chain"] else "dense"}
        | row
        for point in points
        for row in point.get("noise") or []
    ]
