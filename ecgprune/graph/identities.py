"""Operators that only pass bytes on: they become a RESHAPE, which costs no code, or nothing at all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.graph.evaluate import slices
from ecgprune.graph.graph import Graph, Op, Tensor, equal_quantization

__all__ = ["RESHAPES", "without_copies"]

RESHAPES = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE")
"""Operators that give the same bytes another shape."""


def without_copies(graph: Graph) -> Graph:
    """The graph without operators whose output has the bytes of an input; itself where there are none.

    An operator that cannot go, because somebody needs its output under its own shape or scale, becomes a RESHAPE.
    """
    for step in (_as_reshapes, _requantizations_undone, _merged, _chains_shortened):
        graph = step(graph)
    return graph


def _as_reshapes(graph: Graph) -> Graph:
    """With a RESHAPE for every operator that copies its only input that counts."""
    ops = tuple(_reshape(graph, op) for op in graph.ops)
    return graph if all(a is b for a, b in zip(ops, graph.ops, strict=True)) else replace(graph, ops=ops)


def _reshape(graph: Graph, op: Op) -> Op:
    copies = _COPIES.get(op.name)
    position = 1 if op.name == "SPLIT" else 0
    if copies is None or not op.has(position + 1):
        return op
    x, y = graph.tensor(op.inputs[position]), graph.tensor(op.outputs[0])
    if x.dtype != y.dtype or x.size != y.size or x.is_constant or not copies(graph, op, x, y):
        return op
    return replace(op, name="RESHAPE", inputs=(x.index,), options={})


def _constants(graph: Graph, op: Op, *positions: int) -> list[npt.NDArray[Any]] | None:
    """The values of these inputs; None where one is missing or computed."""
    if max(positions) >= len(op.inputs):
        return None
    found = [t.data for t in (graph.op_inputs(op)[k] for k in positions) if t is not None and t.data is not None]
    return found if len(found) == len(positions) else None


def _alone(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    """CONCATENATION, PACK of one tensor; TFLM concatenates no other scales."""
    plain = op.options.get("fused_activation_function", "NONE") == "NONE"
    return len(op.inputs) == 1 and plain and (op.name == "PACK" or equal_quantization(x.quantization, y.quantization))


def _split(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    """SPLIT, UNPACK into one."""
    return True


def _quantize(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    """QUANTIZE to what it is already: its factor is 1, and the fixed-point product with 1 is exact."""
    return x.dtype.kind in "iu" and equal_quantization(x.quantization, y.quantization)


def _slice(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    known = _constants(graph, op, 1, 2)
    return x.shape == y.shape and known is not None and not np.any(known[0])


def _strided_slice(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    known = _constants(graph, op, 1, 2, 3)
    taken = slices(op, x.shape, *known) if known else None
    if taken is None:
        return False
    return all(at == slice(0, n, 1) or (at == 0 and n == 1) for at, n in zip(taken, x.shape, strict=True))


def _transpose(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    """Whether the dimensions of more than one element keep their order."""
    known = _constants(graph, op, 1)
    if known is None or sorted(known[0].reshape(-1).tolist()) != list(range(len(x.shape))):
        return False
    moved = [int(axis) for axis in known[0].reshape(-1) if x.shape[axis] > 1]
    return moved == sorted(moved)


def _pad(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    known = _constants(graph, op, 1)
    return known is not None and not np.any(known[0])


def _blocks(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    """SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND with blocks of one, nothing padded or cropped."""
    known = _constants(graph, op, 1, 2)
    return known is not None and bool(np.all(known[0] == 1)) and not np.any(known[1])


def _as_it_is(graph: Graph, op: Op, x: Tensor, y: Tensor) -> bool:
    """BROADCAST_TO, CAST: as many elements of the same type."""
    return True


_COPIES: Mapping[str, Callable[[Graph, Op, Tensor, Tensor], bool]] = {
    "BATCH_TO_SPACE_ND": _blocks,
    "BROADCAST_TO": _as_it_is,
    "CAST": _as_it_is,
    "CONCATENATION": _alone,
    "PACK": _alone,
    "PAD": _pad,
    "PADV2": _pad,
    "QUANTIZE": _quantize,
    "SLICE": _slice,
    "SPACE_TO_BATCH_ND": _blocks,
    "SPLIT": _split,
    "STRIDED_SLICE": _strided_slice,
    "TRANSPOSE": _transpose,
    "UNPACK": _split,
}


def _requantizations_undone(graph: Graph) -> Graph:
    """With a RESHAPE for a QUANTIZE that takes back what the operator before it did, value by value."""
    makers = {t: op for op in graph.ops for t in op.outputs}
    ops = []
    for op in graph.ops:
        first = makers.get(op.inputs[0]) if op.name == "QUANTIZE" and op.has(1) else None
        if first is not None and first.name in ("QUANTIZE", "DEQUANTIZE") and first.has(1):
            x, between, z = (graph.tensor(t) for t in (first.inputs[0], first.outputs[0], op.outputs[0]))
            same = x.shape == z.shape and x.dtype == z.dtype and equal_quantization(x.quantization, z.quantization)
            if same and not x.is_constant and _comes_back(x, between):
                op = replace(op, name="RESHAPE", inputs=(x.index,), options={})
        ops.append(op)
    return graph if all(a is b for a, b in zip(ops, graph.ops, strict=True)) else replace(graph, ops=tuple(ops))


def _comes_back(x: Tensor, between: Tensor) -> bool:
    """Whether every value of `x` comes back from `between`, which is x quantized otherwise or dequantized."""
    q, other = x.quantization, between.quantization
    if q is None or q.per_channel or x.dtype.kind not in "iu" or x.dtype.itemsize > 2:
        return False
    limits = np.iinfo(x.dtype)
    steps = np.arange(limits.min, limits.max + 1, dtype=np.int64) - q.zero_point
    if between.dtype == np.float32:  # reference_ops::Dequantize, then AffineQuantize
        with np.errstate(all="ignore"):
            quotients = (q.scale * steps).astype(np.float32) / np.float32(q.scale)
        return bool(np.array_equal(np.trunc(quotients + np.copysign(np.float32(0.5), quotients)), steps))
    if between.dtype.kind != "i" or other is None or other.per_channel or not (q.scale > 0 and other.scale > 0):
        return False
    # A power of two times as fine: fixed-point products with powers of two are exact while nothing saturates.
    fraction, exponent = math.frexp(q.scale / other.scale)
    finer, room = steps * 2 ** (exponent - 1) if 1 <= exponent <= 16 else None, np.iinfo(between.dtype)
    if fraction != 0.5 or finer is None:
        return False
    return bool(room.min <= finer.min() + other.zero_point and finer.max() + other.zero_point <= room.max)


def _chains_shortened(graph: Graph) -> Graph:
    """With one RESHAPE for several that follow one another and that nobody else reads."""
    makers = {t: op for op in graph.ops for t in op.outputs}
    readers = Counter(t for op in graph.ops for t in op.inputs)
    ops = []
    for op in graph.ops:
        between = op.inputs[0] if op.name in RESHAPES and op.has(1) else -1
        first = makers.get(between)
        alone = readers[between] == 1 and between not in graph.outputs
        if first is not None and first.name in RESHAPES and first.has(1) and alone:
            op = replace(op, name="RESHAPE", inputs=first.inputs[:1], options={})
            makers[op.outputs[0]] = op
        ops.append(op)
    return graph if all(a is b for a, b in zip(ops, graph.ops, strict=True)) else replace(graph, ops=tuple(ops))


def _merged(graph: Graph) -> Graph:
    """Without a RESHAPE between two tensors that are the same but for their names."""
    for op in graph.ops:
        if op.name not in RESHAPES or not op.has(1):
            continue
        x, y = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
        alike = x.shape == y.shape and x.dtype == y.dtype and equal_quantization(x.quantization, y.quantization)
        if not alike or x.is_constant:
            continue
        if y.index not in graph.outputs:
            return _merged(_renamed(graph, op, y.index, x.index))
        if x.index not in (*graph.inputs, *graph.outputs):
            return _merged(_renamed(graph, op, x.index, y.index))
    return graph


def _renamed(graph: Graph, gone: Op, old: int, new: int) -> Graph:
    """The graph without the operator `gone`, and with the tensor `new` wherever `old` stood."""

    def moved(tensors: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(new if t == old else t for t in tensors)

    kept = (op for op in graph.ops if op is not gone)
    ops = (
        replace(op, inputs=moved(op.inputs), outputs=moved(op.outputs)) if old in (*op.inputs, *op.outputs) else op
        for op in kept
    )
    return replace(graph, ops=tuple(ops))
