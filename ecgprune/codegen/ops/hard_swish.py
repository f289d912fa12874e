"""HARD_SWISH of an int8 tensor: a table of all 256 answers, kernel ecgp_lookup_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.fixedpoint import rounding_shift
from ecgprune.codegen.lowering.checks import quantization, require
from ecgprune.codegen.lowering.lookup import COSTS, endpoints, lookup, steps
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_HIGH_RESOLUTION = 7  # bits that TFLM shifts the input up by, into an int16


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """x * relu6(x + 3) / 6 in int16, as tflite::reference_ops::HardSwish."""
    x, y = endpoints(graph, op)
    input_scale, output_scale = (quantization(t)[0] for t in (x, y))
    fine = input_scale / 2**_HIGH_RESOLUTION
    output, output_exponent = _multiplier(graph, op, fine / output_scale)
    reluish, exponent = _multiplier(graph, op, fine / (3 / 32768))
    found = f"input scale {input_scale}, output scale {output_scale}"
    require(graph, op, -15 <= output_exponent <= 0, found, "a ratio from 2^-9 to less than 128")
    require(graph, op, -15 <= exponent <= 30, found, "an input scale from 2^-22 to 2^23")

    def answer(step: int) -> int:
        value = step << _HIGH_RESOLUTION
        gate = value
        if exponent > 0:
            gate = _saturated(gate << exponent - 1)
        gate = _rounding_high(gate, reluish)
        gate = _saturated(gate << 1) if exponent > 0 else rounding_shift(gate, -exponent)
        gate = (gate + (1 << 15)) >> 1
        product = gate * _rounding_high(value, output)
        cut = abs(product) >> 15  # towards 0, which cancels the biases of the roundings before
        return rounding_shift(cut if product >= 0 else -cut, -output_exponent)

    answers = np.array([answer(int(step)) for step in steps(x)]) + quantization(y)[1]
    return lookup(op, x, y, answers, "hard_swish")


def _multiplier(graph: Graph, op: Op, factor: float) -> tuple[int, int]:
    """(multiplier of 15 bits, exponent) of a factor: tflite::DownScaleInt32ToInt16Multiplier."""
    require(graph, op, factor < 2.0**29, f"a factor of {factor} between its scales", "less than 2^29")
    multiplier, exponent = quantize_multiplier(factor)
    return min((multiplier + (1 << 15)) >> 16, (1 << 15) - 1), exponent


def _saturated(value: int) -> int:
    return min(max(value, -(1 << 15)), (1 << 15) - 1)


def _rounding_high(a: int, b: int) -> int:
    """round(a * b / 2^15), ties up: gemmlowp's product of two Q0.15 numbers, of which one is not -1."""
    return (a * b + (1 << 14)) >> 15


SPECS = (
    OperatorSpec(
        name="HARD_SWISH",
        variants=single(_lower),
        limits="int8 of an input scale from 2^-22 to 2^23, from 2^-9 to less than 128 times the output's.",
        tflm=TflmRegistration("AddHardSwish"),
        costs=COSTS,
        interpreter_deviates=True,
    ),
)
