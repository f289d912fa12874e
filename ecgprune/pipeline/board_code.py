"""The C of one model for one board, for programs that are built around it."""

from __future__ import annotations

from pathlib import Path

from ecgprune.board import Board
from ecgprune.config import ExportConfig
from ecgprune.interface import ModelContract

__all__ = ["write_code"]


def write_code(
    tflite: Path, settings: ExportConfig, contract: ModelContract | None, board: Board, folder: Path
) -> None:
    """Writes a model's C for a board's core into a new folder.

    Args:
        tflite: the int8 model.
        settings: name, sparse kernels and objective.
        contract: class names and preprocessing; None: not known.
        board: whose core the kernels are selected for.
        folder: is created.

    Raises:
        EcgpruneError: as `codegen.generate`.
    """
    from ecgprune.codegen import generate
    from ecgprune.codegen.target import Target
    from ecgprune.graph.reader import read

    target = Target.for_board(board.core, settings.optimize)
    made = generate(read(tflite), settings.name, settings.sparse, target, contract)
    folder.mkdir()
    for name, text in made.files.items():
        (folder / name).write_text(text, encoding="utf-8")
