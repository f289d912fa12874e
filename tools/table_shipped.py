"""The firmware of the shipped models, from results/shipped.json. Written by docs_tables.py for shipped_results.py."""

import json
from pathlib import Path

from docs_format import number
from table_bench import cycles

SHIPPED = Path(__file__).parent.parent / "results" / "shipped.json"


def rows(model=None):
    """The rows of a shipped model, or of all."""
    return [row for row in json.loads(SHIPPED.read_text())["rows"] if model in (None, row["model"])]


def main():
    """Every shipped model on every board."""
    return [
        "| model | board | estimated cycles | instructions | flash | RAM | of it stack | against TFLM |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| `{row['model']}` | {row['board']} ({row['core']}) | {cycles(row)} | {number(row['instructions'])} "
            f"| {number(row['flash_bytes'])} | {number(row['ram_bytes'])} | {number(row['stack_bytes'])} "
            f"| {'equal' if row['bit_exact'] else 'DIFFERENT'}, {row['vectors']} vectors |"
            for row in rows()
        ),
    ]
