"""report.json as types: what it holds, checked when it is written."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

__all__ = [
    "Accuracy",
    "Deviation",
    "Firmware",
    "Layer",
    "LayerCode",
    "LayerSparsity",
    "Metrics",
    "Model",
    "PerClass",
    "Pruning",
    "Report",
    "ReportDataset",
    "Rounding",
    "Runtime",
    "Sparsity",
    "Stage",
    "Verification",
]

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
_LOOSE = ConfigDict(extra="ignore", allow_inf_nan=False)


@dataclass(frozen=True, config=_STRICT)
class ReportDataset:
    """beats: {split: {class: count}}. records: how many. window in samples at sample_rate_hz."""

    name: str
    database: str
    split: str
    classes: list[str]
    beats: dict[str, dict[str, int]]
    records: int
    window: int
    sample_rate_hz: int


@dataclass(frozen=True, config=_LOOSE)
class PerClass:
    """f1, se (sensitivity), ppv (positive predictivity): 0 to 1. support: reference beats of the class."""

    f1: float
    se: float
    ppv: float
    support: int


@dataclass(frozen=True, config=_LOOSE)
class Metrics:
    """On test data. confusion: rows are the reference, columns the model's answers, both in the order of classes."""

    accuracy: float
    macro_f1: float
    per_class: dict[str, PerClass]
    confusion: list[list[int]]


@dataclass(frozen=True, config=_STRICT)
class Accuracy:
    """Test metrics of the float models and of the int8 one. one_shot: None when the config left it out."""

    dense: Metrics
    pruned: Metrics
    int8: Metrics
    one_shot: Metrics | None = None


@dataclass(frozen=True, config=_LOOSE)
class LayerSparsity:
    """Zeros of one pruned layer; sparsity: zeros / weights."""

    layer: str
    weights: int
    zeros: int
    sparsity: float


@dataclass(frozen=True, config=_LOOSE)
class Sparsity:
    """overall: share of zeros among the weights of the layers that pruning touches; of the int8 file in `Report`."""

    overall: float
    per_layer: list[LayerSparsity]


@dataclass(frozen=True, config=_LOOSE)
class StageMacs:
    """Multiply-accumulates of the dense model, and those that a stage leaves."""

    dense: int
    left: int


@dataclass(frozen=True, config=_LOOSE)
class Stage:
    """A pruning stage, or the one-shot run; accuracy and macro_f1 on validation data. macs: of channel pruning."""

    target: float
    sparsity: Sparsity
    accuracy: float
    macro_f1: float
    epochs: int
    passed: bool = True
    floor: float = 0.0
    macs: StageMacs | None = None

    @property
    def reduction(self) -> float:
        """Share of the weights that are zero; after channel pruning, share of the MACs that are removed."""
        return 1 - self.macs.left / self.macs.dense if self.macs else self.sparsity.overall


@dataclass(frozen=True, config=_STRICT)
class Pruning:
    """dense_*: the unpruned model's, on validation data. chosen: index of the stage that is used; -1: none."""

    dense_accuracy: float
    dense_macro_f1: float
    stages: list[Stage]
    one_shot: Stage | None
    chosen: int


@dataclass(frozen=True, config=_STRICT)
class Macs:
    """Multiply-accumulates of one inference: all, and those whose weight is not zero."""

    dense: int
    effective: int


@dataclass(frozen=True, config=_LOOSE)
class Layer:
    """One operator of the .tflite, in the code for the first board. kernel: its C function, "" when it needs none."""

    op: int
    operator: str
    name: str
    kernel: str
    macs: int
    nonzero_macs: int
    weight_bytes: int


@dataclass(frozen=True, config=_STRICT)
class Model:
    """The exported model: C name, network of the zoo, hash and size of the .tflite, arena of the generated C.

    core, arena_bytes: of the first board's code. optimize: the objective of kernel selection.
    core and optimize are "" in reports from before kernel selection.
    """

    name: str
    network: str
    sha256: str
    tflite_bytes: int
    arena_bytes: int
    core: str = ""
    optimize: str = ""


@dataclass(frozen=True, config=_LOOSE)
class LayerCode:
    """What one operator of the .tflite became in the code of a core.

    op: its index in the .tflite. kernel: its C function, "" when it needs no code, several joined by "+".
    instructions_estimate: predicted instructions of one inference; None on the tflm runtime.
    weight_bytes: flash that its constants take.
    """

    op: int
    kernel: str
    instructions_estimate: int | None
    weight_bytes: int


@dataclass(frozen=True, config=_LOOSE)
class Firmware:
    """One image on one board. flash and RAM in bytes, net of an empty image; RAM with arena and peak stack.

    core: the board's. generated_for: the core that the kernels were selected for. layers: the kernels.
    instructions_estimate: predicted instructions of one inference; None on the tflm runtime.

    instructions: of one inference, exact; the mean where they differ from beat to beat; None: nothing counted them.
    flash_available, ram_available: what the board's memory.ld has.
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


@dataclass(frozen=True, config=_LOOSE)
class Runtime:
    """One runtime of verify.json. skipped: why nothing ran, in words. passed: equal, or fully explained.

    core: what its C was generated for; None where the runtime is not generated C.
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


@dataclass(frozen=True, config=_STRICT)
class Deviation:
    """One operator that the interpreter rounds differently: how many values differ on the same inputs, and how far."""

    op: int
    operator: str
    layer: str
    differing: int
    largest: int


@dataclass(frozen=True, config=_STRICT)
class Rounding:
    """The interpreter's difference from the oracle. explained: all of it comes from known roundings of operators.

    vectors_differing: with any layer that differs. mismatching_bytes, max_difference, class_changes: at the outputs;
    class_change_share: of all vectors. operators: {name: how it deviates, in words that follow the name}.
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


@dataclass(frozen=True, config=_STRICT)
class Verification:
    """oracle: where the expected outputs come from. passed: every runtime that ran gave them."""

    oracle: str
    passed: bool
    runtimes: list[Runtime]
    interpreter_rounding: Rounding


@dataclass(frozen=True, config=_STRICT)
class Report:
    """The whole of report.json."""

    schema_version: Literal[1]
    name: str
    synthetic: bool
    command: str
    dataset: ReportDataset
    model: Model
    accuracy: Accuracy
    sparsity: Sparsity
    macs: Macs
    pruning: Pruning
    layers: list[Layer]
    firmware: list[Firmware]
    verification: Verification
    versions: dict[str, str]
    input_hashes: dict[str, str] = Field(description="SHA-256 of each record file that went in")
