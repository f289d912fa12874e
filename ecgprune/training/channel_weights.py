"""The weights of a layer for the channels that are left, or for channels that are scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.training._tf import keras

__all__ = ["DEPTHWISE", "MAKERS", "scaled_weights", "smaller_weights"]

_L = keras.layers

_TRANSPOSED = (_L.Conv1DTranspose, _L.Conv2DTranspose)
_SEPARABLE = (_L.SeparableConv1D, _L.SeparableConv2D)
_RECURRENT = {_L.LSTM: 4, _L.GRU: 3, _L.SimpleRNN: 1}
"""Gates of each: a unit has one column of the kernels for each gate."""

MAKERS = (_L.Conv1D, _L.Conv2D, _L.Dense, *_TRANSPOSED, *_SEPARABLE, *_RECURRENT)
"""Layers that make new channels from all that they take."""
DEPTHWISE = (_L.DepthwiseConv1D, _L.DepthwiseConv2D)
"""Layers that make some channels from each that they take."""

Kept = NDArray[np.bool_]
Values = NDArray[np.float32]


def smaller_weights(layer: Any, taken: Kept, given: Kept) -> list[Values]:
    """The values of a layer's weights, in its order.

    Args:
        layer: a layer of a kind that `channel_groups` knows.
        taken: which channels on the last axis of its input are left.
        given: the same of its output.
    """
    return [_sliced(layer, weight, taken, given) for weight in layer.weights]


def _sliced(layer: Any, weight: Any, taken: Kept, given: Kept) -> Values:
    values: Values = weight.numpy()
    kind = type(layer)
    if kind in _RECURRENT:
        columns = np.tile(given, _RECURRENT[kind])
        if weight is layer.cell.kernel:
            return values[taken][:, columns]
        return values[given][:, columns] if weight is layer.cell.recurrent_kernel else values[..., columns]
    if kind in DEPTHWISE + _SEPARABLE and weight is layer.depthwise_kernel:
        return values[..., taken, :]
    if kind in _SEPARABLE and weight is layer.pointwise_kernel:
        return values[..., np.repeat(taken, layer.depth_multiplier), :][..., given]
    if kind in _TRANSPOSED and weight is layer.kernel:
        return values[..., given, :][..., taken]
    if values.ndim == 1 or kind is _L.PReLU:  # a bias, one of batch norm's four, slopes
        return values[..., given] if values.shape[-1] == len(given) else values
    return values[..., taken, :][..., given]


def scaled_weights(layer: Any, taken: Values, given: Values) -> list[Values]:
    """The values of a layer's weights where the channels around it are scaled, in its order.

    Args:
        layer: a Conv1D, Conv2D, Dense or DEPTHWISE layer, or a batch normalization with a gamma.
        taken: float32, what each channel on the last axis of its input is multiplied by.
        given: the same of its output.
    """
    return [_scaled(layer, weight, taken, given) for weight in layer.weights]


def _scaled(layer: Any, weight: Any, taken: Values, given: Values) -> Values:
    values: Values = weight.numpy()
    if isinstance(layer, _L.BatchNormalization):
        if weight is layer.moving_variance:
            return values
        if weight is layer.moving_mean:
            return values * taken
        return values * given / taken if weight is layer.gamma else values * given
    if values.ndim == 1:  # a bias
        return values * given
    columns = given.reshape(values.shape[-2:]) if type(layer) in DEPTHWISE else given
    return values * (columns / taken[:, np.newaxis])
