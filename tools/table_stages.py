"""The tables of docs/results/stages.md, from results/pruning. Written by docs_tables.py for `make reproduce`."""

import json
from pathlib import Path

from table_pruning import spread, summary

from ecgprune.formatting import percent
from ecgprune.study.plan import DISTILLED

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results" / "pruning"
NETWORKS = {"acharya": "model A", "compact": "`compact`"}
BUDGETS = {"stages": "all stages' epochs", "stage": "one stage's epochs"}
RATES = {True: "rewound", False: "of the end"}


def _measured():
    """The int8 rows of the networks that answer the question."""
    return [row for row in summary() if row["group"] in NETWORKS and row["precision"] == "int8"]


def _targets(rows):
    return sorted({row["target"] for row in rows if row["target"]})


def _points(share, sign="+"):
    """A share as percentage points: 0.031 as +3.1."""
    return f"{100 * share:{sign}.1f}".replace("-", "\N{MINUS SIGN}")


def gained():
    """Points of macro-F1 that stages gain over one shot: a row for each network, allocation, rate and budget."""
    rows = json.loads((RESULTS / "stages.json").read_text())["rows"]
    chains = {(row["group"], row["chain"]): row for row in _measured() if row["method"] == "multistage"}
    rows = [row for row in rows if (row["group"], row["chain"]) in chains]
    targets = _targets(rows)
    head = ["network", "allocation", "learning rate", "one shot has", *(percent(target, 0) for target in targets)]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    found = {(row["group"], row["chain"], row["budget"], row["target"]): row for row in rows}
    for group, chain, budget in dict.fromkeys((row["group"], row["chain"], row["budget"]) for row in rows):
        of = chains[group, chain]
        cells = [_gain(found.get((group, chain, budget, target))) for target in targets]
        shown = (NETWORKS[group], _allocation(of), RATES[of["rewind"]], BUDGETS[budget], *cells)
        lines.append(f"| {' | '.join(shown)} |")
    return lines


def _gain(row):
    """The gain, and its interval over patients; bold where the interval is on one side of 0."""
    if row is None:
        return ""
    low, high = row["patients"]
    gain = _points(row["macro_f1_gained"])
    return f"{f'**{gain}**' if low > 0 or high < 0 else gain} ({_points(low)} to {_points(high)})"


def scores():
    """Macro-F1 of every model of the question: mean and standard deviation over the seeds."""
    rows = _measured()
    targets = _targets(rows)
    lines = ["| network | allocation | learning rate | pruned | " + " | ".join(percent(t, 0) for t in targets) + " |",
             "|---" * (4 + len(targets)) + "|"]  # fmt: skip
    for group, network in NETWORKS.items():
        mine = [row for row in rows if row["group"] == group]
        dense = [row for row in mine if row["method"] == "dense"]
        lines += [f"| {network} | | | dense | {_score(row)} " + "| " * len(targets) + "|" for row in dense][:1]
        for key in dict.fromkeys(_kind(row) for row in mine if row["target"]):
            at = {row["target"]: row for row in mine if row["target"] and _kind(row) == key}
            allocation, rewind, how, budget = key
            pruned = "in stages" if how == "multistage" else f"one shot, {BUDGETS[budget]}"
            cells = [_score(at[target]) if target in at else "" for target in targets]
            lines.append(f"| {network} | {allocation} | {RATES[rewind]} | {pruned} | {' | '.join(cells)} |")
    return lines


def _kind(row):
    return _allocation(row), row["rewind"], row["method"], row["budget"]


def _allocation(row):
    return f"{row['allocation']}, {DISTILLED}" if row["chain"] == DISTILLED else row["allocation"]


def _score(row):
    return spread(row["macro_f1_mean"], row["macro_f1_std"])


def chosen():
    """For each network, zeros and way of pruning, the allocation and learning rate that validation prefers."""
    rows = [row for row in _measured() if row["chain"] != DISTILLED]
    lines = ["| network | zeros | in stages | one shot, all stages' epochs | one shot, one stage's epochs |",
             "|---|---|---|---|---|"]  # fmt: skip
    for group, network in NETWORKS.items():
        mine = [row for row in rows if row["group"] == group]
        for target in _targets(mine):
            cells = [_best([row for row in mine if row["target"] == target and row["budget"] == budget])
                     for budget in ("", *BUDGETS)]  # fmt: skip
            lines.append(f"| {network} | {percent(target, 0)} | {' | '.join(cells)} |")
    return lines


def _best(rows):
    if not rows:
        return ""
    best = max(rows, key=lambda row: row["validation_macro_f1"])
    return f"{_score(best)} ({best['allocation']}, {RATES[best['rewind']]})"
