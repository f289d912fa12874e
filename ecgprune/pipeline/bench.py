"""What a model costs on a board: built for the board's core, run on QEMU, and compared with TFLM bit for bit."""

from __future__ import annotations

import functools
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy.typing as npt

import ecgprune
from ecgprune.artifacts import Progress, no_progress
from ecgprune.board import (
    Board,
    BuildOptions,
    Calls,
    Image,
    build_image,
    emulator,
    find_board,
    find_tools,
    known_boards,
    tool_versions,
)
from ecgprune.errors import ArtifactError, BoardError, ToolMissingError
from ecgprune.pipeline import given_model
from ecgprune.pipeline.emitting import NAME, Emitted, Row, emit
from ecgprune.pipeline.firmware import own_tflm

if TYPE_CHECKING:
    from ecgprune.codegen.plan import SparseMode
    from ecgprune.codegen.target import Optimize
    from ecgprune.verify.images import Outcome

__all__ = ["SEED", "Subject", "check_tools", "measure"]

SEED = 1
"""Draws the vectors."""


class Subject:
    """A model with vectors and TFLM's outputs for them, computed once for all boards."""

    def __init__(self, tflite: Path | bytes, name: str, vectors: int) -> None:
        """Reads the model, a file or its bytes. name: what rows call it; vectors: number of random ones.

        Raises:
            ArtifactError: there is no such file.
            GraphError: it is not a .tflite model.
        """
        from ecgprune import verify
        from ecgprune.graph.reader import read
        from ecgprune.verify.vectors import arrange

        if isinstance(tflite, Path) and not tflite.is_file():
            raise ArtifactError(f"no file {tflite}; {given_model.expected()}")
        self.name, self.vectors = name, vectors
        self.graph = read(tflite)
        self.tflite = tflite.read_bytes() if isinstance(tflite, Path) else tflite
        self.inputs = arrange(self.graph, verify.random_inputs(self.graph, vectors, SEED))

    @functools.cached_property
    def expected(self) -> list[npt.NDArray[Any]]:
        """TFLM's outputs; it is asked when code has been generated, which names what is not supported.

        Raises:
            RefusedModelError: TFLM cannot load the model.
        """
        from ecgprune.verify.substitute import oracle

        return oracle(self.tflite, self.graph).outputs(self.inputs)


def check_tools(boards: Sequence[str], runtime: str = "native") -> list[Board]:
    """The boards of these names, after a check that all programs to measure on them are there.

    Raises:
        BoardError: a board is unknown, or QEMU does not run it.
        ToolMissingError: a program, or the user's TFLM, is missing.
    """
    found = [find_board(name) for name in boards]
    for board in found:
        if emulator(board) is None:
            known = ", ".join(name for name, other in known_boards().items() if emulator(other))
            raise BoardError(f"board '{board.name}' is not one that QEMU runs; those are {known}")
    find_tools().require("make", "arm_gcc", "arm_objdump", "arm_objcopy", "qemu")
    if runtime == "tflm" and None in own_tflm():
        raise ToolMissingError("the tflm runtime links your own build of TFLM; set TFLM_LIB and TFLM_INCLUDE")
    return found


def measure(
    subject: Subject,
    board: Board,
    *,
    optimize: Optimize = "balanced",
    sparse: SparseMode = "auto",
    runtime: Literal["native", "tflm"] = "native",
    compress: bool = False,
    tolerance: float = 0.0,
    wait_states: int = 0,
    emitted: Emitted | None = None,
    progress: Progress = no_progress,
) -> Row:
    """Measures a model on a board: one row of `ecgprune bench`.

    Figures are of one invocation, means over the vectors; bytes are net of an empty image. Those of a layer reach from
    the return of the kernel call before its own to the return of its own; the rest is in other_instructions.

    Args:
        subject: the model with its vectors.
        board: a board that QEMU runs.
        optimize: the objective of kernel selection.
        sparse: which kernel variants may be selected, see `ExportConfig.sparse`.
        runtime: "native", or "tflm" for the user's own build of TFLM.
        compress: store pruned tensors small, on the tflm runtime.
        tolerance: how far float32 outputs may lie from TFLM's on the host.
        wait_states: of the flash, for the estimate of cycles.
        emitted: what `emit` gave for the same arguments, where it was called before.
        progress: called as work goes on.

    Returns:
        The row. bit_exact: whether all outputs are TFLM's; passed: whether they are within the tolerance. The row is
        complete where they are not. Figures of layers are None without a host compiler for the counting plugin, and on
        the tflm runtime, which runs no kernels of ecgprune.

    Raises:
        UnsupportedOperatorError: the model has an operator without a kernel.
        CodegenError: a kernel cannot be shown to be exact.
        FirmwareError: the image does not build or hangs.
        DoesNotFitError: the image does not fit.
        ToolMissingError: a compiler, QEMU or the user's TFLM is missing.
    """
    from ecgprune.verify.oracles import oracle_version

    made = emitted or emit(subject.tflite, subject.graph, board, optimize, sparse, runtime, compress)
    image, outcome = _run(subject, board, made, wait_states, progress)
    return {
        "model": subject.name,
        "model_sha256": subject.graph.sha256,
        "board": board.name,
        "core": board.core,
        "runtime": runtime,
        "optimize": optimize,
        "sparse": sparse,
        "compress": compress,
        **_figures(image, outcome, made),
        "tflm_kernels": _kernels(outcome) if runtime == "tflm" else None,
        "vectors_source": f"random int8 values, seed {SEED}",
        "passed": outcome.passes(subject.graph, tolerance),
        **_by_layer(outcome, made),
        "arena": made.arena,
        "versions": {"ecgprune": ecgprune.__version__, **oracle_version()},
        "tools": {name: found for name, found in tool_versions().items() if found},
    }


