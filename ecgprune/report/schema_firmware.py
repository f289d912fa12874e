"""The part of report.json that says what the model became: code, images on boards, verification."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from ecgprune.report.schema_scores import LOOSE, STRICT

__all__ = [
    "Deviation",
    "Firmware",
    "Layer",
    "LayerCode",
    "Macs",
    "Model",
    "Rounding",
    "Runtime",
    "Verification",
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
    """

    op: int
    kernel: str
    instructions_estimate: int | None
    weight_bytes: int


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


@dataclass(frozen=True, config=LOOSE)
class Runtime:
    """One runtime of verify.json.

    Attributes:
        runtime: its name.
        vectors: that were compared.
        bit_exact: whether every output byte is the oracle's.
        passed: equal, or fully explained.
        mismatching_bytes: of the outputs.
        max_difference: the largest of any output value.
        class_changes: vectors whose class differs.
        first_mismatch: where and what; None: there is none.
        core: what its C was generated for; None where the runtime is not generated C.
        skipped: why nothing ran, in words; None: it ran.
    """

    runtime: str
    vectors: int
    bit_exact: bool
    passed: bool
    mismatching_bytes: int
    max_difference: float
    class_changes: int
    first_mismatch: dict[str, Any] | None = None
    core: str | None = None
    skipped: str | None = None


@dataclass(frozen=True, config=STRICT)
class Deviation:
    """One operator that the interpreter rounds differently.

    Attributes:
        op: its index in the .tflite.
        operator: TFLite's name.
        layer: its name in the model.
        differing: values that differ on the same inputs.
        largest: of the differences.
    """

    op: int
    operator: str
    layer: str
    differing: int
    largest: int


@dataclass(frozen=True, config=STRICT)
class Rounding:
    """The interpreter's difference from the oracle.

    Attributes:
        explained: whether all of it comes from known roundings of operators.
        vectors: that were compared.
        vectors_differing: with any layer that differs.
        mismatching_bytes: at the outputs.
        max_difference: at the outputs.
        class_changes: vectors whose class differs.
        class_change_share: of all vectors.
        operators: {name: how it deviates, in words that follow the name}.
        layers: where.
    """

    explained: bool
    vectors: int
    vectors_differing: int
    mismatching_bytes: int
    max_difference: float
    class_changes: int
    class_change_share: float
    operators: dict[str, str]
    layers: list[Deviation]


@dataclass(frozen=True, config=STRICT)
class Verification:
    """What the runtimes answered.

    Attributes:
        oracle: where the expected outputs come from.
        passed: whether every runtime that ran gave them.
        runtimes: all, those that were skipped too.
        interpreter_rounding: how the TFLite interpreter differs.
    """

    oracle: str
    passed: bool
    runtimes: list[Runtime]
    interpreter_rounding: Rounding
