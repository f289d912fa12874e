"""The table of MLPerf Tiny's networks, from results/models.json. Written by docs_tables.py for `make models`."""

import json
from pathlib import Path

from docs_format import number

from ecgprune.formatting import percent

MODELS = Path(__file__).parent.parent / "results" / "models.json"
NAMES = {"kws": "keyword spotting", "vww": "visual wake words", "ic": "image classification", "ad": "anomaly detection"}
KEYS = ("instructions", "cycles_estimate", "flash_bytes", "ram_bytes")


def main():
    """One table for each core, TFLM first where it was measured."""
    found = json.loads(MODELS.read_text())
    lines = []
    for core in sorted({row["core"] for row in found["rows"]}):
        lines += [
            f"### {core}",
            "",
            "| network | runtime | zeros | instructions | estimated cycles | flash | RAM |",
            "|---|---|---|---|---|---|---|",
        ]
        rows = [row for row in found["rows"] if row["core"] == core]
        for model, title in NAMES.items():
            mine = sorted((r for r in rows if r["model"] == model), key=_order)
            anchor = next((r for r in mine if r["runtime"] == "tflm" and not r["compress"]), None)
            lines += [
                f"| {title} | {_runtime(row)} | {percent(row['zeros'], 0)} | {' | '.join(_cells(row, anchor))} |"
                for row in mine
            ]
        lines.append("")
    native = all(row["bit_exact"] for row in found["rows"] if row["runtime"] == "native")
    vectors = found["rows"][0]["vectors"]
    every = "Every" if native else "NOT every"
    lines.append(f"{every} row of ecgprune gave the bytes of TFLM on the host, on {vectors} random vectors.")
    for row in found["rows"]:
        if row["runtime"] == "tflm" and not row["bit_exact"]:
            lines.append(f"TFLM itself did not on the {row['core']}: {NAMES[row['model']]}, {row['pattern']}.")
    return lines


def _order(row):
    return row["runtime"] != "tflm", row["pattern"] != "dense"


def _runtime(row):
    pattern = "as published" if row["pattern"] == "dense" else row["pattern"]
    if row["runtime"] == "tflm":
        return f"TFLM + CMSIS-NN, {pattern}{', compressed' if row['compress'] else ''}"
    return f"ecgprune, {pattern}"


def _cells(row, anchor):
    """Each figure, and its share of TFLM's."""
    for key in KEYS:
        value = row[key]
        share = f" ({value / anchor[key]:.2f})" if anchor and row is not anchor and value and anchor[key] else ""
        yield "" if value is None else number(value) + share


def how():
    """What was measured, in the words of the file."""
    found = json.loads(MODELS.read_text())
    return [f"- Files: {found['source']}.", f"- Pruned: {found['pruned']}.", f"- TFLM: {found['tflm']}."]
