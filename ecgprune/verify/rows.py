"""The rows of verify.json: one runtime on one set of vectors, and what an image takes of its board."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ecgprune.board import Board, BuildOptions, Calls, Image, build_image, emulator, find_board, load_image
from ecgprune.errors import ArtifactError, BoardError, ToolMissingError
from ecgprune.graph.graph import Graph
from ecgprune.verify import interpreter as litert
from ecgprune.verify import vectors as vector_files
from ecgprune.verify.deviations import DEVIATIONS
from ecgprune.verify.images import Model, Outcome, arena_bytes, run_image
from ecgprune.verify.layers import Difference, Mismatch, first_mismatch, measure
from ecgprune.verify.oracles import TflmHost
from ecgprune.verify.substitute import without_tflm

__all__ = ["Case", "KernelCalls", "Row", "board", "host", "interpreter", "oracle", "rounding", "runtime_of"]

_TRACED = 32  # vectors of which the host build is compared layer by layer, whether its outputs differ or not

Row = dict[str, Any]


@dataclass(frozen=True)
class KernelCalls:
    """The kernel calls of generated code.

    Attributes:
        name: of the model in C.
        made: (operator, name of its layer, kernel) of each call, in order.
    """

    name: str
    made: tuple[tuple[int, str, str], ...]

    @property
    def counted(self) -> Calls:
        """As the board counts them one by one."""
        return Calls(f"{self.name}_invoke", tuple(kernel for _, _, kernel in self.made))


@dataclass(frozen=True)
class Case:
    """A model, inputs, and the outputs that TFLM gives for them: what every runtime is compared with.

    Attributes:
        tflite: content of the .tflite file.
        graph: its graph.
        inputs: one array [n, size] per input of the model, in its order.
        expected: one array [n, size] per output of the model, in its order.
        about: the oracle and the source of the vectors, for the file beside the vectors.
    """

    tflite: bytes
    graph: Graph
    inputs: Sequence[npt.NDArray[Any]]
    expected: Sequence[npt.NDArray[Any]]
    about: Mapping[str, Any]

    @property
    def vectors(self) -> int:
        """How many there are."""
        return len(self.inputs[0])

    def first(self, count: int) -> Case:
        """The case with its first `count` vectors."""
        inputs, expected = ([rows[:count] for rows in arrays] for arrays in (self.inputs, self.expected))
        return Case(self.tflite, self.graph, inputs, expected, self.about)

    def write(self, file: Path) -> None:
        """Writes the vectors file that firmware reads."""
        vector_files.write(file, self.inputs, self.expected, self.about)


def oracle(case: Case) -> Row:
    """TFLM against itself with another memory plan (every tensor kept), which the layers are read from."""
    if missing := without_tflm():
        return _skipped("tflm-host", missing)
    graph = case.graph
    kept = TflmHost(case.tflite, graph, all_layers=True).outputs(case.inputs)
    expected, got = (dict(zip(graph.outputs, rows, strict=True)) for rows in (case.expected, kept))
    first = first_mismatch(graph, expected, got)
    return _row("tflm-host", case.vectors, measure(list(case.expected), kept), first, first is None)


def interpreter(found: litert.Comparison, vectors: int) -> Row:
    """Passed when known roundings explain every difference; the first unexplained one is named before others."""
    if found.refused:
        return _skipped("interpreter", found.refused)
    first = found.unexplained or found.first
    row = _row("interpreter", vectors, found.difference, first, found.unexplained is None)
    return row | {"bit_exact": found.first is None}


def host(case: Case, sources: Path) -> Row:
    """Generated C in `sources`, built for the host with ASan and UBSan."""
    with tempfile.TemporaryDirectory(prefix="ecgprune-verify-") as name:
        folder = Path(name)
        try:
            image = build_image(sources, "host", folder / "image", BuildOptions(trace=True, sanitize=True))
        except ToolMissingError as error:
            return _skipped("host-c", str(error))
        case.write(folder / "vectors.bin")
        model = Model(case.tflite, case.graph, sources)
        traced = min(_TRACED, case.vectors)
        outcome = run_image(model, image, case.inputs, case.expected, folder / "vectors.bin", traced)
    return _row("host-c", case.vectors, outcome.difference, outcome.first, outcome.first is None)


def board(
    case: Case, sources: Path, name: str, vectors: Path, images: Path | None, tolerance: float = 0.0,
    calls: KernelCalls | None = None,
) -> tuple[Row, list[Row]]:  # fmt: skip
    """Generated C in `sources` on the board `name`: its row, and the row of its figures.

    Args:
        case: what the image is compared with.
        sources: the generated C.
        name: the board's name or folder.
        vectors: the file that holds the case's vectors.
        images: folder with built images, images/<board>; an image that is not there is built.
        tolerance: see `Outcome.passes`.
        calls: the kernel calls to count one by one, see `run_on_board`.

    Returns:
        (row of the runtimes, rows of the firmware: one, or none where nothing ran or the host did).
    """
    found = find_board(name)
    name = found.name
    built = images / name if images and (images / name / "image.json").exists() else None
    if not found.is_host and emulator(found) is None:
        return _skipped(name, "QEMU has no such board; `ecgprune verify --on-target PORT` runs vectors on it"), []
    if runtime_of(sources) == "tflm" and built is None:
        return _skipped(name, "the tflm runtime links your own build of TFLM, and no image was built with one"), []
    try:
        with tempfile.TemporaryDirectory(prefix="ecgprune-verify-") as scratch:
            image = load_image(built) if built else build_image(sources, found, Path(scratch) / "image")
            model = Model(case.tflite, case.graph, sources)
            counted = calls.counted if calls else None
            outcome = run_image(model, image, case.inputs, case.expected, vectors, calls=counted)
    except (ToolMissingError, BoardError) as error:
        return _skipped(name, str(error)), []
    passed = outcome.passes(case.graph, tolerance)
    row = _row(name, case.vectors, outcome.difference, outcome.first, passed)
    return row, [] if image.board.is_host else [_figures(model, image, outcome, calls)]


def _emulated(board: Board) -> str:
    """The board in words, and the one that stood in for it on QEMU."""
    runs = emulator(board)
    return board.description if runs is None or runs is board else f"{board.description}, as QEMU's {runs.description}"


def _figures(model: Model, image: Image, outcome: Outcome, calls: KernelCalls | None) -> Row:
    """A firmware row: sizes net of an empty image, in bytes; available: what the board's memory.ld has."""
    result = outcome.result
    return {
        "board": image.board.name,
        "core": image.board.core,
        "description": _emulated(image.board),
        "runtime": image.runtime,
        "instructions": result.instructions,
        "instructions_min": result.instructions_min,
        "instructions_max": result.instructions_max,
        "counted": result.method,
        **result.profile.figures(),
        "layers": _layers(outcome, calls),
        "flash_bytes": image.flash_bytes,
        "ram_bytes": outcome.ram_bytes(arena_bytes(model.sources)),
        "stack_bytes": result.stack_bytes,
        "stack_worst_bytes": image.stack_bytes,
        "arena_bytes": result.arena_bytes,
        "operating_point": asdict(image.board.operating_point),
        "clock_max_hz": image.board.clock_max_hz,
        "flash_available": image.board.memory["FLASH"].length,
        "ram_available": image.board.memory["RAM"].length,
        "bit_exact": outcome.first is None,
        "vectors": result.vectors,
    }


