"""The tables of boards, from firmware/boards/. Written by docs_tables.py."""

from ecgprune.board import emulator, known_boards
from ecgprune.cli.options import DEFAULT_BOARD


def size(memory):
    return f"{memory.length / 1024:.0f} KB" if memory else ""


def known():
    """Every board that QEMU has, and the host: its core, its part's memory, its UART."""
    return [
        "| board | | core | flash | RAM | UART |",
        "|---|---|---|---|---|---|",
        *(
            f"| `{board.name}`{', the default' if board.name == DEFAULT_BOARD else ''} | {board.description} "
            f"| {'' if board.is_host else board.core} "
            f"| {size(board.memory.get('FLASH'))} | {size(board.memory.get('RAM'))} "
            f"| {board.uart or ''} |"
            for board in known_boards().values()
            if board.is_host or board.machine
        ),
    ]


def hardware():
    """Every board that QEMU does not have: also clocks, how it is flashed, and which board of QEMU's stands in."""
    rows = []
    for board in known_boards().values():
        if board.is_host or board.machine:
            continue
        stand_in = emulator(board)
        clocks = " of ".join(dict.fromkeys(f"{hz / 1e6:g}" for hz in (board.clock_hz, board.clock_max_hz)))
        rows.append(
            f"| `{board.name}` | {board.description} | {board.core} | {clocks} "
            f"| {size(board.memory['FLASH'])} | {size(board.memory['RAM'])} | {board.uart or ''} "
            f"| {', '.join(board.flashed_by)} | {f'`{stand_in.name}`' if stand_in else ''} |"
        )
    head = "| board | | core | MHz | flash | RAM | UART | flashed by | runs on QEMU's |"
    return [head, "|---|---|---|---|---|---|---|---|---|", *rows]
