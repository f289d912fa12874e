"""Deviation of the TFLite interpreter in SOFTMAX over int16."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.graph.graph import Graph, Op
from ecgprune.verify.deviations.arithmetic import Bytes, Integers, Real, quantizations, rounded, rounded_twice
from ecgprune.verify.oracles import Layers

__all__ = ["softmax"]


def softmax(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """As TFLM, but both tables, of the exponential and of 1 / (1 + x), are computed in double."""
    x_q, _ = quantizations(graph, op)
    classes = graph.tensor(op.inputs[0]).shape[-1]
    x = inputs[op.inputs[0]].reshape(-1, classes).astype(np.int64)
    factor = x_q.scale * float(op.options["beta"]) / (10.0 / 65535.0)
    steps = rounded_twice(x - x.max(axis=1, keepdims=True), factor)
    exponentials = _looked_up(_exponentials(), steps + 32767)
    total = exponentials.sum(axis=1, keepdims=True)
    bits = np.frexp(total.astype(np.float64))[1] - 1  # of its highest digit: 14 and more
    mantissa = ((total << (30 - bits)) + (1 << 13)) >> 14  # 2^16 to 2^17
    reciprocal = _looked_up(_reciprocals(), mantissa - (1 << 15) - (1 << 16))
    answers = (exponentials * reciprocal + (1 << (bits - 1))) >> bits
    return np.asarray(answers.clip(0, 32767).astype(np.int16)).reshape(inputs[op.inputs[0]].shape)


def _looked_up(table: Integers, at: Integers) -> Integers:
    """Interpolated between two of the 513 entries, which lie 128 apart."""
    at = at.clip(-32768, 32767)
    entry, rest = (at >> 7) + 256, at & 127
    return np.asarray(table[entry] + (((table[entry + 1] - table[entry]) * rest + 64) >> 7))


@functools.cache
def _exponentials() -> Integers:
    return _table(-10.0, 0.0, np.exp)


@functools.cache
def _reciprocals() -> Integers:
    return _table(0.0, 1.0, _reciprocal)


def _reciprocal(x: Real) -> Real:
    return 1.0 / (1.0 + x)


def _table(low: float, high: float, function: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> Integers:
    """513 values in Q0.15, each of which makes up for half of the error that interpolation has in the middle."""
    step = (high - low) / 512
    at = low + np.arange(513) * step
    scale = 65536.0 / 2.0
    values, middles = function(at) * scale, rounded(function(at + step / 2) * scale)
    samples = rounded(values)
    interpolated = rounded((values[1:] + samples[:-1]) / 2)
    corrected = samples[:-1] - rounded((interpolated - middles[:-1]) / 2)
    return np.append(corrected, samples[-1]).clip(-32768, 32767)
