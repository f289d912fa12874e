"""What verification, measurement and packaging of firmware give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Measurement", "Package", "RuntimeCheck", "Verification"]


@dataclass(frozen=True)
class RuntimeCheck:
    """How one runtime compares with TensorFlow Lite Micro.

    Attributes:
        runtime: its name.
        vectors: how many it was checked on.
        bit_exact: whether every output byte is TFLM's.
        passed: bit exact, or explained to the bit by known roundings of the TFLite interpreter.
        skipped: why it did not run; None where it did.
    """

    runtime: str
    vectors: int
    bit_exact: bool
    passed: bool
    skipped: str | None


@dataclass(frozen=True)
class Verification:
    """What `Firmware.verify` found.

    Attributes:
        passed: whether all runtimes that ran passed.
        runtimes: each of them.
        report: verify.json.
    """

    passed: bool
    runtimes: tuple[RuntimeCheck, ...]
    report: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Measurement:
    """What `Firmware.bench` measured: one invocation on the emulated board, bytes net of an empty image.

    Attributes:
        board: its name.
        instructions: executed, exact.
        cycles_estimate: by a scheduling model of the core, see report["cycles_model"]; None where nothing estimates
            them.
        flash_bytes: of the image.
        ram_bytes: arena, data and stack.
        arena_bytes: of them the arena.
        stack_bytes: of them the stack, measured.
        bit_exact: whether all outputs are TFLM's.
        vectors: how many were run.
        report: the row that `ecgprune bench --format json` prints, by layer too.
    """

    board: str
    instructions: int
    cycles_estimate: int | None
    flash_bytes: int
    ram_bytes: int
    arena_bytes: int
    stack_bytes: int | None
    bit_exact: bool
    vectors: int
    report: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Package:
    """A package for a build system.

    Attributes:
        kind: of the build system, "cmake" or another one of `ecgprune export --package`.
        path: the package's folder, or its archive.
        vectors: how many vectors with TensorFlow Lite Micro's outputs its test holds.
    """

    kind: str
    path: Path
    vectors: int
