"""ARG_MAX and ARG_MIN of an int8 tensor, to int32: kernel ecgp_arg_max_s8."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import activation, constant, normalized_axis, require, result
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    x = activation(graph, op)
    axes = constant(graph, op, 1, "int32").reshape(-1)
    require(graph, op, axes.size == 1, f"{axes.size} axes", "1")
    axis = normalized_axis(graph, op, int(axes[0]), len(x.shape))
    y = result(graph, op, x.shape[:axis] + x.shape[axis + 1 :], "int32")
    require(graph, op, x.size > 0, f"shape {list(x.shape)}", "sizes of 1 and more")
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_arg_max_s8",
            header="ecgp_arg_max.h",
            params_type="ecgp_arg_max_params",
            params={
                "outer": math.prod(x.shape[:axis]),
                "count": x.shape[axis],
                "inner": math.prod(x.shape[axis + 1 :]),
                "sign": 1 if op.name == "ARG_MAX" else -1,
            },
            inputs=(x.index,),
            outputs=(y.index,),
        )
    ]


def _features(call: KernelCall) -> Features:
    """Cost rule: by row, and by output and input of it."""
    outer, count, inner = (integer(call, name) for name in ("outer", "count", "inner"))
    return {"row": outer, "output": outer * inner, "input": outer * inner * count}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (cases.pick(rng, 1, 2, 9), cases.log_uniform(rng, 2, 60), cases.pick(rng, 1, 3, 12))
    y = net.tensor((shape[0], shape[2]), None, "int32")
    net.apply("ARG_MAX", [net.tensor(shape), net.constant(np.array([1], np.int32))], y)
    return net.graph()


SPECS = tuple(
    OperatorSpec(
        name=name,
        variants=single(_lower),
        limits="int8 along one constant axis, to int32: output_type=tf.int32 in TensorFlow, whose own is int64.",
        tflm=TflmRegistration(registration),
        costs={"ecgp_arg_max_s8": _features},
        calibration=calibration,
    )
    for name, registration, calibration in (
        ("ARG_MAX", "AddArgMax", CalibrationCases(_case, 12)),
        ("ARG_MIN", "AddArgMin", None),
    )
)
