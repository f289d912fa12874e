"""UNIDIRECTIONAL_SEQUENCE_LSTM as the TFLite interpreter computes it: sigmoid and tanh as gemmlowp's polynomials.

TFLM interpolates them in a table. It saturates both products of a gate, where the interpreter saturates their sum.
Source: LstmStepInteger8x8_16 of TFLite's lstm_eval.cc, and gemmlowp's fixedpoint.h.
"""

from __future__ import annotations

import functools

import numpy as np

from ecgprune.graph.graph import Graph, Op, Quantization, Tensor
from ecgprune.verify.deviations.arithmetic import UNIT, Bytes, Integers, clipped, rounded_shift, rounded_twice
from ecgprune.verify.oracles import Layers

__all__ = ["lstm"]

_INPUT, _FORGET, _CELL, _OUTPUT = range(4)
_WEIGHTS, _BIASES, _HIDDEN_STATE, _CELL_STATE = 1, 12, 18, 19
_HIDDEN_INTERMEDIATE = 4
_F = np.float32


def lstm(graph: Graph, op: Op, inputs: Layers) -> Bytes:
    """The outputs of one invocation after the other, from the reset state on."""
    rows = inputs[op.inputs[0]].astype(np.int64)
    time_major = bool(op.options["time_major"])
    x = graph.tensor(op.inputs[0])
    sequence = rows.reshape(-1, *x.shape)  # invocation, step in time, batch, element
    if not time_major:
        sequence = sequence.transpose(0, 2, 1, 3)
    hidden, cell = (_initial(graph.tensor(op.inputs[i])) for i in (_HIDDEN_STATE, _CELL_STATE))
    batches = sequence.shape[2]
    hidden, cell = hidden.reshape(batches, -1), cell.reshape(batches, -1)
    found = []
    for invocation in sequence:
        outputs = []
        for step in invocation:
            hidden, cell = _step(graph, op, step, hidden, cell)
            outputs.append(hidden)
        stacked = np.stack(outputs)
        found.append((stacked if time_major else stacked.transpose(1, 0, 2)).reshape(-1))
    return clipped(np.stack(found), -128, 127)


def _step(
    graph: Graph, op: Op, x: Integers, hidden: Integers, cell: Integers
) -> tuple[Integers, Integers]:
    """(hidden state, cell state) [batches, units] after one step in time."""
    gates = [_gate(graph, op, gate, x, hidden) for gate in range(4)]
    cell_q = _quantization(graph.tensor(op.inputs[_CELL_STATE]))
    power = int(np.rint(np.log2(cell_q.scale)))
    values = _tanh_table(3)[gates[_CELL]]
    forgotten = _wrapped(rounded_shift(_sigmoid_table()[gates[_FORGET]] * cell, 15))
    added = _wrapped(rounded_shift(_sigmoid_table()[gates[_INPUT]] * values, 30 + power))
    cell = np.clip(forgotten + added, -(2**15), 2**15 - 1)
    if op.options["cell_clip"] > 0:
        most = int(min(op.options["cell_clip"] / cell_q.scale, 32767.0))
        cell = np.clip(cell, -most, most)
    seen = _tanh_table(15 + power)[cell] * _sigmoid_table()[gates[_OUTPUT]]
    hidden_q = _quantization(graph.tensor(op.intermediates[_HIDDEN_INTERMEDIATE]))
    unit = _F(2.0**-15)
    scaled = rounded_twice(seen, float(unit / _F(hidden_q.scale) * unit))
    return np.clip(scaled + hidden_q.zero_point, -128, 127), cell


