"""Our rows beside published figures, from results/*/report.json. Written by docs_tables.py for `make results`."""

import json
from pathlib import Path

from docs_format import number

from ecgprune.formatting import percent, score

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results"
RUNS = {"mitdb-inter": "DS1", "mixed": "DS1 and 39 records of svdb"}
"""{config: what it is trained on}."""


def ours():
    """The int8 models on DS2: a row for all of its unpaced records, and one without record 232."""
    lines = [
        "| config, trained on | test beats of | accuracy | S: Se / +P, F1 | V: Se / +P, F1 | model | firmware, M4 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, trained in RUNS.items():
        file = RESULTS / name / "report.json"
        if not file.is_file():
            continue
        found = json.loads(file.read_text())
        cost = found["firmware"][0]
        model = f"CNN, {number(found['model']['tflite_bytes'])} bytes"
        firmware = f"{number(cost['instructions'])} instructions, {number(cost['flash_bytes'])} bytes"
        for part in found["parts"]:
            classes = " | ".join(_class(part["per_class"][name]) for name in "SV")
            low, high = part["intervals"]["accuracy"]
            accuracy = f"{percent(part['accuracy'], 2)} ({percent(low)} to {percent(high)})"
            lines.append(f"| `{name}`, {trained} | {part['title']} | {accuracy} | {classes} | {model} | {firmware} |")
    return lines


def frozen():
    """The int8 models of config mixed on DS2, a row for each seed and part; the first seed's is the frozen one."""
    lines = ["| seed | test beats of | accuracy | S: Se / +P, F1 | V: Se / +P, F1 | F1 of S, V by EC57 |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for seed in (1, 2, 3):
        found = json.loads((RESULTS / "mixed" / f"report{f'-{seed}' if seed > 1 else ''}.json").read_text())
        for part in found["parts"]:
            low, high = part["intervals"]["accuracy"]
            classes = " | ".join(_class(part["per_class"][name]) for name in "SV")
            counted = ", ".join(score(part["ec57"][name]["f1"]) for name in "SV")
            lines.append(
                f"| {seed} | {part['title']} | {percent(part['accuracy'], 2)} ({percent(low)} to {percent(high)}) "
                f"| {classes} | {counted} |"
            )
    return lines


def _class(scores):
    return f"{percent(scores['se'])} / {percent(scores['ppv'])}, {score(scores['f1'])}"
