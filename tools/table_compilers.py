"""The table of clang beside GCC, from results/clang.json. Written by docs_tables.py."""

import json
from pathlib import Path

CLANG = Path(__file__).parent.parent / "results" / "clang.json"


def main():
    """Instructions of clang's build over those of GCC's, a row for each network."""
    found = json.loads(CLANG.read_text())
    shares = {(row["network"], row["core"]): f"{row['share']:.3f}" for row in found["rows"]}
    cores = dict.fromkeys(row["core"] for row in found["rows"])
    lines = ["| instructions, clang over GCC | " + " | ".join(cores) + " |", "|---" * (len(cores) + 1) + "|"]
    for network in dict.fromkeys(row["network"] for row in found["rows"]):
        lines.append(f"| {network} | {' | '.join(shares.get((network, core), '') for core in cores)} |")
    return [*lines, "", f"{found['clang']}."]
