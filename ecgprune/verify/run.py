"""The same vectors through every runtime, and what came of it: verify.json."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ecgprune.artifacts import Progress, no_progress, write_json
from ecgprune.board import Image, build_image, load_image, tool_versions
from ecgprune.errors import ToolMissingError, VerificationError
from ecgprune.graph.graph import Graph
from ecgprune.graph.reader import read
from ecgprune.verify import interpreter as litert
from ecgprune.verify import vectors as vector_files
from ecgprune.verify.deviations import DEVIATIONS
from ecgprune.verify.images import Model, Outcome, arena_bytes, run_image
from ecgprune.verify.layers import Difference, Mismatch, first_mismatch, measure
from ecgprune.verify.oracles import ORACLE, TflmHost, oracle_info

__all__ = ["Generated", "check", "run"]

SCHEMA_VERSION = 1
_TRACED = 32  # vectors of which the host build is compared layer by layer, whether its outputs differ or not

Row = dict[str, Any]
Arrays = Sequence[npt.NDArray[Any]]


@dataclass(frozen=True)
class Generated:
    """Generated C for one core.

    folder: its files. core: what its kernels were selected for, "Cortex-M4". boards: those that run it; it runs on the
    host in any case.
    """

    folder: Path
    core: str
    boards: tuple[str, ...] = ()


def run(
    tflite: Path,
    generated: Sequence[Generated],
    inputs: Mapping[str, npt.NDArray[Any]],
    out: Path,
    *,
    host_vectors: int = 1000,
    board_vectors: int = 100,
    images: Path | None = None,
    vectors: Path | None = None,
    source: str = "",
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Verifies generated C against TFLM, and writes verify.json to `out`. Returns what it wrote.

    inputs: {input name: [n, ...]}; of these the first `host_vectors` run on the host, `board_vectors` on each board.
    images: folder with built images, images/<board>; what is not there is built for the occasion.
    vectors: where the boards' vectors file goes, by default vectors.bin beside `out`. source: where the vectors come
        from, in words.

    A runtime whose tools are missing gets a row that says so. Differences are in the rows: `check` raises on them.
    Raises GraphError, FirmwareError (does not build, does not fit, hangs), VerificationError (unusable vectors).
    """
    blob = tflite.read_bytes()
    graph = read(blob)
    models = [(code, Model(blob, graph, code.folder)) for code in generated]
    arranged = [rows[:host_vectors] for rows in vector_files.arrange(graph, inputs)]
    few = [rows[:board_vectors] for rows in arranged]
    expected = TflmHost(blob, graph).outputs(arranged)
    few_expected = [rows[:board_vectors] for rows in expected]
    about = {**oracle_info(), "source": source}
    file = vectors or out.with_name("vectors.bin")
    vector_files.write(file, few, few_expected, about)

    progress(0.05, "TFLM on the host")
    rows = [_oracle_row(blob, graph, arranged, expected)]
    found = litert.compare(blob, graph, arranged, lambda done, doing: progress(0.05 + 0.25 * done, doing))
    rows.append(_interpreter_row(found, len(arranged[0])))
    for number, (code, model) in enumerate(models):
        progress(0.3 + 0.2 * number / len(models), f"C for the {code.core} on the host")
        if _runtime(code.folder) == "native":  # the tflm runtime on the host is TFLM itself
            rows.append(_host_row(model, arranged, expected, about) | {"core": code.core})
    measured = []
    places = [(code, model, name) for code, model in models for name in code.boards]
    for number, (code, model, name) in enumerate(places):
        progress(0.5 + 0.5 * number / len(places), f"generated C on {name}")
        row, figures = _board_row(model, name, few, few_expected, file, images)
        rows.append(row | {"core": code.core})
        measured += [each | {"generated_for": code.core} for each in figures]
    result = {
        "schema_version": SCHEMA_VERSION,
        "model": {"name": _model_name(generated[0].folder), "sha256": graph.sha256},
        "oracle": about,
        "tools": {name: version for name, version in tool_versions().items() if version},
        "vectors": len(arranged[0]),
        "runtimes": rows,
        "interpreter_rounding": _rounding(found, len(arranged[0])),
        "firmware": measured,
    }
    write_json(out, result)
    progress(1.0, "verified")
    return result


def check(result: Mapping[str, Any]) -> None:
    """Raises VerificationError, in one line, for the first runtime that differs from the oracle."""
    for row in result["runtimes"]:
        if row["skipped"] or row["passed"]:
            continue
        first = row["first_mismatch"]
        where = Mismatch(**first) if first else "no layer named"
        several = sum(other["runtime"] == row["runtime"] for other in result["runtimes"]) > 1
        name = f"{row['runtime']} ({row['core']})" if several else row["runtime"]
        raise VerificationError(
            f"{name} differs from {ORACLE}: {where} ({row['mismatching_bytes']} output bytes differ)"
        )


