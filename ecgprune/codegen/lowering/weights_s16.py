"""Operators with int8 weights over int16 activations: biases, and requantization as ecgp_requant_s16.h does it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, Params
from ecgprune.codegen.lowering.checks import activation_clamp, require
from ecgprune.codegen.requant import RANGES, reduced_multiplier
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Op

__all__ = ["PART", "fits_int32", "in_fours", "requantization", "sums"]

PART = 508
"""Products of int8 and int16 whose sum is an int32 whatever they are; ECGP_SUM_PART in firmware/lib/nn."""

_LARGEST = -RANGES["int16"][0]  # of an input's magnitude
_MOST_LEFT = 7  # bits that TFLM shifts an accumulator of 64 bits to the left
_BIAS_TYPES = ("int32", "int64")
_ALWAYS_INT64 = ("DEPTHWISE_CONV_2D", "TRANSPOSE_CONV")


def fits_int32(rows: npt.NDArray[np.int8]) -> bool:
    """Whether no sum of products, without the bias, leaves int32. rows: int8 weights (output channels, taps)."""
    return bool(sums(rows).max() < 2**31)


def sums(rows: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """How large the sums of products can become. rows: int8 weights (output channels, taps)."""
    return np.asarray(_LARGEST * np.abs(rows.astype(np.int64)).sum(axis=1))


def in_fours(runs: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Runs of weights (..., length) as the kernels read them: the middle two of each whole four have changed places."""
    whole = runs.shape[-1] // 4 * 4
    found = runs.copy()
    found[..., :whole] = runs[..., :whole].reshape(*runs.shape[:-1], -1, 4)[..., [0, 2, 1, 3]].reshape(
        *runs.shape[:-1], whole
    )
    return found


def requantization(
    graph: Graph,
    op: Op,
    rows: npt.NDArray[np.int8],
    factors: Sequence[tuple[int, int]],
    *,
    only_int64: bool = False,
    repeats: int = 1,
) -> Params:
    """The fields of the C struct ecgp_requant_s16, as "requant.<field>", with every accumulator proved to fit.

    Args:
        graph: the model.
        op: an operator with weights, with an int16 input and output.
        rows: int8 weights (output channels, taps).
        factors: (multiplier, shift) for each channel, or one for all.
        only_int64: whether TFLM takes the bias for int64 whatever it is.
        repeats: how often the operator's channels follow one another in the rows.

    Raises:
        UnsupportedOperatorError: the bias is computed, or of another type or shape.
        CodegenError: an accumulator, or an output before it is clamped, could leave its type.
    """
    bias, name = _bias(graph, op, len(rows) // repeats)
    bias = np.tile(bias, repeats)
    require(graph, op, name == "int64" or not only_int64, f"{name} biases", "int64 biases, as TFLM")
    rounds = 1 if name == "int64" else 2
    _prove(graph, op, sums(rows), bias, factors, rounds)
    if len(set(factors)) == 1:
        factors = factors[:1]
    if rounds == 1:
        factors = [(reduced_multiplier(multiplier), 15 - shift) for multiplier, shift in factors]
    low, high = activation_clamp(graph, op, graph.tensor(op.outputs[0]))
    return {
        "requant.bias": Array("bias", "int64_t", bias),
        "requant.multiplier": Array("multiplier", "int32_t", np.array([m for m, _ in factors], dtype=np.int32)),
        "requant.shift": Array("shift", "int8_t", np.array([s for _, s in factors], dtype=np.int8)),
        "requant.per_channel": int(len(factors) > 1),
        "requant.rounds": rounds,
        "requant.min": low,
        "requant.max": high,
    }


def _bias(graph: Graph, op: Op, outputs: int) -> tuple[npt.NDArray[np.int64], str]:
    """The biases, zeros where they are left out, and the type of TFLM's accumulators: "int32" or "int64"."""
    tensor = graph.op_inputs(op)[2] if len(op.inputs) > 2 else None
    if tensor is None:
        int32 = op.options.get("quantized_bias_type") == "INT32" and op.name not in _ALWAYS_INT64
        return np.zeros(outputs, np.int64), "int32" if int32 else "int64"
    name = tensor.dtype.name
    require(graph, op, tensor.data is not None, "a bias that is no constant", "a constant bias")
    if op.name == "TRANSPOSE_CONV" and name == "int16":  # which TFLM widens
        name = "int64"
    require(graph, op, name in _BIAS_TYPES, f"{name} biases", ", ".join(_BIAS_TYPES))
    require(graph, op, tensor.shape == (outputs,), f"biases of shape {list(tensor.shape)}", f"[{outputs}]")
    assert tensor.data is not None
    return tensor.data.astype(np.int64), name


def _prove(
    graph: Graph,
    op: Op,
    sums: npt.NDArray[np.int64],
    bias: npt.NDArray[np.int64],
    factors: Sequence[tuple[int, int]],
    rounds: int,
) -> None:
    """The largest accumulator of each channel stays within TFLM's type, and its output within int32."""
    for channel, (magnitude, added) in enumerate(zip(sums.tolist(), bias.tolist(), strict=True)):
        multiplier, shift = factors[channel % len(factors)]
        reach = magnitude + abs(added)
        if rounds == 2:
            limit = 2**31 >> max(shift, 0)
        elif shift > _MOST_LEFT:
            limit = 0
        else:
            limit = min(2**47, (2**31 - 1 << 15 - shift) // max(reduced_multiplier(multiplier), 1))
        if reach >= limit:
            raise CodegenError(
                f"operator {op.index} ({op.name}, output {graph.tensor(op.outputs[0]).name!r}): the accumulator of "
                f"channel {channel} can reach {reach}, expected less than {limit}: its weights, bias or output scale "
                "are out of range"
            )
