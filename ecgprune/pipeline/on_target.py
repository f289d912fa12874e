"""A model on a board that is connected: its image, and vectors over a serial port, compared with TFLM byte for byte."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ecgprune.artifacts import Progress, no_progress, read_json, sha256_bytes, sha256_file, sha256_tree
from ecgprune.board import Board, find_board
from ecgprune.config import ExportConfig
from ecgprune.errors import BoardError, FirmwareError
from ecgprune.importers import Kind, sniff

if TYPE_CHECKING:
    from ecgprune.board.program import Program
    from ecgprune.board.target import About, Result
    from ecgprune.interface import ModelContract
    from ecgprune.verify.vectors import Vectors

__all__ = ["TargetModel", "build", "find", "measure"]

_SEED = 1
_CODE = ("firmware/harness/serial", "firmware/lib/nn", "firmware/platform")


@dataclass(frozen=True)
class TargetModel:
    """A model for a board.

    Attributes:
        given: as it was named.
        tflite: its file.
        settings: how its C is generated.
        contract: class names and preprocessing; None: not known.
        run: its run folder; None: it is part of none.
        vectors: its vectors with TFLM's outputs, as `verify` wrote them; None: random ones are used.
    """

    given: str
    tflite: Path
    settings: ExportConfig
    contract: ModelContract | None
    run: Path | None
    vectors: Path | None


def find(given: str) -> TargetModel:
    """The model of that name or path.

    Args:
        given: as `given_model.locate` takes it.

    Raises:
        ArtifactError: there is none.
        BoardError: it is a float model, or was exported for the tflm runtime.
    """
    from ecgprune.pipeline import given_model, trained_model
    from ecgprune.pipeline.contract import contract_of

    path = given_model.locate(given)
    if sniff(path) is not Kind.TFLITE:
        raise BoardError(f"{given} is a float model; firmware takes int8: give its run folder or .tflite")
    if given_model.config_of(path) is None:
        return TargetModel(given, path, ExportConfig(), None, None, None)
    found = trained_model.find(path)
    settings = found.config.export
    if settings.runtime != "native":
        raise BoardError(f"{given} is exported for the {settings.runtime} runtime; a board runs the native one here")
    places = [folder / "vectors.bin" for folder in (found.path.parent / "firmware", found.path.parent)]
    vectors = next((file for file in places if file.is_file()), None)
    return TargetModel(given, found.path, settings, contract_of(found.config.data), found.run, vectors)


def _write_code(model: TargetModel, board: Board, folder: Path) -> int:
    """Writes the C for the board's core into a new folder. Returns the number of this build: of all its sources."""
    from ecgprune.pipeline.board_code import write_code
    from ecgprune.pipeline.source_files import hash_of

    write_code(model.tflite, model.settings, model.contract, board, folder)
    sources = f"{sha256_tree(folder)} {hash_of(_CODE)} {sha256_tree(board.folder)}"
    return int(sha256_bytes(sources.encode())[:8], 16)


def build(model: TargetModel, board: Board, folder: Path, baud: int, progress: Progress = no_progress) -> Program:
    """Builds the program that runs vectors, around a model.

    Args:
        model: of `find`.
        board: with a UART.
        folder: where the image's files go; created where it is missing.
        baud: bits a second.
        progress: is told what is being done.

    Raises:
        EcgpruneError: as `codegen.generate` and `program.build_serial`.
    """
    from tempfile import TemporaryDirectory

    from ecgprune.board import program

    with TemporaryDirectory(prefix="ecgprune-") as name:
        code = Path(name) / "model"
        number = _write_code(model, board, code)
        folder.mkdir(parents=True, exist_ok=True)
        return program.build_serial(code, board, folder, baud, number, progress)