def _run(subject: Subject, board: Board, made: Emitted, wait_states: int, progress: Progress) -> tuple[Image, Outcome]:
    """Builds the files for the board and runs the vectors."""
    from ecgprune.verify import images, vectors

    calls = None if made.calls is None else Calls(f"{NAME}_invoke", tuple(call.kernel for call in made.calls))
    with tempfile.TemporaryDirectory(prefix="ecgprune-bench-") as scratch:
        sources = Path(scratch) / "src"
        sources.mkdir()
        for name, text in made.files.items():
            (sources / name).write_text(text, encoding="utf-8")
        file = Path(scratch) / "vectors.bin"
        vectors.write(file, subject.inputs, subject.expected, {})
        options = BuildOptions("tflm" if made.calls is None else "native")
        image = build_image(
            sources, board, Path(scratch) / "image", options, lambda done, doing: progress(0.6 * done, doing)
        )
        progress(0.6, f"running on {board.name}")
        model = images.Model(subject.tflite, subject.graph, sources)
        inputs, expected = subject.inputs, subject.expected
        outcome = images.run_image(model, image, inputs, expected, file, calls=calls, wait_states=wait_states)
    progress(1.0, f"measured on {board.name}")
    return image, outcome


def _kernels(outcome: Outcome) -> str | None:
    """Whose kernels TFLM ran, by the names of the functions; None: they were not counted."""
    names = [cost.function for cost in outcome.result.functions]
    if not names:
        return None
    return "CMSIS-NN" if any(re.fullmatch(r"arm_\w+_s(4|8|16)", name) for name in names) else "reference"


def _figures(image: Image, outcome: Outcome, made: Emitted) -> Row:
    """The figures of the whole model."""
    result = outcome.result
    return {
        "instructions": result.instructions,
        **made.predicted,
        "counted": result.method,
        **result.profile.figures(),
        "flash_bytes": image.flash_bytes,
        "ram_bytes": outcome.ram_bytes(made.arena_bytes),
        "arena_bytes": result.arena_bytes,
        "stack_bytes": result.stack_bytes,
        "stack_worst_bytes": image.stack_bytes,
        "bit_exact": outcome.first is None,
        "first_mismatch": str(outcome.first) if outcome.first else None,
        "vectors": result.vectors,
    }


def _by_layer(outcome: Outcome, made: Emitted) -> Row:
    """The figures by layer and by function."""
    result = outcome.result
    layers = _layers(made, None if made.calls is None else result.by_op([call.op for call in made.calls]))
    rest = {f"other_{key}": _rest(getattr(result, key), [layer[key] for layer in layers])
            for key in ("instructions", "cycles_estimate")}  # fmt: skip
    return {"layers": layers, **rest, "functions": [cost.figures() for cost in result.functions]}


def _rest(whole: int | None, parts: Sequence[int | None]) -> int | None:
    """What is in no layer; None where layers were not counted."""
    known = [part for part in parts if part is not None]
    return None if len(known) < len(parts) or not parts else (whole or 0) - sum(known)


def _layers(made: Emitted, spent: Mapping[int, tuple[int, int | None]] | None) -> list[Row]:
    """spent: what each operator with a kernel call takes, see `RunResult.by_op`; another one takes nothing."""
    nothing = (None, None) if spent is None else (0, 0 if all(c is not None for _, c in spent.values()) else None)
    keys = ("name", "operator", "kernel", "macs", "nonzero_macs", "instructions_estimate", "cycles_predicted")
    return [
        {
            **{key: layer[key] for key in keys},
            **dict(zip(("instructions", "cycles_estimate"), (spent or {}).get(layer["op"], nothing), strict=True)),
            "weight_bytes": layer["weight_bytes"] if made.calls is not None else None,
        }
        for layer in made.layers
    ]
