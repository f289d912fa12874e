"""`make bench`: models A and B on every core, into results/bench.json; then the tables of README.md and docs/results.

A row that was measured with the same model, sources and tools before is taken from build/bench, so an interrupted
bench goes on where it was. The same sources and tools give the same bytes.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docs_tables
import table_bench

from ecgprune.artifacts import write_json, write_text
from ecgprune.board import known_boards, tool_versions
from ecgprune.calibration.networks import NETWORKS, PATTERNS, SEED, random_networks
from ecgprune.pipeline import bench

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "build" / "bench"
SOURCES = ("ecgprune/codegen", "ecgprune/board", "ecgprune/graph", "ecgprune/verify", "ecgprune/pipeline/bench.py",
           "firmware/lib", "firmware/harness", "firmware/platform", "firmware/boards",
           "firmware/tools", "firmware/Makefile")  # fmt: skip
FILES = {".py", ".j2", ".json", ".c", ".h", ".mk", ".ld", ""}
ALL_WAYS = "mps2_an386"
VECTORS = 10
LEFT_OUT = ("model", "sparse", "vectors_source", "functions", "versions", "tools", "first_mismatch")


def source_hash(tools):
    """Of everything that a row depends on, but for the model."""
    found = hashlib.sha256(json.dumps(tools).encode())
    for name in SOURCES:
        top = ROOT / name
        for path in sorted(p for p in (top, *top.rglob("*")) if p.is_file() and p.suffix in FILES):
            found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.hexdigest()


def jobs():
    """(board, optimize), one board of each core, the default board first."""
    firsts = {b.core: b for b in reversed(known_boards().values()) if b.machine}
    boards = sorted(firsts.values(), key=lambda b: (b.name != ALL_WAYS, b.name))
    return [(b, way) for b in boards for way in (("speed", "ram", "flash") if b.name == ALL_WAYS else ("speed",))]


def measured(subject, board, optimize, key):
    """One row, from CACHE where it is there."""
    name = hashlib.sha256(f"{key} {subject.graph.sha256} {board.name} {optimize}".encode()).hexdigest()
    file = CACHE / f"{name}.json"
    if not file.is_file():
        write_json(file, bench.measure(subject, board, optimize=optimize))
    return json.loads(file.read_text())


def main():
    tools = {name: version for name, version in tool_versions().items() if version}
    key = source_hash(tools)
    rows, hashes, versions = [], {}, {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for model, pattern, tflite in random_networks():
            subject = bench.Subject(tflite, f"{model} {pattern}", VECTORS)
            hashes[subject.name] = subject.graph.sha256
            found = list(pool.map(lambda job, subject=subject: measured(subject, *job, key), jobs()))
            for row in found:
                versions = row["versions"]
                rows.append({"model": model, "pattern": pattern} | {k: v for k, v in row.items() if k not in LEFT_OUT})
            shown = ", ".join(f"{row['core']} {row['instructions']}" for row in found if row["optimize"] == "speed")
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