def measure(model: TargetModel, port: str, baud: int, count: int | None, progress: Progress) -> dict[str, Any]:
    """Runs vectors on the board at a port, and compares every output byte with TFLM's.

    Args:
        model: what should run there.
        port: the serial port.
        baud: bits a second.
        count: how many vectors; None: all that the model has, or 100 random ones.
        progress: is told how far it is.

    Returns:
        One entry of on-target.json: `report.schema_firmware.OnTarget` says what it holds.

    Raises:
        FirmwareError: the port cannot be opened, nothing or something else answers, or another model is there.
    """
    from ecgprune.board import serial_port
    from ecgprune.board.target import TargetSession

    vectors, made = _vectors(model, count)
    sha256 = sha256_file(model.tflite)
    with serial_port.opened(port, baud) as line:
        session = TargetSession(line, port, baud)
        progress(0.0, f"asking {port}")
        about = session.connect()
        _check(about, model, sha256, vectors, port)
        results = []
        for number, row in enumerate(vectors.inputs):
            progress(number / len(vectors.inputs), f"vector {number + 1} on {about.board}")
            results.append(session.run(number, row.tobytes()))
    found = _compared(vectors, results)
    return {
        "board": about.board,
        "core": about.core,
        "measured_on": {True: "emulator", False: "silicon", None: "unknown"}[about.emulated],
        "measured_by": "the user",
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "port": port,
        "baud": baud,
        "model": {"name": about.name, "sha256": sha256},
        "build": f"{about.build:08x}",
        "same_build": about.build == _expected_build(model, about.board),
        "clock_hz": about.clock_hz,
        "counter": about.counter.told,
        "oracle": made,
        **found,
        "cycles": _spread([result.cycles for result in results if result.cycles is not None], about.clock_hz),
        "stack_bytes": max((result.stack_bytes for result in results), default=0),
        "resent_frames": session.resent,
        "damaged_frames": session.decoder.damaged,
    }


def _vectors(model: TargetModel, count: int | None) -> tuple[Vectors, dict[str, Any]]:
    """Vectors with TFLM's outputs, and what made them."""
    from ecgprune.graph.reader import read
    from ecgprune.verify import random_inputs
    from ecgprune.verify import vectors as files
    from ecgprune.verify.oracles import oracle_info
    from ecgprune.verify.substitute import oracle

    if model.vectors is not None:
        found = files.read(model.vectors)
        about = read_json(model.vectors.with_suffix(".json"))
        said: dict[str, Any] = {key: about[key] for key in ("oracle", "versions", "source") if key in about}
        return files.Vectors(found.inputs[:count], found.outputs[:count]), said
    blob = model.tflite.read_bytes()
    graph = read(blob)
    inputs = files.arrange(graph, random_inputs(graph, count or 100, _SEED))
    outputs = oracle(blob, graph).outputs(inputs)
    rows = [np.hstack([np.ascontiguousarray(a).view(np.uint8) for a in arrays]) for arrays in (inputs, outputs)]
    made = oracle_info()
    source = f"random int8 values, seed {_SEED}"
    return files.Vectors(*rows), {"oracle": made["oracle"], "versions": made["versions"], "source": source}


def _check(about: About, model: TargetModel, sha256: str, vectors: Vectors, port: str) -> None:
    if about.sha256 != sha256:
        raise FirmwareError(
            f"the board on {port} runs another model, {about.name} (SHA-256 {about.sha256[:16]}), expected "
            f"{model.given} ({sha256[:16]}); write it: ecgprune flash {model.given} --board {about.board}"
        )
    sizes, expected = (about.input_bytes, about.output_bytes), (vectors.inputs.shape[1], vectors.outputs.shape[1])
    if sizes != expected:
        raise FirmwareError(
            f"the vectors of {model.given} have {expected[0]} bytes of inputs and {expected[1]} of outputs, the board "
            f"on {port} takes {sizes[0]} and gives {sizes[1]}; run ecgprune verify anew"
        )


def _expected_build(model: TargetModel, board: str) -> int | None:
    """The number that an image built now would have; None: the board is not known here."""
    from tempfile import TemporaryDirectory

    try:
        found = find_board(board)
    except BoardError:
        return None
    with TemporaryDirectory(prefix="ecgprune-") as name:
        return _write_code(model, found, Path(name) / "model")


def _compared(vectors: Vectors, results: Sequence[Result]) -> dict[str, Any]:
    got = np.array([np.frombuffer(result.outputs, np.uint8) for result in results]).reshape(vectors.outputs.shape)
    wrong = got != vectors.outputs
    first = None
    if wrong.any():
        vector, byte = (int(i) for i in np.argwhere(wrong)[0])
        expected, found = (int(values[vector, byte]) for values in (vectors.outputs, got))
        first = {"vector": vector, "byte": byte, "expected": expected, "found": found}
    return {
        "vectors": len(results),
        "output_bytes": int(got.size),
        "mismatching_bytes": int(wrong.sum()),
        "bit_exact": first is None,
        "first_mismatch": first,
    }


def _spread(cycles: Sequence[int], clock_hz: int) -> dict[str, Any] | None:
    """Cycles of one invocation, and the milliseconds that they take at the clock; None: nothing counted them."""
    if not cycles:
        return None
    found = {"min": min(cycles), "median": round(statistics.median(cycles)), "max": max(cycles)}
    times = {name: round(1000 * count / clock_hz, 4) for name, count in found.items()} if clock_hz else None
    return {**found, "milliseconds": times}
