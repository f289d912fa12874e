"""Operations that stand in a Keras 3 model between its layers (`x + y`, `keras.ops.mean(x)`), in tf_keras.

Where tf_keras has a layer for one it is used, for layers can be cloned and saved; else TensorFlow's function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ecgprune.errors import ModelError
from ecgprune.training._tf import keras, tf
from ecgprune.training.imported.activations import BY_LAYERS

__all__ = ["OPERATIONS", "apply"]

Settings = Mapping[str, Any]


def apply(class_name: str, where: str, arguments: Sequence[Any], settings: Settings) -> Any:
    """Applies a Keras 3 operation.

    Args:
        class_name: Of the operation, as `Add`.
        where: Its name in the model, for messages; new layers get names that start with it.
        arguments: Symbolic tensors, numbers and arrays.
        settings: By name, from the operation's config and call.

    Returns:
        The symbolic result.

    Raises:
        ModelError: The operation, or a form of it, is not supported.
    """
    if class_name not in OPERATIONS:
        known = ", ".join(sorted(OPERATIONS))
        raise ModelError(f"operation '{where}' is {class_name}, which is not supported; supported are {known}")
    try:
        return OPERATIONS[class_name](where, list(arguments), dict(settings))
    except (TypeError, ValueError, KeyError, IndexError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"operation '{where}' ({class_name}) is of a form that is not supported: {reason}") from error


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "node")  # of a symbolic tensor: the call that made it


def _number(value: Any) -> Any:
    """A constant as Rescaling takes it."""
    return float(value) if np.ndim(value) == 0 else np.asarray(value, np.float32).tolist()


def _sum(where: str, args: list[Any], _: Settings) -> Any:
    return _merged(where, keras.layers.Add, tf.math.add, args, lambda c: (1.0, c))


def _product(where: str, args: list[Any], _: Settings) -> Any:
    return _merged(where, keras.layers.Multiply, tf.math.multiply, args, lambda c: (c, 0.0))


def _merged(
    where: str, layer: Any, function: Any, args: list[Any], rescaling: Callable[[Any], tuple[Any, Any]] | None
) -> Any:
    """Two tensors by a merging layer, or a tensor and a constant; tf_keras' layers broadcast equal ranks alone."""
    a, b = args
    if _is_tensor(a) and _is_tensor(b):
        return layer(name=where)([a, b]) if len(a.shape) == len(b.shape) else function(a, b)
    tensor, constant = (a, b) if _is_tensor(a) else (b, a)
    if rescaling is None or np.ndim(constant) >= len(tensor.shape):
        return function(tensor, tf.constant(constant, tensor.dtype))
    scale, offset = rescaling(_number(constant))
    return keras.layers.Rescaling(scale, offset, name=where)(tensor)


def _difference(where: str, args: list[Any], _: Settings) -> Any:
    a, b = args
    if _is_tensor(a) and _is_tensor(b):
        return _merged(where, keras.layers.Subtract, tf.math.subtract, args, None)
    if _is_tensor(a):
        return keras.layers.Rescaling(1.0, _number(-np.asarray(b, np.float64)), name=where)(a)
    return keras.layers.Rescaling(-1.0, _number(a), name=where)(b)


def _quotient(where: str, args: list[Any], _: Settings) -> Any:
    a, b = args
    if _is_tensor(a) and not _is_tensor(b):
        return keras.layers.Rescaling(_number(1 / np.asarray(b, np.float64)), name=where)(a)
    return tf.math.divide(a, b)


def _reduced(function: Any) -> Callable[[str, list[Any], Settings], Any]:
    return lambda where, args, s: function(args[0], axis=s.get("axis"), keepdims=bool(s.get("keepdims", False)))


def _activated(name: str) -> Callable[[str, list[Any], Settings], Any]:
    return lambda where, args, s: keras.layers.Activation(name, name=where)(args[0])


