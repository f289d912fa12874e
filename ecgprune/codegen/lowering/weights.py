"""What the operators with weights have in common: weights, folded biases, requantization, proved accumulators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, Params
from ecgprune.codegen.lowering.checks import activation_clamp, quantization, refusal, require
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["Weights", "biases", "requantization", "weights"]

# Room that an accumulator leaves below 2**31 for the output's zero point, which is added after scaling.
HEADROOM = 256


@dataclass(frozen=True)
class Weights:
    """The weights of an operator.

    Attributes:
        values: int8 as stored.
        scales: float32 (1,) for all output channels, or (output channels,).
    """

    values: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]


def weights(graph: Graph, op: Op, rank: int, axis: int) -> Weights:
    """The operator's constant int8 weights (input 1).

    Args:
        graph: the model.
        op: an operator with weights.
        rank: dimensions that the weights must have.
        axis: that of the output channel.

    Raises:
        UnsupportedOperatorError: the weights are computed, of another type or shape, or quantized otherwise.
    """
    require(graph, op, len(op.inputs) in (2, 3), f"{len(op.inputs)} inputs", "input, weights and an optional bias")
    tensor = graph.op_inputs(op)[1]
    values = None if tensor is None else tensor.data
    if tensor is None or values is None:
        raise refusal(graph, op, "weights that are no constant", "constant weights")
    require(graph, op, values.dtype == np.int8, f"{values.dtype} weights", "int8 weights")
    require(graph, op, len(tensor.shape) == rank, f"weights of shape {list(tensor.shape)}", f"{rank} dimensions")
    q = tensor.quantization
    require(graph, op, q is not None, "weights without a scale", "quantized int8 weights")
    assert q is not None
    require(graph, op, not np.any(q.zero_points), f"weights with zero point {q.zero_points[0]}", "zero point 0")
    count = q.scales.size  # TFLM looks whether the stated dimension has this size, and then takes `axis` all the same
    fits = q.axis in range(rank) and tensor.shape[q.axis] == tensor.shape[axis] == count
    found = f"{count} scales along dimension {q.axis} of {list(tensor.shape)}"
    require(graph, op, not q.per_channel or fits, found, f"one, or one for each slice of dimension {axis}")
    require(graph, op, bool(np.all(q.scales >= 0)), "a negative weight scale", "scales >= 0")
    return Weights(values, q.scales)


def biases(graph: Graph, op: Op, outputs: int) -> npt.NDArray[np.int64]:
    """The biases of an operator, its input 2.

    Args:
        graph: the graph of the operator.
        op: the operator.
        outputs: number of output channels.

    Returns:
        int64 (outputs,); zeros where they are left out.

    Raises:
        UnsupportedOperatorError: they are computed, or not so many int32.
    """
    tensor = graph.op_inputs(op)[2] if len(op.inputs) > 2 else None
    if tensor is None:
        return np.zeros(outputs, dtype=np.int64)
    require(graph, op, tensor.data is not None, "a bias that is no constant", "a constant bias")
    require(graph, op, tensor.dtype == np.int32, f"{tensor.dtype} biases", "int32 biases")
    require(graph, op, tensor.size == outputs, f"biases of shape {list(tensor.shape)}", f"[{outputs}]")
    assert tensor.data is not None
    return tensor.data.reshape(-1).astype(np.int64)


def requantization(
    graph: Graph,
    op: Op,
    rows: npt.NDArray[np.int8],
    bias: npt.NDArray[np.int64],
    factors: Sequence[tuple[int, int]],
) -> Params:
    """The fields of the C struct ecgp_requant, as "requant.<field>", with every accumulator proved to fit int32.

    The input's zero point z is folded into the bias: sum w * (x - z) + b = sum w * x + (b - z * sum w).

    Args:
        graph: the model.
        op: an operator with weights.
        rows: int8 weights (output channels, taps).
        bias: int64 (output channels,).
        factors: (multiplier, shift) for each channel, or one for all.

    Raises:
        CodegenError: an accumulator could overflow; names the channel and the bound.
    """
    x, y = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    zero_point = quantization(x)[1]
    folded = bias - zero_point * rows.sum(axis=1, dtype=np.int64)
    _prove(graph, op, x, rows, bias, folded, factors)
    if len(set(factors)) == 1:
        factors = factors[:1]
    low, high = activation_clamp(graph, op, y)
    return {
        "requant.bias": Array("bias", "int32_t", folded.astype(np.int32)),
        "requant.multiplier": Array("multiplier", "int32_t", np.array([m for m, _ in factors], dtype=np.int32)),
        "requant.shift": Array("shift", "int8_t", np.array([s for _, s in factors], dtype=np.int8)),
        "requant.per_channel": int(len(factors) > 1),
        "requant.zero_point": quantization(y)[1],
        "requant.min": low,
        "requant.max": high,
    }


def _prove(
    graph: Graph,
    op: Op,
    x: Tensor,
    rows: npt.NDArray[np.int8],
    bias: npt.NDArray[np.int64],
    folded: npt.NDArray[np.int64],
    factors: Sequence[tuple[int, int]],
) -> None:
    """No order of additions, here (x as stored) or in TFLM (x - zero point), leaves int32, even shifted left."""
    zero_point = quantization(x)[1]
    furthest = max(127 - zero_point, zero_point + 128)
    for channel, row in enumerate(rows):
        magnitude = int(np.abs(row.astype(np.int64)).sum())
        ours = abs(int(folded[channel])) + 128 * magnitude
        theirs = abs(int(bias[channel])) + furthest * magnitude
        _, shift = factors[channel if len(factors) > 1 else 0]
        limit = (2**31 - HEADROOM) >> max(shift, 0)
        if max(ours, theirs) >= limit:
            name = graph.tensor(op.outputs[0]).name
            raise CodegenError(
                f"operator {op.index} ({op.name}, output {name!r}): the accumulator of channel {channel} can reach "
                f"{max(ours, theirs)}, expected less than {limit}: its weights, bias or output scale are out of range"
            )
