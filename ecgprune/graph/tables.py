"""Floating point between a DEQUANTIZE and a QUANTIZE: a function of one byte, so a table of 256 answers.

A converter leaves operators that it has no int8 form of in float32. TFLM's float32 kernels call the C library, whose
exp() and log() differ in the last places from one library to another. A table is made only where no such difference
could show: each value is held as the interval that it lies in, and both ends must give the same byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.graph.graph import Graph, Op, Tensor
from ecgprune.graph.identities import RESHAPES

__all__ = ["tabulated"]

Reals = npt.NDArray[np.float32]
Wide = npt.NDArray[np.float64]

_DOUBT = 8
"""Units in the last place by which a function of the C library may miss the exact value."""


def tabulated(graph: Graph) -> Graph:
    """The graph with one operator for each DEQUANTIZE, functions of one number, QUANTIZE; itself where there are none.

    Its name is theirs, and its option "table" holds the answers, int64 [256], to the input bytes -128 to 127.
    """
    makers = {t: op for op in graph.ops for t in op.outputs}
    ops = tuple(_table(graph, op, makers) if op.name == "QUANTIZE" and op.has(1) else op for op in graph.ops)
    return graph if all(a is b for a, b in zip(ops, graph.ops, strict=True)) else replace(graph, ops=ops)


def _table(graph: Graph, quantize: Op, makers: Mapping[int, Op]) -> Op:
    """The operator that does all of the chain that ends in `quantize`; itself where there is no such chain."""
    functions: list[Op] = []
    op = makers.get(quantize.inputs[0])
    while op is not None and op.name != "DEQUANTIZE":
        if op.name not in RESHAPES:
            functions.insert(0, op)
        operand = _operand(graph, op)
        op = None if operand is None else makers.get(operand)
    if op is None or not op.has(1) or not functions:
        return quantize
    x, y = graph.tensor(op.inputs[0]), graph.tensor(quantize.outputs[0])
    if x.is_constant or x.dtype != np.int8 or y.dtype != np.int8 or x.size != y.size:
        return quantize
    answers = _answers(graph, x, functions, y)
    if answers is None:
        return quantize
    name = "_".join(op.name for op in (op, *functions, quantize))
    return replace(quantize, name=name, inputs=(x.index,), options={"table": answers})


def _operand(graph: Graph, op: Op) -> int | None:
    """The computed input of a function of one number; None for any other operator."""
    if op.name not in (*RESHAPES, *_FUNCTIONS, *_ARITHMETIC) or not op.has(2 if op.name in _ARITHMETIC else 1):
        return None
    inputs = op.inputs[: 2 if op.name in _ARITHMETIC else 1]
    computed = [t for t in inputs if not graph.tensor(t).is_constant]
    plain = op.options.get("fused_activation_function", "NONE") == "NONE"
    single = all(graph.tensor(t).size == 1 for t in inputs if t not in computed)
    floats = all(graph.tensor(t).dtype == np.float32 for t in (*inputs, *op.outputs))
    same = len(computed) == 1 and graph.tensor(computed[0]).size == graph.tensor(op.outputs[0]).size
    return computed[0] if same and plain and single and floats else None


def _answers(graph: Graph, x: Tensor, functions: list[Op], y: Tensor) -> npt.NDArray[np.int64] | None:
    """The output byte of each input byte; None where a last place could change one."""
    q, into = x.quantization, y.quantization
    if q is None or into is None or q.per_channel or into.per_channel:
        return None
    low = high = (q.scale * (np.arange(-128, 128) - q.zero_point)).astype(np.float32)
    with np.errstate(all="ignore"):
        for op in functions:
            if op.name in ("ABS", "SQUARE") and np.any((low < 0) & (high > 0)):  # the least value is at neither end
                return None
            ends = [_applied(graph, op, end) for end in (low, high)]
            low = np.minimum(*(end - doubt for end, doubt in ends)).astype(np.float32)
            high = np.maximum(*(end + doubt for end, doubt in ends)).astype(np.float32)
        steps = [end / np.float32(into.scale) for end in (low, high)]
    if not all(np.all(np.abs(s) < 2.0**30) for s in steps):  # not a number, or none that C could round to an int
        return None
    wide = [s.astype(np.float64) for s in steps]
    first, last = ((np.copysign(np.floor(np.abs(s) + 0.5), s) + into.zero_point).clip(-128, 127) for s in wide)
    return first.astype(np.int64) if np.array_equal(first, last) else None


def _applied(graph: Graph, op: Op, values: Reals) -> tuple[Wide, Wide]:
    """(what TFLM's kernel gives for the values, exact or rounded to float32; how far it may be from that)."""
    wide = values.astype(np.float64)
    if op.name in _ARITHMETIC:
        constants = [t.data for t in graph.op_inputs(op)[:2] if t is not None]
        operands = [wide if c is None else c.astype(np.float64).reshape(()) for c in constants]
        return _ARITHMETIC[op.name](*operands).astype(np.float32).astype(np.float64), np.zeros_like(wide)
    function, doubtful = _FUNCTIONS[op.name]
    found = function(wide, op).astype(np.float32)
    doubt = np.where(doubtful(wide) & (found != 0), _DOUBT * np.spacing(np.abs(found)), 0)  # tanh(0), log(1) are 0
    return found.astype(np.float64), doubt.astype(np.float64)


def _never(x: Wide) -> npt.NDArray[np.bool_]:
    """IEEE 754 leaves no choice: one rounding of an exact result."""
    return np.zeros(x.shape, bool)


def _always(x: Wide) -> npt.NDArray[np.bool_]:
    return np.ones(x.shape, bool)


def _logistic(x: Wide) -> Wide:
    """tflite::reference_ops::Logistic, with its cutoffs."""
    between = 1 / (1 + np.exp(-x))
    return np.where(x > 16.619047164916992, 1.0, np.where(x < -9.0, np.exp(x), between))


_FUNCTIONS: Mapping[str, tuple[Callable[[Wide, Op], Wide], Callable[[Wide], npt.NDArray[np.bool_]]]] = {
    "ABS": (lambda x, op: np.abs(x), _never),
    "CEIL": (lambda x, op: np.ceil(x), _never),
    "ELU": (lambda x, op: np.where(x < 0, np.expm1(np.minimum(x, 0)), x), lambda x: x < 0),
    "EXP": (lambda x, op: np.exp(x), _always),
    "FLOOR": (lambda x, op: np.floor(x), _never),
    "LEAKY_RELU": (lambda x, op: np.where(x > 0, x, x * np.float64(np.float32(op.options["alpha"]))), _never),
    "LOG": (lambda x, op: np.log(x), _always),
    "LOGISTIC": (lambda x, op: _logistic(x), _always),
    "NEG": (lambda x, op: -x, _never),
    "RELU": (lambda x, op: np.maximum(x, 0), _never),
    "RELU6": (lambda x, op: np.clip(x, 0, 6), _never),
    "ROUND": (lambda x, op: np.rint(x), _never),  # halves to even: reference_ops::RoundToNearest
    "RSQRT": (lambda x, op: 1 / np.sqrt(x), _always),
    "SQRT": (lambda x, op: np.sqrt(x), _never),
    "SQUARE": (lambda x, op: x * x, _never),
    "TANH": (lambda x, op: np.tanh(x), _always),
}
"""Operator -> (the function, which is monotone but for ABS and SQUARE; where its value is the C library's)."""

_ARITHMETIC: Mapping[str, Callable[[Wide, Wide], Wide]] = {
    "ADD": np.add, "DIV": np.divide, "MUL": np.multiply, "SUB": np.subtract,
}  # fmt: skip
"""Operators on two numbers; here one of them is a constant. Double keeps what their one rounding to float32 needs."""
