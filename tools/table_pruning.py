"""The pruning study's tables, from results/pruning. Written by docs_tables.py for `make reproduce`."""

import json
from pathlib import Path

from docs_format import number

from ecgprune.formatting import percent, score

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results" / "pruning"
HOW = {"dense": "dense", "multistage": "in stages", "one-shot": "one shot"}
GROUPS = {
    "intra": "The network `compact_patient`, beats split at random (`intra`)",
    "inter": "Patients held out (`inter`, de Chazal's DS1 and DS2)",
    "noisy": "The network `compact_patient` trained with recorded noise on half of its beats",
}


def spread(mean, deviation):
    return percent(mean, 2) + (f"\u00a0±\u00a0{100 * deviation:.2f}" if deviation is not None else "")


def what(row):
    if row["method"] == "dense":
        return "dense"
    if "+" in row["granularity"]:
        first, then = row["granularity"].split("+")
        return f"{first}s, then {then}s to {percent(row['target'], 0)} zeros of what they leave, {HOW[row['method']]}"
    goal = {"sparsity": "zeros", "fewer_macs": "fewer MACs", "fewer_instructions": "fewer instructions"}[row["goal"]]
    how = f", {row['allocation']}" if row["chain"].startswith("instructions") else ""
    return f"{row['granularity']}, {percent(row['target'], 0)} {goal}{how}, {HOW[row['method']]}"


def scores(rows, group):
    found = [row for row in rows if row["group"] == group and row["precision"] == "int8"]
    if not found:
        return []
    costs = any(row["instructions"] for row in found)
    head = ["pruned", "seeds", "accuracy", "macro-F1", "S F1", "V F1", "parameters left", "MACs left", ".tflite"]
    lines = [f"### {GROUPS[group]}", "", "| " + " | ".join(head + ["M4 instructions"] * costs) + " |",
             "|---" * (len(head) + costs) + "|"]  # fmt: skip
    for row in found:
        cells = [
            what(row), str(len(row["seeds"])), spread(row["accuracy_mean"], row["accuracy_std"]),
            spread(row["macro_f1_mean"], row["macro_f1_std"]),
            *(score(row["per_class"][name]["f1"]) for name in ("S", "V")),
            *(number(row[key]) for key in ("nonzero_params", "nonzero_macs", "tflite_bytes")),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells + [number(row["instructions"])] * costs) + " |")
    return [*lines, ""]


def judged(targets):
    lines = ["| to be reached, int8 | | at least | found | seeds | |", "|---|---|---|---|---|---|"]
    for row in targets:
        most = row["measure"] == "macro-F1 lost"
        wanted = f"at most {percent(row['target'], 2)}" if most else percent(row["target"], 2)
        verdict = "reached" if row["reached"] else "**not reached**"
        lines.append(
            f"| {row['what']} | {row['measure']} | {wanted} | {percent(row['found'], 2)} | {len(row['seeds'])} "
            f"| {verdict} |"
        )
    return [*lines, ""]


def summary():
    """The rows of results/pruning/summary.json."""
    return json.loads((RESULTS / "summary.json").read_text())["rows"]


def targets():
    """What was to be reached."""
    return judged(json.loads((RESULTS / "targets.json").read_text())["rows"])


def models():
    """Every model, one table a group."""
    rows = summary()
    return [line for group in GROUPS for line in scores(rows, group)]
