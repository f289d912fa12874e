"""TRANSPOSE with a constant permutation: kernel ecgp_copy."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_call, steps
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_RANK = 5
"""Dimensions that TFLM takes."""


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call; none that does anything where only dimensions of 1 change places."""
    x = activation(graph, op, 0, "int8", "int16", "float32")
    rank = len(x.shape)
    require(graph, op, 1 <= rank <= _RANK, f"{rank} dimensions", f"1 to {_RANK}, as TFLM")
    order = [int(i) for i in constant(graph, op, 1, "int32").reshape(-1)]
    require(graph, op, sorted(order) == list(range(rank)), f"permutation {order}", f"one of {rank} dimensions")
    shape = tuple(x.shape[i] for i in order)
    y = result(graph, op, shape, x.dtype.name)
    inputs = [steps(x.shape)[i] for i in order]
    loops = [Loop(*loop) for loop in zip(shape, inputs, steps(shape), strict=True)]
    return [copy_call(op, x, y, loops, note=f"dimensions {order}")]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = [cases.log_uniform(rng, 2, 40) for _ in range(2 + number % 3)]
    while np.prod(shape) > cases.LARGEST:
        shape = [max(n // 2, 2) for n in shape]
    order = rng.permutation(len(shape)).astype(np.int32)
    net.apply("TRANSPOSE", [net.tensor(shape), net.constant(order)], net.tensor([shape[i] for i in order]))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="TRANSPOSE",
        variants=single(_lower),
        limits="int8, int16 and float32 of 1 to 5 dimensions, with a constant permutation.",
        tflm=TflmRegistration("AddTranspose"),
        costs=movement.COSTS,
        calibration=CalibrationCases(_case, 36),
    ),
)
