"""REVERSE_V2: kernel ecgp_copy."""

from __future__ import annotations

import math

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, normalized_axis, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_call
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call: axes that follow one another are reversed as one."""
    x = activation(graph, op, 0, "int8", "int16", "int32", "float32")
    y = result(graph, op, x.shape, x.dtype.name)
    given = constant(graph, op, 1, "int32")
    axes = sorted(normalized_axis(graph, op, int(a), len(x.shape)) for a in given.reshape(-1))
    neighbours = given.ndim == 1 and len(axes) > 0 and axes == list(range(axes[0], axes[0] + len(axes)))
    require(graph, op, neighbours, f"axes {given.tolist()}", "a list of axes that follow one another, as TFLM")
    require(graph, op, x.size > 0, f"shape {list(x.shape)}", "sizes of 1 and more")
    first, last = axes[0], axes[-1] + 1
    outer, middle, inner = (math.prod(part) for part in (x.shape[:first], x.shape[first:last], x.shape[last:]))
    loops = [Loop(outer, middle * inner, middle * inner), Loop(middle, -inner, inner), Loop(inner, 1, 1)]
    return [copy_call(op, x, y, loops, ((middle - 1) * inner, 0))]


SPECS = (
    OperatorSpec(
        name="REVERSE_V2",
        variants=single(_lower),
        limits="int8, int16, int32 and float32, along constant axes that follow one another.",
        tflm=TflmRegistration("AddReverseV2"),
        costs=movement.COSTS,
    ),
)
