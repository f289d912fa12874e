"""The targets on MIT-BIH, and whether they are reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["judged"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A row of the summary (int8), by group, chain, method and target, and the least scores that it has to reach."""

    what: str
    group: str
    chain: str
    method: str
    target: float
    accuracy: float
    macro_f1: float | None = None
    f1: tuple[tuple[str, float], ...] = ()


INTER = (("V", 0.90), ("S", 0.70))
TARGETS = (
    Target("dense", "intra", "", "dense", 0.0, 0.992, 0.955),
    Target("stages, weights, 60 %", "intra", "weight", "multistage", 0.6, 0.992, 0.955),
    Target("stages, weights, 80 %", "intra", "weight", "multistage", 0.8, 0.990, 0.945),
    Target("stages, weights, 90 %", "intra", "weight", "multistage", 0.9, 0.987, 0.936),
    Target("stages, 1x4 blocks, 80 %", "intra", "block", "multistage", 0.8, 0.989, 0.940),
    Target("stages, channels, 60 % fewer MACs", "intra", "channel", "multistage", 0.6, 0.990, 0.945),
    Target("patients held out, dense", "inter", "", "dense", 0.0, 0.95, None, INTER),
    Target("patients held out, weights, 80 %", "inter", "weight", "multistage", 0.8, 0.95, None, INTER),
)
LOSS_AT_95 = 0.03
"""Macro-F1 that stages to 95 % zeros may lose, of model A and of compact."""
COST = 0.003
"""Macro-F1 that int8 may cost."""


def judged(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """{"what", "measure", "target", "found", "seeds", "reached"} for each target whose rows are there."""
    found = []
    for target in TARGETS:
        row = _row(rows, target.group, target.chain, target.method, target.target)
        if row is None:
            continue
        wanted = [("accuracy", target.accuracy, row["accuracy_mean"])]
        if target.macro_f1 is not None:
            wanted.append(("macro-F1", target.macro_f1, row["macro_f1_mean"]))
        wanted += [(f"F1 of {name}", least, row["per_class"][name]["f1"]) for name, least in target.f1]
        found += [_judgement(target.what, what, least, got, row["seeds"]) for what, least, got in wanted]
    return found + _cost_of_int8(rows) + _loss_at_95(rows)


def _cost_of_int8(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The worst of the rows that have a target."""
    worst: tuple[float, Row] | None = None
    for target in TARGETS:
        key = (target.group, target.chain, target.method, target.target)
        pair = [_row(rows, *key, precision=precision) for precision in ("float", "int8")]
        if pair[0] is not None and pair[1] is not None:
            cost = pair[0]["macro_f1_mean"] - pair[1]["macro_f1_mean"]
            worst = max(worst, (cost, pair[1]), key=lambda w: w[0]) if worst else (cost, pair[1])
    if worst is None:
        return []
    row = _judgement("float to int8, at worst", "macro-F1 lost", COST, round(worst[0], 6), worst[1]["seeds"])
    return [row | {"reached": worst[0] <= COST}]


def _loss_at_95(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Of the kind of stages whose validation macro-F1 is highest: the test scores decide nothing."""
    found = []
    for group, what in (("acharya", "model A"), ("compact", "compact")):
        dense = _row(rows, group, "", "dense", 0.0)
        mine = [row for row in rows if row["group"] == group and row["precision"] == "int8"]
        stages = [row for row in mine if row["method"] == "multistage" and row["target"] == 0.95]
        if dense is None or not stages:
            continue
        best = max(stages, key=lambda row: row["validation_macro_f1"])
        lost = round(dense["macro_f1_mean"] - best["macro_f1_mean"], 6)
        row = _judgement(f"{what}, stages, 95 %: {best['chain']}", "macro-F1 lost", LOSS_AT_95, lost, best["seeds"])
        found.append(row | {"reached": lost <= LOSS_AT_95})
    return found


def _row(
    rows: Sequence[Row], group: str, chain: str, method: str, target: float, precision: str = "int8"
) -> Row | None:
    key = (group, chain, method, target, precision)
    names = ("group", "chain", "method", "target", "precision")
    return next((row for row in rows if tuple(row[name] for name in names) == key), None)


def _judgement(what: str, measure: str, target: float, found: float, seeds: Sequence[int]) -> dict[str, Any]:
    return {"what": what, "measure": measure, "target": target, "found": found, "seeds": list(seeds),
            "reached": found >= target}  # fmt: skip
