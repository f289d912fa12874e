"""The part of report.json that says how good the model is: data, scores, stages of pruning."""

from __future__ import annotations

from dataclasses import field

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

__all__ = [
    "Accuracy",
    "LayerSparsity",
    "Metrics",
    "PerClass",
    "Pruning",
    "ReportDataset",
    "ReportSource",
    "Scores",
    "Sparsity",
    "Stage",
    "StageMacs",
]

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
LOOSE = ConfigDict(extra="ignore", allow_inf_nan=False)
"""What a row may hold beside its fields: nothing, or what is then left out."""


@dataclass(frozen=True, config=STRICT)
class ReportSource:
    """A database that beats come from.

    Attributes:
        database: as the config names it.
        title: its name.
        version: of its files; "" where it is not published.
        doi: of that version, without "doi:".
        licence: of its records.
        citation: what its users are asked to cite.
        records: how many of its records were read.
        of: how many it has.
    """

    database: str
    title: str
    version: str
    doi: str
    licence: str
    citation: str
    records: int
    of: int


@dataclass(frozen=True, config=STRICT)
class ReportDataset:
    """The data that the model was trained and tested with.

    Attributes:
        name: of the dataset.
        database: its records' origin, as the config names it.
        split: how beats were divided into train, validation and test.
        classes: in the order of the model's outputs.
        beats: {split: {class: count}}.
        records: how many were read.
        window: samples of one beat at sample_rate_hz.
        sample_rate_hz: sampling rate of the model's input, in Hz.
        band_hz: pass band of the filter (see ecg/filter.py), in Hz.
        sources: the databases of the beats; older reports do not have it.
        lead_instead: {record: lead that was used, for it lacks the one that was asked for}.
    """

    name: str
    database: str
    split: str
    classes: list[str]
    beats: dict[str, dict[str, int]]
    records: int
    window: int
    sample_rate_hz: int
    band_hz: tuple[float, float]
    sources: list[ReportSource] = field(default_factory=list)
    lead_instead: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class Scores:
    """Scores of one class, 0 to 1; None where there is nothing to divide by.

    Attributes:
        se: sensitivity.
        ppv: positive predictivity.
        f1: their harmonic mean.
    """

    se: float | None
    ppv: float | None
    f1: float | None


@dataclass(frozen=True, config=LOOSE)
class PerClass(Scores):
    """Scores of one class on test data.

    Attributes:
        support: reference beats of the class.
    """

    support: int


@dataclass(frozen=True, config=LOOSE)
class Metrics:
    """Scores on test data.

    Attributes:
        accuracy: share of the beats that are right, 0 to 1.
        macro_f1: mean of the classes' F1, 0 to 1.
        per_class: {class: its scores}.
        confusion: rows are the reference, columns the model's answers, both in the order of classes.
    """

    accuracy: float
    macro_f1: float
    per_class: dict[str, PerClass]
    confusion: list[list[int]]


@dataclass(frozen=True, config=STRICT)
class Accuracy:
    """Test metrics of the float models and of the int8 one.

    Attributes:
        dense: the unpruned model's.
        pruned: the pruned float model's.
        int8: the exported model's.
        one_shot: those of one-shot pruning; None where the config left it out.
    """

    dense: Metrics
    pruned: Metrics
    int8: Metrics
    one_shot: Metrics | None = None


@dataclass(frozen=True, config=LOOSE)
class LayerSparsity:
    """Zeros of one pruned layer.

    Attributes:
        layer: its name in the Keras model.
        weights: how many it has.
        zeros: of them.
        sparsity: zeros / weights.
    """

    layer: str
    weights: int
    zeros: int
    sparsity: float


@dataclass(frozen=True, config=LOOSE)
class Sparsity:
    """Zeros of a model.

    Attributes:
        overall: share of zeros among the weights of the layers that pruning touches; of the int8 file in `Report`.
        per_layer: the layers that pruning touches.
    """

    overall: float
    per_layer: list[LayerSparsity]


@dataclass(frozen=True, config=LOOSE)
class StageMacs:
    """What a stage of channel pruning leaves.

    Attributes:
        dense: multiply-accumulates of the dense model.
        left: those that the stage leaves.
    """

    dense: int
    left: int


@dataclass(frozen=True, config=LOOSE)
class Stage:
    """A pruning stage, or the one-shot run.

    Attributes:
        target: sparsity, or reduction, that was asked for.
        sparsity: what was reached.
        accuracy: on validation data, 0 to 1.
        macro_f1: on validation data, 0 to 1.
        epochs: of fine-tuning.
        passed: whether macro_f1 reached the floor.
        floor: least macro_f1 on validation data.
        macs: of channel pruning; None for weights and blocks.
    """

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


@dataclass(frozen=True, config=STRICT)
class Pruning:
    """The stages of a run; scores are on validation data.

    Attributes:
        dense_accuracy: the unpruned model's.
        dense_macro_f1: the unpruned model's.
        stages: in order.
        one_shot: the one-shot run; None where the config left it out.
        chosen: index of the stage that is used; -1: none.
    """

    dense_accuracy: float
    dense_macro_f1: float
    stages: list[Stage]
    one_shot: Stage | None
    chosen: int
