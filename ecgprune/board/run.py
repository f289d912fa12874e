"""Runs an image over its vectors: on the emulated board, with every instruction counted, or on this machine."""

from __future__ import annotations

import json
import re
import shutil
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecgprune.artifacts import replacing
from ecgprune.board.boards import Board, emulator
from ecgprune.board.build import Image
from ecgprune.board.calls import Calls, returns
from ecgprune.board.counts import read_counts
from ecgprune.board.elf import Function, disassemble, sizes, symbol
from ecgprune.board.profile import Profile, profile
from ecgprune.board.run_result import RunResult
from ecgprune.board.tools import call, find_tools
from ecgprune.errors import ArtifactError, BoardError, FirmwareError
from ecgprune.runtimes.messages import tflm_reason

__all__ = ["RunResult", "run_on_board"]

_ICOUNT_SHIFT = 3  # an instruction takes 2**3 ns of emulated time: and the 24-bit timer lasts for 84 M of them
_VERDICT = re.compile(r"^ECGP (\{.*\})\s*$", re.MULTILINE)
_COMPLAINT = re.compile(r"(ECGP error: .*|.*runtime error: .*|.*ERROR: .*Sanitizer.*|qemu-system-arm: .*)")
_NO_VECTORS = struct.pack("<4sIII", b"EPV1", 1, 0, 0)  # one vector for the empty model


@dataclass(frozen=True)
class _Verdict:
    """The line of firmware/harness/main.c."""

    vectors: int
    mismatches: int
    stack_bytes: int
    arena_bytes: int
    ticks_min: int
    ticks_max: int


def run_on_board(
    image: Image,
    vectors: Path,
    timeout_s: float = 120.0,
    trace: Path | None = None,
    trace_limit: int | None = None,
    count: bool = True,
    calls: Calls | None = None,
    wait_states: int = 0,
) -> RunResult:
    """Runs an image over vectors: on QEMU, or on this machine.

    Args:
        image: what to run.
        vectors: an EPV1 file of the image's model, see firmware/harness/main.c.
        timeout_s: seconds that it may take.
        trace: file for every operator's output; the image must be built with trace=True.
        trace_limit: how many vectors are traced; all by default.
        count: with False no instruction is counted, which is faster.
        calls: the kernel calls whose instructions are wanted one by one.
        wait_states: of the flash, for the estimate of cycles.

    Raises:
        ToolMissingError: QEMU is not installed.
        FirmwareError: the image faults, fails, takes longer, uses more stack than was computed for it, or makes other
            calls.
    """
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as name:
        scratch = Path(name)
        _link(vectors, scratch / "vectors.bin")
        words = ["--vectors", "vectors.bin", "--outputs", "outputs.bin"]
        words += ["--trace", "trace.bin"] if trace is not None else []
        words += ["--limit", str(trace_limit)] if trace_limit is not None else []
        plugin = count and (image.folder / "insn_count.so").exists()  # the host's images have none
        functions = disassemble(image.elf) if plugin else []
        counting = _plugin(image, functions, calls, scratch) if plugin else _timer(image.board) if count else []
        verdict = _execute(image.board, image.elf, words, scratch, timeout_s, counting)
        if trace is not None:
            with replacing(trace) as new:
                shutil.move(scratch / "trace.bin", new)
        outputs = (scratch / "outputs.bin").read_bytes()
        if plugin:
            measured = _Measured.by_plugin(image, functions, scratch / "counts.txt", wait_states)
        else:
            measured = _Measured.by_timer(image.board, verdict) if count else _NOT_COUNTED
    if not image.board.is_host:
        _check_stack(image, verdict)
    return RunResult(
        outputs=outputs,
        vectors=verdict.vectors,
        mismatches=verdict.mismatches,
        instructions=measured.mean,
        instructions_min=measured.least,
        instructions_max=measured.most,
        method=measured.method,
        stack_bytes=None if image.board.is_host else verdict.stack_bytes,
        ram_bytes=None if image.board.is_host else _ram(image, verdict, timeout_s),
        arena_bytes=verdict.arena_bytes,
        profile=measured.profile,
        per_call=measured.per_call if calls is not None else None,
    )


def _execute(
    board: Board, program: Path, words: list[str], cwd: Path, timeout_s: float, counting: Sequence[str] = ()
) -> _Verdict:
    """Runs the program in `cwd`, where all its files have short names: QEMU takes neither blanks nor commas in some.

    counting: QEMU's options for that.
    """
    if board.is_host:
        command: list[str | Path] = [program.resolve(), *words]
    else:
        find_tools().require("qemu")
        emulated = emulator(board)
        if emulated is None:
            raise BoardError(f"board {board.name} has no ECGP_QEMU machine in its board.mk: QEMU cannot run it")
        _check_stand_in(board, emulated, program)
        _link(program, cwd / "firmware.elf")
        arguments = ",".join(f"arg={word}" for word in ["firmware", *words])
        command = ["qemu-system-arm", "-M", str(emulated.machine), "-display", "none", "-monitor", "none"]
        command += ["-serial", "none", "-no-reboot", "-semihosting-config", f"enable=on,target=native,{arguments}"]
        command += ["-kernel", "firmware.elf", *counting]
        if board.memory["FLASH"].origin != emulated.memory["FLASH"].origin:  # behind a boot loader, which is not there
            command += ["-global", f"armv7m.init-nsvtor={board.memory['FLASH'].origin:#x}"]
    status, said = call(command, timeout_s, f"{'the program' if board.is_host else 'QEMU'} for {board.name}", cwd=cwd)
    return _judge(board, status, said)


