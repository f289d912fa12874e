"""Quantization-aware fine-tuning: training with weights and activations rounded as int8 rounds them.

tfmot's own (`collab_opts.prune_preserve`) loses zeros where batch norm follows a convolution, and learns the ranges of
the inputs, which are given here. So the layers are wrapped by ecgprune:
- A kernel is multiplied by its mask, so that the gradient of a zero is zero and the optimizer never moves it, and is
  rounded channel by channel to 127 steps either way. Batch norm stays a layer of its own: folded into the kernel
  later, it scales a channel's weights and their step alike, so the rounding is that of the folded kernel.
- An activation is rounded where TFLite stores one: after batch norm and ReLU, after a concatenation rather than
  before it, before a softmax. Its range is the one that calibration finds: measured again after every epoch, on the
  float model and the very beats that the converter is given, so that what is validated is what is converted.
Gradients pass the rounding unchanged (straight-through estimator: Bengio et al., arXiv:1308.3432), and stop outside
an activation's range. The result is a float model with the same layers, for the converter that PTQ uses too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress
from ecgprune.config import Config
from ecgprune.errors import LostZerosError, QuantizationError
from ecgprune.training import zeros
from ecgprune.training._tf import keras, tf
from ecgprune.training.activations import has_range
from ecgprune.training.arrays import Beats
from ecgprune.training.beats import BeatsTask
from ecgprune.training.loop import Course, Fitted, fit

__all__ = ["fine_tune"]

LEVELS = 127
"""Largest magnitude of an int8 weight."""
TINY = 1e-9
"""Smallest step of anything, so that a tensor of zeros divides by something."""

_KERNELS = keras.layers.Conv2D | keras.layers.Dense


def fine_tune(
    model: Any,
    beats: Beats,
    config: Config,
    inputs: Mapping[str, NDArray[np.float32]],
    progress: Progress = no_progress,
) -> tuple[Any, Fitted]:
    """Trains a copy of a float model for config.quantize.qat_epochs epochs with simulated int8.

    Args:
        model: the float model; it is not changed.
        beats: all beats.
        config: epochs, learning rate and seed.
        inputs: {input name: float32 [n, ...]} that the converter is calibrated on afterwards.
        progress: called after every batch.

    Returns:
        (float model to convert, scores of its int8 simulation). The model has the same layers, and is zero wherever
        `model` is.

    Raises:
        QuantizationError: the model has a layer that is not supported.
        LostZerosError: zeros were lost.
    """
    mode = _Mode()
    copy = _wrapped(model, beats, mode)
    ranges = _Ranges(copy, mode, inputs)
    course = Course(config.seed, config.quantize.qat_epochs, config.quantize.qat_learning_rate)
    fitted = fit(copy, BeatsTask(beats, config.train), course, callbacks=[ranges], progress=progress)
    tuned = _stripped(model, copy)
    _check_held(model, tuned)
    return tuned, fitted


class _Mode:
    """Shared by all layers of a model. measuring: nothing is rounded, and ranges are taken from what comes by."""

    def __init__(self) -> None:
        self.measuring = False

    @contextmanager
    def measure(self) -> Iterator[None]:
        self.measuring = True
        try:
            yield
        finally:
            self.measuring = False


def _wrapped(model: Any, beats: Beats, mode: _Mode) -> Any:
    """A copy of `model`, with its weights, that computes as int8 does."""

    def wrapped(layer: Any) -> Any:
        sources = layer.input if isinstance(layer.input, list) else [layer.input]
        name = sources[0].node.layer.name if len(sources) == 1 else ""
        scale = beats.info[f"{name}_scale"] if name in model.input_names else None
        return _Int8(_bare(layer, mode), mode, _softmax_of(layer), has_range(model, layer), scale)

    copy = keras.models.clone_model(model, clone_function=wrapped)
    for source, target in zip(model.layers, copy.layers, strict=True):
        if isinstance(target, _Int8):
            target.layer.set_weights(source.get_weights())
    return copy


def _stripped(model: Any, copy: Any) -> Any:
    """A copy of `model` with the weights that its wrapped `copy` has now; zeros are +0.0."""
    tuned = keras.models.clone_model(model)
    for target, source in zip(tuned.layers, copy.layers, strict=True):
        if isinstance(source, _Int8):
            target.set_weights([np.where(v == 0, np.float32(0), v) for v in source.layer.get_weights()])
    return tuned


def _bare(layer: Any, mode: _Mode) -> Any:
    """A new layer as `layer`, without its weights: a kernel is masked and rounded, a softmax left to the wrapper."""
    kind, settings = type(layer), layer.get_config()
    if layer.weights and not isinstance(layer, _KERNELS | keras.layers.BatchNormalization):
        raise QuantizationError(
            f"quantization-aware fine-tuning of layer {layer.name} ({kind.__name__}) is not built yet, of Conv2D, "
            "Dense and BatchNormalization it is; set quantize.method to 'ptq'"
        )
    if not isinstance(layer, _KERNELS):
        return kind.from_config(settings)
    if _softmax_of(layer):
        settings["activation"] = "linear"
    new = (_Conv2D if isinstance(layer, keras.layers.Conv2D) else _Dense).from_config(settings)
    new.kernel_rule = _KernelRule(layer.kernel.numpy() != 0, mode)
    return new


def _softmax_of(layer: Any) -> Any:
    """The softmax that is part of `layer`, or None: TFLite stores what goes into it."""
    activation = getattr(layer, "activation", None)
    return activation if isinstance(layer, _KERNELS) and activation is keras.activations.softmax else None


def _check_held(before: Any, after: Any) -> None:
    """Raises LostZerosError: a weight that is zero in `before` is not zero in `after`."""
    for name, count, lost in zeros.revived(before, after):
        raise LostZerosError(f"fine-tuning lost {lost} of the {count} zeros of layer {name}")


def _to_steps(values: Any, step: Any) -> Any:
    """`values` as multiples of `step`; the gradient is that of `values`."""
    return values + tf.stop_gradient(tf.round(values / step) * step - values)


class _KernelRule:
    """How a kernel is seen: its zeros held, the rest rounded to int8 with a scale per channel (the last axis)."""

    def __init__(self, alive: NDArray[np.bool_], mode: _Mode) -> None:
        self._alive = tf.constant(alive, tf.float32)
        self._mode = mode

    def __call__(self, kernel: Any) -> Any:
        kernel = kernel * self._alive
        if self._mode.measuring:
            return kernel
        largest = tf.reduce_max(tf.abs(kernel), axis=list(range(len(kernel.shape) - 1)))
        return _to_steps(kernel, tf.stop_gradient(tf.maximum(largest / LEVELS, TINY)))


class _Conv2D(keras.layers.Conv2D):  # type: ignore[misc]
    """Conv2D by the kernel that `kernel_rule` makes of its own."""

    kernel_rule: _KernelRule

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        return super().convolution_op(inputs, self.kernel_rule(kernel))


class _Dense(keras.layers.Dense):  # type: ignore[misc]
    """Dense by the kernel that `kernel_rule` makes of its own."""

    kernel_rule: _KernelRule

    def call(self, inputs: Any) -> Any:
        outputs = tf.matmul(inputs, self.kernel_rule(self.kernel))
        if self.use_bias:
            outputs = outputs + self.bias
        return self.activation(outputs)


class _Int8(keras.layers.Wrapper):  # type: ignore[misc]
    """A layer whose output is rounded to 256 steps between two bounds, one of the steps being zero.

    softmax: applied after rounding, or None. rounds: whether to round at all.
    input_scale: step of the input, which is int8 with zero point 0; None where it is rounded already.
    """

    def __init__(self, layer: Any, mode: _Mode, softmax: Any, rounds: bool, input_scale: float | None) -> None:
        super().__init__(layer, name=layer.name)
        self._mode, self._softmax, self._rounds, self._input_scale = mode, softmax, rounds, input_scale

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.low = self.add_weight(name="low", shape=(), initializer="zeros", trainable=False)
        self.step = self.add_weight(name="step", shape=(), initializer="ones", trainable=False)

    def call(self, inputs: Any) -> Any:
        if self._input_scale is not None:
            step = self._input_scale
            inputs = _to_steps(tf.clip_by_value(inputs, -128 * step, 127 * step), step)
        outputs = self.layer(inputs)
        if self._rounds and self._mode.measuring:
            self._measure(outputs)
        elif self._rounds:
            outputs = _to_steps(tf.clip_by_value(outputs, self.low, self.low + 255 * self.step), self.step)
        return outputs if self._softmax is None else self._softmax(outputs)

    def _measure(self, values: Any) -> None:
        """Takes the bounds from `values` as TFLite does: zero lies between them, on a step."""
        low, high = min(0.0, float(tf.reduce_min(values))), max(0.0, float(tf.reduce_max(values)))
        step = max((high - low) / 255, TINY)
        self.low.assign(round(low / step) * step)
        self.step.assign(step)


class _Ranges(keras.callbacks.Callback):  # type: ignore[misc]
    """Measures the activations' ranges on `inputs`, before the first epoch and after each."""

    def __init__(self, copy: Any, mode: _Mode, inputs: Mapping[str, NDArray[np.float32]]) -> None:
        super().__init__()
        self._copy, self._mode = copy, mode
        self._inputs = {name: tf.constant(values) for name, values in inputs.items()}

    def on_train_begin(self, logs: Any = None) -> None:
        self._measure()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._measure()

    def _measure(self) -> None:
        with self._mode.measure():
            self._copy(self._inputs, training=False)
