"""One-dimensional layers of a Keras model as two-dimensional ones over images of height 1.

TFLite has no one-dimensional operators: a Conv1D reaches it as reshape, CONV_2D, reshape, and then bias, batch norm and
activation as operators of their own. Here a sequence (length, channels) is an image (1, length, channels) from the
first such layer to the last, and the converter fuses what follows a convolution into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import QuantizationError
from ecgprune.training._tf import keras, tf
from ecgprune.training.recurrent import forward, is_recurrent

__all__ = ["height_one"]

_DROPPED = (
    keras.layers.Dropout | keras.layers.SpatialDropout1D | keras.layers.SpatialDropout2D
    | keras.layers.GaussianNoise | keras.layers.GaussianDropout | keras.layers.AlphaDropout
)  # fmt: skip
"""Layers that do nothing but in training."""
_EACH_VALUE = (
    keras.layers.Activation | keras.layers.ReLU | keras.layers.LeakyReLU | keras.layers.ELU | keras.layers.Rescaling
    | keras.layers.Dense
)  # fmt: skip
"""Layers that take any rank: they work on each value, or along the last axis."""
_LAST_AXIS = keras.layers.BatchNormalization | keras.layers.LayerNormalization | keras.layers.Softmax
_MERGING = (
    keras.layers.Add | keras.layers.Subtract | keras.layers.Multiply | keras.layers.Average | keras.layers.Maximum
    | keras.layers.Minimum | keras.layers.Concatenate
)  # fmt: skip
_RESHAPING = keras.layers.Flatten | keras.layers.Reshape
_MODELS = keras.Model  # Sequential is one

Config = dict[str, Any]


def height_one(model: Any) -> Any:
    """A model for inference that answers the same, with its one-dimensional layers as two-dimensional ones.

    Models inside the model are taken apart, layers that only act in training left out, and recurrent layers rewritten,
    see `recurrent`.

    Args:
        model: A tf_keras model; it is not changed.

    Returns:
        `model` itself where it has nothing of all that; else a new model with the same inputs and outputs.

    Raises:
        QuantizationError: A layer has channels first, or `recurrent.forward` refuses one.
    """
    if not any(isinstance(layer, _DROPPED | _MODELS) or type(layer).__name__ in _TWO_DIMENSIONAL or is_recurrent(layer)
               for layer in model.layers):  # fmt: skip
        return model
    inputs = [keras.Input(t.shape[1:], name=n, dtype=t.dtype)
              for n, t in zip(model.input_names, model.inputs, strict=True)]  # fmt: skip
    maker = _Maker()
    values = maker.run(model, [_Value(tensor) for tensor in inputs])
    return keras.Model(inputs, [maker.plain(value) for value in values], name=model.name)


@dataclass(frozen=True)
class _Value:
    """A symbolic tensor. lifted: whether it has the axis of height 1, after the batch."""

    tensor: Any
    lifted: bool = False


@dataclass(frozen=True)
class _Form:
    """How a one-dimensional layer is written in two dimensions.

    Attributes:
        name: Of the class.
        config: Makes its config from the one-dimensional layer's.
        lifted: Whether the result is an image of height 1.
    """

    name: str
    config: Callable[[Config], Config] = dict
    lifted: Callable[[Config], bool] = lambda _: True


def _convolution(config: Config) -> Config:
    made = config | {key: (1, *config[key]) for key in ("kernel_size", "strides", "dilation_rate")}
    if made.get("output_padding") is not None:
        made["output_padding"] = (0, *config["output_padding"])
    return made | {"padding": "valid" if config["padding"] == "causal" else config["padding"]}


def _depthwise(config: Config) -> Config:
    """TensorFlow's depthwise convolution takes equal strides alone; along a height of 1 any is the same."""
    return _convolution(config) | {"strides": config["strides"][0]}


def _pooling(config: Config) -> Config:
    return config | {"pool_size": (1, *config["pool_size"]), "strides": (1, *config["strides"])}


def _sides(key: str) -> Callable[[Config], Config]:
    return lambda config: config | {key: ((0, 0), tuple(config[key]))}


_GLOBAL = {
    f"Global{kind}Pooling1D": _Form(f"Global{kind}Pooling2D", lifted=lambda config: bool(config["keepdims"]))
    for kind in ("Max", "Average")
}
_TWO_DIMENSIONAL = {
    "Conv1D": _Form("Conv2D", _convolution),
    "SeparableConv1D": _Form("SeparableConv2D", _depthwise),
    "DepthwiseConv1D": _Form("DepthwiseConv2D", _depthwise),
    "Conv1DTranspose": _Form("Conv2DTranspose", _convolution),
    "MaxPooling1D": _Form("MaxPooling2D", _pooling),
    "AveragePooling1D": _Form("AveragePooling2D", _pooling),
    **_GLOBAL,
    "ZeroPadding1D": _Form("ZeroPadding2D", _sides("padding")),
    "Cropping1D": _Form("Cropping2D", _sides("cropping")),
    "UpSampling1D": _Form("UpSampling2D", lambda config: config | {"size": (1, config["size"])}),
}


