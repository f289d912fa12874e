"""The table of how far the cost model's cycles lie from the counted ones. Written by docs_tables.py."""

import json

import table_bench
import table_models

from ecgprune.board.timings import CORES
from ecgprune.formatting import percent

LEAST_SHARE = 0.03
"""Of a network's cycles: smaller layers are not looked at one by one."""


def error(part):
    """Of a network or of a layer, as a share of the estimate."""
    return part["cycles_predicted"] / part["cycles_estimate"] - 1


def worst_layer(row):
    """The layer of at least LEAST_SHARE of a network's cycles whose prediction is the farthest off."""
    least = LEAST_SHARE * row["cycles_estimate"]
    return max((x for x in row["layers"] if x["cycles_estimate"] >= least), key=lambda layer: abs(error(layer)))


def rows():
    """(name, row, its worst layer) of every network that was run with predicted cycles."""
    found = []
    for row in json.loads(table_bench.BENCH.read_text())["rows"]:
        if row.get("cycles_predicted"):
            found.append((f"{row['model']}, {row['pattern']}, {row['optimize']}", row, worst_layer(row)))
    for row in json.loads(table_models.MODELS.read_text())["rows"]:
        if row.get("cycles_predicted"):
            found.append((f"{table_models.NAMES[row['model']]}, {row['pattern']}", row, row["worst_layer"]))
    return found


def main():
    """One line for each core."""
    lines = [
        "| core | networks | off on average | the farthest | the farthest layer of any network |",
        "|---|---|---|---|---|",
    ]
    for core in CORES:
        found = [one for one in rows() if one[1]["core"] == core]
        if not found:
            continue
        mean = sum(abs(error(row)) for _, row, _ in found) / len(found)
        name, row, _ = max(found, key=lambda one: abs(error(one[1])))
        of, _, layer = max(found, key=lambda one: abs(error(one[2])))
        lines.append(
            f"| {core} | {len(found)} | {percent(mean)} | {percent(error(row), signed=True)}: {name} "
            f"| {percent(error(layer), signed=True)}: `{layer['kernel']}` in {of} |"
        )
    return lines
