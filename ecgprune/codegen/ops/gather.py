"""GATHER at constant positions: kernel ecgp_copy_table."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, normalized_axis, option, require, result
from ecgprune.codegen.lowering.movement import table_call
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call: the positions are columns, the dimensions before the axis are batches."""
    x = activation(graph, op, 0, "int8", "float32")
    positions = constant(graph, op, 1, "int32").astype(np.int64)
    axis = normalized_axis(graph, op, option(graph, op, "axis"), len(x.shape))
    shared = int(option(graph, op, "batch_dims"))
    shared += positions.ndim if shared < 0 else 0
    fits = 0 <= shared <= min(axis, positions.ndim) and positions.shape[:shared] == x.shape[:shared]
    require(graph, op, fits, f"batch_dims {option(graph, op, 'batch_dims')} of shapes {list(x.shape)} and "
            f"{list(positions.shape)}", "leading dimensions that are alike")
    shape = (*x.shape[:axis], *positions.shape[shared:], *x.shape[axis + 1 :])
    y = result(graph, op, shape, x.dtype.name)
    require(graph, op, x.size > 0 and y.size > 0, f"shapes {list(x.shape)} and {list(shape)}", "sizes of 1 and more")
    inside = positions.min() >= 0 and positions.max() < x.shape[axis]
    require(graph, op, inside, f"positions from {positions.min()} to {positions.max()}",
            f"0 to {x.shape[axis] - 1} for {x.shape[axis]} elements")
    run = math.prod(x.shape[axis + 1 :])
    lines = math.prod(x.shape[shared:axis])  # that have the same positions
    step = x.shape[axis] * run
    if shared == 0:
        return [table_call(op, x, y, lines, np.zeros(1, np.int64), positions.reshape(-1) * run, run)]
    places = positions.reshape(math.prod(x.shape[:shared]), 1, -1) * run
    places = np.arange(len(places))[:, None, None] * (lines * step) + np.arange(lines)[:, None] * step + places
    return [table_call(op, x, y, 1, np.zeros(1, np.int64), places.reshape(-1), run)]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 2, 100), cases.pick(rng, 1, 2, 8, 30))
    positions = rng.integers(0, shape[1], cases.log_uniform(rng, 2, 60)).astype(np.int32)
    y = net.tensor((1, positions.size, shape[2]))
    net.apply("GATHER", [net.tensor(shape), net.constant(positions)], y, axis=1, batch_dims=0)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="GATHER",
        variants=single(_lower),
        limits="int8 and float32, along any axis, at constant positions, of each batch its own or the same for all.",
        tflm=TflmRegistration("AddGather"),
        costs=movement.COSTS,
        calibration=CalibrationCases(_case, 12),
    ),
)
