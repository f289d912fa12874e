"""What a model costs on a board: built for the board's core, run on QEMU, and proved equal to TFLM bit for bit."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import ecgprune
from ecgprune.artifacts import Progress, no_progress
from ecgprune.errors import ArtifactError, FirmwareError, ToolMissingError
from ecgprune.pipeline.firmware import own_tflm

if TYPE_CHECKING:
    from ecgprune.board import Board
    from ecgprune.codegen.plan import Plan, SparseMode
    from ecgprune.codegen.target import Optimize

__all__ = ["SEED", "Subject", "check_tools", "measure"]

SEED = 1
"""Draws the vectors."""

_NAME = "model"
Row = dict[str, Any]


class Subject:
    """A model with the vectors to run, and TFLM's answers to them: computed once for all boards."""

    def __init__(self, tflite: Path | bytes, name: str, vectors: int) -> None:
        """Raises ArtifactError where there is no such file, GraphError for one that is no .tflite model,
        VerificationError where TFLM cannot load it."""
        from ecgprune import verify
        from ecgprune.graph.reader import read
        from ecgprune.verify.oracles import TflmHost
        from ecgprune.verify.vectors import arrange

        if isinstance(tflite, Path) and not tflite.is_file():
            raise ArtifactError(f"no file {tflite}; MODEL is an int8 .tflite file")
        self.name, self.vectors = name, vectors
        self.graph = read(tflite)
        self.tflite = tflite.read_bytes() if isinstance(tflite, Path) else tflite
        self.inputs = arrange(self.graph, verify.random_inputs(self.graph, vectors, SEED))
        self.expected = TflmHost(self.tflite, self.graph).outputs(self.inputs)


def check_tools(boards: Sequence[str], runtime: str = "native") -> list[Board]:
    """The boards of these names.

    Raises FirmwareError for one that QEMU does not run, ToolMissingError where a program, or the user's TFLM, is.
    """
    from ecgprune.board import find_board, find_tools, known_boards

    found = [find_board(name) for name in boards]
    for board in found:
        if board.machine is None:
            known = ", ".join(name for name, other in known_boards().items() if other.machine)
            raise FirmwareError(f"board '{board.name}' is none that QEMU runs; those are {known}")
    find_tools().require("make", "arm_gcc", "arm_objdump", "arm_objcopy", "qemu")
    if runtime == "tflm" and None in own_tflm():
        raise ToolMissingError("the tflm runtime links your own build of TFLM; set TFLM_LIB and TFLM_INCLUDE")
    return found


def measure(
    subject: Subject,
    board: Board,
    *,
    optimize: Optimize = "speed",
    sparse: SparseMode = "auto",
    runtime: Literal["native", "tflm"] = "native",
    progress: Progress = no_progress,
) -> Row:
    """One row of `ecgprune bench`: what the model takes on `board`, in all and by layer, and what was predicted.

    Instructions are of one invocation, means over the vectors; bytes are net of an empty image. bit_exact: whether all
    outputs are TFLM's; the row is whole where they are not. A layer's instructions are those from the return of the
    kernel call before its own to the return of its own, and with other_instructions they make the total; None without
    a host compiler for the counting plugin, and on the tflm runtime, which runs no kernels of ours.
    Raises UnsupportedOperatorError, CodegenError, FirmwareError, ToolMissingError.
    """
    from ecgprune import codegen
    from ecgprune.board import Calls, build_image, tool_versions
    from ecgprune.codegen.target import Target
    from ecgprune.verify import images, vectors

    generated = codegen.generate(subject.graph, _NAME, sparse, Target.for_board(board.core, optimize))
    plan, files, arena_bytes = generated.plan, generated.files, generated.plan.arena_bytes
    calls = None
    if runtime == "tflm":
        from ecgprune import tflm

        files, arena_bytes = tflm.generate(subject.tflite, subject.graph, _NAME), tflm.arena_bytes(subject.tflite)
    else:
        calls = Calls(f"{_NAME}_invoke", tuple(c.call.kernel for c in plan.calls if c.call.kernel))
    with tempfile.TemporaryDirectory(prefix="ecgprune-bench-") as scratch:
        sources = Path(scratch) / "src"
        sources.mkdir()
        for name, text in files.items():
            (sources / name).write_text(text, encoding="utf-8")
        file = Path(scratch) / "vectors.bin"
        vectors.write(file, subject.inputs, subject.expected, {})
        image = build_image(
            sources, board, Path(scratch) / "image", runtime, progress=lambda done, doing: progress(0.6 * done, doing)
        )
        progress(0.6, f"running on {board.name}")
        model = images.Model(subject.tflite, subject.graph, sources)
        outcome = images.run_image(model, image, subject.inputs, subject.expected, file, calls=calls)
    progress(1.0, f"measured on {board.name}")
    result, counted = outcome.result, _whole(outcome.result.per_call)
    native = runtime == "native"
    return {
        "model": subject.name,
        "model_sha256": subject.graph.sha256,
        "board": board.name,
        "core": board.core,
        "runtime": runtime,
        "optimize": optimize,
        "sparse": sparse,
        "instructions": result.instructions,
        "instructions_estimate": sum(layer.instructions_estimate for layer in plan.layers) if native else None,
        "counted": result.method,
        "cycles_estimate": result.cycles_estimate,
        "flash_bytes": image.flash_bytes,
        "ram_bytes": result.ram_bytes,
        "arena_bytes": arena_bytes,
        "stack_bytes": result.stack_bytes,
        "stack_worst_bytes": image.stack_bytes,
        "bit_exact": outcome.first is None,
        "first_mismatch": str(outcome.first) if outcome.first else None,
        "vectors": result.vectors,
        "vectors_source": f"random int8 values, seed {SEED}",
        "layers": _layers(plan, counted, native),
        "other_instructions": None if counted is None else (result.instructions or 0) - sum(counted),
        "functions": [
            {
                "function": f.function,
                "instructions": round(f.instructions),
                "cycles_estimate": None if f.cycles is None else round(f.cycles),
            }
            for f in result.functions
        ],
        "versions": {"ecgprune": ecgprune.__version__, "tflite-micro": version("tflite-micro")},
        "tools": {name: found for name, found in tool_versions().items() if found},
    }


def _layers(plan: Plan, counted: Sequence[int] | None, native: bool) -> list[Row]:
    """counted: instructions of each call of the plan. A layer's calls are the plan's calls of its operator."""
    of_op: Counter[int] = Counter()
    if counted is not None:
        called = [planned.call for planned in plan.calls if planned.call.kernel]
        for call, instructions in zip(called, counted, strict=True):
            of_op[call.op] += instructions
    return [
        {
            "name": layer.name,
            "operator": layer.operator,
            "kernel": layer.kernel if native else "TFLM",
            "macs": layer.macs,
            "nonzero_macs": layer.nonzero_macs,
            "instructions": of_op[layer.op] if counted is not None else None,
            "instructions_estimate": layer.instructions_estimate if native else None,
            "weight_bytes": layer.weight_bytes if native else None,
        }
        for layer in plan.layers
    ]


def _whole(counts: Sequence[float] | None) -> list[int] | None:
    """Means over the vectors as whole numbers that still make the rounded total."""
    if counts is None:
        return None
    ends = [0, *(round(end) for end in itertools.accumulate(counts))]
    return [b - a for a, b in itertools.pairwise(ends)]
