"""Deviations of the TFLite interpreter in operators on one tensor, element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from ecgprune.graph.graph import Graph, Op
from ecgprune.verify.deviations.arithmetic import (
    Bytes,
    Integers,
    activation_range,
    clipped,
    fixed_point,
    quantizations,
    rounded,
    rounded_shift,
    rounded_twice,
)
from ecgprune.verify.oracles import Layers

__all__ = ["absolute", "hard_swish", "leaky_relu", "logistic", "relu", "rsqrt", "tanh"]


def logistic(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """1 / (1 + exp(-x)) of the dequantized input, times the reciprocal of the output's scale, each step in float32.

    TFLM computes in fixed point, Q4.27 in and Q0.31 out. The exponential is rounded to float32 from double, for
    numpy's own in float32 is some units in the last place off; an infinite one gives 0, as in C.
    """
    x_q, y_q = quantizations(graph, op)
    x = np.float32(x_q.scale) * (inputs[op.inputs[0]].astype(np.int32) - x_q.zero_point).astype(np.float32)
    with np.errstate(over="ignore"):
        exponential = np.exp(-x.astype(np.float64)).astype(np.float32)
    probability = np.float32(1) / (np.float32(1) + exponential)
    scaled = probability * (np.float32(1) / np.float32(y_q.scale))
    return clipped(rounded(scaled.astype(np.float64)) + y_q.zero_point, -128, 127)


def tanh(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """tanh(x) of the dequantized input, in float32 as `logistic`; TFLM computes in fixed point."""
    x_q, y_q = quantizations(graph, op)
    x = np.float32(x_q.scale) * (inputs[op.inputs[0]].astype(np.int32) - x_q.zero_point).astype(np.float32)
    scaled = np.tanh(x.astype(np.float64)).astype(np.float32) * (np.float32(1) / np.float32(y_q.scale))
    return clipped(rounded(scaled.astype(np.float64)) + y_q.zero_point, -128, 127)


def relu(graph: Graph, op: Op, inputs: Layers, real: type[np.floating[Any]] = np.float32) -> Bytes:
    """Rescaled as TFLM does, with two roundings, but by a ratio of scales that was itself rounded to float32.

    With float64 as `real` it is TFLM's.
    """
    x_q, y_q = quantizations(graph, op)
    steps = inputs[op.inputs[0]].astype(np.int64) - x_q.zero_point
    dtype = graph.tensor(op.outputs[0]).dtype
    low, high = activation_range("RELU", y_q, dtype)
    ratio = real(x_q.scale) / real(y_q.scale)
    return clipped(rounded_twice(steps, float(ratio)) + y_q.zero_point, low, high, dtype)


def leaky_relu(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """As TFLM, but both factors are quotients of float32, the one below 0 of a product that was rounded too."""
    x_q, y_q = quantizations(graph, op)
    steps = inputs[op.inputs[0]].astype(np.int64) - x_q.zero_point
    scale, output = np.float32(x_q.scale), np.float32(y_q.scale)
    slope = float(scale * np.float32(op.options["alpha"]) / output)
    below = rounded_twice(steps, abs(slope)) * (-1 if slope < 0 else 1)
    return clipped(np.where(steps >= 0, rounded_twice(steps, float(scale / output)), below) + y_q.zero_point, -128, 127)


def absolute(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """|x| times a ratio of scales that was rounded to float32."""
    x_q, y_q = quantizations(graph, op)
    steps = np.abs(inputs[op.inputs[0]].astype(np.int64) - x_q.zero_point)
    ratio = np.float32(x_q.scale) / np.float32(y_q.scale)
    return clipped(rounded_twice(steps, float(ratio)) + y_q.zero_point, -128, 127)


def hard_swish(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """x times a gate between 0 and 1 in int16, as TFLM, but with factors that were divided in float32."""
    x_q, y_q = quantizations(graph, op)
    fine = np.float32(x_q.scale) / np.float32(128)
    factor, output_shift = _fifteen_bits(float(fine / np.float32(y_q.scale)))
    slope, shift = _fifteen_bits(float(fine / np.float32(3 / 2**15)))
    x = (inputs[op.inputs[0]].astype(np.int64) - x_q.zero_point) * 128
    gate = _int16(x << max(shift - 1, 0)) * slope + 2**14 >> 15
    gate = _int16(gate << min(max(shift, 0), 1))
    gate = rounded_shift(gate, max(-shift, 0)) + 2**15 >> 1
    product = gate * (x * factor + 2**14 >> 15)
    output = np.sign(product) * (np.abs(product) >> 15)
    return clipped(rounded_shift(output, -output_shift) + y_q.zero_point, -128, 127)


def rsqrt(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """1 / sqrt(steps) as TFLM computes it, times a factor of which root and product were rounded to float32."""
    x_q, y_q = quantizations(graph, op)
    steps = inputs[op.inputs[0]].astype(np.int64) - x_q.zero_point
    factor = 1.0 / float(np.sqrt(np.float32(x_q.scale)) * np.float32(y_q.scale))
    multiplier, shift = fixed_point(factor)
    roots = np.array([_twenty_bits_of_root(step) for step in range(256)])[steps]
    left, right = max(shift - 20, 0), max(20 - shift, 0)
    output = rounded_shift((roots << left) * multiplier + 2**30 >> 31, right) + y_q.zero_point
    return clipped(np.where(steps == 0, 127, output), -128, 127)


def _twenty_bits_of_root(step: int) -> int:
    """2^20 / sqrt(step), by five steps of Newton-Raphson with 28 bits behind the point, as tflite does it."""
    if step <= 1:  # 0 has no root, and its output another rule
        return 2**20
    bits = (31 - step.bit_length()) // 2 * 2 - 2  # an even shift, to 27 or 28 bits behind the point
    half, estimate = (step << bits) + 2 >> 2, 2**28
    for _ in range(5):
        cube = (estimate**2 + 2**30 >> 31) * estimate + 2**30 >> 31
        fall = half * (cube << 6) + 2**30 >> 31
        estimate = ((3 * 2**27 * estimate + 2**30 >> 31) - fall) << 3
    root = estimate * 1518500250 + 2**30 >> 31  # times sqrt(1/2)
    return (root << 9 + bits // 2) + 2**30 >> 31


def _fifteen_bits(real: float) -> tuple[int, int]:
    """(multiplier of 15 bits, shift)."""
    multiplier, shift = fixed_point(real)
    return min(multiplier + 2**15 >> 16, 2**15 - 1), shift


def _int16(values: Integers) -> Integers:
    return np.clip(values, -(2**15), 2**15 - 1)
