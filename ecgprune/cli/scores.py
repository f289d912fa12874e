"""Tables of scores with their intervals, of `evaluate` and of a run's report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecgprune.cli.console import table
from ecgprune.formatting import percent

__all__ = ["cell", "of", "parts_table"]


def parts_table(parts: Sequence[dict[str, Any]], title: str = "") -> None:
    """Prints a row for each part of the scored records: see `report.schema_evaluation.Result`."""
    rows = [
        (p["title"], cell(p["accuracy"], of(p, "accuracy")), cell(p["macro_f1_nsvf"], of(p, "macro_f1_nsvf")),
         *(cell(p["ec57"][c]["f1"], of(p, "ec57", c, "f1")) for c in ("S", "V")), str(p["records"]))
        for p in parts
    ]  # fmt: skip
    headings = ("part", "accuracy", "macro-F1, NSVF", "F1 of S, EC57", "F1 of V, EC57", "records")
    table(headings, rows, title=title)


def of(result: dict[str, Any], *path: str) -> list[float] | None:
    """The interval of a score; None where there is none."""
    at: Any = result["intervals"]
    for key in path:
        at = at and at[key]
    found: list[float] | None = at
    return found


def cell(value: float | None, interval: Sequence[float] | None) -> str:
    """A score in percent, and its interval: "93.40% [91.2, 95.5]"."""
    if value is None:
        return "-"
    between = f" [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]" if interval else ""
    return f"{percent(value, 2)}{between}"
