"""What changed from one result to another."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ecgprune.errors import BudgetError, InputError
from ecgprune.formatting import grouped, percent
from ecgprune.gates.results import FIGURES, LAYER_FIGURES, Result

__all__ = ["Change", "Comparison", "check", "compare", "markdown", "shown"]

_WORDS = {
    "instructions": "instructions", "instructions_estimate": "instructions, predicted",
    "cycles_estimate": "cycles, estimated", "flash_bytes": "flash", "ram_bytes": "RAM", "arena_bytes": "arena",
    "stack_bytes": "stack, measured", "stack_worst_bytes": "stack at worst", "weight_bytes": "bytes of constants",
    "bit_exact": "equal to TFLM",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One figure in two results.

    Attributes:
        where: the board and what else tells images apart; "" for scores.
        figure: in words.
        a: in the first result; None: not known there.
        b: in the second.
        change: b relative to a, as a share: 0.02 for 2 % more; of scores the difference b - a; None: not known.
        is_score: whether more is better.
        layer: its name; "" for the whole model.
        kernel: how the layer's kernel changed, "ecgp_x -> ecgp_y"; "" where it did not.
    """

    where: str
    figure: str
    a: float | None
    b: float | None
    change: float | None
    is_score: bool = False
    layer: str = ""
    kernel: str = ""

    @property
    def worse(self) -> float:
        """By how much it got worse, as `change`; what is no longer known is infinitely worse."""
        if self.a is not None and self.b is None:
            return math.inf
        return 0.0 if self.change is None else -self.change if self.is_score else self.change


