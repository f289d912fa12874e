"""Operators whose output byte depends on one input byte alone: kernel ecgp_lookup_s8, a table of all 256 answers.

The generator makes the table, as TFLM would compute each answer. So the formula is here once, in Python, and no core
has to compute it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.fixedpoint import rounding_shift
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.requant import multiply, quantize_multiplier
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["COSTS", "case", "endpoints", "lookup", "requantized", "rescaled", "sigmoidal", "steps"]

_VECTOR = 16  # bytes that are looked up at once where a core can, as in firmware/lib/nn/ecgp_lookup.c
_INTEGER_BITS = 4  # TFLM scales the input of LOGISTIC and TANH to Q4.27


def _features(call: KernelCall) -> Features:
    """Cost rule: by element, and by vector where a core has them."""
    size = integer(call, "size")
    return {"element": size, "vector": -(-size // _VECTOR)}


COSTS = {"ecgp_lookup_s8": _features}
"""`OperatorSpec.costs` of such an operator."""


def endpoints(graph: Graph, op: Op) -> tuple[Tensor, Tensor]:
    """The only input and output of the operator, int8 and of one shape.

    Raises:
        UnsupportedOperatorError: they are not.
    """
    require(graph, op, len(op.inputs) == 1, f"{len(op.inputs)} inputs", "1")
    x = activation(graph, op)
    return x, result(graph, op, x.shape)


def steps(tensor: Tensor) -> npt.NDArray[np.int64]:
    """All 256 bytes of a tensor, from the lowest to the highest number, as steps above its zero point."""
    assert tensor.quantization is not None
    return np.arange(256) + int(np.iinfo(tensor.dtype).min) - tensor.quantization.zero_point


def requantized(graph: Graph, op: Op) -> list[KernelCall]:
    """One call for a QUANTIZE between int8 and uint8.

    Raises:
        UnsupportedOperatorError: other types, or a ratio of scales that TFLM would shift out of int32.
    """
    x = activation(graph, op, 0, "int8", "uint8")
    y = result(graph, op, x.shape, "uint8" if x.dtype.name == "int8" else "int8")
    (input_scale, _), (scale, zero_point) = quantization(x), quantization(y)
    answers = rescaled(graph, op, steps(x), input_scale / scale) + zero_point
    return lookup(op, x, y, answers, "quantize")


def rescaled(
    graph: Graph, op: Op, values: npt.NDArray[np.int64], factor: float, right: int = 0
) -> npt.NDArray[np.int64]:
    """values * factor / 2^right with TFLM's two roundings.

    Args:
        graph: the graph of the operator.
        op: the operator.
        values: int32, any shape.
        factor: of real numbers, 0 and more.
        right: taken from the shift, after the factor is a multiplier of 31 bits.

    Raises:
        UnsupportedOperatorError: a product leaves int32.
    """
    found = f"a factor of {factor} between its scales"
    require(graph, op, factor < 2.0**22 * 2.0**right, found, f"less than 2^{22 + right}")
    multiplier, shift = quantize_multiplier(factor)
    shift -= right
    require(graph, op, shift >= -31, found, f"at least 2^{right - 32}")
    require(graph, op, int(np.abs(values).max()) < 2 ** (31 - max(shift, 0)), found, "products within int32")
    return multiply(values, multiplier, shift)


def sigmoidal(
    graph: Graph, op: Op, function: Callable[[int, int], int], output: tuple[float, int]
) -> list[KernelCall]:
    """One call for a function between 0 or -1 and 1, which TFLM takes for saturated where Q4.27 ends.

    Args:
        graph: the graph of the operator.
        op: the operator.
        function: (x in Q<n>, n) -> Q0.31.
        output: the scale, 2^-bits, and zero point that TFLM asks of its output.

    Raises:
        UnsupportedOperatorError: other tensors or scales.
    """
    x, y = endpoints(graph, op)
    (scale, zero_point), asked = quantization(y), f"scale 1/{round(1 / output[0])}, zero point {output[1]}"
    require(graph, op, (scale, zero_point) == output, f"output scale {scale}, zero point {zero_point}", asked)
    input_scale, _ = quantization(x)
    # From 8 on TFLM takes even 0 for a saturated negative, which the interpreter does not.
    require(graph, op, 2.0**-27 <= input_scale < 8.0, f"input scale {input_scale}", "2^-27 to less than 8")
    multiplier, shift = quantize_multiplier(input_scale * 2.0 ** (31 - _INTEGER_BITS))
    radius = math.floor((2**_INTEGER_BITS - 1) * 2.0 ** (31 - _INTEGER_BITS) / 2.0**shift)
    bits = 31 + math.frexp(scale)[1] - 1  # from Q0.31 to steps of the output

    def answer(step: int) -> int:
        if abs(step) >= radius:
            return -128 if step <= -radius else 127
        return rounding_shift(function(int(multiply(step, multiplier, shift)), _INTEGER_BITS), bits) + zero_point

    return lookup(op, x, y, np.array([answer(int(step)) for step in steps(x)]), op.name.lower())


def lookup(op: Op, x: Tensor, y: Tensor, answers: npt.NDArray[np.int64], suffix: str) -> list[KernelCall]:
    """One call.

    Args:
        op: the operator.
        x: its input, int8 or uint8.
        y: its output, int8 or uint8, of the same shape.
        answers: 256 numbers in the order of `steps`, before they are clamped to y's type.
        suffix: what the table is called in the generated file.
    """
    low = int(np.iinfo(x.dtype).min)
    clamped = answers.clip(np.iinfo(y.dtype).min, np.iinfo(y.dtype).max)
    table = np.roll(clamped, low).astype(np.uint8).view(np.int8)  # row 0 is the answer to byte 0x00
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_lookup_s8",
            header="ecgp_lookup.h",
            params_type="ecgp_lookup_params",
            params={"size": x.size, "table": Array(suffix, "int8_t", table, "of the bytes 0 to 127, then -128 to -1")},
            inputs=(x.index,),
            outputs=(y.index,),
            in_place=True,
        )
    ]


def case(name: str, quant: tuple[float, int] = (cases.SCALE, -7)) -> Callable[[np.random.Generator, int], Graph]:
    """`CalibrationCases.draw` of operator `name` with the output scale and zero point `quant`."""

    def draw(rng: np.random.Generator, number: int) -> Graph:
        net = cases.GraphBuilder()
        shape = (1, cases.log_uniform(rng, 4, 2000))
        net.apply(name, [net.tensor(shape)], net.tensor(shape, quant))
        return net.graph()

    return draw
