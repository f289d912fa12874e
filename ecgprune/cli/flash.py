"""ecgprune flash: a model onto a connected board."""

from __future__ import annotations

import contextlib
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecgprune.cli import completion
from ecgprune.cli.console import grouped, progress_bar, show
from ecgprune.cli.options import command, format_option, model_argument, out_option

if TYPE_CHECKING:
    from ecgprune.board import Board

__all__ = ["BAUD", "baud_option", "flash"]

BAUD = 115_200
baud_option = click.option(
    "--baud", type=click.IntRange(1200, 1_000_000), default=BAUD, show_default=True, help="Speed of the serial port."
)


@command()
@model_argument
@click.option("--board", required=True, shell_complete=completion.boards, help="Board that is connected.")
@click.option("--probe", help="Unique id of the debug probe, or its beginning, where several are connected.")
@baud_option
@out_option("Folder for the image's files, which are then written to no board.", required=False)
@format_option
def flash(model: str, board: str, probe: str | None, baud: int, out: Path | None, style: str) -> None:
    """Build a model for a board and write it, to be verified there.

    MODEL is a run folder, an int8 .tflite, or the name of a shipped model. The program runs vectors that come over the
    board's UART, and counts cycles: `ecgprune verify MODEL --on-target PORT` sends them. The board is written through
    its debug probe by pyOCD. With --out the files are left in a folder instead, for a boot loader or another tool.
    """
    from ecgprune.board import find_board, program
    from ecgprune.pipeline import on_target

    found_board = find_board(board)
    program.check_serial(found_board)
    found_model = on_target.find(model)
    target, found_probe = "", None
    if out is None:
        from ecgprune.board import probe as probes

        _refuse_without_probe(found_board)
        target = probes.check_target(found_board)
        found_probe = probes.find_probe(probe)
    with contextlib.ExitStack() as stack, progress_bar("flash") as progress:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ecgprune-")))
        made = on_target.build(found_model, found_board, folder, baud, progress)
        if found_probe is not None:
            probes.program(folder / "firmware.hex", target, found_probe, progress)
    found = {
        "model": model, "board": board, "baud": baud, "files": None if out is None else str(made.path),
        "probe": found_probe.unique_id if found_probe is not None else None,
        "flash_bytes": made.flash_bytes, "ram_bytes": made.ram_bytes,
    }  # fmt: skip

    def human() -> None:
        sizes = f"flash {grouped(made.flash_bytes)} bytes, RAM {grouped(made.ram_bytes)} bytes"
        where = f"written to {board}" if out is None else f"for {board} in {made.path}"
        click.echo(f"{model} {where}; {sizes}" if made.flash_bytes is not None else f"{model} {where}")
        for line in _by_hand(found_board, out) if out is not None else ():
            click.echo(line)
        speed = f" --baud {baud}" if baud != BAUD else ""
        click.echo(f"next: ecgprune verify {shlex.quote(model)} --on-target PORT{speed}")

    show(style, found, human)


def _refuse_without_probe(board: Board) -> None:
    """Raises UsageError where only a boot loader or an emulator takes the board's image."""
    if board.pyocd is None:
        raise click.UsageError(f"no debug probe writes {board.name}; --out FOLDER leaves the image's files there")


def _quoted(path: Path) -> str:
    """As a shell takes it."""
    return shlex.quote(str(path))


def _by_hand(board: Board, out: Path) -> list[str]:
    """What to do with the files, by each way that the board has."""
    lines = []
    if board.uf2_family is not None:
        file = _quoted(out / "firmware.uf2")
        lines.append(f"hold BOOTSEL while you plug the board in, then copy {file} to its drive")
    if board.pyocd is not None:
        lines.append(f"write it: pyocd flash -t {board.pyocd.lower()} {_quoted(out / 'firmware.hex')}")
    if board.flasher is not None:
        words = board.flasher.replace("$(PORT)", "PORT").replace("IMAGE", str(out / "firmware"))
        lines.append(f"write it: {words}")
    if board.machine is not None:
        lines.append(
            f"emulate it: qemu-system-arm -M {board.machine} -display none -monitor none -serial pty -kernel "
            f"{_quoted(out / 'firmware.elf')}; it prints its PORT"
        )
    return lines
