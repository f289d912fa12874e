"""SPLIT, SPLIT_V and UNPACK: kernel ecgp_copy, once for each output."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, normalized_axis, option, require, results
from ecgprune.codegen.lowering.movement import Loop, copy_call
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]

_TYPES = ("int8", "int16", "int32", "float32")


def _split(graph: Graph, op: Op) -> list[KernelCall]:
    """SPLIT into equal parts. The axis is input 0."""
    x = activation(graph, op, 1, *_TYPES)
    axis = _axis(graph, op, x, 0)
    parts = len(op.outputs)
    require(graph, op, parts > 0 and x.shape[axis] % parts == 0, f"{x.shape[axis]} elements into {parts} outputs",
            "equal parts")
    return _parts(graph, op, x, axis, [x.shape[axis] // parts] * parts)


def _split_v(graph: Graph, op: Op) -> list[KernelCall]:
    """SPLIT_V into the parts that the outputs hold, as TFLM, which does not read the sizes. The axis is input 2."""
    x = activation(graph, op, 0, *_TYPES)
    axis = _axis(graph, op, x, 2)
    shapes = [graph.tensor(y).shape for y in op.outputs]
    sizes = [shape[axis] for shape in shapes if len(shape) == len(x.shape)]
    whole = len(sizes) == len(shapes) and sum(sizes) == x.shape[axis]
    require(graph, op, whole, f"outputs of shapes {[list(shape) for shape in shapes]}", f"parts of {list(x.shape)}")
    return _parts(graph, op, x, axis, sizes)


def _unpack(graph: Graph, op: Op) -> list[KernelCall]:
    """UNPACK: parts of one element, without that dimension."""
    x = activation(graph, op, 0, *_TYPES)
    axis = normalized_axis(graph, op, option(graph, op, "axis"), len(x.shape))
    count = option(graph, op, "num")
    require(graph, op, count == x.shape[axis], f"{count} outputs of {x.shape[axis]} elements", "one for each")
    return _parts(graph, op, x, axis, [1] * count, keep=False)


def _axis(graph: Graph, op: Op, x: Tensor, position: int) -> int:
    given = constant(graph, op, position, "int32").reshape(-1)
    require(graph, op, given.size == 1, f"{given.size} axes", "1")
    return normalized_axis(graph, op, int(given[0]), len(x.shape))


def _parts(graph: Graph, op: Op, x: Tensor, axis: int, sizes: list[int], keep: bool = True) -> list[KernelCall]:
    """One call for each part of `sizes` elements along the axis, which outputs have or not."""
    before, behind = x.shape[:axis], x.shape[axis + 1 :]
    require(graph, op, min((*x.shape, *sizes)) > 0, f"a size of {min((*x.shape, *sizes))}", "1 and more")
    inner, calls, offset = math.prod(behind), [], 0
    shapes = [(*before, *((size,) if keep else ()), *behind) for size in sizes]
    for number, y in enumerate(results(graph, op, shapes, x.dtype.name)):
        length = sizes[number] * inner
        loops = [Loop(math.prod(before), x.shape[axis] * inner, length), Loop(length, 1, 1)]
        calls.append(copy_call(op, x, y, loops, (offset, 0), note=f"output {number} of {len(sizes)}"))
        offset += length
    return calls


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 1, 60), cases.log_uniform(rng, 1, 60))
    y = net.tensor(shape)
    net.apply("SPLIT", [net.constant(np.array(2, np.int32)), net.tensor((*shape[:2], 2 * shape[2]))], y)
    net.ops[0] = Op(0, "SPLIT", 1, net.ops[0].inputs, (y, net.tensor(shape)), {"num_splits": 2})
    return net.graph()


_LIMITS = "int8, int16, int32 and float32, along any axis"
SPECS = (
    OperatorSpec(
        name="SPLIT",
        variants=single(_split),
        limits=f"{_LIMITS}, a constant.",
        tflm=TflmRegistration("AddSplit"),
        costs=movement.COSTS,
        calibration=CalibrationCases(_case, 12),
    ),
    OperatorSpec(
        name="SPLIT_V",
        variants=single(_split_v),
        limits=f"{_LIMITS}, a constant, into parts of any sizes.",
        tflm=TflmRegistration("AddSplitV"),
        costs=movement.COSTS,
    ),
    OperatorSpec(
        name="UNPACK",
        variants=single(_unpack),
        limits=f"{_LIMITS}.",
        tflm=TflmRegistration("AddUnpack"),
        costs=movement.COSTS,
    ),
)
