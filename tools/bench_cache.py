"""Rows of `make bench` and `make models` that were measured before, in build/bench.

A row is measured again exactly when what it is measured of changed: the emitted files, the C that they use, what builds
and runs the image, the vectors, the tools. So a change of one kernel costs the rows whose networks call it, and one of
a coefficient only those whose plan is another. What the plan predicts is always of the present.
"""

import hashlib
import json
import re
from pathlib import Path

from ecgprune.artifacts import sha256_file, write_json
from ecgprune.board import tool_versions
from ecgprune.pipeline import bench
from ecgprune.pipeline.emitting import emit
from ecgprune.pipeline.firmware import own_tflm
from ecgprune.verify.oracles import oracle_version

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "build" / "bench"
FIRMWARE = ROOT / "firmware"
LIBRARY = FIRMWARE / "lib" / "nn"
MEASURING = ("ecgprune/board", "ecgprune/verify", "ecgprune/pipeline/bench.py", "firmware/harness", "firmware/platform",
             "firmware/tools", "firmware/Makefile", "firmware/build.mk")  # fmt: skip
FILES = {".py", ".c", ".h", ".S", ".mk", ".ld", ".sh", ".cfg", ""}
INCLUDE = re.compile(r'^\s*#\s*include "([^"]+)"', re.MULTILINE)


def measured(subject, board, **how):
    """A row of `bench.measure`, from CACHE where it is there; how: optimize, runtime, compress."""
    emitted = emit(subject.tflite, subject.graph, board, **how)
    file = CACHE / f"{key(subject, board, how, emitted.files)}.json"
    if not file.is_file():
        write_json(file, bench.measure(subject, board, **how, emitted=emitted))
    return emitted.renewed(json.loads(file.read_text()))


def key(subject, board, how, files):
    """Names a row by the hash of all that its measured figures depend on."""
    library = own_tflm()[0] if how.get("runtime") == "tflm" else None
    settings = (subject.name, subject.graph.sha256, len(subject.inputs[0]), bench.SEED, board.name, sorted(how.items()),
                tool_versions(), oracle_version(), library and sha256_file(Path(library)))  # fmt: skip
    found = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for name, text in sorted(files.items()):
        found.update(f"{name}\n{text}".encode())
    for path in (*used(files), *measuring(), *sorted(board.folder.iterdir())):
        found.update(f"{path.name}\n".encode() + path.read_bytes())
    return found.hexdigest()


def used(files):
    """The files of LIBRARY that emitted files need: the kernels that sources.mk lists, and all headers from there."""
    names = re.findall(r"\b\w+\.c\b", files.get("sources.mk", ""))
    texts, found = [*files.values()], set()
    while names or texts:
        names += [name for text in texts for name in INCLUDE.findall(text)]
        new = sorted({LIBRARY / name for name in names if (LIBRARY / name).is_file()} - found)
        found.update(new)
        names, texts = [], [path.read_text(encoding="utf-8") for path in new]
    return sorted(found)


def measuring():
    """The files that build, run and count."""
    tops = [ROOT / name for name in MEASURING]
    return [p for top in tops for p in sorted((top, *top.rglob("*"))) if p.is_file() and p.suffix in FILES]
