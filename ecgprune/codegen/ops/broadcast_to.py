"""BROADCAST_TO: kernel ecgp_copy."""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_call, steps
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_RANK = 5
"""Dimensions that TFLM takes."""


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call, which stays where it is along dimensions that are repeated."""
    x = activation(graph, op, 0, "int8", "int16", "int32", "float32")
    shape = tuple(int(n) for n in constant(graph, op, 1, "int32").reshape(-1))
    y = result(graph, op, shape, x.dtype.name)
    require(graph, op, len(shape) <= _RANK, f"{len(shape)} dimensions", f"at most {_RANK}, as TFLM")
    padded = (1,) * (len(shape) - len(x.shape)) + x.shape
    fits = len(padded) == len(shape) and all(n in (1, size) for n, size in zip(padded, shape, strict=True))
    require(graph, op, fits and y.size > 0, f"shape {list(x.shape)} to {list(shape)}", "dimensions of 1 that grow")
    taken = [0 if n == 1 else step for n, step in zip(padded, steps(padded), strict=True)]
    return [copy_call(op, x, y, [Loop(*loop) for loop in zip(shape, taken, steps(shape), strict=True)])]


SPECS = (
    OperatorSpec(
        name="BROADCAST_TO",
        variants=single(_lower),
        limits="int8, int16, int32 and float32, to a constant shape of at most 5 dimensions.",
        tflm=TflmRegistration("AddBroadcastTo"),
        costs=movement.COSTS,
    ),
)
