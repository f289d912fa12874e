"""The task of a user's own model: arrays, any loss, any metric."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import TrainingError
from ecgprune.training._tf import tf
from ecgprune.training.objectives import Loss, Metric, class_scores
from ecgprune.training.samples import Samples
from ecgprune.training.task import Examples

__all__ = ["SamplesTask"]

PREDICT_BATCH = 256


@dataclass(frozen=True)
class SamplesTask:
    """See `task.Task`.

    Attributes:
        train: the examples to learn from.
        validation: those that score.
        objective: what is lost.
        measure: how a model is scored.
        batch_size: examples in a batch, at most.
    """

    train: Samples
    validation: Samples
    objective: Loss
    measure: Metric
    batch_size: int = 32
    metric: str = field(init=False)
    said: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "metric", self.measure.name)
        object.__setattr__(self, "said", self.measure.name)

    @property
    def steps(self) -> int:
        """Batches in an epoch, of nearly the same size."""
        return -(-len(self.train) // self.batch_size)

    def batches(self, model: Any, seed: int) -> _Shuffled:
        """The training examples, in a new order each epoch."""
        return _Shuffled(self, seed)

    def loss(self, targets: Any, answered: Any) -> Any:
        """The loss of each example: the mean over all axes but the first."""
        each = tf.convert_to_tensor(self.objective.each(targets, answered))
        if each.shape.rank == 0:
            raise TrainingError(
                f"the loss {self.objective.name} gives one number for a batch; it must give one for each example, so "
                "that examples can be weighed"
            )
        return tf.cast(tf.reduce_mean(each, axis=list(range(1, len(each.shape)))), tf.float32)

    def mean_loss(self, targets: Any, answered: Any, weights: Any) -> Any:
        """The weighted mean of `loss`."""
        return tf.reduce_mean(self.loss(targets, answered) * weights)

    def drawn(self, count: int, seed: int) -> NDArray[np.intp]:
        """Training examples, drawn by `seed`."""
        drawn: NDArray[np.intp] = np.random.default_rng(seed).permutation(len(self.train))[:count]
        return drawn

    def examples(self, model: Any, index: NDArray[np.intp]) -> Examples:
        """The training examples at `index`."""
        inputs = {name: values[index] for name, values in self.train.inputs.items()}
        return inputs, self.train.targets[index], self.train.weights[index]

    def scores(self, model: Any) -> dict[str, float]:
        """The metric on the validation examples; of classes always accuracy and macro-F1 too.

        Raises:
            TrainingError: the metric gives no number.
        """
        answered = _predicted(model, self.validation)
        found: dict[str, float] = {}
        if self.objective.classes:
            found["accuracy"], found["macro_f1"] = class_scores(self.validation.targets, answered)
        if self.metric not in found:
            found[self.metric] = self._score(answered)
        return found

    def rank(self, score: float) -> float:
        """The score, turned round where less is better."""
        return score if self.measure.larger_is_better else -score

    def _score(self, answered: NDArray[np.float32]) -> float:
        targets = self.validation.targets
        if self.measure.score is None:
            return float(self.mean_loss(targets, tf.constant(answered), self.validation.weights))
        try:
            return float(self.measure.score(targets, answered))
        except (TypeError, ValueError) as error:
            raise TrainingError(
                f"the metric {self.metric} failed on targets {targets.shape} and outputs {answered.shape}: {error}"
            ) from error


@dataclass(frozen=True)
class _Shuffled:
    """See `task.Batches`."""

    task: SamplesTask
    seed: int

    @property
    def steps(self) -> int:
        return self.task.steps

    def epoch(self, number: int) -> Iterator[Examples]:
        order = np.random.default_rng([self.seed, number]).permutation(len(self.task.train))
        for chosen in np.array_split(order, self.steps):
            yield self.task.examples(None, chosen)


def _predicted(model: Any, samples: Samples) -> NDArray[np.float32]:
    """What `model` answers for all examples, in their order."""
    parts = [
        model.predict_on_batch({name: values[i : i + PREDICT_BATCH] for name, values in samples.inputs.items()})
        for i in range(0, len(samples), PREDICT_BATCH)
    ]
    return np.concatenate(parts)
