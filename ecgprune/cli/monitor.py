"""ecgprune monitor: what a board says over its serial port."""

from __future__ import annotations

import os
import select
import signal
import sys
from typing import TYPE_CHECKING

import click

from ecgprune.cli.console import note, table
from ecgprune.cli.flash import baud_option
from ecgprune.cli.options import command

if TYPE_CHECKING:
    from ecgprune.board.serial_port import SerialLine

__all__ = ["monitor"]

_MOST = 4096


@command()
@click.argument("port", required=False)
@baud_option
@click.option("--hex", "as_hex", is_flag=True, help="Show every byte as two digits.")
def monitor(port: str | None, baud: int, as_hex: bool) -> None:
    """Show what a board sends over a serial port, and send what you type.

    Without PORT the ports are listed. Lines of standard input are sent as they are. Ctrl-C ends it.
    """
    from ecgprune.board import serial_port

    if port is None:
        names = serial_port.port_names()
        table(("port", ""), names) if names else click.echo("no serial port is connected")
        return
    with serial_port.opened(port, baud) as line:
        note(f"{port} at {baud} baud; Ctrl-C ends")
        try:
            _copy(line, as_hex)
        except KeyboardInterrupt as stop:
            if getattr(stop, "number", signal.SIGINT) != signal.SIGINT:
                raise


def _copy(line: SerialLine, as_hex: bool) -> None:
    """Until the port is gone. The end of standard input only ends what is sent."""
    from ecgprune.errors import FirmwareError

    sources = [line.fileno(), 0]
    column = 0
    while True:
        ready = select.select(sources, [], [])[0]
        if 0 in ready:
            typed = os.read(0, _MOST)
            line.sendall(typed)
            sources = sources if typed else sources[:1]
        if line.fileno() in ready:
            try:
                data = line.recv(_MOST)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                raise FirmwareError("the port is gone: the board was unplugged, or its emulator has ended")
            column = _show(data, as_hex, column)


def _show(data: bytes, as_hex: bool, column: int) -> int:
    """Prints bytes, in rows of 16 where they are digits. Returns how many stand in the last row."""
    if as_hex:
        for byte in data:
            column = (column + 1) % 16
            click.echo(f"{byte:02x}" + ("\n" if column == 0 else " "), nl=False)
    else:
        click.echo(data.decode("utf-8", "replace"), nl=False)
    sys.stdout.flush()
    return column