def _gate(graph: Graph, op: Op, gate: int, x: Integers, hidden: Integers) -> Integers:
    """A gate before its function, in steps of 2^-12, saturated after each of the products."""
    total = np.zeros(1, np.int64)
    for place, vector, tensor in ((_WEIGHTS, x, op.inputs[0]), (_WEIGHTS + 4, hidden, op.inputs[_HIDDEN_STATE])):
        weights, vector_q = graph.tensor(op.inputs[place + gate]), _quantization(graph.tensor(tensor))
        assert weights.data is not None
        sums = (vector - vector_q.zero_point) @ weights.data.astype(np.int64).T
        bias = graph.tensor(op.inputs[_BIASES + gate]).data
        if place == _WEIGHTS and bias is not None:
            sums = sums + bias.astype(np.int64)
        factor = _F(_quantization(weights).scale) * _F(vector_q.scale) / _F(2.0**-12)
        total = np.clip(rounded_twice(sums, float(factor)) + total, -(2**15), 2**15 - 1)
    return total


def _initial(state: Tensor) -> Integers:
    assert state.initial is not None
    return np.asarray(state.initial.astype(np.int64))


def _quantization(tensor: Tensor) -> Quantization:
    return tensor.quantization or UNIT


def _wrapped(values: Integers) -> Integers:
    """As int16."""
    return np.asarray(values.astype(np.int16).astype(np.int64))


@functools.cache
def _sigmoid_table() -> Integers:
    """gemmlowp::logistic of every int16 in Q3.12, to Q0.15; indexed by the int16 itself, negative ones from the end."""
    a = _all_int16()
    positive = _left(_newton(_exp_of_negative(-np.abs(a), 3)), 1)
    found = np.where(a > 0, positive, 32767 - positive)
    return np.where(a == 0, 2**14, found)


@functools.cache
def _tanh_table(integer_bits: int) -> Integers:
    """gemmlowp::tanh of every int16 with that many integer bits, to Q0.15; indexed as `_sigmoid_table`."""
    a = _all_int16()
    magnitude = _left(_newton(_exp_of_negative(-np.abs(a), integer_bits + 1)) - 2**13, 2)
    return np.where(a == 0, 0, np.where(a < 0, -magnitude, magnitude))


def _all_int16() -> Integers:
    """0 to 32767, then -32768 to -1: the order in which numpy indexes."""
    return np.concatenate([np.arange(2**15), np.arange(-(2**15), 0)])


def _high(a: Integers, b: Integers | int) -> Integers:
    """The product of two int16 in Q0.15, rounded half up."""
    return (a * b + 2**14) >> 15


def _left(a: Integers, bits: int) -> Integers:
    """a * 2^bits, saturated."""
    return np.asarray(np.clip(a << bits, -(2**15), 2**15 - 1))


def _exp_of_negative(a: Integers, integer_bits: int) -> Integers:
    """exp(a) in Q0.15: a polynomial around -1/8, then one factor for each bit of the rest."""
    quarter = 1 << (15 - integer_bits - 2)
    reduced = (a & (quarter - 1)) - quarter
    x = _left(reduced, integer_bits) + 2**12
    x2 = _high(x, x)
    x3, x4 = _high(x2, x), _high(x2, x2)
    higher = rounded_shift(_high(rounded_shift(x4, 2) + x3, _constant(715827883)) + x2, 1)
    at_eighth = _constant(1895147668)
    found = np.minimum(at_eighth + _high(x + higher, at_eighth), 32767)
    rest = reduced - a
    for exponent, factor in zip(range(-2, integer_bits), _FACTORS, strict=False):
        found = np.where(rest & (1 << (15 - integer_bits + exponent)), _high(found, _constant(factor)), found)
    if integer_bits > 5:
        found = np.where(a < -(1 << (20 - integer_bits)), 0, found)
    return np.where(a == 0, 32767, found)


_FACTORS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
"""exp(-2^e) for e = -2 to 4, in Q0.31."""


def _constant(q31: int) -> int:
    """A constant of Q0.31 in Q0.15."""
    return (q31 + 2**15) >> 16


def _newton(a: Integers) -> Integers:
    """2 / (1 + a) for a in [0, 1], from Q0.15 to Q2.13."""
    half = (a + 32767 + 1) >> 1
    x = _constant(1515870810) + _high(half, _constant(-1010580540))
    for _ in range(3):
        x = x + _left(_high(x, 2**13 - _high(half, x)), 2)
    return x
