"""Holds measured figures against a budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecgprune.config import BudgetConfig
from ecgprune.errors import BudgetError
from ecgprune.formatting import grouped

__all__ = ["LIMITS", "check"]

Row = Mapping[str, Any]

LIMITS = {
    "max_flash": ("flash", "bytes", ("flash_bytes",)),
    "max_ram": ("RAM", "bytes", ("ram_bytes",)),
    "max_stack": ("stack", "bytes", ("stack_worst_bytes", "stack_bytes")),
    "max_cycles": ("one inference", "cycles", ("cycles_estimate",)),
}
"""Key of the budget: what it limits, its unit, and the figure of a row, or what stands in for it."""

_SCORES = {"min_accuracy": ("accuracy", "accuracy"), "min_f1": ("macro-F1", "macro_f1")}


def check(budget: BudgetConfig, rows: Sequence[Row], scores: Row | None = None) -> None:
    """Checks figures against a budget.

    Args:
        budget: the limits.
        rows: one per image, with "board", flash_bytes, ram_bytes, stack_worst_bytes, stack_bytes and cycles_estimate,
            as verify.json and `ecgprune bench` have them.
        scores: accuracy and macro_f1 of the int8 model; None: not known here, so min_accuracy and min_f1 are left out.

    Raises:
        BudgetError: names every limit that is broken; one whose figure is not known is.
    """
    broken = [text for row in rows for text in _of_row(budget, row)]
    wanted = [key for key in LIMITS if getattr(budget, key) is not None]
    if wanted and not rows:
        broken.append(f"{' and '.join(wanted)} cannot be checked, for no board ran the model")
    if scores is not None:
        broken += _of_scores(budget, scores)
    if broken:
        raise BudgetError(f"{len(broken)} {'budget' if len(broken) == 1 else 'budgets'} broken: {'; '.join(broken)}")


def _of_row(budget: BudgetConfig, row: Row) -> list[str]:
    found = []
    for key, (what, unit, figures) in LIMITS.items():
        limit = getattr(budget.on(row["board"]), key)
        if limit is None:
            continue
        value = next((row[f] for f in figures if row.get(f) is not None), None)
        where = f"{what} on {row['board']}{' with TFLM' if row.get('runtime') == 'tflm' else ''}"
        if value is None:
            found.append(f"{where} is not known, {key} is {grouped(limit)} {unit}")
        elif value > limit:
            found.append(f"{where} is {grouped(value)} {unit}, {key} is {grouped(limit)}")
    return found


def _of_scores(budget: BudgetConfig, scores: Row) -> list[str]:
    found = []
    for key, (what, name) in _SCORES.items():
        limit, value = getattr(budget, key), scores[name]
        if limit is not None and value < limit:
            found.append(f"{what} is {value:.4f}, {key} is {limit:g}")
    return found
