"""GATHER: at constant positions kernel ecgp_copy_table, at computed ones ecgp_gather or ecgp_gather_constant."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params, within
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import (
    activation,
    constant,
    normalized_axis,
    operand,
    option,
    require,
    result,
)
from ecgprune.codegen.lowering.movement import table_call
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_CONSTANT = 12  # calibration cases of constant positions, which come first

def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call: the positions are columns, the dimensions before the axis are batches."""
    if not operand(graph, op, 1).is_constant:
        return [_computed(graph, op)]
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


def _computed(graph: Graph, op: Op) -> KernelCall:
    """The call for positions that another operator or the application gives."""
    places = activation(graph, op, 1, "int32")
    x = operand(graph, op, 0)
    values = constant(graph, op, 0, "int8") if x.is_constant else None
    if values is None:
        activation(graph, op, 0, "int8", "float32")
    axis = normalized_axis(graph, op, option(graph, op, "axis"), len(x.shape))
    shared = option(graph, op, "batch_dims")
    require(graph, op, shared == 0, f"batch_dims {shared} and computed positions", "0")
    y = result(graph, op, (*x.shape[:axis], *places.shape, *x.shape[axis + 1 :]), x.dtype.name)
    require(graph, op, min(x.size, y.size) > 0, f"shapes {list(x.shape)} and {list(y.shape)}", "sizes of 1 and more")
    params: Params = {
        "lines": math.prod(x.shape[:axis]),
        "rows": x.shape[axis],
        "run": math.prod(x.shape[axis + 1 :]) * x.dtype.itemsize,
        "positions": places.size,
    }
    kernel, tables = "ecgp_gather", [x.index]
    if values is not None:
        params = {**within("gather", params), "table": Array("table", "int8_t", values.reshape(-1))}
        kernel, tables = "ecgp_gather_constant", []
    inputs = (*tables, places.index)
    return KernelCall(op.index, kernel, "ecgp_gather.h", f"{kernel}_params", params, inputs, (y.index,))


def _features(call: KernelCall) -> Features:
    """Cost rule: by line, and by run and word."""
    lines, run, positions = (integer(call, name) for name in ("lines", "run", "positions"))
    return {"line": lines, **movement.runs(run, lines * positions)}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    if number >= _CONSTANT:
        shape = (cases.pick(rng, 1, 3), cases.log_uniform(rng, 2, 20), cases.pick(rng, 1, 3, 8, 30, 88, 128))
        values = rng.integers(-128, 128, shape).astype(np.int8)
        x = net.constant(values, np.array([0.1], np.float32)) if number % 2 else net.tensor(shape)
        places = cases.log_uniform(rng, 1, 12)
        y = net.tensor((shape[0], places, shape[2]))
        net.apply("GATHER", [x, net.tensor((places,), None, "int32")], y, axis=1, batch_dims=0)
        return net.graph()
    shape = (1, cases.log_uniform(rng, 2, 100), cases.pick(rng, 1, 2, 8, 30))
    positions = rng.integers(0, shape[1], cases.log_uniform(rng, 2, 60)).astype(np.int32)
    y = net.tensor((1, positions.size, shape[2]))
    net.apply("GATHER", [net.tensor(shape), net.constant(positions)], y, axis=1, batch_dims=0)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="GATHER",
        variants=single(_lower),
        limits="int8 and float32, along any axis, at constant positions, of each batch its own or the same for all; or "
        "at computed positions of int32, the same for all, from a constant of int8 too. Of those one outside is the "
        "nearest inside, where TensorFlow Lite Micro reads other memory.",
        tflm=TflmRegistration("AddGather"),
        costs={**movement.COSTS, **dict.fromkeys(("ecgp_gather", "ecgp_gather_constant"), _features)},
        calibration=CalibrationCases(_case, _CONSTANT + 32),
    ),
)
