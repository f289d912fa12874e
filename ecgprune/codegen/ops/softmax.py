"""SOFTMAX over the last axis of an int8 or int16 tensor.

Of int8: ecgp_softmax_s8 with a table of exponentials, or ecgp_softmax_computed_s8 without, slower; over more than 511
classes ecgp_softmax_many_s8; to int16 ecgp_softmax_s8_s16. Of int16: ecgp_softmax_s16 with TFLM's two tables.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params, Variant
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.fixedpoint import exp_of_negative
from ecgprune.codegen.lowering.checks import activation, option, quantization, require, result
from ecgprune.codegen.requant import multiply, quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration
from ecgprune.codegen.tables_s16 import exponentials, reciprocals
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS", "softmax_exponentials"]

_INTEGER_BITS = 5  # TFLM scales the differences to Q5.26
_MOST_CLASSES_INT16 = 65535  # whose exponentials add up to less than 2^31
_MOST_LEFT_INT16 = 14  # bits that a difference of 17 bits can be shifted left in an int32
_FEW_CLASSES = 511  # with 512 equal inputs the sum of exponentials leaves the range TFLM checks for int8
_MOST_CLASSES = 4095  # whose exponentials add up to less than 2^31


def _variants(graph: Graph, op: Op, target: Target) -> list[Variant]:
    """One call with a table of exponentials, and one that computes them."""
    x = activation(graph, op, 0, "int8", "int16")
    require(graph, op, len(x.shape) >= 1, "a scalar", "at least 1 dimension")
    if x.dtype.name == "int16":
        return [[_int16(graph, op, x, result(graph, op, x.shape, "int16"))]]
    wide = graph.tensor(op.outputs[0]).dtype.name == "int16"
    y = result(graph, op, x.shape, "int16" if wide else "int8", any_zero_point=True)
    scale, zero_point = quantization(y)
    found, (asked, zero) = f"output scale {scale}, zero point {zero_point}", (1 / 256, -128)
    if wide:  # TFLM takes a scale that is off by a thousandth, and does not look at it any more
        (asked, zero), scale = (1 / 65536, -32768), 1 / 65536 if abs(scale * 65536 - 1) < 0.001 else scale
    require(graph, op, (scale, zero_point) == (asked, zero), found, f"scale 1/{round(1 / asked)}, zero point {zero}")
    classes = x.shape[-1]
    require(graph, op, 1 <= classes <= _MOST_CLASSES, f"{classes} classes", f"1 to {_MOST_CLASSES}")
    multiplier, shift = _factor(graph, op, quantization(x)[0])
    table = softmax_exponentials(multiplier, shift)
    shape: Params = {"rows": math.prod(x.shape[:-1]), "classes": classes}
    tabled = KernelCall(
        op=op.index,
        kernel="ecgp_softmax_s8",
        header="ecgp_softmax.h",
        params_type="ecgp_softmax_params",
        params={
            **shape,
            "exponentials": Array("exp", "int32_t", table, "exp of 0, -1, -2, ... input steps, Q0.31"),
            "exponential_count": int(table.size),
        },
        inputs=(x.index,),
        outputs=(y.index,),
        in_place=not wide,
    )
    if wide:
        return [[replace(tabled, kernel="ecgp_softmax_s8_s16", header="ecgp_softmax_wide.h")]]
    if classes > _FEW_CLASSES:
        return [[replace(tabled, kernel="ecgp_softmax_many_s8", header="ecgp_softmax_many.h")]]
    computed = replace(
        tabled,
        kernel="ecgp_softmax_computed_s8",
        params_type="ecgp_softmax_computed_params",
        params={**shape, "multiplier": multiplier, "shift": shift, "exponential_count": int(table.size)},
    )
    return [[tabled], [computed]]


def _int16(graph: Graph, op: Op, x: Tensor, y: Tensor) -> KernelCall:
    """The call for int16: differences go to steps of 10/65535, which find exponentials in a table."""
    scale, classes = quantization(y)[0], x.shape[-1]
    require(graph, op, scale == 1 / 32768, f"output scale {scale}", "1/32768")
    require(graph, op, 1 <= classes <= _MOST_CLASSES_INT16, f"{classes} classes", f"1 to {_MOST_CLASSES_INT16}")
    beta = float(option(graph, op, "beta"))
    multiplier, shift = quantize_multiplier(quantization(x)[0] * beta / (10.0 / 65535.0))
    fits = shift <= _MOST_LEFT_INT16
    require(graph, op, fits, f"beta {beta} times input scale {quantization(x)[0]}", "less than 2.5")
    return KernelCall(
        op=op.index,
        kernel="ecgp_softmax_s16",
        header="ecgp_softmax_s16.h",
        params_type="ecgp_softmax_s16_params",
        params={
            "rows": math.prod(x.shape[:-1]),
            "classes": classes,
            "multiplier": multiplier,
            "shift": shift,
            "exponential": Array("exp", "int16_t", exponentials(), "exp of -10 to 0, Q0.15"),
            "reciprocal": Array("reciprocal", "int16_t", reciprocals(), "1 / (1 + x) of 0 to 1, Q0.15"),
        },
        inputs=(x.index,),
        outputs=(y.index,),
        in_place=True,
    )


def _factor(graph: Graph, op: Op, input_scale: float) -> tuple[int, int]:
    """(multiplier, shift) of a difference of input bytes, to TFLM's Q5.26; (0, 0): a single step is beyond it."""
    beta = float(option(graph, op, "beta"))
    factor = beta * input_scale * 2.0 ** (31 - _INTEGER_BITS)
    require(graph, op, factor > 1.0, f"beta {beta} times input scale {input_scale}", "more than 2^-26")
    return quantize_multiplier(factor) if factor < 2.0**30 - 0.25 else (0, 0)  # shift 31, which TFLM caps


