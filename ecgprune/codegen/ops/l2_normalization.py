"""L2_NORMALIZATION along the last dimension of an int8 tensor: kernel ecgp_l2_normalization_s8."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_OUTPUT = (1 / 128, 0)
_DEEPEST = 33025  # elements whose squares add up to less than 2^31


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    x = activation(graph, op)
    require(graph, op, 1 <= len(x.shape) <= 4, f"{len(x.shape)} dimensions", "1 to 4, as TFLM")
    y = result(graph, op, x.shape)
    scale, zero_point = quantization(y)
    require(graph, op, (scale, zero_point) == _OUTPUT, f"output scale {scale}, zero point {zero_point}",
            "scale 1/128, zero point 0")
    function = op.options.get("fused_activation_function", "NONE")
    require(graph, op, function == "NONE", f"fused activation {function}", "NONE")
    require(graph, op, x.size > 0, f"shape {list(x.shape)}", "sizes of 1 and more")
    depth = x.shape[-1]
    require(graph, op, depth <= _DEEPEST, f"rows of {depth} elements", f"at most {_DEEPEST}")
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_l2_normalization_s8",
            header="ecgp_l2_normalization.h",
            params_type="ecgp_l2_normalization_params",
            params={"rows": math.prod(x.shape[:-1]), "depth": depth, "zero_point": quantization(x)[1]},
            inputs=(x.index,),
            outputs=(y.index,),
            in_place=True,
        )
    ]


def _features(call: KernelCall) -> Features:
    """Cost rule: by row, and by element."""
    rows = integer(call, "rows")
    return {"row": rows, "element": rows * integer(call, "depth")}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (cases.pick(rng, 1, 3, 8), cases.log_uniform(rng, 2, 200))
    net.apply("L2_NORMALIZATION", [net.tensor(shape)], net.tensor(shape, _OUTPUT))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="L2_NORMALIZATION",
        variants=single(_lower),
        limits=f"int8 of 1 to 4 dimensions, along the last, of at most {_DEEPEST} elements, to the output scale "
        "1/128 and zero point 0.",
        tflm=TflmRegistration("AddL2Normalization"),
        costs={"ecgp_l2_normalization_s8": _features},
        calibration=CalibrationCases(_case, 12),
    ),
)
