"""What pruning and quantizing give back. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = [
    "ERROR_LIMIT",
    "DenseLayer",
    "PruneResult",
    "Quantized",
    "Stage",
    "StageResult",
    "output_warning",
]

ERROR_LIMIT = 0.01
"""An output error to worry about: a signal-to-noise ratio of 20 dB. Of 74 networks of the study's group compact-1,
dense or pruned to 60 to 95 %, those with less lost at most 2.5 points of macro-F1 by int8; half of those with more lost
up to 75 (validation beats; docs/results/stages.md)."""


@dataclass(frozen=True)
class Stage:
    """One pruning stage of `ecgprune.prune`.

    Attributes:
        target: 0 to 1: share of each layer's weights that is zero at the end of the stage; with granularity "channel"
            share of the multiply-accumulates that is removed.
        epochs: of the stage; None: the `epochs` of `prune`. The sparsity rises in the first third of them.
        learning_rate: the first one; None: that of `prune`.
        floor: the validation score that the stage has to reach; None: that of `prune`.
    """

    target: float
    epochs: int | None = None
    learning_rate: float | None = None
    floor: float | None = None


@dataclass(frozen=True)
class DenseLayer:
    """A layer with weights that is not pruned.

    Attributes:
        name: the layer's.
        reason: why it stays dense.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class StageResult:
    """What one stage reached.

    Attributes:
        index: number of the stage, from 1.
        target: as asked.
        model: the tf_keras model at the end of the stage.
        scores: {metric: value} of the validation examples.
        passed: whether the floor was reached.
        report: everything else as JSON values: "sparsity" {"overall", "per_layer": [{"layer", "zeros", "weights",
            "sparsity"}]}, "macs" {"dense", "left"}, "epochs", "best_epoch", "learning_rate", "floor", "history"; of
            channels also "channels" and "parameters".
    """

    index: int
    target: float
    model: Any = field(repr=False)
    scores: dict[str, float]
    passed: bool
    report: dict[str, Any] = field(repr=False)

    @property
    def sparsity(self) -> dict[str, float]:
        """{layer: share of its weights that is zero}."""
        return {row["layer"]: row["sparsity"] for row in self.report["sparsity"]["per_layer"]}


@dataclass(frozen=True)
class PruneResult:
    """What `ecgprune.prune` gives back.

    Attributes:
        model: the pruned tf_keras model: of the last stage that passed, together with all before it; where none did,
            the dense model.
        dense: the tf_keras model that pruning started from.
        stages: what each stage reached; the last one may have stayed under its floor.
        dense_layers: the layers that are not pruned, and why.
        loss: name of the loss.
        metric: name of the metric.
        granularity: "weight", "block" or "channel".
        dense_scores: {metric: value} of the dense model on the validation examples.
    """

    model: Any = field(repr=False)
    dense: Any = field(repr=False)
    stages: tuple[StageResult, ...]
    dense_layers: tuple[DenseLayer, ...]
    loss: str
    metric: str
    granularity: str
    dense_scores: dict[str, float]

    def report(self) -> dict[str, Any]:
        """Everything but the models, as JSON values."""
        kept = [stage for stage in self.stages if stage.passed]
        return {
            "granularity": self.granularity,
            "loss": self.loss,
            "metric": self.metric,
            "dense": self.dense_scores,
            "stages": [
                {"index": s.index, "target": s.target, "scores": s.scores, "passed": s.passed, **s.report}
                for s in self.stages
            ],
            "kept": kept[-1].index if kept else 0,
            "dense_layers": [asdict(layer) for layer in self.dense_layers],
        }


@dataclass(frozen=True)
class Quantized:
    """An int8 model.

    Attributes:
        content: the .tflite.
        output_error: what quantization adds to the outputs, relative to what they tell: the sum of the squared errors
            over the sum of the squared deviations of the float output from its mean; the largest of the outputs'.
            None after quantization-aware fine-tuning, which trains with the rounding.
        mended: whether channels were equalized and biases corrected, see `equalization` and `bias_correction`.
    """

    content: bytes = field(repr=False)
    output_error: float | None
    mended: bool

    @property
    def told(self) -> dict[str, Any]:
        """All but the content, as JSON values."""
        return {"output_error": self.output_error, "mended": self.mended}


def output_warning(
    error: float | None, remedy: str = "fewer zeros, or another allocation of them, help"
) -> str | None:
    """What to tell a user of an output error; None where it is usual. remedy: what helps."""
    if error is None or error <= ERROR_LIMIT:
        return None
    return (
        f"int8 changes the outputs by {100 * error:.2g} % of their variance, {100 * ERROR_LIMIT:g} % or less is usual: "
        f"compare the scores of the int8 model with those of the float one; {remedy}"
    )