def softmax_exponentials(multiplier: int, shift: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """exp(-d * beta * scale) in Q0.31 for d = 0, 1, ... up to the last that reaches an output.

    TFLM takes differences beyond its radius for 0. What is less than 2^11 vanishes in both roundings: in the sum,
    which has 12 bits fewer, and in the probability, of which at least 23 bits are cut.
    """
    if multiplier == 0:
        return np.array([exp_of_negative(0, _INTEGER_BITS)], np.int32)
    radius = math.floor((2**_INTEGER_BITS - 1) * 2.0 ** (31 - _INTEGER_BITS) / 2.0**shift)
    steps = min(radius, 255)
    scaled = multiply(-np.arange(steps + 1), multiplier, shift)
    table = np.array([exp_of_negative(int(s), _INTEGER_BITS) for s in scaled], np.int32)
    return table[: np.flatnonzero(table >= 1 << 11)[-1] + 1]


def _features(call: KernelCall) -> Features:
    """Cost rule: by row, and by value."""
    rows = integer(call, "rows")
    return {"row": rows, "value": rows * integer(call, "classes")}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    classes = 600 + 20 * number if number % 8 == 6 and number > 7 else cases.pick(rng, 2, 5, 10, 40)
    shape = (cases.pick(rng, 1, 1, 4), classes)
    wide = number % 8 == 7  # beyond the first seven, which are made int16 too
    y = net.tensor(shape, (1 / 65536, -32768), "int16") if wide else net.tensor(shape, cases.PROBABILITY)
    net.apply("SOFTMAX", [net.tensor(shape)], y, beta=1.0)
    return net.graph()


_KERNELS = ("ecgp_softmax_s8", "ecgp_softmax_computed_s8", "ecgp_softmax_many_s8", "ecgp_softmax_s8_s16",
            "ecgp_softmax_s16")  # fmt: skip
SPECS = (
    OperatorSpec(
        name="SOFTMAX",
        variants=_variants,
        limits=f"int8 over the last axis, 1 to {_MOST_CLASSES} classes, to the output scale 1/256 and zero point -128, "
        "or to int16 of scale 1/65536 and zero point -32768; "
        f"or int16, 1 to {_MOST_CLASSES_INT16} classes, to the output scale 1/32768.",
        tflm=TflmRegistration("AddSoftmax", "Register_SOFTMAX_INT8", "softmax.h"),
        costs=dict.fromkeys(_KERNELS, _features),
        calibration=CalibrationCases(_case, 32, int16=7),
        interpreter_deviates=True,
    ),
)
