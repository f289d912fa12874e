"""Operators on constants: their outputs as TensorFlow Lite Micro's reference kernels compute them.

Only what TFLM computes is computed here, for the element types that its kernels take: a model that TFLM refuses is
refused. Constants that TFLM wants to find in the file (a slice's begin, a padding) must be there for it; see STORED.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["STORED", "evaluate", "slices"]

Values = npt.NDArray[Any]
Rule = Callable[[Op, Sequence[Values], Sequence[Tensor]], Sequence[Values] | None]

STORED: Mapping[str, tuple[int, ...]] = {
    "BROADCAST_TO": (1,), "EXPAND_DIMS": (1,), "FILL": (0,), "MIRROR_PAD": (1,), "PAD": (1,), "PADV2": (1,),
    "RESIZE_BILINEAR": (1,), "RESIZE_NEAREST_NEIGHBOR": (1,), "SPLIT": (0,), "SPLIT_V": (2,),
    "STRIDED_SLICE": (1, 2, 3), "TRANSPOSE": (1,),
}  # fmt: skip
"""Operator -> inputs that TFLM only takes from the file, never from another operator."""

_LARGEST = 1 << 20
"""Elements of a constant that is computed here at most; more would rather bloat the firmware."""
_NO_NUMBERS = ("SHAPE", "ZEROS_LIKE")
"""Operators that look at their input's shape alone."""


def evaluate(graph: Graph, op: Op) -> list[Values] | None:
    """The outputs of an operator whose inputs are known; None where they are not, or where TFLM computes nothing.

    Args:
        graph: the graph of the operator.
        op: the operator.

    Returns:
        One array for each output, of the shape and type that the file states.
    """
    rule = _RULES.get(op.name)
    inputs, outputs = graph.op_inputs(op), graph.op_outputs(op)
    if rule is None or not inputs or not outputs or sum(t.size for t in outputs) > _LARGEST:
        return None
    if op.name in _NO_NUMBERS:
        known: list[Values] = [np.empty(t.shape, t.dtype) for t in inputs if t is not None]
    else:
        known = [t.data for t in inputs if t is not None and t.data is not None]
    if len(known) != len(inputs) or not _takes(op.name, known, outputs):
        return None
    try:
        found = rule(op, known, outputs)
    except (ValueError, TypeError, IndexError, OverflowError):  # what does not fit is not ours to explain
        return None
    if found is None or len(found) != len(outputs):
        return None
    arrays = [np.array(values, order="C") for values in found]  # ascontiguousarray would give a scalar a dimension
    fits = all(a.shape == t.shape and a.dtype == t.dtype for a, t in zip(arrays, outputs, strict=True))
    return arrays if fits else None


def slices(op: Op, shape: tuple[int, ...], begin: Values, end: Values, strides: Values) -> list[slice | int] | None:
    """What STRIDED_SLICE takes of each dimension: a slice, or an index where the dimension goes.

    Source: tflite::strided_slice::StartForAxis and StopForAxis, without the masks that TFLM ignores.

    Args:
        op: a STRIDED_SLICE.
        shape: of its input, 4 dimensions at most.
        begin: int32, one for each dimension.
        end: int32, the same.
        strides: int32, the same.

    Returns:
        None for what TFLM refuses or ignores: more dimensions, a stride of 0, new axes, an ellipsis, an offset.
    """
    ignored = (op.options.get(name) for name in ("ellipsis_mask", "new_axis_mask", "offset"))
    if len(shape) > 4 or any(ignored) or not begin.shape == end.shape == strides.shape == (len(shape),):
        return None
    masks = [int(op.options.get(f"{name}_mask", 0)) for name in ("begin", "end", "shrink_axis")]
    found: list[slice | int] = []
    for axis, size in enumerate(shape):
        first, last, shrinks = (mask >> axis & 1 for mask in masks)
        stride = int(strides[axis])
        if stride == 0:
            return None
        start, stop, _ = slice(
            None if first else int(begin[axis]), None if last else int(end[axis]), stride
        ).indices(size)
        found.append(start if shrinks else slice(start, stop if stop >= 0 else None, stride))
        if shrinks and not 0 <= start < size:
            return None
    return found


