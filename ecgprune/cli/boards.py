"""ecgprune boards: what firmware can be built for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ecgprune.cli.console import show, table
from ecgprune.cli.options import command, format_option

if TYPE_CHECKING:
    from ecgprune.board import Board


@command()
@format_option
def boards(style: str) -> None:
    """List the boards that firmware can be built for."""
    from ecgprune.board import known_boards

    known = list(known_boards().values())
    rows = [
        {
            "name": board.name,
            "description": board.description,
            "core": board.core,
            "flash_bytes": _bytes(board, "FLASH"),
            "ram_bytes": _bytes(board, "RAM"),
            "clock_hz": board.clock_hz or None,
            "clock_max_hz": board.clock_max_hz,
            "ua_per_mhz": point.ua_per_mhz,
            "supply_v": point.supply_v if point.ua_per_mhz else None,
            "current_source": point.current_source or None,
            "uart": board.uart,
            "hardware": bool(board.flashed_by),
            "qemu_machine": board.machine,
            "stand_in": board.stand_in,
            "flashed_by": board.flashed_by,
        }
        for board in known
        for point in [board.operating_point]
    ]

    def human() -> None:
        table(
            ("board", "core", "MHz", "flash", "RAM", "QEMU", "flashed by", ""),
            [
                (board.name, board.core, _mhz(board), _kib(board, "FLASH"), _kib(board, "RAM"), _qemu(board),
                 ", ".join(board.flashed_by) or "-", board.description)
                for board in known
            ],
        )  # fmt: skip
        click.echo("MHz: of the core in an image, of the most that the part can. Flash, RAM: KiB.")
        click.echo("QEMU: yes, or the board that stands in: same core and memory, other peripherals.")

    show(style, {"boards": rows}, human)


def _bytes(board: Board, region: str) -> int | None:
    return board.memory[region].length if region in board.memory else None


def _mhz(board: Board) -> str:
    clocks = [f"{hz / 1e6:g}" for hz in (board.clock_hz, board.clock_max_hz) if hz]
    return " of ".join(dict.fromkeys(clocks)) or "-"


def _qemu(board: Board) -> str:
    return "yes" if board.machine else board.stand_in or "-"


def _kib(board: Board, region: str) -> str:
    size = _bytes(board, region)
    return "-" if size is None else f"{size / 1024:g}"
