"""Training: the loop that the dense model and every pruning stage share, and dense training itself."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress, write_json
from ecgprune.config import Config, TrainConfig
from ecgprune.errors import TrainingError
from ecgprune.training import keras_file, models
from ecgprune.training._tf import keras, seed_everything, tf
from ecgprune.training.arrays import TRAIN, VALIDATION, Beats, class_weights, rows, scores, trainable
from ecgprune.training.augment import Batches, model_inputs

__all__ = ["Course", "Fitted", "Teacher", "evaluate", "fit", "predict", "train_dense"]

PREDICT_BATCH = 2048
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
        enough: validation macro-F1 that ends training once a settled epoch has it.
    """

    seed: int
    epochs: int
    learning_rate: float
    patience: int | None = None
    anneal: bool = True
    settled: int = 0
    enough: float | None = None

    def ends(self, epoch: int, macro_f1: float, best_epoch: int) -> bool:
        """Whether `epoch` is the last: it is as good as asked, or `patience` epochs have brought nothing better."""
        tired = self.patience is not None and epoch - best_epoch >= self.patience
        return tired or (self.enough is not None and epoch >= self.settled and macro_f1 >= self.enough)


@dataclass
class Fitted:
    """The best epoch (from 0) and its validation scores, and the scores of every epoch that was run."""

    best_epoch: int = -1
    accuracy: float = 0.0
    macro_f1: float = -1.0
    history: list[dict[str, float]] = field(default_factory=list)


