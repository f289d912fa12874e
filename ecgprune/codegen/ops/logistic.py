"""LOGISTIC of an int8 tensor: kernel ecgp_logistic_s8, a table of all 256 answers."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.fixedpoint import logistic, rounding_shift
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.requant import multiply, quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_INTEGER_BITS = 4  # TFLM scales the input to Q4.27


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    x = activation(graph, op)
    y = result(graph, op, x.shape)
    scale, zero_point = quantization(y)
    require(graph, op, (scale, zero_point) == (1 / 256, -128), f"output scale {scale}, zero point {zero_point}",
            "scale 1/256, zero point -128")
    input_scale, input_zero_point = quantization(x)
    # From 8 on TFLM takes even 0 for a saturated negative, which the interpreter does not.
    require(graph, op, 2.0**-27 <= input_scale < 8.0, f"input scale {input_scale}", "2^-27 to less than 8")
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_logistic_s8",
            header="ecgp_logistic.h",
            params_type="ecgp_logistic_params",
            params={
                "size": x.size,
                "table": Array("logistic", "int8_t", _table(input_scale, input_zero_point), "of -128, -127, ..., 127"),
            },
            inputs=(x.index,),
            outputs=(y.index,),
            in_place=True,
        )
    ]


def _table(scale: float, zero_point: int) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    multiplier, shift = quantize_multiplier(scale * 2.0 ** (31 - _INTEGER_BITS))
    radius = math.floor((2**_INTEGER_BITS - 1) * 2.0 ** (31 - _INTEGER_BITS) / 2.0**shift)
    steps = range(-128 - zero_point, 128 - zero_point)
    return np.array([_answer(x, radius, multiplier, shift) for x in steps], np.int8)


def _answer(x: int, radius: int, multiplier: int, shift: int) -> int:
    """The output for an input x above its zero point; beyond the radius the format ends and TFLM saturates."""
    if abs(x) >= radius:
        return -128 if x <= -radius else 127
    value = logistic(int(multiply(x, multiplier, shift)), _INTEGER_BITS)
    return min(rounding_shift(value, 31 - 8) - 128, 127)


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 2000))
    net.apply("LOGISTIC", [net.tensor(shape)], net.tensor(shape, cases.PROBABILITY))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="LOGISTIC",
        variants=single(_lower),
        limits="int8 of an input scale from 2^-27 to less than 8, to the output scale 1/256 and zero point -128.",
        tflm=TflmRegistration("AddLogistic"),
        costs={"ecgp_logistic_s8": elementwise},
        calibration=CalibrationCases(_case, 6),
        interpreter_deviates=True,
    ),
)
