"""Which activations TFLite stores, each with a range of its own."""

from __future__ import annotations

from typing import Any

from ecgprune.training._tf import keras

__all__ = ["has_range"]

_KEEPS_RANGE = keras.layers.MaxPooling2D | keras.layers.Flatten | keras.layers.Reshape | keras.layers.Dropout
_FUSED = keras.layers.BatchNormalization | keras.layers.ReLU | keras.layers.Concatenate
"""Layers that TFLite fuses with what comes before them, or (Concatenate) that give it its scale."""


def has_range(model: Any, layer: Any) -> bool:
    """Whether TFLite stores what `layer` of a functional Keras `model` gives, with a range of its own."""
    if isinstance(layer, _KEEPS_RANGE | keras.layers.Softmax):
        return False
    if isinstance(layer, keras.layers.Activation) and layer.activation is keras.activations.softmax:
        return False
    followers = [node.layer for node in layer.outbound_nodes if node.layer in model.layers]
    if len(followers) != 1:
        return True
    (follower,) = followers
    rectifies = isinstance(follower, keras.layers.Activation) and follower.activation is keras.activations.relu
    return not (isinstance(follower, _FUSED) or rectifies)