def _reshaped(where: str, args: list[Any], settings: Settings) -> Any:
    """keras.ops.reshape counts the batch: only forms that leave it alone are taken."""
    shape = [-1 if n is None else int(n) for n in settings.get("newshape", args[1] if len(args) > 1 else ())]
    values = math.prod(args[0].shape[1:])
    if -1 in shape[1:]:
        shape[shape.index(-1, 1)] = values // -math.prod(shape[1:])
    if not shape or shape[0] not in (-1, 1) or math.prod(shape[1:]) != values:
        raise ValueError(f"shape {shape} of {values} values a sample; expected (-1, ...) with one sample after it")
    return keras.layers.Reshape(shape[1:], name=where)(args[0])


def _sliced(where: str, args: list[Any], _: Settings) -> Any:
    key = args[1]
    return args[0][tuple(key) if isinstance(key, list | tuple) else key]


def _padded(where: str, args: list[Any], settings: Settings) -> Any:
    if settings.get("mode", "constant") != "constant":
        raise ValueError(f"mode {settings['mode']!r}; expected 'constant'")
    return tf.pad(args[0], settings["pad_width"], constant_values=settings.get("constant_values") or 0)


def _along(settings: Settings) -> int:
    return int(settings.get("axis", -1))


OPERATIONS: dict[str, Callable[[str, list[Any], Settings], Any]] = {
    "Add": _sum,
    "Subtract": _difference,
    "Multiply": _product,
    "Divide": _quotient,
    "TrueDivide": _quotient,
    "Negative": lambda where, args, s: keras.layers.Rescaling(-1.0, name=where)(args[0]),
    "Maximum": lambda where, args, s: _merged(where, keras.layers.Maximum, tf.math.maximum, args, None),
    "Minimum": lambda where, args, s: _merged(where, keras.layers.Minimum, tf.math.minimum, args, None),
    "Absolute": lambda where, args, s: tf.math.abs(args[0]),
    "Abs": lambda where, args, s: tf.math.abs(args[0]),
    "Square": lambda where, args, s: tf.math.square(args[0]),
    "Sqrt": lambda where, args, s: tf.math.sqrt(args[0]),
    "Rsqrt": lambda where, args, s: tf.math.rsqrt(args[0]),
    "Log": lambda where, args, s: tf.math.log(args[0]),
    "Exp": lambda where, args, s: tf.math.exp(args[0]),
    "Mean": _reduced(tf.math.reduce_mean),
    "Sum": _reduced(tf.math.reduce_sum),
    "Max": _reduced(tf.math.reduce_max),
    "Min": _reduced(tf.math.reduce_min),
    "Relu": lambda where, args, s: keras.layers.ReLU(name=where)(args[0]),
    "Relu6": lambda where, args, s: BY_LAYERS["relu6"](args[0], where),
    "LeakyRelu": lambda where, args, s: keras.layers.LeakyReLU(s.get("negative_slope", 0.2), name=where)(args[0]),
    "Elu": lambda where, args, s: keras.layers.ELU(s.get("alpha", 1.0), name=where)(args[0]),
    "HardSigmoid": lambda where, args, s: BY_LAYERS["hard_sigmoid"](args[0], where),
    "HardSilu": lambda where, args, s: BY_LAYERS["hard_silu"](args[0], where),
    "Softmax": lambda where, args, s: keras.layers.Softmax(_along(s), name=where)(args[0]),
    "LogSoftmax": lambda where, args, s: tf.nn.log_softmax(args[0], axis=_along(s)),
    "Sigmoid": _activated("sigmoid"),
    "Tanh": _activated("tanh"),
    "Silu": _activated("swish"),
    "Softplus": _activated("softplus"),
    "Softsign": _activated("softsign"),
    "Selu": _activated("selu"),
    "Reshape": _reshaped,
    "Transpose": lambda where, args, s: tf.transpose(args[0], s.get("axes")),
    "ExpandDims": lambda where, args, s: tf.expand_dims(args[0], s["axis"]),
    "Squeeze": lambda where, args, s: tf.squeeze(args[0], s.get("axis")),
    "Concatenate": lambda where, args, s: keras.layers.Concatenate(_along(s), name=where)(list(args[0])),
    "Stack": lambda where, args, s: tf.stack(list(args[0]), axis=int(s.get("axis", 0))),
    "Matmul": lambda where, args, s: tf.linalg.matmul(args[0], args[1]),
    "GetItem": _sliced,
    "Pad": _padded,
}
"""Operations of keras.ops by class name, as functions of (name, arguments, settings)."""