def _oracle_row(tflite: bytes, graph: Graph, inputs: Arrays, expected: Arrays) -> Row:
    """TFLM against itself with another memory plan (every tensor kept), which the layers are read from."""
    kept = TflmHost(tflite, graph, all_layers=True).outputs(inputs)
    first = first_mismatch(
        graph, dict(zip(graph.outputs, expected, strict=True)), dict(zip(graph.outputs, kept, strict=True))
    )
    return _row("tflm-host", len(inputs[0]), measure(list(expected), kept), first, first is None)


def _interpreter_row(found: litert.Comparison, vectors: int) -> Row:
    """Passed when known roundings explain every difference; the first unexplained one is named before others."""
    first = found.unexplained or found.first
    row = _row("interpreter", vectors, found.difference, first, found.unexplained is None)
    return row | {"bit_exact": found.first is None}


def _host_row(model: Model, inputs: Arrays, expected: Arrays, about: Mapping[str, Any]) -> Row:
    with tempfile.TemporaryDirectory(prefix="ecgprune-verify-") as name:
        folder = Path(name)
        try:
            image = build_image(model.sources, "host", folder / "image", trace=True, sanitize=True)
        except ToolMissingError as error:
            return _skipped("host-c", str(error))
        vector_files.write(folder / "vectors.bin", inputs, expected, about)
        traced = min(_TRACED, len(inputs[0]))
        outcome = run_image(model, image, inputs, expected, folder / "vectors.bin", traced)
    return _row("host-c", len(inputs[0]), outcome.difference, outcome.first, outcome.first is None)


def _board_row(
    model: Model, name: str, inputs: Arrays, expected: Arrays, vectors: Path, images: Path | None
) -> tuple[Row, list[Row]]:
    """(row of the runtimes, rows of the firmware: one, or none where nothing ran or the host did)."""
    runtime = _runtime(model.sources)
    built = images / name if images and (images / name / "image.json").exists() else None
    if runtime == "tflm" and built is None:
        return _skipped(name, "the tflm runtime links your own build of TFLM, and no image was built with one"), []
    try:
        with tempfile.TemporaryDirectory(prefix="ecgprune-verify-") as scratch:
            image = load_image(built) if built else build_image(model.sources, name, Path(scratch) / "image")
            outcome = run_image(model, image, inputs, expected, vectors)
    except ToolMissingError as error:
        return _skipped(name, str(error)), []
    row = _row(name, len(inputs[0]), outcome.difference, outcome.first, outcome.first is None)
    return row, [] if image.board.is_host else [_figures(model, image, outcome)]


def _figures(model: Model, image: Image, outcome: Outcome) -> Row:
    """A firmware row: sizes net of an empty image, in bytes; available: what the board's memory.ld has."""
    result = outcome.result
    return {
        "board": image.board.name,
        "core": image.board.core,
        "description": image.board.description,
        "runtime": image.runtime,
        "instructions": result.instructions,
        "instructions_min": result.instructions_min,
        "instructions_max": result.instructions_max,
        "counted": result.method,
        "cycles_estimate": result.cycles_estimate,
        "flash_bytes": image.flash_bytes,
        "ram_bytes": result.ram_bytes,
        "stack_bytes": result.stack_bytes,
        "stack_worst_bytes": image.stack_bytes,
        "arena_bytes": arena_bytes(model.sources),
        "flash_available": image.board.memory["FLASH"].length,
        "ram_available": image.board.memory["RAM"].length,
        "bit_exact": outcome.first is None,
        "vectors": result.vectors,
    }


def _row(runtime: str, vectors: int, difference: Difference, first: Mismatch | None, passed: bool) -> Row:
    return {
        "runtime": runtime,
        "core": None,
        "vectors": vectors,
        "bit_exact": first is None,
        "passed": passed,
        "mismatching_bytes": difference.bytes,
        "max_difference": difference.largest,
        "class_changes": difference.class_changes,
        "first_mismatch": first.as_dict() if first else None,
        "skipped": None,
    }


def _skipped(runtime: str, why: str) -> Row:
    return _row(runtime, 0, Difference(), None, False) | {"bit_exact": False, "skipped": why}


def _rounding(found: litert.Comparison, vectors: int) -> Row:
    """How the interpreter departs: in which operators, how far, and the share of vectors whose class changes."""
    layers = [found.layers[op] for op in sorted(found.layers)]
    return {
        "explained": found.unexplained is None,
        "vectors": vectors,
        "vectors_differing": found.vectors_differing,
        "mismatching_bytes": found.difference.bytes,
        "max_difference": found.difference.largest,
        "class_changes": found.difference.class_changes,
        "class_change_share": found.difference.class_changes / max(1, vectors),
        "operators": {name: DEVIATIONS[name].words for name in sorted({layer["operator"] for layer in layers})},
        "layers": layers,
    }


def _runtime(sources: Path) -> str:
    lists = sources / "sources.mk"
    if not lists.is_file():
        raise VerificationError(f"no generated C in {sources}; 'ecgprune export' writes it there")
    found = re.search(r"^ECGP_RUNTIME := (\w+)$", lists.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "native"


def _model_name(sources: Path) -> str:
    header = (sources / "ecgp_model.h").read_text(encoding="utf-8")
    found = re.search(r'^#define ECGP_MODEL_NAME "(\w+)"', header, re.MULTILINE)
    return found[1] if found else ""
