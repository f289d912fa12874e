"""The firmware of the shipped models, firmware/models/*, on every core: results/shipped.json, model cards and tables.

A run's report.json holds the firmware of the day when it was trained. Kernels change, the shipped .tflite does not:
these rows are of today's. What has not changed since is taken from build/bench, see bench_cache.py.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import bench_cache
import docs_tables
import regenerate_models
import table_shipped

from ecgprune.artifacts import write_text
from ecgprune.board import find_board, tool_versions
from ecgprune.pipeline import bench

BOARDS = ("mps2_an386", "mps2_an385", "mps2_an500", "mps2_an505", "mps3_an547", "microbit")
VECTORS = 100
KEPT = (
    "model", "model_sha256", "board", "core", "runtime", "optimize", "instructions", "instructions_estimate",
    "cycles_estimate", "cycles_high", "cycles_predicted", "cycles_model", "flash_bytes", "ram_bytes", "arena_bytes",
    "stack_bytes", "bit_exact", "vectors",
)  # fmt: skip


def measured(model, pool):
    """The rows of a shipped model, one for each board, by the objective of its config."""
    subject = bench.Subject(regenerate_models.MODELS / model / "model.tflite", model, VECTORS)
    optimize = regenerate_models.config(model).export.optimize
    boards = [find_board(name) for name in BOARDS]
    for row in pool.map(lambda board: bench_cache.measured(subject, board, optimize=optimize), boards):
        yield {key: (row | {"model": model}).get(key) for key in KEPT}


def main():
    rows = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for model in regenerate_models.RUNS:
            rows += measured(model, pool)
            print(f"{model}: {rows[-1]['vectors']} vectors on {len(BOARDS)} boards", file=sys.stderr, flush=True)
    head = {
        "schema_version": 1,
        "command": "python tools/shipped_results.py",
        "vectors_source": f"random int8 values, seed {bench.SEED}",
        "tools": {name: version for name, version in tool_versions().items() if version},
    }
    body = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    write_text(table_shipped.SHIPPED, f'{json.dumps(head, indent=2)[:-2]},\n  "rows": [\n{body}\n  ]\n}}\n')
    regenerate_models.main()
    docs_tables.write()
    wrong = [f"{row['model']} on {row['board']}" for row in rows if not row["bit_exact"]]
    sys.exit(f"NOT bit-exact: {', '.join(wrong)}" if wrong else None)


if __name__ == "__main__":
    main()
