"""Channels of one tensor brought to like ranges before quantization (cross-layer equalization).

TFLite gives a tensor of activations one scale, that of its widest channel. A channel that uses a hundredth of the range
is rounded to two or three values, and a pruned network may multiply them by a large weight: with few weights left, a
channel can be a small constant that the next layer's batch norm divides by its small spread.

A channel that is multiplied by s in the layer that makes it, and divided by s in those that take it, leaves the
network as it is, if all between them keeps factors: ReLU, pooling, sums. This is the equalization of Nagel et al.,
"Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, arXiv:1906.04721. Kernels have a
scale for each output here, so what is balanced is the range of activations with the weights that take them, as in
SmoothQuant (Xiao et al., arXiv:2211.10438) with its alpha of 1/2: a channel with a share q of its tensor's range gets
the share sqrt(q). Factors are powers of two, so the float network answers the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import PruningError
from ecgprune.training._tf import keras, tf
from ecgprune.training.activations import has_range
from ecgprune.training.channel_groups import Ids, Walk, model_nodes
from ecgprune.training.channel_weights import DEPTHWISE, scaled_weights

__all__ = ["equalized", "factors"]

LARGEST = 16.0
"""Factor at most: of a channel with a 256th of the range or less, which int8 cannot tell from zero anyway."""
BATCH = 64

_L = keras.layers
_SCALED = (_L.Conv1D, _L.Conv2D, _L.Dense)
_HOMOGENEOUS = (None, keras.activations.linear, keras.activations.relu, tf.nn.relu)
"""Activation functions that keep factors; None: the layer has none."""
_KEEPS_FACTORS = (
    _L.Activation, _L.Add, _L.Average, _L.AveragePooling1D, _L.AveragePooling2D, _L.Concatenate, _L.Cropping1D,
    _L.Cropping2D, _L.Dropout, _L.Flatten, _L.GlobalAveragePooling1D, _L.GlobalAveragePooling2D, _L.GlobalMaxPooling1D,
    _L.GlobalMaxPooling2D, _L.LeakyReLU, _L.MaxPooling1D, _L.MaxPooling2D, _L.Maximum, _L.Minimum, _L.ReLU, _L.Reshape,
    _L.SpatialDropout1D, _L.SpatialDropout2D, _L.Subtract, _L.UpSampling1D, _L.UpSampling2D, _L.ZeroPadding1D,
    _L.ZeroPadding2D,
)  # fmt: skip
"""Layers that give a channel times s where they take it times s, s > 0."""


@contextmanager
def equalized(model: Any, inputs: Mapping[str, NDArray[np.float32]]) -> Iterator[None]:
    """Holds the weights of a model equalized within the block, and puts them back.

    Args:
        model: a functional Keras model.
        inputs: {input name: float32 [n, ...]} that ranges are measured on.
    """
    by_layer = factors(model, inputs)
    before = [(layer, layer.get_weights()) for layer in model.layers if layer.name in by_layer]
    try:
        for layer, _ in before:
            layer.set_weights(scaled_weights(layer, *by_layer[layer.name]))
        yield
    finally:
        for layer, weights in before:
            layer.set_weights(weights)


def factors(
    model: Any, inputs: Mapping[str, NDArray[np.float32]]
) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """What the channels around each layer with weights are multiplied by.

    Args:
        model: a functional Keras model.
        inputs: {input name: float32 [n, ...]} that ranges are measured on.

    Returns:
        {layer: (float32 [channels] of its input's last axis, float32 [channels] of its output's)}, powers of two from 1
        to LARGEST, of the layers where one is not 1.
    """
    walk = _FactorWalk(left={})
    for node in model_nodes(model):
        walk.visit(node)
    walk.fix([walk.channels[str(id(tensor))] for tensor in model.outputs])
    groups = walk.groups()
    shares = np.zeros(len(groups.removable))
    for name, ranges in _ranges(model, inputs, list(groups.given)):
        np.maximum.at(shares, groups.given[name], ranges / max(float(ranges.max()), float(np.finfo(np.float32).tiny)))
    factor = np.ones(len(shares), np.float32)
    free = groups.removable & (shares > 0)
    factor[free] = np.minimum(np.exp2(np.round(-0.5 * np.log2(shares[free]))), LARGEST)
    found = {name: (factor[taken], factor[groups.given[name]]) for name, taken in groups.taken.items()}
    return {name: pair for name, pair in found.items() if any(np.any(side != 1) for side in pair)}


def _ranges(
    model: Any, inputs: Mapping[str, NDArray[np.float32]], names: list[str]
) -> list[tuple[str, NDArray[np.float64]]]:
    """(layer, largest magnitude in each channel of its output), of the layers `names` whose outputs TFLite stores."""
    layers = [layer for layer in model.layers if layer.name in names and has_range(model, layer)]
    probe = keras.Model(model.inputs, [layer.get_output_at(0) for layer in layers])
    found = [np.zeros(layer.get_output_shape_at(0)[-1]) for layer in layers]
    for start in range(0, len(next(iter(inputs.values()))), BATCH):
        outputs = probe.predict_on_batch({name: values[start : start + BATCH] for name, values in inputs.items()})
        for largest, values in zip(found, outputs if len(layers) > 1 else [outputs], strict=True):
            np.maximum(largest, np.abs(values).reshape(-1, len(largest)).max(axis=0), out=largest)
    return [(layer.name, largest) for layer, largest in zip(layers, found, strict=True)]


class _FactorWalk(Walk):
    """As `Walk`, but a batch norm and a depthwise convolution make channels, whose factors are their own."""

    def visit(self, node: Any) -> None:
        super().visit(node)
        if len(node.flat_output_ids) == 1:
            self.given.setdefault(node.layer.name, self.channels[node.flat_output_ids[0]])

    def ends(self, layer: Any) -> bool:
        return getattr(layer, "activation", None) not in _HOMOGENEOUS

    def rule(self, layer: Any) -> Callable[[Any, list[Ids]], Ids]:
        kind, known = type(layer), super().rule(layer)
        if kind in DEPTHWISE or (kind is _L.BatchNormalization and layer.scale):
            return self.make
        if kind in _SCALED or (kind in _KEEPS_FACTORS and _keeps_factors(layer)):
            return known
        raise PruningError(f"layer {layer.name} does not keep the factors of its channels")


def _keeps_factors(layer: Any) -> bool:
    if isinstance(layer, _L.ReLU):
        return layer.max_value is None and layer.threshold == 0
    return getattr(layer, "activation", None) in _HOMOGENEOUS
