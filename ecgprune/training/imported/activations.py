"""Activations of Keras 3 in tf_keras: by name where both mean the same, as layers where tf_keras has none of that name.

`hard_sigmoid` is one of the latter: clip(0.2 x + 0.5, 0, 1) in tf_keras, clip(x / 6 + 0.5, 0, 1) in Keras 3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ecgprune.training._tf import keras, tf

__all__ = ["BY_LAYERS", "SAME", "Function"]

Function = Callable[[Any, str], Any]
"""Applies an activation to a symbolic tensor; its layers get names that start with the second argument."""

SAME = {
    **{name: name for name in ("linear", "relu", "sigmoid", "tanh", "softmax", "elu", "selu", "softplus", "softsign",
                               "exponential", "mish", "gelu", "swish")},
    "silu": "swish",
}  # fmt: skip
"""Names in Keras 3, with tf_keras' name for the same function."""


def _hard_sigmoid(x: Any, name: str) -> Any:
    x = keras.layers.Rescaling(1.0, offset=3.0, name=f"{name}_shift")(x)
    x = keras.layers.ReLU(max_value=6.0, name=f"{name}_clip")(x)
    return keras.layers.Rescaling(1 / 6, name=f"{name}_scale")(x)


def _hard_silu(x: Any, name: str) -> Any:
    return keras.layers.Multiply(name=f"{name}_gate")([x, _hard_sigmoid(x, name)])


BY_LAYERS: dict[str, Function] = {
    "relu6": lambda x, name: keras.layers.ReLU(max_value=6.0, name=name)(x),
    "leaky_relu": lambda x, name: keras.layers.LeakyReLU(alpha=0.2, name=name)(x),
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": _hard_silu,
    "hard_swish": _hard_silu,
    "log_softmax": lambda x, name: tf.nn.log_softmax(x, axis=-1),
    "log_sigmoid": lambda x, name: tf.math.log_sigmoid(x),
}
"""The others, by their names in Keras 3."""
