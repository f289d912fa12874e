"""The part of report.json that a user measured on a connected board: entries of on-target.json."""

from __future__ import annotations

from typing import Any, Literal

from pydantic.dataclasses import dataclass

from ecgprune.report.schema_scores import LOOSE, STRICT

__all__ = ["Cycles", "Milliseconds", "OnTarget"]


@dataclass(frozen=True, config=STRICT)
class Milliseconds:
    """One inference at the clock that the image runs at.

    Attributes:
        min: of all vectors.
        median: of all vectors.
        max: of all vectors.
    """

    min: float
    median: float
    max: float


@dataclass(frozen=True, config=STRICT)
class Cycles:
    """Clock cycles of one inference, counted by the part itself.

    Attributes:
        min: of all vectors.
        median: of all vectors.
        max: of all vectors.
        milliseconds: the same in time; None: the board's clock is not stated.
    """

    min: int
    median: int
    max: int
    milliseconds: Milliseconds | None


@dataclass(frozen=True, config=LOOSE)
class OnTarget:
    """One measurement of `ecgprune verify --on-target`.

    Attributes:
        board: that the image was built for.
        core: the board's.
        measured_on: "silicon", "emulator", or "unknown" where nothing on it counts cycles.
        measured_by: "the user": nobody at ecgprune has seen this board.
        date: of the measurement, UTC.
        port: serial port of the board.
        build: number of the image's sources.
        same_build: whether an image built then had the same sources.
        clock_hz: of the core while the image runs, by the board's data; the board's own sources, not measured.
        counter: what counted: "DWT CYCCNT", "SysTick" or "none".
        vectors: that were run.
        output_bytes: that were compared.
        mismatching_bytes: of them, those that are not the oracle's.
        bit_exact: whether there are none.
        first_mismatch: vector, byte, expected and found; None: there is none.
        cycles: None: not counted, or by an emulator.
        stack_bytes: deepest use that the part measured.
        oracle: where the expected outputs and the vectors come from.
    """

    board: str
    core: str
    measured_on: Literal["silicon", "emulator", "unknown"]
    measured_by: str
    date: str
    port: str
    build: str
    same_build: bool
    clock_hz: int
    counter: str
    vectors: int
    output_bytes: int
    mismatching_bytes: int
    bit_exact: bool
    first_mismatch: dict[str, Any] | None
    cycles: Cycles | None
    stack_bytes: int
    oracle: dict[str, Any]