@dataclass(frozen=True)
class Comparison:
    """Two results side by side.

    Attributes:
        a: source of the first.
        b: source of the second.
        remarks: what makes them differ in kind, in words.
        changes: of the scores and of each image, the unchanged ones too.
        layers: of layers, where something changed.
        lost: images of the first that the second lacks or that are no longer equal to TFLM, in words.
    """

    a: str
    b: str
    remarks: list[str]
    changes: list[Change]
    layers: list[Change]
    lost: list[str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; infinite changes, from nothing to something, are None."""
        found = asdict(self)
        for change in (*found["changes"], *found["layers"]):
            if change["change"] is not None and math.isinf(change["change"]):
                change["change"] = None
        return found


def compare(a: Result, b: Result) -> Comparison:
    """Compares two results, the first being the one to hold on to.

    Raises:
        InputError: they have neither a board nor scores in common.
    """
    common = [key for key in a.rows if key in b.rows]
    if not common and not (a.scores and b.scores):
        boards = f"{', '.join(a.rows) or 'none'} and {', '.join(b.rows) or 'none'}"
        raise InputError(f"{a.source} and {b.source} have no board and no scores in common: boards are {boards}")
    lost = [f"{key} is in {a.source} only" for key in a.rows if key not in b.rows]
    lost += [f"{key} is no longer equal to TFLM" for key in common
             if a.rows[key]["bit_exact"] and not b.rows[key]["bit_exact"]]  # fmt: skip
    if a.scores and not b.scores:
        lost.append(f"{b.source} has no scores")
    both = [name for name in a.scores if name in b.scores]
    changes = [Change("", name, a.scores[name], b.scores[name], b.scores[name] - a.scores[name], True) for name in both]
    changes += [c for key in common for c in _figures(key, "", a.rows[key], b.rows[key], FIGURES)
                if a.kind == b.kind or c.change is not None]  # fmt: skip
    layers = [c for key in common for c in _layers(key, a.layers.get(key, {}), b.layers.get(key, {}))]
    return Comparison(a.source, b.source, _remarks(a, b), changes, layers, lost)


def check(found: Comparison, limit: float) -> None:
    """Checks that nothing got worse by more than `limit`.

    Args:
        found: the comparison.
        limit: a share: of the figures of the first result, and the difference of scores from 0 to 1.

    Raises:
        BudgetError: names all that did, images that are lost too.
    """
    over = [*found.lost, *(f"{_place(c)}{c.figure} {shown(c)}" for c in found.changes if c.worse > limit)]
    if over:
        raise BudgetError(f"worse by more than {percent(limit)}: {'; '.join(over)}")


def shown(change: Change) -> str:
    """A change in words: "11 324 to 11 860 (+4.7%)"."""
    a, b = (_value(value, change.is_score) for value in (change.a, change.b))
    return f"{a} to {b} ({_relative(change)})"


def markdown(found: Comparison) -> str:
    """For a pull request: scores and images in a table, layers that changed below a fold."""
    lines = [f"### {found.a} → {found.b}", ""]
    lines += [f"- {text}" for text in (*found.remarks, *found.lost)]
    lines += ["", "| | | before | after | change |", "|---|---|--:|--:|--:|"]
    lines += [f"| {c.where} | {c.figure} | {_cells(c)} |" for c in found.changes]
    if found.layers:
        lines += ["", "<details><summary>Layers that changed</summary>", ""]
        lines += ["| | layer | | before | after | change |", "|---|---|---|--:|--:|--:|"]
        for c in found.layers:
            lines.append(f"| {c.where} | `{c.layer}` | {c.kernel or c.figure} | {'| | ' if c.kernel else _cells(c)} |")
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def _cells(change: Change) -> str:
    values = (_value(value, change.is_score) for value in (change.a, change.b))
    return f"{' | '.join(values)} | {_relative(change)}"


def _place(change: Change) -> str:
    return f"{change.where}: " if change.where else ""


def _value(value: float | None, is_score: bool) -> str:
    return "-" if value is None else f"{value:.4f}" if is_score else grouped(value)


def _relative(change: Change) -> str:
    if change.change is None:
        return "not known"
    if change.is_score:
        return f"{change.change:+.4f}" if change.change else "same"
    if math.isinf(change.change):
        return "from none"
    return percent(change.change, signed=True) if change.change else "same"


def _remarks(a: Result, b: Result) -> list[str]:
    found = []
    if a.kind != b.kind:
        found.append(f"{a.source} is a {a.kind}, {b.source} is a {b.kind}: figures that only one has are left out")
    if a.sha256 and b.sha256:
        found.append("the model is the same" if a.sha256 == b.sha256
                     else f"the models differ: {a.sha256[:12]} and {b.sha256[:12]}")  # fmt: skip
    if a.vectors != b.vectors:
        found.append(f"the inputs differ: {a.vectors or 'not told'} and {b.vectors or 'not told'}")
    found += [f"{key} is in {b.source} only" for key in b.rows if key not in a.rows]
    return found


def _figures(
    key: str, layer: str, a: Mapping[str, Any], b: Mapping[str, Any], names: tuple[str, ...]
) -> list[Change]:
    """Figures that either knows."""
    found = []
    for name in names:
        old, new = a.get(name), b.get(name)
        if old is None and new is None:
            continue
        change = None if old is None or new is None else _share(old, new)
        found.append(Change(key, _WORDS[name], old, new, change, layer=layer))
    return found


def _share(old: float, new: float) -> float:
    return 0.0 if old == new else new / old - 1 if old else math.inf


def _layers(key: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Change]:
    found = []
    for name in [*a, *(name for name in b if name not in a)]:
        old, new = a.get(name), b.get(name)
        if old is None or new is None:
            where = "gone" if new is None else "new"
            found.append(Change(key, where, None, None, None, layer=name, kernel=f"({where})"))
            continue
        if old["kernel"] != new["kernel"]:
            kernels = f"{old['kernel'] or '(no call)'} -> {new['kernel'] or '(no call)'}"
            found.append(Change(key, "kernel", None, None, None, layer=name, kernel=kernels))
        both = [f for f in LAYER_FIGURES if old[f] is not None and new[f] is not None]
        found += [c for c in _figures(key, name, old, new, tuple(both)) if c.change]
    return found