def _layers(outcome: Outcome, calls: KernelCalls | None) -> list[Row]:
    """What each operator takes, those with a kernel call; empty where they were not counted one by one."""
    if calls is None:
        return []
    spent = outcome.result.by_op([op for op, _, _ in calls.made]) or {}
    names = {op: name for op, name, _ in calls.made}
    kernels = {op: "+".join(dict.fromkeys(k for other, _, k in calls.made if other == op)) for op in spent}
    return [
        {"op": op, "name": names[op], "kernel": kernels[op], "instructions": n, "cycles_estimate": cycles}
        for op, (n, cycles) in spent.items()
    ]


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


def rounding(found: litert.Comparison, vectors: int) -> Row:
    """How the interpreter deviates: in which operators, how far, and the share of vectors whose class changes."""
    layers = [found.layers[op] for op in sorted(found.layers)]
    vectors = 0 if found.refused else vectors
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


def runtime_of(sources: Path) -> str:
    """The runtime that the C in `sources` was generated for: "native" or "tflm".

    Raises:
        ArtifactError: there is no generated C.
    """
    lists = sources / "sources.mk"
    if not lists.is_file():
        raise ArtifactError(f"no generated C in {sources}; 'ecgprune export' writes it there")
    found = re.search(r"^ECGP_RUNTIME := (\w+)$", lists.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "native"
