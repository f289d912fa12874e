"""Pruning and quantizing a model of one's own, from Python: TensorFlow is loaded by the first call that needs it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ecgprune.training.outcome import PruneResult, Stage

__all__ = ["prune", "quantize"]

Progress = Callable[[float, str], None]


def prune(
    model: Any,
    train: Any,
    validation: Any,
    *,
    stages: Iterable[float | Stage] = (0.5, 0.7, 0.8),
    granularity: Literal["weight", "block", "channel"] = "block",
    allocation: Literal["uniform", "global", "sensitivity"] = "uniform",
    loss: Any = None,
    metric: Any = None,
    larger_is_better: bool = True,
    epochs: int = 5,
    learning_rate: float = 0.001,
    batch_size: int = 32,
    floor: float | None = None,
    distillation: float = 0.0,
    exclude: Iterable[str] = (),
    seed: int = 1,
    progress: Progress | None = None,
) -> PruneResult:
    """Prunes a Keras model stage by stage, each trained until it has recovered. The model itself is not changed.

    Each stage raises the sparsity along a ramp in the first third of its epochs, trains on with fixed masks, and keeps
    the epoch with the best validation score. Zeros of one stage stay zero in all that follow. Pruning ends at the
    first stage that stays under its floor. Seeds Python's, numpy's and TensorFlow's generators, and makes TensorFlow's
    operators deterministic for the rest of the process.

    Args:
        model: a trained Keras model, functional or sequential, with one output: of tf_keras, of Keras 3, or the path of
            a file of either (.keras, .h5). Any number of inputs.
        train: (x, y) or (x, y, sample_weight), or the path of an .npz with these names. x is one array, a list in the
            order of the inputs, or {input name: array}, each [n, ...]; y is [n] class indices (integers), or [n, ...]
            values as the output gives them; sample_weight is [n].
        validation: the same, for the scores.
        stages: share of zeros of each stage, rising, 0 to 1; a `Stage` says more than its share. With granularity
            "channel" the share of the multiply-accumulates that is removed.
        granularity: "weight" makes single weights zero, "block" 1x4 blocks, "channel" removes channels for good.
        allocation: "uniform" prunes every layer alike, "global" the smallest weights of the model wherever they are,
            "sensitivity" those layers most that matter least to the loss.
        loss: the name of a loss of Keras; a loss object; or a function of (y, outputs), TensorFlow tensors, that gives
            the loss of each example [n, ...]. None: what fits y and the last activation, cross-entropy or "mse".
        metric: "macro_f1", "accuracy", "mae", "mse", "rmse", "validation_loss"; or a function of (y, outputs), numpy
            arrays, that gives a number. None: "macro_f1" of classes, else "validation_loss". Only the latter weighs
            examples.
        larger_is_better: of a metric that is a function.
        epochs: of each stage.
        learning_rate: the first one of each stage; it falls along a half cosine.
        batch_size: examples in a batch, at most.
        floor: the score that each stage has to reach; where less is better, that it must not exceed. None: any.
        distillation: share of the loss that is the distance to the probabilities of `model`, 0 to 1.
        exclude: names of layers that stay dense.
        seed: the same seed gives the same result.
        progress: called with the share done, 0 to 1, and a few words.

    Returns:
        The pruned model, what each stage reached, and the layers that stayed dense, with the reasons.

    Raises:
        DataError: examples do not fit the model or one another.
        ModelError: the model's file cannot be taken.
        PruningError: an option is not usable, nothing can be pruned, or a target is out of reach.
        LostZerosError: a pruned weight came back.
        TrainingError: the model cannot be trained so.
    """
    from ecgprune.artifacts import no_progress
    from ecgprune.training import own, own_options, user_model

    options = own_options.Options(
        own_options.stages_of(stages), granularity, allocation, loss, metric, larger_is_better, epochs, learning_rate,
        batch_size, floor, distillation, tuple(exclude), seed,
    )  # fmt: skip
    return own.prune(user_model.taken(model), train, validation, options, progress or no_progress)


def quantize(model: Any, representative: Any) -> bytes:
    """Quantizes a Keras model to int8: inputs, outputs, weights; batch 1. Every zero of a kernel stays zero.

    TFLite's converter runs in a process of its own, but for models with layers of your own classes: some crash it.

    Args:
        model: as of `prune`, with any number of outputs; PruneResult.model as a rule.
        representative: inputs that the ranges of activations are measured on, a hundred or more training examples: one
            array [n, ...], a list in the order of the inputs, {input name: array}, or the path of an .npz or .npy.

    Returns:
        The bytes of a .tflite. Warns (UserWarning) where its outputs differ from the float model's by more than a
        hundredth of their variance.

    Raises:
        DataError: the inputs do not fit the model.
        ModelError: a file cannot be taken.
        QuantizationError: an operator stays float, or a bias overflows.
        LostZerosError: a zero was lost.
    """
    from ecgprune.pipeline.converting import quantize as quantized
    from ecgprune.training.outcome import output_warning

    found = quantized(model, representative)
    told = output_warning(found.output_error)
    if told:
        warnings.warn(told, stacklevel=2)
    return found.content
