"""The table of boards, from firmware/boards/. Written by docs_tables.py."""

from ecgprune.board import known_boards
from ecgprune.cli.options import DEFAULT_BOARD


def size(memory):
    return f"{memory.length // 1024} KB" if memory else ""


def known():
    """Every board: its core, its part's memory, its UART."""
    return [
        "| board | | core | flash | RAM | UART |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{board.name}`{', the default' if board.name == DEFAULT_BOARD else ''} | {board.description} "
            f"| {'' if board.is_host else board.core} "
            f"| {size(board.memory.get('FLASH'))} | {size(board.memory.get('RAM'))} "
            f"| {board.uart or ''} |"
            for board in known_boards().values()
        ),
    ]
