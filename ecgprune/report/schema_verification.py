"""The part of report.json that says what every runtime answered: from verify.json."""

from __future__ import annotations

from typing import Any

from pydantic.dataclasses import dataclass

from ecgprune.report.schema_scores import LOOSE, STRICT

__all__ = ["Deviation", "Rounding", "Runtime", "Verification"]


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
