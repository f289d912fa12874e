"""The training loop that the dense model, every pruning stage and quantization-aware fine-tuning share."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ecgprune.artifacts import Progress, no_progress
from ecgprune.errors import TrainingError
from ecgprune.training._tf import keras, tf
from ecgprune.training.task import Batches, Task

__all__ = ["Course", "Fitted", "Teacher", "fit"]

LAST_RATE = 0.02
"""The learning rate falls along a half cosine to this share of its first value."""
_LEAST = 1e-7
"""Probability below which a logarithm is cut off, as Keras does."""


@dataclass(frozen=True)
class Teacher:
    """A model whose probabilities for the same beats are learnt beside the labels.

    This is knowledge distillation (Hinton et al., "Distilling the knowledge in a neural network", arXiv 1503.02531).

    Attributes:
        model: the Keras model.
        share: of the loss, 0 to 1.
        temperature: both models' logits are divided by it.
    """

    model: Any
    share: float
    temperature: float


@dataclass(frozen=True)
class Course:
    """How a training goes.

    Attributes:
        seed: draws the batches and their variations.
        epochs: at most.
        learning_rate: of the first epoch.
        patience: epochs without a better score before training stops; None never stops.
        anneal: the rate falls from `learning_rate` along a half cosine; else it is the last of that curve throughout.
        settled: the first epoch (from 0) whose weights may be kept.
        enough: validation score that ends training once a settled epoch is as good.
    """

    seed: int
    epochs: int
    learning_rate: float
    patience: int | None = None
    anneal: bool = True
    settled: int = 0
    enough: float | None = None

    def ends(self, epoch: int, rank: float, best_epoch: int, enough: float | None) -> bool:
        """Whether `epoch` is the last: it ranks as high as asked, or `patience` epochs have brought nothing better."""
        tired = self.patience is not None and epoch - best_epoch >= self.patience
        return tired or (enough is not None and epoch >= self.settled and rank >= enough)


@dataclass
class Fitted:
    """The best epoch (from 0) and its validation scores, and loss and scores of every epoch that was run."""

    best_epoch: int = -1
    scores: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)


def fit(
    model: Any,
    task: Task,
    course: Course,
    *,
    callbacks: Sequence[Any] = (),
    before_step: Callable[[], None] | None = None,
    teacher: Teacher | None = None,
    log_dir: Path | None = None,
    progress: Progress = no_progress,
) -> Fitted:
    """Trains `model` in place and leaves it with the weights of its best epoch by the task's metric.

    Args:
        model: a Keras model; trained in place.
        task: what it is trained for.
        course: seed, epochs and learning rate.
        callbacks: Keras callbacks to call along the way.
        before_step: called first in every training step, as a part of the compiled step.
        teacher: a model with a softmax to learn from besides the targets.
        log_dir: folder for TensorBoard logs; emptied first.
        progress: called after every batch.

    Returns:
        The best epoch and the scores of all.

    Raises:
        TrainingError: the loss or the metric is no finite number any more.
    """
    batches = task.batches(model, course.seed)
    rate: Any = LAST_RATE * course.learning_rate
    if course.anneal:
        steps = batches.steps * course.epochs
        rate = keras.optimizers.schedules.CosineDecay(course.learning_rate, steps, alpha=LAST_RATE)
    train_step = _train_step(model, task, keras.optimizers.Adam(rate), before_step, teacher)
    hooks = keras.callbacks.CallbackList(list(callbacks), model=model)
    fitted, best, log = Fitted(), model.get_weights(), _Log(log_dir)
    most, enough = -math.inf, None if course.enough is None else task.rank(course.enough)
    hooks.on_train_begin()
    for epoch in range(course.epochs):
        hooks.on_epoch_begin(epoch)
        said = f", {task.said} {fitted.history[-1][task.metric]:.3f}" if fitted.history else ""
        loss = _one_epoch(train_step, batches, epoch, course.epochs, hooks, said, progress)
        hooks.on_epoch_end(epoch)
        scores = task.scores(model)
        rank = task.rank(scores[task.metric])
        if not math.isfinite(rank):
            raise TrainingError(f"{task.metric} became {rank} in epoch {epoch + 1}; look at the validation examples")
        fitted.history.append({"loss": round(loss, 6), **scores})
        log.write(epoch, fitted.history[-1])
        if epoch >= course.settled and rank > most:
            fitted.best_epoch, fitted.scores, most = epoch, scores, rank
            best = model.get_weights()
        if course.ends(epoch, rank, fitted.best_epoch, enough):
            break
    hooks.on_train_end()
    log.close()
    model.set_weights(best)
    return fitted


def _train_step(
    model: Any, task: Task, optimizer: Any, before_step: Callable[[], None] | None, teacher: Teacher | None
) -> Callable[..., Any]:
    """A compiled step of gradient descent; takes (inputs, targets, weights), returns the loss.

    Keras' own train_on_batch takes half as long again for a model of this size. The step is traced once, for batches of
    any size: tracing takes seconds, and the last batches of an epoch are smaller than the first.
    """
    optimizer.build(model.trainable_variables)

    def step(inputs: Any, targets: Any, weights: Any) -> Any:
        if before_step is not None:
            before_step()
        taught = None if teacher is None else teacher.model(inputs, training=False)
        with tf.GradientTape() as tape:
            answered = model(inputs, training=True)
            loss = task.mean_loss(targets, answered, weights)
            if teacher is not None:
                away = _distance(taught, answered, weights, teacher.temperature)
                loss = (1 - teacher.share) * loss + teacher.share * away
            if model.losses:  # regularization
                loss += tf.add_n(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    compiled: list[Callable[..., Any]] = []

    def call(*batch: Any) -> Any:
        if not compiled:
            signature = tf.nest.map_structure(_of_any_size, batch)
            compiled.append(tf.function(step, input_signature=signature))
        return compiled[0](*batch)

    return call


def _of_any_size(values: Any) -> Any:
    """What describes an array [n, ...] for any n."""
    values = tf.convert_to_tensor(values)
    return tf.TensorSpec([None, *values.shape[1:]], values.dtype)


def _distance(taught: Any, answered: Any, weights: Any, temperature: float) -> Any:
    """Cross entropy of two models' probabilities [n, classes] at `temperature`, times its square so that the gradient's
    size does not depend on it. Logarithms of probabilities are logits but for a constant, which softmax removes."""
    targets = tf.nn.softmax(tf.math.log(tf.maximum(taught, _LEAST)) / temperature)
    found = tf.nn.log_softmax(tf.math.log(tf.maximum(answered, _LEAST)) / temperature)
    return -(temperature**2) * tf.reduce_mean(weights * tf.reduce_sum(targets * found, axis=1))


def _one_epoch(
    train_step: Callable[..., Any], batches: Batches, epoch: int, epochs: int, hooks: Any, said: str, progress: Progress
) -> float:
    """Trains one epoch; returns the mean loss over its batches."""
    losses: list[float] = []
    for step, (inputs, targets, weights) in enumerate(batches.epoch(epoch)):
        hooks.on_train_batch_begin(step)
        losses.append(float(train_step(inputs, targets, weights)))
        hooks.on_train_batch_end(step)
        progress(
            (epoch + (step + 1) / batches.steps) / epochs, f"epoch {epoch + 1}/{epochs}, loss {losses[-1]:.3f}{said}"
        )
    loss = float(np.mean(losses))
    if not math.isfinite(loss):
        raise TrainingError(f"the loss became {loss} in epoch {epoch + 1}; lower the learning rate")
    return loss


class _Log:
    """TensorBoard scalars, one point per epoch; nothing without a folder.

    tf.summary.scalar would need the tensorboard package for no more than this metadata.
    """

    def __init__(self, folder: Path | None) -> None:
        self._writer = None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
            self._writer = tf.summary.create_file_writer(str(folder))
        self._scalar = tf.compat.v1.SummaryMetadata()
        self._scalar.plugin_data.plugin_name = "scalars"

    def write(self, epoch: int, values: dict[str, float]) -> None:
        if self._writer is not None:
            with self._writer.as_default(step=epoch):
                for name, value in values.items():
                    tf.summary.write(name, tf.constant(value, tf.float32), metadata=self._scalar)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