def train_dense(
    beats: Beats, config: Config, out: Path, metrics_out: Path, log_dir: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Trains the config's model, and keeps the epoch with the best validation macro-F1.

    Args:
        beats: all beats.
        config: the config.
        out: gets the model (.keras).
        metrics_out: gets the scores (.json).
        log_dir: folder for TensorBoard logs; emptied first.
        progress: called after every batch.

    Returns:
        The scores: {"accuracy", "macro_f1" (of the validation beats), "epochs_run", "best_epoch" (from 1),
        "parameters", "history": [{"loss", "accuracy", "macro_f1"} per epoch]}.

    Raises:
        TrainingError: there are too few beats or classes, or the window is too short for the model.
    """
    trainable(beats)
    seed_everything(config.seed)
    model = models.build(config.model.name, int(beats.ecg.shape[1]))
    settings = config.train
    course = Course(config.seed, settings.epochs, settings.learning_rate, patience=settings.patience)
    fitted = fit(model, beats, settings, course, log_dir=log_dir, progress=progress)
    keras_file.save(model, out)
    metrics = {
        "schema_version": 1,
        "accuracy": fitted.accuracy,
        "macro_f1": fitted.macro_f1,
        "epochs_run": len(fitted.history),
        "best_epoch": fitted.best_epoch + 1,
        "parameters": int(model.count_params()),
        "history": fitted.history,
    }
    write_json(metrics_out, metrics)
    return metrics


def fit(
    model: Any,
    beats: Beats,
    config: TrainConfig,
    course: Course,
    *,
    callbacks: Sequence[Any] = (),
    teacher: Teacher | None = None,
    log_dir: Path | None = None,
    progress: Progress = no_progress,
) -> Fitted:
    """Trains `model` in place and leaves it with the weights of its best epoch by validation macro-F1.

    Args:
        model: a Keras model with a softmax over the classes; trained in place.
        beats: all beats; the training beats are trained on, the validation beats score.
        config: batches, class weights and variations.
        course: seed, epochs and learning rate.
        callbacks: Keras callbacks to call along the way.
        teacher: a model to learn from besides the labels.
        log_dir: folder for TensorBoard logs; emptied first.
        progress: called after every batch.

    Returns:
        The best epoch and the scores of all.

    Raises:
        TrainingError: the loss is no finite number any more.
    """
    weights = class_weights(beats.label[rows(beats, TRAIN)], models.CLASSES, config.class_weight_power)
    weights = weights * np.array(config.class_factors, np.float32)
    batches = Batches(model, beats, weights, config, course.seed)
    rate: Any = LAST_RATE * course.learning_rate
    if course.anneal:
        steps = batches.steps * course.epochs
        rate = keras.optimizers.schedules.CosineDecay(course.learning_rate, steps, alpha=LAST_RATE)
    train_step = _train_step(model, keras.optimizers.Adam(rate), teacher)
    hooks = keras.callbacks.CallbackList(list(callbacks), model=model)
    fitted, best, log = Fitted(), model.get_weights(), _Log(log_dir)
    hooks.on_train_begin()
    for epoch in range(course.epochs):
        hooks.on_epoch_begin(epoch)
        loss = _one_epoch(train_step, batches, epoch, course.epochs, hooks, fitted, progress)
        hooks.on_epoch_end(epoch)
        accuracy, macro_f1 = evaluate(model, beats, VALIDATION)
        fitted.history.append({"loss": round(loss, 6), "accuracy": accuracy, "macro_f1": macro_f1})
        log.write(epoch, fitted.history[-1])
        if epoch >= course.settled and macro_f1 > fitted.macro_f1:
            fitted.best_epoch, fitted.accuracy, fitted.macro_f1 = epoch, accuracy, macro_f1
            best = model.get_weights()
        if course.ends(epoch, macro_f1, fitted.best_epoch):
            break
    hooks.on_train_end()
    log.close()
    model.set_weights(best)
    return fitted


def _train_step(model: Any, optimizer: Any, teacher: Teacher | None) -> Callable[..., Any]:
    """A compiled step of gradient descent; takes (inputs, labels, sample weights), returns the loss.

    Keras' own train_on_batch takes half as long again for a model of this size.
    """
    cross_entropy = keras.losses.SparseCategoricalCrossentropy()
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(inputs: Any, labels: Any, weights: Any) -> Any:
        taught = None if teacher is None else teacher.model(inputs, training=False)
        with tf.GradientTape() as tape:
            answered = model(inputs, training=True)
            loss = cross_entropy(labels, answered, sample_weight=weights)
            if teacher is not None:
                away = _distance(taught, answered, weights, teacher.temperature)
                loss = (1 - teacher.share) * loss + teacher.share * away
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step  # type: ignore[no-any-return]


def _distance(taught: Any, answered: Any, weights: Any, temperature: float) -> Any:
    """Cross entropy of two models' probabilities [beats, 5] at `temperature`, times its square so that the gradient's
    size does not depend on it. Logarithms of probabilities are logits but for a constant, which softmax removes."""
    targets = tf.nn.softmax(tf.math.log(tf.maximum(taught, _LEAST)) / temperature)
    found = tf.nn.log_softmax(tf.math.log(tf.maximum(answered, _LEAST)) / temperature)
    return -(temperature**2) * tf.reduce_mean(weights * tf.reduce_sum(targets * found, axis=1))


def _one_epoch(
    train_step: Callable[..., Any], batches: Batches, epoch: int, epochs: int, hooks: Any, fitted: Fitted,
    progress: Progress,
) -> float:  # fmt: skip
    """Trains one epoch; returns the mean loss over its batches."""
    losses: list[float] = []
    said = f", F1 {fitted.history[-1]['macro_f1']:.3f}" if fitted.history else ""
    for step, (inputs, labels, weights) in enumerate(batches.epoch(epoch)):
        hooks.on_train_batch_begin(step)
        losses.append(float(train_step(inputs, labels, weights)))
        hooks.on_train_batch_end(step)
        progress(
            (epoch + (step + 1) / batches.steps) / epochs, f"epoch {epoch + 1}/{epochs}, loss {losses[-1]:.3f}{said}"
        )
    loss = float(np.mean(losses))
    if not math.isfinite(loss):
        raise TrainingError(f"the loss became {loss} in epoch {epoch + 1}; lower the learning rate")
    return loss


def evaluate(model: Any, beats: Beats, split: int) -> tuple[float, float]:
    """(accuracy, macro-F1) of the float `model` on one split."""
    index = rows(beats, split)
    return scores(beats.label[index], _probabilities(model, beats, index).argmax(axis=1), models.CLASSES)


def predict(source: Path, beats: Beats) -> NDArray[np.float32]:
    """Probabilities that a float model gives for beats.

    Args:
        source: file of the model (.keras).
        beats: all are predicted, in their order.

    Returns:
        float32 [beats, 5].

    Raises:
        TrainingError: the model takes windows of another length.
    """
    model = keras_file.load(source)
    models.check_window(model, int(beats.ecg.shape[1]), source.name)
    return _probabilities(model, beats, np.arange(len(beats.label)))


def _probabilities(model: Any, beats: Beats, index: NDArray[np.intp]) -> NDArray[np.float32]:
    parts = [
        model.predict_on_batch(model_inputs(model, beats, index[start : start + PREDICT_BATCH]))
        for start in range(0, len(index), PREDICT_BATCH)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, models.CLASSES), np.float32)


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
