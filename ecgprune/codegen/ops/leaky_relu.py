"""LEAKY_RELU of an int8 tensor: a table of all 256 answers, kernel ecgp_lookup_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering.checks import option, quantization
from ecgprune.codegen.lowering.lookup import COSTS, endpoints, lookup, rescaled, steps
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """Values below 0 are multiplied by alpha, which may be negative: TFLM then negates what it has rounded."""
    x, y = endpoints(graph, op)
    alpha = float(np.float32(option(graph, op, "alpha")))
    zero_point = quantization(y)[1]
    step, ratio = steps(x), quantization(x)[0] / quantization(y)[0]
    slope = quantization(x)[0] * alpha / quantization(y)[0]
    below = rescaled(graph, op, step, abs(slope)) * (-1 if slope < 0.0 else 1)
    answers = np.where(step >= 0, rescaled(graph, op, step, ratio), below) + zero_point
    return lookup(op, x, y, answers, "leaky_relu")


SPECS = (
    OperatorSpec(
        name="LEAKY_RELU",
        variants=single(_lower),
        limits="int8, from any scale to any whose ratio is less than 2^22, times alpha too.",
        tflm=TflmRegistration("AddLeakyRelu"),
        costs=COSTS,
        interpreter_deviates=True,
    ),
)
