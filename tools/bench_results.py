"""`make bench`: models A and B on every core, into results/bench.json; then the tables of README.md and docs/results.

A row of which nothing has changed since is taken from build/bench (see bench_cache.py), so an interrupted bench goes on
where it was, and a changed kernel costs the rows of the networks that call it.

bench_results.py [--core CORE]... [--model MODEL]...: only these; the other rows stay as they are in the file.
"""

import argparse
import functools
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import bench_cache
import docs_tables
import table_bench

from ecgprune.artifacts import write_text
from ecgprune.board import known_boards, tool_versions
from ecgprune.calibration.networks import NETWORKS, PATTERNS, SEED, random_networks
from ecgprune.pipeline import bench

ALL_WAYS = "mps2_an386"
VECTORS = 10
LEFT_OUT = ("model", "sparse", "vectors_source", "functions", "versions", "tools", "first_mismatch")


def jobs():
    """(board, optimize), one board of each core, the default board first."""
    firsts = {b.core: b for b in reversed(known_boards().values()) if b.machine}
    boards = sorted(firsts.values(), key=lambda b: (b.name != ALL_WAYS, b.name))
    ways = {ALL_WAYS: ("speed", "balanced", "ram", "flash")}
    return [(b, way) for b in boards for way in ways.get(b.name, ("speed",))]


def kept(cores, models):
    """{(model, pattern, board, optimize): row} of the file's rows that are not to be measured."""
    if not cores and not models:
        return {}
    rows = json.loads(table_bench.BENCH.read_text())["rows"]
    others = (r for r in rows if (cores and r["core"] not in cores) or (models and r["model"] not in models))
    return {place(row): row for row in others}


def place(row):
    return row["model"], row["pattern"], row["board"], row["optimize"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--core", action="append", default=[], help="Cortex-M55; may be repeated")
    parser.add_argument("--model", action="append", default=[], choices=list(NETWORKS), help="may be repeated")
    given = parser.parse_args()
    before = kept(given.core, given.model)
    tools = {name: version for name, version in tool_versions().items() if version}
    rows, hashes, versions = [], {}, {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for model, pattern, tflite in random_networks():
            subject = bench.Subject(tflite, f"{model} {pattern}", VECTORS)
            hashes[subject.name] = subject.graph.sha256
            places = [(model, pattern, board.name, optimize) for board, optimize in jobs()]
            new = [job for job, at in zip(jobs(), places, strict=True) if at not in before]
            found = {}
            measured = functools.partial(bench_cache.measured, subject)
            for row in pool.map(lambda job, measured=measured: measured(job[0], optimize=job[1]), new):
                versions = row["versions"]
                kept_of_row = {k: v for k, v in row.items() if k not in LEFT_OUT}
                found[place(kept_of_row | {"model": model, "pattern": pattern})] = kept_of_row
            rows += [{"model": model, "pattern": pattern} | (found.get(at) or before[at]) for at in places]
            shown = ", ".join(f"{at[2]} {row['cycles_estimate']}" for at, row in found.items() if at[3] == "speed")
            print(f"{subject.name}: {shown}", file=sys.stderr, flush=True)
    head = {
        "schema_version": 1,
        "command": "make bench",
        "networks": {name: f"{network}, window {window}" for name, (network, window) in NETWORKS.items()},
        "patterns": list(PATTERNS),
        "seed": SEED,
        "vectors_source": f"random int8 values, seed {bench.SEED}",
        "versions": versions,
        "tools": tools,
        "models_sha256": hashes,
    }
    body = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    write_text(table_bench.BENCH, f'{json.dumps(head, indent=2)[:-2]},\n  "rows": [\n{body}\n  ]\n}}\n')
    docs_tables.write()
    wrong = [f"{row['model']} {row['pattern']} on {row['board']}" for row in rows if not row["bit_exact"]]
    sys.exit(f"NOT bit-exact: {', '.join(wrong)}" if wrong else None)


if __name__ == "__main__":
    main()
