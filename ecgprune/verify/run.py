"""Runs the same vectors on every runtime, and writes the comparison: verify.json."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ecgprune.artifacts import Progress, no_progress, write_json
from ecgprune.board import tool_versions
from ecgprune.errors import VerificationError
from ecgprune.graph.reader import read
from ecgprune.verify import interpreter, rows
from ecgprune.verify import vectors as vector_files
from ecgprune.verify.layers import Mismatch
from ecgprune.verify.oracles import oracle_info
from ecgprune.verify.substitute import oracle

__all__ = ["Generated", "check", "failures", "run"]

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Generated:
    """Generated C for one core.

    Attributes:
        folder: its files.
        core: what its kernels were selected for, "Cortex-M4".
        boards: those that run it; it runs on the host in any case.
        calls: its kernel calls, which are counted one by one; None: only the whole is counted.
    """

    folder: Path
    core: str
    boards: tuple[str, ...] = ()
    calls: rows.KernelCalls | None = None


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
    tolerance: float = 0.0,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Compares generated C, and the TFLite interpreter, with TFLM, and writes verify.json.

    A runtime whose tools are missing gets a row that says so. Differences are in the rows: `check` raises on them.

    Args:
        tflite: the model.
        generated: the C of each core.
        inputs: {input name: [n, ...]} of the input's type.
        out: the file to write.
        host_vectors: how many of the inputs run on the host.
        board_vectors: how many of those run on each board.
        images: folder with built images, images/<board>; an image that is not there is built.
        vectors: where the boards' vectors file goes; by default vectors.bin beside `out`.
        source: where the vectors come from, in words.
        tolerance: how far float32 outputs of an image may lie from TFLM's on the host; integers have none.
        progress: called as work goes on.

    Returns:
        What verify.json holds.

    Raises:
        GraphError: the model cannot be read.
        ArtifactError: there is no generated C.
        DataError: the vectors do not fit the model.
        RefusedModelError: TFLM does not run the model.
        FirmwareError: an image does not build or hangs.
        DoesNotFitError: an image does not fit its board.
    """
    blob = tflite.read_bytes()
    graph = read(blob)
    arranged = [values[:host_vectors] for values in vector_files.arrange(graph, inputs)]
    expected = oracle(blob, graph).outputs(arranged)
    case = rows.Case(blob, graph, arranged, expected, {**oracle_info(), "source": source})
    runtimes = [rows.oracle(case)]
    progress(0.05, str(case.about["oracle"]))
    compared = interpreter.compare(blob, graph, arranged, lambda done, doing: progress(0.05 + 0.25 * done, doing))
    runtimes.append(rows.interpreter(compared, case.vectors))
    runtimes += _on_host(case, generated, progress)
    file = vectors or out.with_name("vectors.bin")
    few = case.first(board_vectors)
    few.write(file)
    on_boards, firmware = _on_boards(few, generated, file, images, tolerance, progress)
    runtimes += on_boards
    result = {
        "schema_version": SCHEMA_VERSION,
        "model": {"name": _model_name(generated[0].folder), "sha256": graph.sha256},
        "oracle": case.about,
        "tools": {name: version for name, version in tool_versions().items() if version},
        "vectors": case.vectors,
        "runtimes": runtimes,
        "interpreter_rounding": rows.rounding(compared, case.vectors),
        "firmware": firmware,
    }
    write_json(out, result)
    progress(1.0, "verified")
    return result


def _on_host(case: rows.Case, generated: Sequence[Generated], progress: Progress) -> list[rows.Row]:
    """The row of each core's code on the host."""
    found = []
    for number, code in enumerate(generated):
        progress(0.3 + 0.2 * number / len(generated), f"C for the {code.core} on the host")
        if rows.runtime_of(code.folder) == "native":  # the tflm runtime on the host is TFLM itself
            found.append(rows.host(case, code.folder) | {"core": code.core})
    return found


def _on_boards(
    case: rows.Case,
    generated: Sequence[Generated],
    vectors: Path,
    images: Path | None,
    tolerance: float,
    progress: Progress,
) -> tuple[list[rows.Row], list[rows.Row]]:
    """(rows of the runtimes, rows of the firmware) of all boards."""
    runtimes, firmware = [], []
    places = [(code, name) for code in generated for name in code.boards]
    for number, (code, name) in enumerate(places):
        progress(0.5 + 0.5 * number / len(places), f"generated C on {name}")
        row, figures = rows.board(case, code.folder, name, vectors, images, tolerance, code.calls)
        runtimes.append(row | {"core": code.core})
        firmware += [each | {"generated_for": code.core} for each in figures]
    return runtimes, firmware


def check(result: Mapping[str, Any]) -> None:
    """Checks that every runtime that ran passed.

    Args:
        result: content of verify.json.

    Raises:
        VerificationError: for the first runtime that differs from the oracle, in one line.
    """
    wrong = next(filter(None, failures(result)), None)
    if wrong:
        raise VerificationError(wrong)


def failures(result: Mapping[str, Any]) -> list[str]:
    """What is wrong with each runtime of verify.json, in one line; "" for nothing, or where it did not run."""
    found = []
    for row in result["runtimes"]:
        if row["skipped"] or row["passed"]:
            found.append("")
            continue
        first = row["first_mismatch"]
        where = Mismatch(**first) if first else "no layer named"
        floats = first is not None and isinstance(first["expected"], float)
        hint = f"; they are at most {row['max_difference']:.3g} apart, which --tolerance can allow" if floats else ""
        several = sum(other["runtime"] == row["runtime"] for other in result["runtimes"]) > 1
        name = f"{row['runtime']} ({row['core']})" if several else row["runtime"]
        told = f"{where} ({row['mismatching_bytes']} output bytes differ{hint})"
        found.append(f"{name} differs from {result['oracle']['oracle']}: {told}")
    return found


def _model_name(sources: Path) -> str:
    header = (sources / "ecgp_model.h").read_text(encoding="utf-8")
    found = re.search(r'^#define ECGP_MODEL_NAME "(\w+)"', header, re.MULTILINE)
    return found[1] if found else ""
