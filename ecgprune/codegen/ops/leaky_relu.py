"""LEAKY_RELU: of int8 a table of all 256 answers, kernel ecgp_lookup_s8; of int16 kernel ecgp_leaky_relu_s16."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.lowering.checks import activation, element_type, option, quantization, require, result
from ecgprune.codegen.lowering.lookup import COSTS, endpoints, lookup, rescaled, steps
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_MOST_LEFT = 15  # bits that an int16 can be shifted left in an int32


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """Values below 0 are multiplied by alpha, which may be negative of int8: TFLM then negates what it has rounded."""
    alpha = float(np.float32(option(graph, op, "alpha")))
    if element_type(graph, op) == "int16":
        return [_int16(graph, op, alpha)]
    x, y = endpoints(graph, op)
    zero_point = quantization(y)[1]
    step, ratio = steps(x), quantization(x)[0] / quantization(y)[0]
    slope = quantization(x)[0] * alpha / quantization(y)[0]
    below = rescaled(graph, op, step, abs(slope)) * (-1 if slope < 0.0 else 1)
    answers = np.where(step >= 0, rescaled(graph, op, step, ratio), below) + zero_point
    return lookup(op, x, y, answers, "leaky_relu")


def _int16(graph: Graph, op: Op, alpha: float) -> KernelCall:
    x = activation(graph, op, 0, "int16")
    y = result(graph, op, x.shape, "int16")
    require(graph, op, alpha >= 0.0, f"alpha {alpha}", "0 and more of int16")
    (scale, _), (output_scale, _) = quantization(x), quantization(y)
    factors = [quantize_multiplier(factor * scale / output_scale) for factor in (1.0, alpha)]
    fits = max(shift for _, shift in factors) <= _MOST_LEFT
    require(graph, op, fits, f"input scale {scale} over output scale {output_scale}", f"less than 2^{_MOST_LEFT}")
    names = ("multiplier", "shift", "slope_multiplier", "slope_shift")
    return KernelCall(
        op=op.index,
        kernel="ecgp_leaky_relu_s16",
        header="ecgp_leaky_relu.h",
        params_type="ecgp_leaky_relu_params",
        params={"size": x.size, **dict(zip(names, (*factors[0], *factors[1]), strict=True))},
        inputs=(x.index,),
        outputs=(y.index,),
        in_place=True,
    )


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 2000))
    net.apply("LEAKY_RELU", [net.tensor(shape)], net.tensor(shape, (0.07, 3)), alpha=0.25)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="LEAKY_RELU",
        variants=single(_lower),
        limits="int8, from any scale to any whose ratio is less than 2^22, times alpha too. Or int16, of a ratio less "
        "than 2^15 and an alpha of 0 and more.",
        tflm=TflmRegistration("AddLeakyRelu"),
        costs={**COSTS, "ecgp_leaky_relu_s16": elementwise},
        calibration=CalibrationCases(_case, 2, int16=8),
        interpreter_deviates=True,
    ),
)
