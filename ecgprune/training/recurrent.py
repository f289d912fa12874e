"""Recurrent layers in forms that TFLite has operators for.

An LSTM that runs forward is one operator. Every other recurrent layer reaches TFLite as a loop over subgraphs, on which
its quantizer crashes, and a layer that runs backward reverses its input, which needs an operator of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ecgprune.errors import QuantizationError
from ecgprune.training._tf import keras, tf

__all__ = ["MOST_STEPS", "forward", "is_recurrent"]

MOST_STEPS = 64
"""A GRU or SimpleRNN over more steps is refused: each becomes a dozen operators of its own."""

_MERGES = {
    "concat": keras.layers.Concatenate, "sum": keras.layers.Add, "ave": keras.layers.Average,
    "mul": keras.layers.Multiply,
}  # fmt: skip
_CELLS = keras.layers.LSTM | keras.layers.GRU | keras.layers.SimpleRNN
Make = Callable[[Any, Any, dict[str, Any], Any], Any]
"""(the old layer, the new one's class and config, its input) to its output; sets the weights."""


def is_recurrent(layer: Any) -> bool:
    """Whether `forward` rewrites a layer."""
    if isinstance(layer, keras.layers.Bidirectional):
        inner = layer.forward_layer
        return isinstance(inner, _CELLS) and not inner.return_state and layer.merge_mode in _MERGES
    if not isinstance(layer, _CELLS) or layer.return_state:
        return False
    return not isinstance(layer, keras.layers.LSTM) or layer.go_backwards


def forward(layer: Any, x: Any, make: Make) -> Any:
    """What a recurrent layer makes of `x`, by layers that run forward; those that are no LSTM are unrolled.

    Args:
        layer: One that `is_recurrent`.
        x: A symbolic tensor (batch, steps, values).
        make: Builds a new layer with the weights of an old one, and calls it.

    Returns:
        The symbolic output.

    Raises:
        QuantizationError: It keeps state from one call to the next, or has too many steps.
    """
    if isinstance(layer, keras.layers.Bidirectional):
        both = (layer.forward_layer, layer.backward_layer)
        one, other = (_one_way(inner, x, make, f"{layer.name}_") for inner in both)
        if layer.forward_layer.return_sequences:
            other = _reversed(other)
        return _MERGES[layer.merge_mode](name=layer.name)([one, other])
    return _one_way(layer, x, make, "")


def _one_way(layer: Any, x: Any, make: Make, prefix: str) -> Any:
    if layer.stateful:
        raise QuantizationError(f"layer {layer.name} is stateful, which is not supported; build it without")
    config = layer.get_config() | {"name": f"{prefix}{layer.name}", "go_backwards": False}
    if not isinstance(layer, keras.layers.LSTM):
        if x.shape[1] > MOST_STEPS:
            raise QuantizationError(
                f"layer {layer.name} ({type(layer).__name__}) runs over {x.shape[1]} steps; expected at most "
                f"{MOST_STEPS}, for TFLite has no operator of it: use an LSTM, or a shorter sequence"
            )
        config["unroll"] = True
    return make(layer, type(layer), config, _reversed(x) if layer.go_backwards else x)


def _reversed(x: Any) -> Any:
    """The steps in reverse; GATHER, for fewer runtimes have an operator that reverses."""
    return tf.gather(x, list(range(x.shape[1]))[::-1], axis=1)
