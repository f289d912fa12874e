"""LOG_SOFTMAX over the last axis of an int8 tensor: kernel ecgp_log_softmax_s8."""

from __future__ import annotations

import math

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.ops.softmax import softmax_exponentials
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_INTEGER_BITS = 5  # TFLM scales the differences to Q5.26
_OUTPUT = (1 / 16, 127)
_MOST_CLASSES = 4095  # with 4096 equal inputs the sum of exponentials leaves Q12.19


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    x = activation(graph, op)
    require(graph, op, len(x.shape) >= 1, "a scalar", "at least 1 dimension")
    y = result(graph, op, x.shape)
    scale, zero_point = quantization(y)
    require(graph, op, (scale, zero_point) == _OUTPUT, f"output scale {scale}, zero point {zero_point}",
            "scale 1/16, zero point 127")
    classes = x.shape[-1]
    require(graph, op, 1 <= classes <= _MOST_CLASSES, f"{classes} classes", f"1 to {_MOST_CLASSES}")
    input_scale, _ = quantization(x)
    factor = input_scale * 2.0 ** (31 - _INTEGER_BITS)
    require(graph, op, 1.0 < factor < 2.0**30 - 0.25, f"input scale {input_scale}", "more than 2^-26, less than 16")
    multiplier, shift = quantize_multiplier(factor)
    divisor, divisor_shift = quantize_multiplier(2.0 ** (31 - shift) / multiplier)
    table = softmax_exponentials(multiplier, shift)
    radius = math.floor((2**_INTEGER_BITS - 1) * 2.0 ** (31 - _INTEGER_BITS) / 2.0**shift)
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_log_softmax_s8",
            header="ecgp_log_softmax.h",
            params_type="ecgp_log_softmax_params",
            params={
                "rows": math.prod(x.shape[:-1]),
                "classes": classes,
                "exponentials": Array("exp", "int32_t", table, "exp of 0, -1, -2, ... input steps, Q0.31"),
                "exponential_count": int(table.size),
                "lowest": max(-radius - 1, -256),
                "multiplier": multiplier,
                "shift": shift,
                "divisor": divisor,
                "divisor_shift": divisor_shift,
            },
            inputs=(x.index,),
            outputs=(y.index,),
            in_place=True,
        )
    ]


def _features(call: KernelCall) -> Features:
    """Cost rule: by row, and by value."""
    rows = integer(call, "rows")
    return {"row": rows, "value": rows * integer(call, "classes")}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (cases.pick(rng, 1, 1, 4), cases.pick(rng, 2, 5, 10, 40))
    net.apply("LOG_SOFTMAX", [net.tensor(shape)], net.tensor(shape, _OUTPUT))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="LOG_SOFTMAX",
        variants=single(_lower),
        limits=f"int8 over the last axis, 1 to {_MOST_CLASSES} classes, of an input scale from 2^-26 to less than 16, "
        "to the output scale 1/16 and zero point 127.",
        tflm=TflmRegistration("AddLogSoftmax"),
        costs={"ecgp_log_softmax_s8": _features},
        calibration=CalibrationCases(_case, 18),
    ),
)
