"""Where the TFLite interpreter deviates from TFLM in operators over int8 or int16, and what exactly it computes there.

Each formula gives what the locked ai-edge-litert computes with its reference kernels, to the bit, from the
interpreter's own inputs. They share no code with TFLM, codegen or the interpreter; tests hold them against the latter.
The specifications in codegen/ops say which operators deviate; a test holds both lists equal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ecgprune.graph.graph import Graph, Op
from ecgprune.verify.deviations import lstm, softmax, unary
from ecgprune.verify.deviations.arithmetic import (
    UNIT,
    Bytes,
    activation_range,
    clipped,
    quantizations,
    rounded,
    rounded_twice,
)
from ecgprune.verify.isolate import activations
from ecgprune.verify.oracles import Layers

__all__ = ["DEVIATIONS", "Deviation", "deviation"]


@dataclass(frozen=True)
class Deviation:
    """How the TFLite interpreter deviates from TFLM in one operator.

    Attributes:
        formula: the interpreter's output [n, size] from the operator's inputs {tensor: [n, size]}. Where the operator
            has a state, the vectors are a sequence that begins with the state as after a reset.
        words: how that differs from TFLM, as a predicate of which the operator is the subject.
        dtypes: numpy's names of the types of activations that deviate; all of an operator's are of one.
        below: the input scale from which on TFLM's own answer is nonsense, and its difference nothing to explain away.
        tflm: TFLM's own output for int8, as `formula`, for machines that TFLM has no wheel for; None: not known here.
    """

    formula: Callable[[Graph, Op, Layers], Bytes]
    words: str
    below: float = math.inf
    dtypes: tuple[str, ...] = ("int8",)
    tflm: Callable[[Graph, Op, Layers], Bytes] | None = None


def deviation(graph: Graph, op: Op) -> Deviation | None:
    """The operator's known deviation; None where the interpreter is held to TFLM's own answer.

    Args:
        graph: the model.
        op: one of its operators; only those with activations of the deviation's types are known to deviate.
    """
    known = DEVIATIONS.get(op.name)
    tensors = [*(graph.tensor(i) for i in activations(graph, op)), *graph.op_outputs(op)]
    if known is None or not any({t.dtype.name for t in tensors} == {name} for name in known.dtypes):
        return None
    return known if quantizations(graph, op)[0].scale < known.below else None


def _fully_connected(graph: Graph, op: Op, inputs: Layers, twice: bool = False) -> Bytes:
    """The exact accumulator times the real scale, in double, rounded once.

    TFLM rounds twice (once when it takes the product's high half, once when it shifts), which `twice` gives.
    """
    x, weights = (graph.tensor(i) for i in op.inputs[:2])
    bias = graph.tensor(op.inputs[2]) if len(op.inputs) > 2 and op.inputs[2] >= 0 else None
    x_q, w_q, y_q = (t.quantization or UNIT for t in (x, weights, *graph.op_outputs(op)))
    assert weights.data is not None
    w = weights.data.astype(np.int64) - w_q.zero_points.reshape(-1, 1)
    rows = inputs[x.index].astype(np.int64) - x_q.zero_point
    accumulator = rows.reshape(-1, w.shape[1]) @ w.T
    if bias is not None and bias.data is not None:
        accumulator = accumulator + bias.data.astype(np.int64)
    factors = x_q.scale * w_q.scales.astype(np.float64) / y_q.scale
    if twice:
        columns = np.broadcast_to(factors, w.shape[:1])
        scaled = np.stack([rounded_twice(accumulator[:, i], f) for i, f in enumerate(columns)], axis=1)
    else:
        scaled = rounded(accumulator * factors)
    dtype = x.dtype
    low, high = activation_range(str(op.options.get("fused_activation_function", "NONE")), y_q, dtype)
    return clipped(scaled + y_q.zero_point, low, high, dtype).reshape(len(inputs[x.index]), -1)


def _mul(graph: Graph, op: Op, inputs: Layers, real: type[np.floating[Any]] = np.float32) -> Bytes:
    """Rescaled as TFLM does, with two roundings, but by a ratio of scales whose every step was rounded to float32.

    With float64 as `real` it is TFLM's.
    """
    (y,) = op.outputs
    y_q, rank = quantizations(graph, op)[1], len(graph.tensor(y).shape)
    ratio, product = real(1), np.ones(1, np.int64)
    for tensor in (graph.tensor(i) for i in op.inputs):
        values = inputs[tensor.index] if tensor.data is None else tensor.data
        q = tensor.quantization or UNIT
        ratio = ratio * real(q.scale)
        broadcast = (-1, *(1,) * (rank - len(tensor.shape)), *tensor.shape)
        product = product * (values.astype(np.int64) - q.zero_point).reshape(broadcast)
    rescaled = rounded_twice(product, float(ratio / real(y_q.scale)))
    dtype = graph.tensor(y).dtype
    low, high = activation_range(str(op.options.get("fused_activation_function", "NONE")), y_q, dtype)
    return clipped(rescaled + y_q.zero_point, low, high, dtype).reshape(len(product), -1)


def _batch_matmul(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """Rescaled as TFLM does, with two roundings, but by a product of scales that was itself rounded to float32."""
    (y,), y_q = op.outputs, quantizations(graph, op)[1]
    rank, factors, product = len(graph.tensor(y).shape), [], np.float32(1)
    for index, turned in zip(op.inputs, (op.options["adj_x"], op.options["adj_y"]), strict=True):
        tensor = graph.tensor(index)
        values = inputs[index] if tensor.data is None else tensor.data
        q = tensor.quantization or UNIT
        product = product * np.float32(q.scale)
        shape = (-1, *(1,) * (rank - len(tensor.shape)), *tensor.shape)
        matrices = (values.astype(np.int64) - q.zero_point).reshape(shape)
        factors.append(matrices.swapaxes(-1, -2) if turned else matrices)
    rescaled = rounded_twice(factors[0] @ factors[1], float(product) / y_q.scale)
    return clipped(rescaled + y_q.zero_point, -128, 127).reshape(len(rescaled), -1)


def _prelu(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """As TFLM, but both factors are quotients of float32, the one below 0 of a product that was rounded too."""
    x, alpha = (graph.tensor(i) for i in op.inputs)
    x_q, a_q, y_q = (t.quantization or UNIT for t in (x, alpha, *graph.op_outputs(op)))
    values = inputs[alpha.index] if alpha.data is None else alpha.data
    steps = (inputs[x.index].astype(np.int64) - x_q.zero_point).reshape(-1, *x.shape)
    rank = len(x.shape)
    slopes = (values.astype(np.int64) - a_q.zero_point).reshape(-1, *(1,) * (rank - len(alpha.shape)), *alpha.shape)
    scale, output = np.float32(x_q.scale), np.float32(y_q.scale)
    below = rounded_twice(steps * slopes, float(scale * np.float32(a_q.scale) / output))
    answers = np.where(steps >= 0, rounded_twice(steps, float(scale / output)), below) + y_q.zero_point
    return clipped(answers, -128, 127).reshape(len(steps), -1)


def _unjudged(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """The interpreter's own output, whatever it is: in the locked version negative sums are wrong."""
    return np.asarray(inputs[op.outputs[0]])


_FLOAT_RATIO = "divides its scales in float32, where TensorFlow Lite Micro divides in double"
_FLOAT_TABLE = "looks its answers up in a table made in float32, where TensorFlow Lite Micro computes in fixed point"
_BOTH = ("int8", "int16")
_SATURATED = 8.0  # TFLM's Q4.27 then takes even 0 for a number that saturates

DEVIATIONS = {
    "ABS": Deviation(unary.absolute, _FLOAT_RATIO),
    "BATCH_MATMUL": Deviation(
        _batch_matmul,
        "multiplies the scales of its inputs in float32, where TensorFlow Lite Micro does so in double",
    ),
    "FULLY_CONNECTED": Deviation(
        _fully_connected,
        "rounds once since TensorFlow 2.21, where TensorFlow Lite Micro and CMSIS-NN round twice, or by fewer bits",
        dtypes=_BOTH,
        tflm=partial(_fully_connected, twice=True),
    ),
    "HARD_SWISH": Deviation(unary.hard_swish, _FLOAT_RATIO),
    "LEAKY_RELU": Deviation(unary.leaky_relu, _FLOAT_RATIO),
    "LOGISTIC": Deviation(unary.logistic, _FLOAT_TABLE, _SATURATED),
    "MUL": Deviation(
        _mul,
        "multiplies and divides the three scales in float32, where TensorFlow Lite Micro does so in double",
        dtypes=_BOTH,
        tflm=partial(_mul, real=np.float64),
    ),
    "PRELU": Deviation(_prelu, _FLOAT_RATIO),
    "RELU": Deviation(
        unary.relu,
        "that rescales divides the two scales in float32, where TensorFlow Lite Micro divides in double",
        dtypes=_BOTH,
        tflm=partial(unary.relu, real=np.float64),
    ),
    "RSQRT": Deviation(unary.rsqrt, _FLOAT_RATIO),
    "SOFTMAX": Deviation(
        softmax.softmax,
        "over int16 makes its tables in double, where TensorFlow Lite Micro makes them in float32",
        dtypes=("int16",),
    ),
    "SUM": Deviation(_unjudged, "adds negative numbers wrongly, so that it is not compared in this operator"),
    "TANH": Deviation(unary.tanh, _FLOAT_TABLE, _SATURATED),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": Deviation(
        lstm.lstm,
        "computes sigmoid and tanh as polynomials, where TensorFlow Lite Micro interpolates in a table",
    ),
}
# No RELU6: where scales are equal both runtimes only clamp, and where they are not, TFLM's does not rescale at all,
# which no rounding excuses.
