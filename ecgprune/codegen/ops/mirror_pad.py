"""MIRROR_PAD with constant paddings: kernel ecgp_copy_table."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, option, require, result
from ecgprune.codegen.lowering.movement import same_bytes, steps, table_call
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_SHARED = {"REFLECT": 1, "SYMMETRIC": 0}
"""Mode -> elements at an end that are not repeated."""


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call: the last padded dimension is a table of columns, those before it one of rows, the others are runs."""
    x = activation(graph, op, 0, "int8", "float32")
    paddings = constant(graph, op, 1, "int32")
    require(graph, op, paddings.shape == (len(x.shape), 2), f"paddings of shape {list(paddings.shape)}",
            f"[{len(x.shape)}, 2]")
    mode = str(option(graph, op, "mode"))
    require(graph, op, mode in _SHARED, f"mode {mode}", ", ".join(_SHARED))
    sizes = [(n, int(a), int(b)) for n, (a, b) in zip(x.shape, paddings, strict=True)]
    fits = all(n > 0 and min(a, b) >= 0 and max(a, b) <= n - _SHARED[mode] for n, a, b in sizes)
    require(graph, op, fits, f"paddings {paddings.tolist()} of shape {list(x.shape)}, {mode}",
            "no more than there is to mirror")
    y = result(graph, op, tuple(sum(size) for size in sizes), x.dtype.name)
    padded = [i for i, (_, before, after) in enumerate(sizes) if before + after]
    if not padded:
        return [same_bytes(op, x, y)]
    rows = np.zeros(1, np.int64)
    columns = rows
    for i in range(padded[-1] + 1):
        rows = (rows[:, None] + columns).reshape(-1)
        columns = _mirrored(*sizes[i], _SHARED[mode]) * steps(x.shape)[i]
    return [table_call(op, x, y, 1, rows, columns, math.prod(x.shape[padded[-1] + 1 :]))]


def _mirrored(size: int, before: int, after: int, shared: int) -> npt.NDArray[np.int64]:
    """The input's index at each index of a padded dimension."""
    inside = np.arange(size)
    head, tail = inside[shared : shared + before][::-1], inside[: size - shared][::-1][:after]
    return np.concatenate([head, inside, tail])


SPECS = (
    OperatorSpec(
        name="MIRROR_PAD",
        variants=single(_lower),
        limits="int8 and float32, with constant paddings, REFLECT or SYMMETRIC.",
        tflm=TflmRegistration("AddMirrorPad"),
        costs=movement.COSTS,
    ),
)