def _check_stand_in(board: Board, emulated: Board, program: Path) -> None:
    """Raises BoardError where a board that stands in for another one has too little RAM for the image."""
    if emulated is not board:
        found = sizes(program)
        needed, has = found.data + found.stack, emulated.memory["RAM"].length
        if needed > has:
            raise BoardError(
                f"QEMU has no {board.name}, and {emulated.name}, which stands in for it, has {has} bytes of RAM: "
                f"{needed} are needed"
            )


def _plugin(image: Image, functions: list[Function], calls: Calls | None, cwd: Path) -> list[str]:
    """QEMU's options to count each instruction into counts.txt."""
    _link(image.folder / "insn_count.so", cwd / "insn_count.so")
    options = [f"{name}={symbol(image.elf, f'ecgp_marker_{name}'):#x}" for name in ("begin", "end")]
    options += [f"return={address:#x}" for address in (returns(functions, calls) if calls else [])]
    return ["-plugin", ",".join(["./insn_count.so", *options, "out=counts.txt"])]


def _timer(board: Board) -> list[str]:
    """QEMU's options to let the board's timer go by instructions."""
    return [] if board.is_host else ["-icount", f"shift={_ICOUNT_SHIFT}"]


def _judge(board: Board, status: int, said: str) -> _Verdict:
    """The verdict line, which the exit status must bear out."""
    found = _VERDICT.search(said)
    if status not in (0, 1) or found is None:
        complaint = _COMPLAINT.search(said)
        why = complaint[1] if complaint else (said.strip().splitlines()[-1:] or ["it said nothing"])[0]
        why = why.removeprefix("ECGP error: ")
        told = tflm_reason(said[: complaint.start()]) if complaint and why.startswith("TFLM refused") else ""
        raise FirmwareError(f"{board.name} gave no verdict (exit status {status}): {f'TFLM: {told}' if told else why}")
    verdict = _Verdict(**json.loads(found[1]))
    if (verdict.mismatches > 0) != (status == 1):
        raise FirmwareError(f"{board.name} contradicts itself: exit status {status}, {verdict.mismatches} mismatches")
    return verdict


@dataclass(frozen=True)
class _Measured:
    """What was counted; fields as in `RunResult`."""

    mean: int | None
    least: int | None
    most: int | None
    method: str
    profile: Profile
    per_call: tuple[float, ...] | None = None

    @staticmethod
    def by_plugin(image: Image, listing: list[Function], counts_file: Path, wait_states: int) -> _Measured:
        """From the plugin's file."""
        counts = read_counts(counts_file)
        return _Measured(
            mean=round(counts.total / counts.invocations),
            least=counts.least,
            most=counts.most,
            method="exact: QEMU TCG plugin",
            profile=profile(image.board.core, listing, counts, wait_states),
            per_call=tuple(n / counts.invocations for n in counts.per_call),
        )

    @staticmethod
    def by_timer(board: Board, verdict: _Verdict) -> _Measured:
        """From the board's timer under -icount; the host has none."""
        emulated = emulator(board)
        if emulated is None:
            return _NOT_COUNTED
        per_tick = 1e9 / emulated.clock_hz / 2**_ICOUNT_SHIFT
        least, most = round(verdict.ticks_min * per_tick), round(verdict.ticks_max * per_tick)
        method = f"timer under QEMU's -icount, to {round(2 * per_tick) + 10} instructions: no host cc for the plugin"
        return _Measured((least + most) // 2, least, most, method, Profile([]))


_NOT_COUNTED = _Measured(None, None, None, "not counted", Profile([]))


def _check_stack(image: Image, verdict: _Verdict) -> None:
    if image.stack_bytes is not None and verdict.stack_bytes > image.stack_bytes:
        raise FirmwareError(
            f"{image.board.name} used {verdict.stack_bytes} bytes of stack, but {image.stack_bytes} were computed:"
            " the stack analysis is wrong, please report it"
        )


def _ram(image: Image, verdict: _Verdict, timeout_s: float) -> int:
    """Data, bss and measured stack, net of what the empty image of the board measures."""
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as name:
        (Path(name) / "vectors.bin").write_bytes(_NO_VECTORS)
        words = ["--vectors", "vectors.bin", "--outputs", "outputs.bin"]
        empty = _execute(image.board, image.folder / "empty.elf", words, Path(name), timeout_s)
    return (image.data_bytes or 0) + verdict.stack_bytes - (image.empty_data_bytes or 0) - empty.stack_bytes


def _link(source: Path, name: Path) -> None:
    """Raises ArtifactError when there is no such file."""
    if not source.is_file():
        raise ArtifactError(f"{source} does not exist; build the image again")
    try:
        name.symlink_to(source.resolve())
    except (OSError, NotImplementedError):  # Windows lets only some users make links
        shutil.copy2(source, name)
