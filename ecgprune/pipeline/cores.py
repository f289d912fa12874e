"""Which generated code a board runs. Code is generated once per core, and boards that share a core share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecgprune.errors import BoardError

__all__ = ["Core", "cores_of"]


@dataclass(frozen=True)
class Core:
    """A core that code is generated for.

    Attributes:
        name: as the cost model names it, "Cortex-M4".
        boards: those that run its code, by name or folder, in the order they were asked for.
    """

    name: str
    boards: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Name of the folder with its code, "cortex-m4"."""
        return self.name.lower()


def cores_of(boards: Sequence[str]) -> tuple[Core, ...]:
    """The cores of these boards, in the order of their first board.

    The host runs the code of the Cortex-M4: the cost model knows no host.

    Raises:
        BoardError: for an unknown board, or two of one name.
    """
    from ecgprune.board import find_board
    from ecgprune.codegen.target import Target

    found: dict[str, list[str]] = {}
    named: dict[str, str] = {}
    for name in boards:
        board = find_board(name)
        if named.setdefault(board.name, name) != name:
            raise BoardError(f"boards {named[board.name]} and {name} have one name, {board.name}: rename a folder")
        found.setdefault(Target.for_board(board.core).core, []).append(name)
    return tuple(Core(name, tuple(names)) for name, names in found.items())
