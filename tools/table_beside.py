"""Our rows beside published figures, from results/*/report.json. Written by docs_tables.py for `make results`."""

from docs_format import number
from table_runs import report
from table_shipped import rows

from ecgprune.formatting import percent, score

RUNS = {"mitdb-inter": "DS1", "mixed": "DS1 and 39 records of svdb"}
"""{config: what it is trained on}."""
SEEDS = {1: "report.json", 2: "report-2.json", 3: "report-3.json"}
"""{seed of config mixed: its file}."""


def ours():
    """The int8 models on DS2: a row for all of its unpaced records, and one without record 232."""
    lines = [
        "| config, trained on | test beats of | accuracy | S: Se / +P, F1 | V: Se / +P, F1 | model | firmware, M4 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, trained in RUNS.items():
        found = report(name)
        model = f"CNN, {number(found['model']['tflite_bytes'])} bytes"
        firmware = "not shipped"
        for row in (row for row in rows(name) if row["core"] == "Cortex-M4"):
            figures = (number(row[key]) for key in ("cycles_estimate", "instructions", "flash_bytes"))
            firmware = "{} cycles, {} instructions, {} bytes".format(*figures)
        lines += [f"| `{name}`, {trained} | {_scores(part)} | {model} | {firmware} |" for part in found["parts"]]
    return lines


def frozen():
    """The int8 models of config mixed on DS2, a row for each seed and part; the first seed's is the frozen one."""
    lines = ["| seed | test beats of | accuracy | S: Se / +P, F1 | V: Se / +P, F1 | F1 of S, V by EC57 |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    for seed, file in SEEDS.items():
        for part in report("mixed", file)["parts"]:
            counted = ", ".join(score(part["ec57"][name]["f1"]) for name in "SV")
            lines.append(f"| {seed} | {_scores(part)} | {counted} |")
    return lines


def _scores(part):
    """Title of a part, its accuracy with the interval, and the scores of S and V."""
    low, high = part["intervals"]["accuracy"]
    accuracy = f"{percent(part['accuracy'], 2)} ({percent(low)} to {percent(high)})"
    return " | ".join([part["title"], accuracy, *(_class(part["per_class"][name]) for name in "SV")])


def _class(scores):
    return f"{percent(scores['se'])} / {percent(scores['ppv'])}, {score(scores['f1'])}"
