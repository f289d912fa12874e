"""Losses and metrics that a user names or gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import DataError, TrainingError
from ecgprune.training import arrays
from ecgprune.training._tf import keras
from ecgprune.training.samples import Samples

__all__ = ["METRICS", "Loss", "Metric", "check_classes", "class_scores", "classes_of", "loss_of", "metric_of"]

_FEW = 8
"""Examples that tell whether a model gives probabilities."""

EachLoss = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Loss:
    """What is lost on each example.

    Attributes:
        name: for people.
        each: from targets and the model's output, a tensor whose first axis is the examples'.
        classes: whether an output is one class of several, so that accuracy and macro-F1 mean something.
    """

    name: str
    each: EachLoss
    classes: bool = False


@dataclass(frozen=True)
class Metric:
    """How a model is scored on validation examples.

    Attributes:
        name: the score's name in histories and reports.
        score: from targets and the model's output, both numpy arrays. None: the mean loss.
        larger_is_better: whether a larger score is the better one.
    """

    name: str
    score: Callable[[NDArray[Any], NDArray[Any]], float] | None
    larger_is_better: bool = True


def _labels(values: NDArray[Any], outputs: int) -> NDArray[Any]:
    """Class indices of targets or outputs: indices, a column for each class, or one column against one half."""
    if outputs > 1 and values.shape[-1] == outputs and values.dtype.kind == "f":
        return np.asarray(values.argmax(axis=-1)).reshape(-1)
    if outputs == 1 and values.dtype.kind == "f":
        return (values >= 0.5).astype(np.intp).reshape(-1)
    return values.astype(np.intp).reshape(-1)


def class_scores(targets: NDArray[Any], answered: NDArray[Any]) -> tuple[float, float]:
    """(accuracy, macro-F1) of outputs against targets."""
    outputs = answered.shape[-1]
    return arrays.scores(_labels(targets, outputs), _labels(answered, outputs), max(2, outputs))


def _error(targets: NDArray[Any], answered: NDArray[Any]) -> NDArray[Any]:
    away: NDArray[Any] = answered.astype(np.float64) - targets.reshape(answered.shape)
    return away


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", lambda y, p: class_scores(y, p)[0]),
        Metric("macro_f1", lambda y, p: class_scores(y, p)[1]),
        Metric("mae", lambda y, p: float(np.mean(np.abs(_error(y, p)))), larger_is_better=False),
        Metric("mse", lambda y, p: float(np.mean(np.square(_error(y, p)))), larger_is_better=False),
        Metric("rmse", lambda y, p: float(np.sqrt(np.mean(np.square(_error(y, p))))), larger_is_better=False),
        Metric("validation_loss", None, larger_is_better=False),
    )
}
"""The metrics that have a name."""


def metric_of(given: Any, loss: Loss, larger_is_better: bool = True) -> Metric:
    """The metric that a user names or gives.

    Args:
        given: a key of METRICS; a function of (targets, outputs) to a number; None: macro_f1 of classes, else
            validation_loss.
        loss: what the model is trained for.
        larger_is_better: of a function.

    Raises:
        TrainingError: there is no such metric.
    """
    if given is None:
        return METRICS["macro_f1" if loss.classes else "validation_loss"]
    if callable(given):
        return Metric(getattr(given, "__name__", type(given).__name__), given, larger_is_better)
    if given not in METRICS:
        raise TrainingError(f"no metric {given!r}; there are {', '.join(METRICS)}, or give a function")
    return METRICS[given]


def loss_of(given: Any, model: Any, train: Samples) -> Loss:
    """The loss that a user names or gives.

    Args:
        given: the name of a loss of Keras; a function of (targets, outputs) that gives each example's loss; a loss
            object of Keras; None: the one that fits the targets and the model's last activation.
        model: the Keras model.
        train: the training examples.

    Raises:
        TrainingError: there is no such loss, or none that fits.
    """
    if given is None:
        given = _fitting(model, train)
    if isinstance(given, str):
        try:
            return Loss(given, _named(given, model, train), _tells_classes(given, model))
        except ValueError:
            known = "sparse_categorical_crossentropy, categorical_crossentropy, binary_crossentropy, mse, mae, huber"
            raise TrainingError(f"Keras has no loss {given!r}; it has {known} and more, or give a function") from None
    if hasattr(given, "call") and hasattr(given, "reduction"):
        return Loss(str(given.name), given.call)
    if callable(given):
        return Loss(getattr(given, "__name__", type(given).__name__), given)
    raise TrainingError(f"loss is a {type(given).__name__}; expected a name, a function, or a loss of Keras")


def classes_of(loss: Loss, model: Any) -> int | None:
    """How many classes the targets number; None where they are no class indices."""
    return int(model.output_shape[-1]) if loss.name == "sparse_categorical_crossentropy" else None


def _tells_classes(name: str, model: Any) -> bool:
    if name == "binary_crossentropy":
        return tuple(model.output_shape[1:]) == (1,)
    return name in ("sparse_categorical_crossentropy", "categorical_crossentropy")


def _named(name: str, model: Any, train: Samples) -> EachLoss:
    function = keras.losses.get(name)
    if name in ("sparse_categorical_crossentropy", "categorical_crossentropy"):
        logits = _last_activation(model, train) != "softmax"
        return lambda targets, answered: function(targets, answered, from_logits=logits)
    if name == "binary_crossentropy":
        logits = _last_activation(model, train) != "sigmoid"
        return lambda targets, answered: function(targets, answered, from_logits=logits)
    return function  # type: ignore[no-any-return]


def _fitting(model: Any, train: Samples) -> str:
    """The name of the loss that fits targets and outputs."""
    outputs, targets = tuple(model.output_shape), train.targets.shape
    indices = train.targets.dtype.kind == "i"
    if indices and outputs[-1] > 1 and (targets[1:] == outputs[1:-1] or targets[1:] == (*outputs[1:-1], 1)):
        return "sparse_categorical_crossentropy"
    same = targets[1:] == outputs[1:] or (outputs[1:] == (1,) and len(targets) == 1)
    if not same:
        raise TrainingError(
            f"targets of shape {targets} do not fit the model's output {outputs}: give class indices, or values of "
            "that shape; or name a loss"
        )
    activation = _last_activation(model, train)
    if activation == "softmax":
        return "categorical_crossentropy"
    if activation == "sigmoid" and train.targets.min() >= 0 and train.targets.max() <= 1:
        return "binary_crossentropy"
    return "mse"


def _last_activation(model: Any, train: Samples) -> str:
    """The activation that the model ends in, as far as a loss asks: whether it gives probabilities.

    A softmax may be any operation, and others may follow it: so it is known by its outputs, which add up to one.
    """
    few = {name: values[:_FEW] for name, values in train.inputs.items()}
    outputs = np.asarray(model(few, training=False))
    if outputs.shape[-1] > 1 and outputs.min() >= 0 and np.allclose(outputs.sum(axis=-1), 1, atol=1e-3):
        return "softmax"
    layer = model.outputs[0].node.layer
    while isinstance(layer, keras.layers.Wrapper):
        layer = layer.layer
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))


def check_classes(samples: Samples, classes: int | None, what: str) -> None:
    """Checks class indices against the model's outputs.

    Raises:
        DataError: a target is no class of the model.
    """
    if classes is None:
        return
    if samples.targets.dtype.kind != "i":
        raise DataError(f"{what}: the targets are {samples.targets.dtype}, expected class indices, which are integers")
    low, high = int(samples.targets.min()), int(samples.targets.max())
    if low < 0 or high >= classes:
        wrong = low if low < 0 else high
        raise DataError(f"{what}: a target is class {wrong}, the model has outputs for classes 0 to {classes - 1}")
