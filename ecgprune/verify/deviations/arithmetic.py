"""TFLite's integer arithmetic, written a second time so that verification shares no code with the generator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.graph.graph import Graph, Op, Quantization

__all__ = [
    "UNIT",
    "Bytes",
    "Integers",
    "Real",
    "activation_range",
    "clipped",
    "fixed_point",
    "quantizations",
    "rounded",
    "rounded_shift",
    "rounded_twice",
]

Bytes = npt.NDArray[np.int8] | npt.NDArray[np.int16]
Real = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

UNIT = Quantization(np.ones(1, np.float32), np.zeros(1, np.int32))
"""Of a tensor that has none."""


def quantizations(graph: Graph, op: Op) -> tuple[Quantization, Quantization]:
    """Of the first input and the first output."""
    x, y = (graph.tensor(i).quantization or UNIT for i in (op.inputs[0], op.outputs[0]))
    return x, y


def rounded(values: npt.NDArray[np.floating[Any]]) -> Integers:
    """To the nearest integer, halves away from zero. Exact for float32 widened to double."""
    return np.asarray(np.copysign(np.floor(np.abs(values) + 0.5), values).astype(np.int64))


def rounded_shift(values: Integers, right: int) -> Integers:
    """values / 2^right to the nearest integer, halves away from zero."""
    return rounded(np.ldexp(values.astype(np.float64), -right))


def rounded_twice(values: Integers, factor: float) -> Integers:
    """TFLite's MultiplyByQuantizedMultiplier: once for the product's high half, once for the shift to the right."""
    multiplier, shift = fixed_point(factor)
    return rounded_shift(((values << max(shift, 0)) * multiplier + 2**30) >> 31, max(-shift, 0))


def clipped(values: Integers, low: int, high: int, dtype: npt.DTypeLike = np.int8) -> Bytes:
    """As int8, or int16, from low to high."""
    return np.asarray(np.clip(values, low, high).astype(dtype))


def fixed_point(real: float) -> tuple[int, int]:
    """(multiplier of 31 bits, shift) with real = multiplier / 2^31 * 2^shift; nothing is left of less than 2^-32."""
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    return (multiplier, shift) if shift >= -31 else (0, 0)


def activation_range(activation: str, q: Quantization, dtype: npt.DTypeLike = np.int8) -> tuple[int, int]:
    """(lowest, highest) int8, or int16, that a fused activation leaves."""
    ends = np.iinfo(np.dtype(dtype))

    def quantized(real: float) -> int:
        return q.zero_point + int(np.floor(np.float32(real) / np.float32(q.scale) + np.float32(0.5)))

    low = {"RELU": 0.0, "RELU6": 0.0, "RELU_N1_TO_1": -1.0}.get(activation)
    high = {"RELU6": 6.0, "RELU_N1_TO_1": 1.0}.get(activation)
    return (
        ends.min if low is None else max(ends.min, quantized(low)),
        ends.max if high is None else min(ends.max, quantized(high)),
    )
