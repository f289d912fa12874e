"""The layers of Keras 3 that tf_keras has too: which settings they take, under which names.

This table is the only way from a class name in a file to a class: what is not in it is never instantiated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecgprune.errors import ModelError
from ecgprune.training._tf import keras
from ecgprune.training.imported.activations import BY_LAYERS, SAME, Function

__all__ = ["LAYERS", "SUPPORTED", "Built", "Kind", "build"]

_CONV = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "use_bias", "activation")
_DEPTHWISE = ("kernel_size", "strides", "padding", "dilation_rate", "depth_multiplier", "use_bias", "activation")
_POOL = ("pool_size", "strides", "padding")
_RECURRENT = ("units", "activation", "use_bias", "return_sequences", "go_backwards", "unroll", "dropout",
              "recurrent_dropout")  # fmt: skip
_NORM = ("epsilon", "center", "scale")
_ATTENTION = ("num_heads", "key_dim", "value_dim", "dropout", "use_bias", "output_shape", "attention_axes")


@dataclass(frozen=True)
class Kind:
    """A class of layers.

    Attributes:
        takes: The settings that tf_keras takes under the same name.
        renamed: Those it takes under another name, {Keras 3's: tf_keras'}.
        parts: The attributes that hold the weights of composed layers, in the order of tf_keras' weights.
        inner: The settings that are layers themselves.
    """

    takes: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()


LAYERS: dict[str, Kind] = {
    **{f"Conv{d}D": Kind((*_CONV, "groups")) for d in (1, 2)},
    **{f"Conv{d}DTranspose": Kind((*_CONV, "output_padding")) for d in (1, 2)},
    **{f"SeparableConv{d}D": Kind((*_CONV, "depth_multiplier")) for d in (1, 2)},
    **{f"DepthwiseConv{d}D": Kind(_DEPTHWISE) for d in (1, 2)},
    "Dense": Kind(("units", "use_bias", "activation")),
    "Embedding": Kind(("input_dim", "output_dim")),
    **{f"{kind}Pooling{d}D": Kind(_POOL) for kind in ("Max", "Average") for d in (1, 2)},
    **{f"Global{kind}Pooling{d}D": Kind(("keepdims",)) for kind in ("Max", "Average") for d in (1, 2)},
    "BatchNormalization": Kind((*_NORM, "axis", "momentum")),
    "LayerNormalization": Kind((*_NORM, "axis")),
    "GroupNormalization": Kind((*_NORM, "axis", "groups")),
    "UnitNormalization": Kind(("axis",)),
    "Rescaling": Kind(("scale", "offset")),
    **{name: Kind() for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")},
    "Concatenate": Kind(("axis",)),
    "Dot": Kind(("axes", "normalize")),
    "Activation": Kind(("activation",)),
    "ReLU": Kind(("max_value", "negative_slope", "threshold")),
    "LeakyReLU": Kind(("alpha",), {"negative_slope": "alpha"}),
    "PReLU": Kind(("shared_axes",)),
    "ELU": Kind(("alpha",)),
    "Softmax": Kind(("axis",)),
    "Reshape": Kind(("target_shape",)),
    "Flatten": Kind(),
    "Permute": Kind(("dims",)),
    "RepeatVector": Kind(("n",)),
    **{f"ZeroPadding{d}D": Kind(("padding",)) for d in (1, 2)},
    **{f"Cropping{d}D": Kind(("cropping",)) for d in (1, 2)},
    "UpSampling1D": Kind(("size",)),
    "UpSampling2D": Kind(("size", "interpolation")),
    **{name: Kind(("rate",)) for name in ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianDropout",
                                          "AlphaDropout")},
    "GaussianNoise": Kind(("stddev",)),
    "LSTM": Kind((*_RECURRENT, "recurrent_activation"), parts=("cell",)),
    "GRU": Kind((*_RECURRENT, "recurrent_activation", "reset_after"), parts=("cell",)),
    "SimpleRNN": Kind(_RECURRENT, parts=("cell",)),
    "Bidirectional": Kind(("merge_mode",), parts=("forward_layer", "backward_layer"), inner=("layer",)),
    "TimeDistributed": Kind((), parts=("layer",), inner=("layer",)),
    "MultiHeadAttention": Kind(_ATTENTION, parts=("query_dense", "key_dense", "value_dense", "output_dense")),
}  # fmt: skip
"""Layers by class name. Normalization is rebuilt as Rescaling, see `rebuild`."""

SUPPORTED = "the guide 'A Keras model' lists the layers that are"

_OF_TRAINING = ("_initializer", "_regularizer", "_constraint")
_WITHOUT_MEANING = {
    "name", "trainable", "dtype", "seed", "noise_shape", "synchronized", "renorm", "autocast", "batch_input_shape",
    "zero_output_for_mask", "implementation", "time_major", "flash_attention", "input_length", "unit_forget_bias",
    "module", "input_shape", "input_dim", "supports_masking",
    "renorm_clipping", "renorm_momentum",
}  # fmt: skip
"""Settings that do not change what a trained layer answers to one sample."""
_DEFAULTS = {"data_format": "channels_last", "groups": 1, "fused": None}
_ACTIVATIONS = ("activation", "recurrent_activation")


@dataclass(frozen=True)
class Built:
    """A layer, and the activation that follows it where tf_keras has it only as layers."""

    layer: Any
    after: Function | None = None

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if self.after is not None and isinstance(self.layer, keras.layers.Activation):
            return self.after(arguments[0], self.layer.name)
        made = self.layer(*arguments, **named)
        return made if self.after is None else self.after(made, f"{self.layer.name}_activation")


def build(stored: Mapping[str, Any], where: str, name: str) -> Built:
    """A new tf_keras layer with the settings of a stored Keras 3 layer.

    Args:
        stored: {"class_name", "config", ...}.
        where: Its name in the model, for messages.
        name: The name of the new layer.

    Returns:
        The layer, with weights that are not set yet.

    Raises:
        ModelError: Its class, or one of its settings, is not supported.
    """
    class_name, config = str(stored.get("class_name")), stored.get("config")
    kind = _kind(stored, where)
    if not isinstance(config, dict):
        raise ModelError(f"layer '{where}' ({class_name}) has no config: the file is damaged")
    settings: dict[str, Any] = {}
    after = None
    for key, value in config.items():
        if key in _ACTIVATIONS and key in kind.takes:
            settings[key], after = _activation(value, f"'{where}' ({class_name})", key, after)
        elif key in kind.inner:
            settings[key] = _inner(value, where, f"{name}_{key}")
        elif key in kind.takes or key in kind.renamed:
            settings[kind.renamed.get(key, key)] = _plain(value)
        else:
            _refuse_meaning(key, value, f"layer '{where}' ({class_name})")
    try:
        layer = getattr(keras.layers, class_name)(name=name, trainable=bool(config.get("trainable", True)), **settings)
    except (TypeError, ValueError, AssertionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"layer '{where}' ({class_name}) has settings that tf_keras refuses: {reason}") from error
    return Built(layer, after)


def _kind(stored: Mapping[str, Any], where: str) -> Kind:
    class_name, module = str(stored.get("class_name")), str(stored.get("module") or "keras.layers")
    if module.partition(".")[0] != "keras":
        raise ModelError(
            f"layer '{where}' is of class {class_name} of {module}, which is not Keras' own; "
            "build the model from Keras' layers"
        )
    if class_name == "Lambda":
        raise ModelError(f"layer '{where}' is a Lambda, which runs code from the file; replace it by Keras' own layers")
    if class_name not in LAYERS:
        raise ModelError(
            f"layer '{where}' is of class {class_name}, which is not supported; {SUPPORTED}"
        )
    return LAYERS[class_name]


def _inner(value: Any, where: str, name: str) -> Any:
    """The layer inside of a Bidirectional or TimeDistributed one."""
    if not isinstance(value, dict):
        raise ModelError(f"layer '{where}' wraps no layer: the file is damaged")
    built = build(value, f"{where}/{value.get('config', {}).get('name', 'layer')}", name)
    if built.after is not None:
        raise ModelError(f"layer '{where}' wraps a layer with an activation that tf_keras lacks; make it a layer")
    return built.layer


def _activation(value: Any, whose: str, key: str, after: Function | None) -> tuple[str, Function | None]:
    """(tf_keras' name of an activation, what is applied after the layer instead or `after`)."""
    if value is None:
        return "linear", after
    if isinstance(value, dict) and value.get("module") == "keras.layers":
        built = build(value, f"{whose} activation", str(value.get("config", {}).get("name", "activation")))
        if built.layer.__class__.__name__ == "PReLU" or built.after is not None or key != "activation":
            raise ModelError(f"layer {whose} has a layer with weights as its activation; make that a layer of its own")
        config = dict(built.layer.get_config())
        return "linear", lambda x, name: built.layer.__class__.from_config(config | {"name": name})(x)
    if isinstance(value, dict) and str(value.get("module", "")).startswith("keras"):
        value = value.get("config") if isinstance(value.get("config"), str) else value.get("class_name")
    if isinstance(value, str) and value in SAME:
        return SAME[value], after
    if isinstance(value, str) and value in BY_LAYERS and key == "activation" and "(LSTM)" not in whose:
        return "linear", BY_LAYERS[value]
    said = value.get("config") if isinstance(value, dict) else value
    known = ", ".join(sorted({*SAME, *BY_LAYERS}))
    raise ModelError(f"layer {whose} has {key} {said!r}, which is not supported; supported are {known}")


def _plain(value: Any) -> Any:
    """A setting as plain data; Keras 3 writes arrays as objects."""
    if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
        return value["config"]["value"]
    return tuple(_plain(v) for v in value) if isinstance(value, list) else value


def _refuse_meaning(key: str, value: Any, whose: str) -> None:
    """Raises ModelError: a setting that tf_keras' layer does not take has a value that changes what it answers."""
    if key in _WITHOUT_MEANING or key.endswith(_OF_TRAINING) or value in (None, False, [], {}):
        return
    if key in _DEFAULTS and value == _DEFAULTS[key]:
        return
    if key in ("lora_alpha", "activity_regularizer", "backward_layer", "key_seed"):
        return
    expected = f"; expected {_DEFAULTS[key]!r}" if key in _DEFAULTS else ""
    raise ModelError(f"{whose} has {key} {value!r}, which is not supported{expected}")