class _Maker:
    """Builds the new model; a layer that is called twice is made once."""

    def __init__(self) -> None:
        self._layers: dict[int, Any] = {}
        self._reshapes = 0

    def run(self, model: Any, inputs: Sequence[_Value]) -> list[_Value]:
        """The outputs of a model for these inputs."""
        made = {id(tensor): value for tensor, value in zip(model.inputs, inputs, strict=True)}
        for depth in sorted(model._nodes_by_depth, reverse=True):
            for node in model._nodes_by_depth[depth]:
                if not node.is_input:
                    outputs = self._called(node, made)
                    for tensor, value in zip(tf.nest.flatten(node.outputs), outputs, strict=True):
                        made[id(tensor)] = value
        return [made[id(tensor)] for tensor in model.outputs]

    def plain(self, value: _Value) -> Any:
        """The tensor without the axis of height 1."""
        return self._reshaped(value.tensor, value.tensor.shape[2:]) if value.lifted else value.tensor

    def lifted(self, value: _Value) -> Any:
        """The tensor, a sequence of vectors, as an image of height 1."""
        return value.tensor if value.lifted else self._reshaped(value.tensor, (1, *value.tensor.shape[1:]))

    def _reshaped(self, tensor: Any, shape: Sequence[int]) -> Any:
        self._reshapes += 1
        return keras.layers.Reshape(tuple(shape), name=f"height_one_{self._reshapes}")(tensor)

    def _called(self, node: Any, made: Mapping[int, _Value]) -> list[_Value]:
        """What a layer gives at one place of the model."""
        layer = node.layer
        sources = [made[id(tensor)] for tensor in node.keras_inputs]
        config = layer.get_config() if not isinstance(layer, _MODELS) else {}
        if isinstance(layer, _MODELS):
            return self.run(layer, sources)
        if isinstance(layer, _DROPPED):
            return sources
        form = _TWO_DIMENSIONAL.get(type(layer).__name__)
        if form is not None:
            return [self._two_dimensional(layer, config, form, sources[0])]
        if is_recurrent(layer) and len(sources) == 1:
            return [_Value(forward(layer, self.plain(sources[0]), self._layer))]
        if any(value.lifted for value in sources):
            moved = self._on_images(layer, config, node, sources)
            if moved is not None:
                return [moved]
        return self._as_it_is(layer, config, node, made)

    def _two_dimensional(self, layer: Any, config: Config, form: _Form, source: _Value) -> _Value:
        if config.get("data_format") == "channels_first":
            raise QuantizationError(f"layer {layer.name} has channels first; only channels_last is supported")
        x = self.lifted(source)
        if config.get("padding") == "causal":
            before = config["dilation_rate"][0] * (config["kernel_size"][0] - 1)
            x = keras.layers.ZeroPadding2D(((0, 0), (before, 0)), name=f"{layer.name}_causal")(x)
        made = self._layer(layer, getattr(keras.layers, form.name), form.config(config), x, _with_height)
        return _Value(made, form.lifted(config))

    def _on_images(self, layer: Any, config: Config, node: Any, sources: Sequence[_Value]) -> _Value | None:
        """A layer of another kind on images of height 1; None where it cannot tell its axes."""
        kind, axis, x = type(layer), config.get("axis"), sources[0].tensor
        if isinstance(layer, _EACH_VALUE):
            return _Value(self._layer(layer, kind, config, x), True)
        if isinstance(layer, _LAST_AXIS) and axis in (-1, 2, [-1], [2]):
            return _Value(self._layer(layer, kind, config | {"axis": -1}, x), True)
        if isinstance(layer, keras.layers.PReLU):
            shared = [1, *(n + 1 for n in config["shared_axes"] or ())]
            return _Value(self._layer(layer, kind, config | {"shared_axes": shared}, x, _with_height), True)
        if isinstance(layer, _RESHAPING):
            return _Value(self._reshaped(x, tf.nest.flatten(node.outputs)[0].shape[1:]))
        if isinstance(layer, keras.layers.TimeDistributed) and type(layer.layer) is keras.layers.Dense:
            inner = layer.layer
            return _Value(self._layer(inner, keras.layers.Dense, inner.get_config(), x), True)
        if isinstance(layer, _MERGING) and all(len(v.tensor.shape) == 3 + v.lifted for v in sources):
            if axis is not None:
                config["axis"] = axis + 1 if axis > 0 else axis
            return _Value(self._layer(layer, kind, config, [self.lifted(value) for value in sources]), True)
        return None

    def _as_it_is(self, layer: Any, config: Config, node: Any, made: Mapping[int, _Value]) -> list[_Value]:
        """The layer with its own arguments."""

        def moved(value: Any) -> Any:
            return self.plain(made[id(value)]) if id(value) in made else value

        arguments, named = tf.nest.map_structure(moved, (node.call_args, node.call_kwargs))
        new = self._layers.get(id(layer)) or type(layer).from_config(config)
        outputs = new(*arguments, **named)
        self._keep(layer, new, list)
        return [_Value(tensor) for tensor in tf.nest.flatten(outputs)]

    def _layer(
        self, old: Any, kind: Any, config: Config, source: Any, weights: Callable[[list[Any]], list[Any]] = list
    ) -> Any:
        """What a new layer of `kind`, with the weights of `old`, makes of `source`."""
        new = self._layers.get(id(old)) or kind.from_config(config)
        output = new(source)
        self._keep(old, new, weights)
        return output

    def _keep(self, old: Any, new: Any, weights: Callable[[list[Any]], list[Any]]) -> None:
        if id(old) not in self._layers and old.weights:
            new.set_weights(weights(old.get_weights()))
            if isinstance(new, keras.layers.Normalization):
                new.finalize_state()
        self._layers[id(old)] = new


def _with_height(weights: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Kernels and slopes with an axis of height 1; biases as they are."""
    return [w[np.newaxis] if w.ndim > 1 else w for w in weights]
