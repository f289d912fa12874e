"""The part of report.json that says what the model became: code, images on boards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from ecgprune.report.schema_scores import LOOSE, STRICT

__all__ = [
    "ArenaPart",
    "Beside",
    "Firmware",
    "Layer",
    "LayerCode",
    "Macs",
    "Model",
]


@dataclass(frozen=True, config=STRICT)
class Macs:
    """Multiply-accumulates of one inference.

    Attributes:
        dense: all.
        effective: those whose weight is not zero.
    """

    dense: int
    effective: int


@dataclass(frozen=True, config=LOOSE)
class Layer:
    """One operator of the .tflite, in the code for the first board.

    Attributes:
        op: its index in the .tflite.
        operator: TFLite's name.
        name: its prefix in the generated C.
        kernel: its C function, "" when it needs none.
        macs: multiply-accumulates of the dense operator.
        nonzero_macs: those whose weight is not zero.
        weight_bytes: flash that its constants take.
    """

    op: int
    operator: str
    name: str
    kernel: str
    macs: int
    nonzero_macs: int
    weight_bytes: int


@dataclass(frozen=True, config=STRICT)
class Model:
    """The exported model.

    Attributes:
        name: prefix of the generated C.
        network: of the zoo.
        sha256: of the .tflite.
        tflite_bytes: its size.
        arena_bytes: of the first board's code.
        core: that of the first board's code; "" in reports from before kernel selection.
        optimize: objective of kernel selection; "" as for core.
        state_bytes: of the arena, what lasts from one invocation to the next.
    """

    name: str
    network: str
    sha256: str
    tflite_bytes: int
    arena_bytes: int
    core: str = ""
    optimize: str = ""
    state_bytes: int = 0


@dataclass(frozen=True, config=LOOSE)
class LayerCode:
    """What one operator of the .tflite became in the code of a core.

    Attributes:
        op: its index in the .tflite.
        kernel: its C function, "" when it needs no code, several joined by "+".
        instructions_estimate: predicted instructions of one inference; None on the tflm runtime.
        weight_bytes: flash that its constants take.
        cycles_predicted: predicted cycles; None on the tflm runtime, and for a core whose cycles are not predicted.
        instructions: as counted on the board; None: not counted by operator.
        cycles_estimate: of the counted instructions; None where nothing estimates them.
    """

    op: int
    kernel: str
    instructions_estimate: int | None
    weight_bytes: int
    cycles_predicted: int | None = None
    instructions: int | None = None
    cycles_estimate: int | None = None


@dataclass(frozen=True, config=LOOSE)
class Firmware:
    """One image on one board. Flash and RAM are in bytes, net of an empty image.

    Attributes:
        board: its name.
        core: the board's.
        runtime: "native" or "tflm".
        instructions: of one inference, exact; the mean where they differ from beat to beat; None: nothing counted them.
        cycles_estimate: of one inference; None where nothing estimates them.
        flash_bytes: code and constants.
        ram_bytes: with arena and peak stack.
        stack_bytes: deepest use that was measured.
        arena_bytes: working memory of the model.
        bit_exact: whether every output byte is the oracle's.
        vectors: that were run.
        flash_available: what the board's memory.ld has.
        ram_available: the same of RAM.
        generated_for: the core that the kernels were selected for.
        instructions_estimate: predicted instructions of one inference; None on the tflm runtime.
        layers: the kernels.
        cycles_high: the upper end of the interval that begins at cycles_estimate; None: it is no interval.
        cycles_classes: cycles by instruction classes, as a check; None for a core without a timing table.
        cycles_model: what estimated the cycles; None for nothing.
        cycles_predicted: by the cost model, before anything ran; None for a core whose cycles are not predicted.
        clock_hz: clock of time_ms; None: not known.
        clock_source: who states it: "by the board's data" or "stated by the user".
        time_ms: of one inference at this clock, from cycles_estimate.
        clock_max_hz: the part's highest clock; None: not stated.
        time_max_clock_ms: of one inference at that.
        ua_per_mhz: current of the part for each MHz, in microamperes, which is assumed; None: nobody states one.
        supply_v: its voltage; None as well.
        current_source: who states the current, in words.
        energy_uj: of one inference at that current, in microjoules, from cycles_estimate.
    """

    board: str
    core: str
    runtime: str
    instructions: int | None
    cycles_estimate: int | None
    flash_bytes: int
    ram_bytes: int
    stack_bytes: int
    arena_bytes: int
    bit_exact: bool
    vectors: int
    flash_available: int | None = None
    ram_available: int | None = None
    generated_for: str = ""
    instructions_estimate: int | None = None
    layers: list[LayerCode] = Field(default_factory=list)
    cycles_high: int | None = None
    cycles_classes: int | None = None
    cycles_model: str | None = None
    cycles_predicted: int | None = None
    clock_hz: float | None = None
    clock_source: str = ""
    time_ms: float | None = None
    clock_max_hz: float | None = None
    time_max_clock_ms: float | None = None
    ua_per_mhz: float | None = None
    supply_v: float | None = None
    current_source: str = ""
    energy_uj: float | None = None


@dataclass(frozen=True, config=LOOSE)
class Beside:
    """What `ecgprune bench --runtime tflm` or `both` measured of the same .tflite on TensorFlow Lite Micro.

    Attributes:
        board: its name.
        core: the board's.
        tflm_kernels: "CMSIS-NN" or "reference", by the functions that ran; None: not known.
        instructions: of one inference, exact; None: nothing counted them.
        cycles_estimate: of one inference; None where nothing estimates them.
        cycles_high: as in Firmware.
        cycles_model: likewise.
        flash_bytes: code and constants.
        ram_bytes: with arena and peak stack.
        arena_bytes: working memory of the model.
        vectors: random ones that were run.
    """

    board: str
    core: str
    tflm_kernels: str | None
    instructions: int | None
    cycles_estimate: int | None
    flash_bytes: int
    ram_bytes: int
    arena_bytes: int
    vectors: int
    cycles_high: int | None = None
    cycles_model: str | None = None


@dataclass(frozen=True, config=STRICT)
class ArenaPart:
    """What lies in the arena of the first board's code, and from when to when.

    Attributes:
        what: a tensor's name, or whose working memory it is.
        kind: "tensor", "state" or "scratch", the working memory of a kernel call.
        bytes: its size.
        offset: its first byte in the arena.
        first_op: the operator that writes it first; None: it holds before the first one.
        last_op: the operator that reads it last; None: it holds after the last one.
    """

    what: str
    kind: Literal["tensor", "state", "scratch"]
    bytes: int
    offset: int
    first_op: int | None
    last_op: int | None
