"""The program firmware/examples/live on a board: built around a model, and started with its UART at hand."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ecgprune.artifacts import Progress, no_progress
from ecgprune.board.boards import Board
from ecgprune.board.program import build_program
from ecgprune.board.tools import find_tools
from ecgprune.errors import BoardError, FirmwareError

__all__ = ["LiveImage", "build_live", "check_live", "started"]

_STACK_BYTES = 1536  # what the analysis finds for the shipped models, rounded up; more where a model needs it
_LEAST_WINDOW = 180  # ECGP_STREAM_WINDOW's default
_LEAST_HZ = 128  # ECGP_FILTER_LOWEST_HZ
_SLOW_BYTES = 720  # of changes a second; up to there a frame on its way at a time is enough, so what waits may be short
_SLOW_RINGS = ("-DECGP_UART_RX_BYTES=128u", "-DECGP_UART_TX_BYTES=64u", "-DOUTBOX_EVENTS=4u")
_START_S = 60.0
_END_S = 10.0


@dataclass(frozen=True)
class LiveImage:
    """The built program.

    Attributes:
        board: what it was built for.
        program: the ELF, or the host's program.
        flash_bytes: text, constants and initial data; None on the host.
        ram_bytes: data, bss and the reserved stack; None on the host.
        stack_reserved_bytes: RAM that the linker keeps for the stack; None on the host.
    """

    board: Board
    program: Path
    flash_bytes: int | None
    ram_bytes: int | None
    stack_reserved_bytes: int | None


def check_live(board: Board) -> None:
    """Whether a board can run the program here.

    Raises:
        BoardError: it has no UART, or QEMU does not know it.
        ToolMissingError: a compiler or QEMU is not installed.
    """
    if not board.is_host and board.uart is None:
        raise BoardError(f"board {board.name} has no UART in its board.mk (ECGP_UART); samples cannot reach it")
    if not board.is_host and board.machine is None:
        raise BoardError(f"board {board.name} has no ECGP_QEMU machine in its board.mk: QEMU cannot run it")
    find_tools().require("make", *(("cc",) if board.is_host else ("arm_gcc", "arm_objdump", "qemu")))


def build_live(
    model_dir: Path, board: Board, folder: Path, leads: int, rate_hz: int, window: int,
    progress: Progress = no_progress,
) -> LiveImage:  # fmt: skip
    """Builds firmware/examples/live around a generated model.

    Args:
        model_dir: generated files, with ecgp_model.h and sources.mk.
        board: what to build for.
        folder: where the program goes; it exists.
        leads: most leads of a stream, 1 or 2: each takes memory.
        rate_hz: highest rate of a stream, for which the filter has memory.
        window: samples of the model's window.
        progress: is told what is being done.

    Raises:
        FirmwareError: compiler errors.
        DoesNotFitError: the image does not fit the board.
    """
    flags = [f"-DECGP_STREAM_LEADS={leads}u", f"-DECGP_FILTER_HIGHEST_HZ={max(rate_hz, _LEAST_HZ)}u"]
    flags += _SLOW_RINGS if rate_hz * leads <= _SLOW_BYTES else ()
    flags += [f"-DECGP_STREAM_WINDOW={window}u"] if window > _LEAST_WINDOW else []
    made = build_program(model_dir, board, folder, "examples/live", flags, _STACK_BYTES, progress)
    return LiveImage(board, made.path, made.flash_bytes, made.ram_bytes, made.stack_reserved_bytes)


@contextmanager
def started(image: LiveImage, options: Sequence[str] = ()) -> Iterator[socket.socket]:
    """The program running, on QEMU or here, and its UART as a socket. It is ended at the end.

    Args:
        image: of `build_live`.
        options: more words for QEMU.

    Raises:
        FirmwareError: QEMU does not start.
    """
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as name, contextlib.ExitStack() as stack:
        scratch = Path(name)
        (scratch / image.program.name).symlink_to(image.program.resolve())
        log = stack.enter_context((scratch / "log").open("wb"))
        if image.board.is_host:
            line, theirs = socket.socketpair()
            with theirs:
                command, ends = [f"./{image.program.name}"], theirs.fileno()
                process = _spawn(command, scratch, ends, ends, log.fileno())
        else:
            server = stack.enter_context(socket.socket(socket.AF_UNIX))
            server.bind(str(scratch / "uart"))  # the folder's name is short, a socket's name must be
            server.listen(1)
            command = ["qemu-system-arm", "-M", str(image.board.machine), "-display", "none", "-monitor", "none"]
            command += ["-no-reboot", "-serial", "unix:uart", "-kernel", image.program.name, *options]
            process = _spawn(command, scratch, subprocess.DEVNULL, log.fileno(), log.fileno())
            stack.callback(_end, process)
            line = _accepted(server, process, scratch / "log")
        stack.callback(_end, process)
        with line:
            yield line


def _spawn(command: list[str], cwd: Path, stdin: int, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=cwd, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks the process to end, as a plugin of QEMU writes its counts then, and kills it where it does not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, number)
                process.wait(_END_S)
    process.wait()


def _accepted(server: socket.socket, process: subprocess.Popen[bytes], log: Path) -> socket.socket:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if select.select([server], [], [], 0.1)[0]:
            return server.accept()[0]
        if process.poll() is not None:
            break
    said = log.read_text("utf-8", "replace").strip().splitlines()
    raise FirmwareError(f"QEMU did not start: {said[-1] if said else f'exit status {process.returncode}'}")
