"""The int8 operators in which the TFLite interpreter deviates from TFLM, and what exactly it computes there.

Each formula gives what the locked ai-edge-litert computes with its reference kernels, to the bit, from the
interpreter's own inputs. They share no code with TFLM, codegen or the interpreter; tests hold them against the latter.
The specifications in codegen/ops say which operators deviate; a test holds both lists equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgprune.graph.graph import Graph, Op, Quantization
from ecgprune.verify.isolate import activations
from ecgprune.verify.oracles import Layers

__all__ = ["DEVIATIONS", "Deviation", "deviation"]

Bytes = npt.NDArray[np.int8]
Real = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Deviation:
    """How the TFLite interpreter deviates from TFLM in one operator.

    Attributes:
        formula: the interpreter's output [n, size] from the operator's inputs {tensor: [n, size]}.
        words: how that differs from TFLM, as a predicate of which the operator is the subject.
        below: the input scale from which on TFLM's own answer is nonsense, and its difference nothing to explain away.
    """

    formula: Callable[[Graph, Op, Layers], Bytes]
    words: str
    below: float = math.inf


def deviation(graph: Graph, op: Op) -> Deviation | None:
    """The operator's known deviation; None where the interpreter is held to TFLM's own answer.

    Args:
        graph: the model.
        op: one of its operators; only those with int8 activations are known to deviate.
    """
    known = DEVIATIONS.get(op.name)
    tensors = [*(graph.tensor(i) for i in activations(graph, op)), *graph.op_outputs(op)]
    if known is None or any(t.dtype != np.int8 for t in tensors):
        return None
    return known if _quantizations(graph, op)[0].scale < known.below else None


def _fully_connected(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """The exact accumulator times the real scale, in double, rounded once.

    TFLM rounds twice (once when it takes the product's high half, once when it shifts).
    """
    x, weights = (graph.tensor(i) for i in op.inputs[:2])
    bias = graph.tensor(op.inputs[2]) if len(op.inputs) > 2 and op.inputs[2] >= 0 else None
    x_q, w_q, y_q = (t.quantization or _UNIT for t in (x, weights, *graph.op_outputs(op)))
    assert weights.data is not None
    w = weights.data.astype(np.int64) - w_q.zero_points.reshape(-1, 1)
    rows = inputs[x.index].astype(np.int64) - x_q.zero_point
    accumulator = rows.reshape(-1, w.shape[1]) @ w.T
    if bias is not None and bias.data is not None:
        accumulator = accumulator + bias.data.astype(np.int64)
    scaled = accumulator * (x_q.scale * w_q.scales.astype(np.float64) / y_q.scale)
    low, high = _activation_range(str(op.options.get("fused_activation_function", "NONE")), y_q)
    return _clipped(_rounded(scaled) + y_q.zero_point, low, high).reshape(len(inputs[x.index]), -1)


def _logistic(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """1 / (1 + exp(-x)) of the dequantized input, times the reciprocal of the output's scale, each step in float32.

    TFLM computes in fixed point, Q4.27 in and Q0.31 out. The exponential is rounded to float32 from double, for
    numpy's own in float32 is some units in the last place off; an infinite one gives 0, as in C.
    """
    x_q, y_q = _quantizations(graph, op)
    x = np.float32(x_q.scale) * (inputs[op.inputs[0]].astype(np.int32) - x_q.zero_point).astype(np.float32)
    with np.errstate(over="ignore"):
        exponential = np.exp(-x.astype(np.float64)).astype(np.float32)
    probability = np.float32(1) / (np.float32(1) + exponential)
    scaled = probability * (np.float32(1) / np.float32(y_q.scale))
    return _clipped(_rounded(scaled.astype(np.float64)) + y_q.zero_point, -128, 127)


def _relu(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """Rescaled as TFLM does, with two roundings, but by a ratio of scales that was itself rounded to float32."""
    x_q, y_q = _quantizations(graph, op)
    steps = inputs[op.inputs[0]].astype(np.int64) - x_q.zero_point
    low, high = _activation_range("RELU", y_q)
    ratio = np.float32(x_q.scale) / np.float32(y_q.scale)
    return _clipped(_rounded_twice(steps, float(ratio)) + y_q.zero_point, low, high)


def _mul(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """Rescaled as TFLM does, with two roundings, but by a ratio of scales whose every step was rounded to float32."""
    (y,) = op.outputs
    y_q, rank = _quantizations(graph, op)[1], len(graph.tensor(y).shape)
    ratio, product = np.float32(1), np.ones(1, np.int64)
    for tensor in (graph.tensor(i) for i in op.inputs):
        values = inputs[tensor.index] if tensor.data is None else tensor.data
        q = tensor.quantization or _UNIT
        ratio = ratio * np.float32(q.scale)
        broadcast = (-1, *(1,) * (rank - len(tensor.shape)), *tensor.shape)
        product = product * (values.astype(np.int64) - q.zero_point).reshape(broadcast)
    rescaled = _rounded_twice(product, float(ratio / np.float32(y_q.scale)))
    low, high = _activation_range(str(op.options.get("fused_activation_function", "NONE")), y_q)
    return _clipped(rescaled + y_q.zero_point, low, high).reshape(len(product), -1)


DEVIATIONS = {
    "FULLY_CONNECTED": Deviation(
        _fully_connected,
        "rounds once since TensorFlow 2.21, where TensorFlow Lite Micro and CMSIS-NN round twice",
    ),
    "LOGISTIC": Deviation(
        _logistic,
        "looks its answers up in a table made in float32, where TensorFlow Lite Micro computes in fixed point",
        below=8.0,  # its Q4.27 then takes even 0 for a number that saturates
    ),
    "MUL": Deviation(
        _mul,
        "multiplies and divides the three scales in float32, where TensorFlow Lite Micro does so in double",
    ),
    "RELU": Deviation(
        _relu,
        "that rescales divides the two scales in float32, where TensorFlow Lite Micro divides in double",
    ),
}
# No RELU6: where scales are equal both runtimes only clamp, and where they are not, TFLM's does not rescale at all,
# which no rounding excuses.

_UNIT = Quantization(np.ones(1, np.float32), np.zeros(1, np.int32))


def _quantizations(graph: Graph, op: Op) -> tuple[Quantization, Quantization]:
    """Of the first input and the first output."""
    x, y = (graph.tensor(i).quantization or _UNIT for i in (op.inputs[0], op.outputs[0]))
    return x, y


def _rounded(values: Real) -> Integers:
    """To the nearest integer, halves away from zero. Exact for float32 widened to double."""
    return np.asarray(np.copysign(np.floor(np.abs(values) + 0.5), values).astype(np.int64))


def _rounded_twice(values: Integers, factor: float) -> Integers:
    """TFLite's MultiplyByQuantizedMultiplier: once for the product's high half, once for the shift to the right."""
    multiplier, shift = _fixed_point(factor)
    high_half = ((values << max(shift, 0)) * multiplier + 2**30) >> 31
    return _rounded(np.ldexp(high_half.astype(np.float64), min(shift, 0)))


def _clipped(values: Integers, low: int, high: int) -> Bytes:
    return np.asarray(np.clip(values, low, high).astype(np.int8))


def _fixed_point(real: float) -> tuple[int, int]:
    """(multiplier of 31 bits, shift) with real = multiplier / 2^31 * 2^shift; nothing is left of less than 2^-32."""
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    return (multiplier, shift) if shift >= -31 else (0, 0)


def _activation_range(activation: str, q: Quantization) -> tuple[int, int]:
    def quantized(real: float) -> int:
        return q.zero_point + int(np.floor(np.float32(real) / np.float32(q.scale) + np.float32(0.5)))

    low = {"RELU": 0.0, "RELU6": 0.0, "RELU_N1_TO_1": -1.0}.get(activation)
    high = {"RELU6": 6.0, "RELU_N1_TO_1": 1.0}.get(activation)
    return (
        -128 if low is None else max(-128, quantized(low)),
        127 if high is None else min(127, quantized(high)),
    )
