"""Programs that talk over a UART around a generated model: firmware/examples/live and firmware/harness/serial."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecgprune.artifacts import Progress, no_progress
from ecgprune.board import elf
from ecgprune.board.boards import Board
from ecgprune.board.build import folder_without_blanks, make, stack_depth
from ecgprune.board.layout import content
from ecgprune.board.tools import find_tools
from ecgprune.board.uf2 import uf2
from ecgprune.errors import BoardError

__all__ = ["Program", "build_program", "build_serial", "check_serial"]

_INTERRUPT_BYTES = 256  # of stack: the frame that the core pushes, with FPU registers, and the handler's
_SERIAL_STACK_BYTES = 2048


@dataclass(frozen=True)
class Program:
    """What was built; all files lie in one folder. Sizes are in bytes, and None on the host.

    Attributes:
        board: what it was built for.
        path: the ELF, or the host's program.
        flash_bytes: text, constants and initial data.
        ram_bytes: data, bss and the reserved stack.
        stack_reserved_bytes: RAM that the linker keeps for the stack.
    """

    board: Board
    path: Path
    flash_bytes: int | None
    ram_bytes: int | None
    stack_reserved_bytes: int | None


def build_program(
    model_dir: Path, board: Board, folder: Path, app: str, flags: Sequence[str], stack_bytes: int,
    progress: Progress = no_progress,
) -> Program:  # fmt: skip
    """Builds a program, with more stack where its model needs more.

    Args:
        model_dir: generated files, with ecgp_model.h and sources.mk.
        board: what to build for.
        folder: where firmware.elf, .hex, .bin and, where the part takes it, .uf2 go; it exists.
        app: the program's folder in firmware/.
        flags: more compiler flags.
        stack_bytes: RAM for the stack at least.
        progress: is told what is being done.

    Raises:
        ToolMissingError: make or a compiler is not installed.
        FirmwareError: compiler errors.
        DoesNotFitError: the image does not fit the board.
    """
    find_tools().require("make", *(("cc",) if board.is_host else ("arm_gcc", "arm_objdump", "arm_objcopy")))
    variables: Mapping[str, object] = {
        "APP": app, "STACK": None if board.is_host else stack_bytes, "FLAGS": " ".join(flags) or None,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="ecgprune-", dir=folder_without_blanks()) as name:
        scratch = Path(name)
        shutil.copytree(model_dir, scratch / "model")
        progress(0.0, f"building for {board.name}")
        make(board, scratch / "model", scratch / "out", variables)
        needed = 0 if board.is_host else (stack_depth(scratch / "out").bytes or 0) + _INTERRUPT_BYTES
        if needed > stack_bytes:
            make(board, scratch / "model", scratch / "out", {**variables, "STACK": -(-needed // 256) * 256})
        if board.is_host:
            program = Path(shutil.copy2(scratch / "out" / "firmware", folder / "firmware"))
            return Program(board, program, None, None, None)
        for suffix in ("hex", "bin", "elf"):
            program = Path(shutil.copy2(scratch / "out" / f"firmware.{suffix}", folder / f"firmware.{suffix}"))
        if board.uf2_family is not None:
            (folder / "firmware.uf2").write_bytes(uf2(content(program), board.uf2_family))
        sizes = elf.sizes(program)
    return Program(board, program, sizes.flash, sizes.data + sizes.stack, sizes.stack)


def check_serial(board: Board) -> None:
    """Whether vectors can reach a board.

    Raises:
        BoardError: it has no UART.
    """
    if not board.is_host and board.uart is None:
        raise BoardError(f"board {board.name} has no UART in its board.mk (ECGP_UART); vectors cannot reach it")


def build_serial(
    model_dir: Path, board: Board, folder: Path, baud: int, build: int, progress: Progress = no_progress
) -> Program:
    """Builds firmware/harness/serial, which runs vectors that come over the UART.

    Args:
        model_dir: generated files.
        board: with a UART, or the host.
        folder: where the program's files go; it exists.
        baud: bits a second.
        build: number that the program tells, to know builds of one model apart.
        progress: is told what is being done.

    Raises:
        BoardError: the board has no UART.
        ToolMissingError, FirmwareError, DoesNotFitError: as `build_program`.
    """
    check_serial(board)
    flags = [f"-DSERIAL_BAUD={baud}u", f"-DSERIAL_BUILD={build:#x}u"]
    return build_program(model_dir, board, folder, "harness/serial", flags, _SERIAL_STACK_BYTES, progress)
