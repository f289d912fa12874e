"""RSQRT of an int8 tensor: a table of all 256 answers, kernel ecgp_lookup_s8."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.fixedpoint import inverse_square_root
from ecgprune.codegen.lowering.checks import quantization, require
from ecgprune.codegen.lowering.lookup import COSTS, endpoints, lookup, rescaled, steps
from ecgprune.codegen.requant import INT8_MAX, multiply
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_SHIFT = 20  # bits that TFLM keeps behind the point of 1 / sqrt(step)


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """1 / sqrt(steps) times 1 / sqrt(input scale), each in fixed point; 0 gives the largest output."""
    x, y = endpoints(graph, op)
    (input_scale, low), (output_scale, zero_point) = quantization(x), quantization(y)
    require(graph, op, low == -128, f"input zero point {low}", "-128 (TFLM stops at a negative input)")
    factor = 1.0 / (math.sqrt(input_scale) * output_scale)
    roots = [multiply(1, *_shifted(int(step))) for step in steps(x)[1:]]
    answers = rescaled(graph, op, np.array(roots), factor, _SHIFT) + zero_point
    return lookup(op, x, y, np.concatenate([[INT8_MAX], answers]), "rsqrt")


def _shifted(step: int) -> tuple[int, int]:
    multiplier, shift = inverse_square_root(step)
    return multiplier, shift + _SHIFT


SPECS = (
    OperatorSpec(
        name="RSQRT",
        variants=single(_lower),
        limits="int8 of the input zero point -128: TFLM stops at a negative input.",
        tflm=TflmRegistration("AddRsqrt"),
        costs=COSTS,
        interpreter_deviates=True,
    ),
)
