"""The tables of the runs on MIT-BIH, from results/*/report.json. Written by docs_tables.py for `make results`."""

import json
import tomllib
from pathlib import Path

from docs_format import number

from ecgprune.formatting import percent, score

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results"
OTHERS = ("mitdb-small", "mitdb-time", "mitdb-acharya", "mitdb-inter")


def report(name, file="report.json"):
    return json.loads((RESULTS / name / file).read_text())


def run():
    """Accuracy of the models of config mitdb."""
    found = report("mitdb")
    config = tomllib.loads((RESULTS / "mitdb" / "config.toml").read_text())
    test = sum(found["dataset"]["beats"]["test"].values())
    total = sum(sum(part.values()) for part in found["dataset"]["beats"].values())
    zeros = percent(found["sparsity"]["overall"], 0)
    names = {"dense": ("dense, float", "0%"), "one_shot": (f"one-shot to {zeros}, float", zeros)}
    names |= {"pruned": ("in stages, float", zeros), "int8": ("in stages, int8: the firmware's", zeros)}
    return [
        f"Config `{found['name']}`: {number(total)} beats, split `{found['dataset']['split']}`, "
        f"seed {config['seed']}, {number(test)} test beats, used in no training, calibration or selection of a stage.",
        "",
        "| model | zeros | accuracy | macro-F1 |",
        "|---|---|---|---|",
        *(
            f"| {name} | {sparsity} | {percent(scores['accuracy'], 2)} | {score(scores['macro_f1'], 4)} |"
            for key, (name, sparsity) in names.items()
            if (scores := found["accuracy"][key])
        ),
    ]


def configs():
    """Dense, one-shot and staged models of several configs side by side."""
    keys = ("dense", "one_shot", "pruned", "int8")
    return [
        "| config | network | split | zeros | dense | one-shot | staged | int8 | .tflite |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| `{r['name']}` | {r['model']['network']} | {r['dataset']['split']} "
            f"| {percent(r['sparsity']['overall'], 0)} | "
            + " | ".join(score(found["macro_f1"]) if (found := r["accuracy"].get(key)) else "" for key in keys)
            + f" | {number(r['model']['tflite_bytes'])} |"
            for r in map(report, ("mitdb", *OTHERS))
        ),
    ]


def parts():
    """The int8 models on all test beats and without some records; intervals over patients where these are held out."""
    lines = [
        "| config | test beats of | patients | accuracy | macro-F1 of N, S, V, F | S F1 | V F1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for found in map(report, ("mitdb", *OTHERS)):
        for part in found["parts"]:
            held = part["intervals"] or {"per_class": {}}
            classes = (
                _with_interval(part["per_class"][name]["f1"], held["per_class"].get(name, {}).get("f1"), score)
                for name in "SV"
            )
            accuracy = _with_interval(part["accuracy"], held.get("accuracy"), percent)
            four = _with_interval(part["macro_f1_nsvf"], held.get("macro_f1_nsvf"), score)
            lines.append(
                f"| `{found['name']}` | {part['title']} | {part['patients']} | {accuracy} | {four} "
                f"| {' | '.join(classes)} |"
            )
    return lines


def _with_interval(value, bounds, spoken):
    """A score, and in brackets its 95 % interval if there is one."""
    if value is None:
        return ""
    return spoken(value) + (f" ({spoken(bounds[0])} to {spoken(bounds[1])})" if bounds else "")
