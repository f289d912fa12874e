"""What clang takes beside GCC on the Cortex-M4 and M55: models A and B, and two networks of MLPerf Tiny.

clang_results.py FOLDER [--clang clang-19] [--network NAME]... [--board BOARD]...: FOLDER has the .tflite files that
bench_models.py names. Both compilers get the same emitted files. Writes results/clang.json and the manual's tables;
rows of other networks and boards stay.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import bench_models
import docs_tables

from ecgprune.artifacts import write_text
from ecgprune.board import BuildOptions, find_board, tool_versions
from ecgprune.calibration.networks import random_networks
from ecgprune.pipeline import bench
from ecgprune.pipeline.emitting import emit

RESULTS = Path(__file__).parent.parent / "results" / "clang.json"
BOARDS = ("mps2_an386", "mps3_an547")
OF_MLPERF = ("kws", "ic")


@dataclass(frozen=True)
class Clang(BuildOptions):
    """compiler: the program, a name that begins with clang."""

    compiler: str = "clang"

    def variables(self) -> dict[str, object]:
        return super().variables() | {"CC": self.compiler}


def subjects(folder: Path) -> Iterator[bench.Subject]:
    for model, pattern, tflite in random_networks():
        yield bench.Subject(tflite, f"{model}, {pattern}", 1)
    files = bench_models.files(folder)
    for name in OF_MLPERF:
        yield bench.Subject(files[name], f"{name}, dense", 1)
        yield bench.Subject(bench_models.pruned(files[name]), f"{name}, block 60%", 1)


def row(subject: bench.Subject, board: str, compiler: str) -> dict[str, object]:
    """Instructions of clang's build over those of GCC's."""
    found = find_board(board)
    emitted = emit(subject.tflite, subject.graph, found, "speed")
    gcc = bench.measure(subject, found, optimize="speed", emitted=emitted)
    with mock.patch.object(bench, "BuildOptions", lambda runtime: Clang(runtime, compiler=compiler)):
        clang = bench.measure(subject, found, optimize="speed", emitted=emitted)
    made = {
        "network": subject.name,
        "core": found.core,
        "share": round(clang["instructions"] / gcc["instructions"], 3),
        "bit_exact": clang["bit_exact"],
    }
    print(made, file=sys.stderr, flush=True)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clang", default="clang", help="the program, clang-19; its name begins with clang")
    parser.add_argument("--network", action="append", default=[], help='"A, weight 90%%"; may be repeated')
    parser.add_argument("--board", action="append", default=[], choices=BOARDS, help="may be repeated")
    options = parser.parse_args()
    said = subprocess.run([options.clang, "--version"], capture_output=True, text=True, check=True).stdout
    before = json.loads(RESULTS.read_text())["rows"] if options.network or options.board else []
    rows = {(old["network"], old["core"]): old for old in before}
    for subject in subjects(options.folder):
        for board in options.board or BOARDS:
            if subject.name in (options.network or [subject.name]):
                found = row(subject, board, options.clang)
                rows[subject.name, found["core"]] = found
    head = {
        "schema_version": 1,
        "command": "tools/clang_results.py FOLDER",
        "clang": said.splitlines()[0],
        "tools": {name: version for name, version in tool_versions().items() if version},
        "vectors_source": f"one of random int8 values, seed {bench.SEED}",
    }
    body = ",\n".join(f"    {json.dumps(row)}" for row in rows.values())
    write_text(RESULTS, f'{json.dumps(head, indent=2)[:-2]},\n  "rows": [\n{body}\n  ]\n}}\n')
    docs_tables.write()
    wrong = [f"{row['network']} on {row['core']}" for row in rows.values() if not row.get("bit_exact", True)]
    sys.exit(f"NOT bit-exact: {', '.join(wrong)}" if wrong else None)


if __name__ == "__main__":
    main()
