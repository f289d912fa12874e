"""SLICE and STRIDED_SLICE with constant bounds: kernel ecgp_copy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, operand, option, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_call, steps
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]

_TYPES = ("int8", "int16", "int32", "float32")
_RANK = {"SLICE": 5, "STRIDED_SLICE": 4}
"""Dimensions that TFLM takes."""


def _slice(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. A size of -1 takes all that is left."""
    x = activation(graph, op, 0, *_TYPES)
    rank = _rank(graph, op, x)
    begins, sizes = (_bounds(graph, op, i, rank) for i in (1, 2))
    counts = [n - b if size == -1 else size for n, b, size in zip(x.shape, begins, sizes, strict=True)]
    inside = all(b >= 0 and c >= 1 and b + c <= n for n, b, c in zip(x.shape, begins, counts, strict=True))
    require(graph, op, inside, f"begin {begins} and size {sizes} of shape {list(x.shape)}", "parts of the input")
    y = result(graph, op, tuple(counts), x.dtype.name)
    return [_taken(op, x, y, begins, counts, [1] * rank)]


def _strided_slice(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    x = activation(graph, op, 0, *_TYPES)
    rank = _rank(graph, op, x)
    begins, ends, strides = (_bounds(graph, op, i, rank) for i in (1, 2, 3))
    require(graph, op, 0 not in strides, f"strides {strides}", "strides other than 0")
    for name in ("ellipsis_mask", "new_axis_mask", "offset"):
        found = op.options.get(name, 0)
        require(graph, op, not found, f"{name} {found}", "0, as TFLM ignores it")
    masks = [int(option(graph, op, f"{name}_mask")) for name in ("begin", "end", "shrink_axis")]
    starts, counts, shape = [], [], []
    for i, (n, begin, end, stride) in enumerate(zip(x.shape, begins, ends, strides, strict=True)):
        from_start, to_end, shrunk = (bool(mask >> i & 1) for mask in masks)
        start = _clamped(begin, n, stride, from_start, n - 1 if stride < 0 else 0)
        stop = start + 1 if shrunk else _clamped(end, n, stride, to_end, -1 if stride < 0 else n)
        count = max(-((start - stop) // stride), 0)
        found = f"begin {begin}, end {end}, stride {stride} of {n} elements"
        require(graph, op, count >= 1 and 0 <= start < n, found, "slices of one element and more")
        starts.append(start)
        counts.append(count)
        shape += [] if shrunk else [count]
    y = result(graph, op, tuple(shape), x.dtype.name)
    return [_taken(op, x, y, starts, counts, strides)]


def _clamped(index: int, size: int, stride: int, masked: bool, whole: int) -> int:
    """A begin or end as StridedSliceStartForAxis and StridedSliceEndForAxis of strided_slice_logic.h make it."""
    if masked:
        return whole
    index += size if index < 0 else 0
    return min(max(index, 0), size) if stride > 0 else min(max(index, -1), size - 1)


def _rank(graph: Graph, op: Op, x: Tensor) -> int:
    most = _RANK[op.name]
    require(graph, op, 1 <= len(x.shape) <= most, f"{len(x.shape)} dimensions", f"1 to {most}, as TFLM")
    return len(x.shape)


def _bounds(graph: Graph, op: Op, position: int, rank: int) -> list[int]:
    """A constant input with one integer for each dimension."""
    wide = op.name == "SLICE" and operand(graph, op, position).dtype == np.int64
    values: npt.NDArray[np.int64] = constant(graph, op, position, "int64" if wide else "int32").reshape(-1)
    require(graph, op, values.size == rank, f"{values.size} values in input {position}", f"{rank}, one for a dimension")
    return [int(v) for v in values]


def _taken(
    op: Op, x: Tensor, y: Tensor, starts: Sequence[int], counts: Sequence[int], strides: Sequence[int]
) -> KernelCall:
    loops = [Loop(*loop) for loop in zip(
        counts, (s * step for s, step in zip(strides, steps(x.shape), strict=True)), steps(counts), strict=True
    )]  # fmt: skip
    begin = sum(s * step for s, step in zip(starts, steps(x.shape), strict=True))
    return copy_call(op, x, y, loops, (begin, 0), note=f"from {list(starts)}, strides {list(strides)}")


def _slice_case(rng: np.random.Generator, number: int) -> Graph:
    """Slices of some dimensions; every third one of all but the last, whose runs are long."""
    net = cases.GraphBuilder()
    shape = [1, cases.log_uniform(rng, 2, 12), cases.log_uniform(rng, 2, 30), cases.pick(rng, 1, 3, 8, 16, 120)]
    while np.prod(shape) > cases.LARGEST:
        shape[1:3] = [max(n // 2, 2) for n in shape[1:3]]
    counts = [int(rng.integers(1, n + 1)) for n in shape]
    if number % 3 == 0:
        counts[3] = shape[3]
    begins = [int(rng.integers(0, n - c + 1)) for n, c in zip(shape, counts, strict=True)]
    x, bounds = net.tensor(shape), [net.constant(np.array(v, np.int32)) for v in (begins, counts)]
    net.apply("SLICE", [x, *bounds], net.tensor(counts))
    return net.graph()


def _strided_case(rng: np.random.Generator, number: int) -> Graph:
    """Every second or third element, forwards and backwards, of which single bytes are copied."""
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 2, 30), cases.log_uniform(rng, 2, 120))
    stride = (2, 3, -1, -2)[number % 4]
    counts = [1, shape[1], -(-shape[2] // abs(stride))]
    bounds = [net.constant(np.array(v, np.int32)) for v in ([0] * 3, [0] * 3, [1, 1, stride])]
    options = {"begin_mask": 7, "end_mask": 7, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 0}
    net.apply("STRIDED_SLICE", [net.tensor(shape), *bounds], net.tensor(counts), **options)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="SLICE",
        variants=single(_slice),
        limits="int8, int16, int32 and float32 of 1 to 5 dimensions, with constant begin and size.",
        tflm=TflmRegistration("AddSlice"),
        costs=movement.COSTS,
        calibration=CalibrationCases(_slice_case, 30),
    ),
    OperatorSpec(
        name="STRIDED_SLICE",
        variants=single(_strided_slice),
        limits="int8, int16, int32 and float32 of 1 to 4 dimensions, with constant begin, end and strides of either "
        "sign. Masks of begin, end and dimensions to drop.",
        tflm=TflmRegistration("AddStridedSlice"),
        costs=movement.COSTS,
        calibration=CalibrationCases(_strided_case, 24),
    ),
)