def _takes(name: str, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> bool:
    """Whether TFLM's kernel knows the element type."""
    known = _TYPES.get(name)
    return known is None or (outputs[0] if name == "SHAPE" else inputs[-1 if name == "FILL" else 0]).dtype.name in known


def _strided_slice(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
    x, begin, end, strides = inputs
    taken = slices(op, x.shape, begin, end, strides)
    return None if taken is None else [np.asarray(x[tuple(taken)])]


def _slice(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
    x, begins, sizes = inputs
    if begins.shape != (x.ndim,) or sizes.shape != (x.ndim,) or np.any(begins < 0) or np.any(sizes < -1):
        return None
    ends = np.where(sizes == -1, x.shape, begins + sizes)
    return [x[tuple(slice(int(b), int(e)) for b, e in zip(begins, ends, strict=True))]]


def _pack(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
    return [np.stack(inputs, int(op.options.get("axis", 0)))] if op.options.get("values_count") == len(inputs) else None


def _unpack(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values]:
    axis = int(op.options.get("axis", 0))
    return [np.take(inputs[0], i, axis) for i in range(inputs[0].shape[axis])]


def _split(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values]:
    axis, x = inputs
    return np.split(x, len(outputs), int(axis.reshape(-1)[0]))


def _concatenation(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
    plain = op.options.get("fused_activation_function", "NONE") == "NONE"
    return [np.concatenate(inputs, int(op.options.get("axis", 0)))] if plain else None


def _gather(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
    x, places = inputs
    axis = int(op.options.get("axis", 0)) % x.ndim
    inside = places.dtype == np.int32 and places.size and places.min() >= 0 and places.max() < x.shape[axis]
    return [np.take(x, places, axis)] if inside and not op.options.get("batch_dims") else None


def _cast(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
    x, dtype = inputs[0], outputs[0].dtype
    if dtype.name not in ("int8", "int16", "int32", "uint32", "float32"):
        return None
    with np.errstate(invalid="ignore"):
        cast = x.astype(dtype)
        whole = x.dtype.kind != "f" or np.array_equal(cast.astype(np.float64), np.trunc(x.astype(np.float64)))
    return [cast] if whole else None  # C leaves open what a float beyond the integers becomes


def _arithmetic(function: Callable[[Values, Values], Values]) -> Rule:
    """Of two tensors that broadcast, neither quantized; integers wrap."""

    def rule(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
        a, b = inputs
        plain = op.options.get("fused_activation_function", "NONE") == "NONE" and outputs[0].quantization is None
        if not plain or a.dtype != b.dtype or max(a.ndim, b.ndim) > 4:
            return None
        with np.errstate(over="ignore"):
            return [np.asarray(function(a, b))]

    return rule


def _shaped(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values]:
    return [inputs[0].reshape(outputs[0].shape)]


def _transpose(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values]:
    return [np.transpose(inputs[0], [int(axis) for axis in inputs[1].reshape(-1)])]


def _fill(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
    sizes, value = inputs
    return [np.full(tuple(int(n) for n in sizes), value)] if value.shape == () else None


def _broadcast(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values] | None:
    sizes = tuple(int(n) for n in inputs[1])
    return [np.broadcast_to(inputs[0], sizes)] if len(sizes) <= 5 else None


def _broadcast_args(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values]:
    sizes = np.broadcast_shapes(*(tuple(int(n) for n in shape) for shape in inputs))
    return [np.array(sizes, inputs[0].dtype)]


def _shape(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values]:
    return [np.array(inputs[0].shape, np.int32)]


def _zeros(op: Op, inputs: Sequence[Values], outputs: Sequence[Tensor]) -> Sequence[Values]:
    return [np.zeros(inputs[0].shape, inputs[0].dtype)]


_RULES: Mapping[str, Rule] = {
    "ADD": _arithmetic(np.add),
    "BROADCAST_ARGS": _broadcast_args,
    "BROADCAST_TO": _broadcast,
    "CAST": _cast,
    "CONCATENATION": _concatenation,
    "EXPAND_DIMS": _shaped,
    "FILL": _fill,
    "GATHER": _gather,
    "MAXIMUM": _arithmetic(np.maximum),
    "MINIMUM": _arithmetic(np.minimum),
    "MUL": _arithmetic(np.multiply),
    "PACK": _pack,
    "RESHAPE": _shaped,
    "SHAPE": _shape,
    "SLICE": _slice,
    "SPLIT": _split,
    "SQUEEZE": _shaped,
    "STRIDED_SLICE": _strided_slice,
    "SUB": _arithmetic(np.subtract),
    "TRANSPOSE": _transpose,
    "UNPACK": _unpack,
    "ZEROS_LIKE": _zeros,
}

_TYPES: Mapping[str, tuple[str, ...]] = {
    "ADD": ("int32",),
    "BROADCAST_ARGS": ("int32", "int64"),
    "CAST": ("int8", "int16", "int32", "uint32", "float32", "bool"),
    "CONCATENATION": ("float32", "int32", "int64", "bool"),
    "EXPAND_DIMS": ("float32", "int8", "int16"),
    "FILL": ("float32", "int8", "int32"),
    "GATHER": ("float32", "int8"),
    "MAXIMUM": ("int32", "int64"),
    "MINIMUM": ("int32", "int64"),
    "MUL": ("int32",),
    "PACK": ("float32", "int8", "int16", "int32", "int64"),
    "SHAPE": ("int32",),
    "SLICE": ("float32", "int8", "int16", "int32", "bool"),
    "SPLIT": ("int32",),
    "STRIDED_SLICE": ("float32", "int8", "int16", "int32", "bool"),
    "SUB": ("int32",),
    "TRANSPOSE": ("float32", "int8", "int16"),
    "UNPACK": ("float32", "int8", "int16", "int32"),
    "ZEROS_LIKE": ("float32", "int8", "int32", "int64"),
}
"""Operator -> element types that TFLM's kernel takes, of its first input (SHAPE: output; FILL: value); else any."""
