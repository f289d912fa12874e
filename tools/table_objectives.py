"""The table of what each objective of kernel selection takes, from results/bench.json. Written by docs_tables.py."""

import table_bench

WAYS = ("balanced", "ram", "flash")
KEYS = {"cycles_estimate": "cycles", "ram_bytes": "RAM", "flash_bytes": "flash"}


def main():
    """Figures of each objective over those of speed on the default board, a row for each network."""
    bench = table_bench.Bench()
    heads = [f"`{way}`: {text}" for way in WAYS for text in KEYS.values()]
    lines = [f"| {table_bench.MAIN}, over `speed` | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for model in table_bench.MODELS:
        for pattern in bench.bench["patterns"]:
            speed = bench.rows[model, pattern, table_bench.MAIN, "speed"]
            rows = [bench.rows.get((model, pattern, table_bench.MAIN, way)) for way in WAYS]
            cells = [f"{row[key] / speed[key]:.2f}" if row else "" for row in rows for key in KEYS]
            lines.append(f"| {model}, {pattern} | {' | '.join(cells)} |")
    return lines
