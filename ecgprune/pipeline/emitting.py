"""What is generated of a model to be measured on a board, by `pipeline.bench`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from ecgprune.board import Board
from ecgprune.pipeline import arena_split

if TYPE_CHECKING:
    from ecgprune.codegen.call import KernelCall
    from ecgprune.codegen.plan import SparseMode
    from ecgprune.codegen.target import Optimize
    from ecgprune.graph.graph import Graph

__all__ = ["NAME", "Emitted", "Row", "emit"]

NAME = "model"
"""Of the generated files."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Emitted:
    """What was generated for a board.

    Attributes:
        files: {name: text}, all that the image has of the model.
        arena_bytes: of its arena.
        layers: as `codegen.plan.Layer`.
        arena: see `arena_split`.
        predicted: of the whole model.
        calls: the kernel calls, in order; None on the tflm runtime, which runs no kernels of ecgprune.
    """

    files: Mapping[str, str]
    arena_bytes: int
    layers: list[Row]
    arena: list[Row]
    predicted: Row
    calls: Sequence[KernelCall] | None = None

    def renewed(self, row: Row) -> Row:
        """A row that was measured of the same files, with what the plan now says of them: its predictions."""
        keys = ("instructions_estimate", "cycles_predicted")
        pairs = zip(row["layers"], self.layers, strict=True)
        layers = [old | {key: new[key] for key in keys} for old, new in pairs]
        return row | self.predicted | {"layers": layers, "arena": self.arena}


def emit(
    tflite: bytes,
    graph: Graph,
    board: Board,
    optimize: Optimize = "balanced",
    sparse: SparseMode = "auto",
    runtime: Literal["native", "tflm"] = "native",
    compress: bool = False,
) -> Emitted:
    """What `bench.measure` builds and runs.

    Args:
        tflite: the model.
        graph: the same, as it is read.
        board: of the core that it is generated for.
        optimize: the objective of kernel selection.
        sparse: which kernel variants may be selected, see `ExportConfig.sparse`.
        runtime: "native", or "tflm" for the user's own build of TFLM.
        compress: store pruned tensors small, on the tflm runtime.

    Raises:
        UnsupportedOperatorError: the model has an operator without a kernel.
        CodegenError: a kernel cannot be shown to be exact.
    """
    return _native(graph, board, optimize, sparse) if runtime == "native" else _tflm(tflite, graph, board, compress)


def _native(graph: Graph, board: Board, optimize: Optimize, sparse: SparseMode) -> Emitted:
    from ecgprune import codegen
    from ecgprune.codegen.target import Target

    generated = codegen.generate(graph, NAME, sparse, Target.for_board(board.core, optimize))
    plan = generated.plan
    return Emitted(
        generated.files,
        plan.arena_bytes,
        [asdict(layer) for layer in plan.layers],
        arena_split.native(plan),
        plan.predicted(),
        [planned.call for planned in plan.calls if planned.call.kernel],
    )


def _tflm(tflite: bytes, graph: Graph, board: Board, compress: bool) -> Emitted:
    from ecgprune import tflm
    from ecgprune.codegen.target import Target
    from ecgprune.graph.reader import read
    from ecgprune.pipeline.compression import compressed

    stored = compressed(tflite, graph).tflite if compress else tflite
    graph = read(stored)
    files = tflm.generate(stored, graph, NAME)
    arena = tflm.arena_bytes(stored, helium=Target.for_board(board.core).helium)
    predicted = dict.fromkeys(("instructions_estimate", "cycles_predicted"))
    return Emitted(files, arena, tflm.layers(graph), arena_split.tflm(stored, graph), predicted)
