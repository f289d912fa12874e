"""Dead-channel elimination: leaves out channels that pruning made constant, or that nobody reads. The bits stay.

Between two layers with weights, a channel is dead when the second has only zeros for it, or when the first has only
zeros: its output is then one constant, which the second's bias takes over. (Not where padding, whose value is the zero
point, stands in the same sums and differs from the constant.) Leaving one out shortens both layers, and may make
others dead; this goes on until nothing changes. Tensors in between shrink, so they are in no trace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.lowering.checks import activation_clamp
from ecgprune.codegen.lowering.window import slide
from ecgprune.codegen.requant import constant_output, weight_multipliers
from ecgprune.graph.graph import Graph, Op, Quantization, Tensor
from ecgprune.graph.identities import RESHAPES

__all__ = ["without_dead_channels"]

_WEIGHTED = ("CONV_2D", "FULLY_CONNECTED")
_KEEPS_CONSTANTS = ("MAX_POOL_2D", *RESHAPES)


def without_dead_channels(graph: Graph, group: int = 1) -> Graph:
    """`graph` without dead channels; the same object where there are none.

    Operators and tensors keep their indices. Never raises: what is not understood stays.

    Args:
        graph: the model.
        group: channels that only go together, those at 4 * n to 4 * n + 3 for 4, so that 1x4 blocks stay blocks.
    """
    changed = True
    while changed:
        changed = False
        for link in _links(graph):
            smaller = _eliminated(graph, link, group)
            if smaller is not graph:
                graph, changed = smaller, True
                break
    return graph


@dataclass(frozen=True)
class _Link:
    """Two layers with weights and what lies between. tensors: those from the first to the second, in order."""

    first: Op
    between: tuple[Op, ...]
    second: Op
    tensors: tuple[int, ...]
    channels: int


def _links(graph: Graph) -> Iterator[_Link]:
    readers: dict[int, list[Op]] = {}
    for op in graph.ops:
        for t in op.inputs:
            readers.setdefault(t, []).append(op)
    for first in graph.ops:
        if not _own_weights(graph, first, readers):
            continue
        channels = graph.tensor(first.outputs[0]).shape[-1]
        between: list[Op] = []
        tensors = [first.outputs[0]]
        while tensors[-1] not in graph.outputs and len(readers.get(tensors[-1], ())) == 1:
            op = readers[tensors[-1]][0]
            if op.inputs[0] != tensors[-1]:
                break
            if _own_weights(graph, op, readers) and _takes(graph, op, channels):
                yield _Link(first, tuple(between), op, tuple(tensors), channels)
            if not _keeps_channels(graph, op, channels):
                break
            between.append(op)
            tensors.append(op.outputs[0])


def _keeps_channels(graph: Graph, op: Op, channels: int) -> bool:
    """Whether every element of the output is of the channel that its index, modulo `channels`, says."""
    x, y = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    if op.name == "MEAN":
        axes = graph.tensor(op.inputs[1]).data
        return axes is not None and not np.any(axes % len(x.shape) == len(x.shape) - 1)
    return op.name in _KEEPS_CONSTANTS and bool(y.shape) and y.shape[-1] % channels == 0


def _own_weights(graph: Graph, op: Op, readers: dict[int, list[Op]]) -> bool:
    """Whether the operator has constant weights, and a bias if any, that no other reads, and is not grouped.

    Weights with a scale per channel must say so along dimension 0, and a bias must have one dimension.
    """
    if op.name not in _WEIGHTED:
        return False
    w, bias = graph.tensor(op.inputs[1]).quantization, graph.tensor(op.inputs[2]) if _has_bias(op) else None
    if (w is not None and w.axis != 0) or (bias is not None and len(bias.shape) != 1):
        return False
    grouped = op.name == "CONV_2D" and graph.tensor(op.inputs[1]).shape[-1] != graph.tensor(op.inputs[0]).shape[-1]
    constants = [t for t in op.inputs[1:] if t >= 0]
    return not grouped and all(graph.tensor(t).is_constant and len(readers[t]) == 1 for t in constants)


def _takes(graph: Graph, op: Op, channels: int) -> bool:
    """Whether the weights' last dimension is whole rounds of `channels`."""
    depth = graph.tensor(op.inputs[1]).shape[-1]
    return depth == channels if op.name == "CONV_2D" else depth % channels == 0


def _eliminated(graph: Graph, link: _Link, group: int) -> Graph:
    """The graph with this link's constant channels folded and its dead ones left out; itself if there are none."""
    first, second = (_array(graph, op, 1) for op in (link.first, link.second))
    by_channel = second.reshape(-1, second.shape[-1] // link.channels, link.channels)
    constants = _constants(graph, link, first)
    unread = np.asarray(~by_channel.any(axis=(0, 1)))
    folded = [c for c in constants if not unread[c]]
    bias = _bias(graph, link, by_channel, {c: constants[c] for c in folded})
    if bias is None:
        folded = []
    else:
        second = np.where(np.isin(np.arange(second.shape[-1]) % link.channels, folded), np.int8(0), second)
        unread[folded] = True
    dead = unread if group == 1 else _whole_groups(unread, group)
    keep = np.flatnonzero(~dead)
    keep = keep if len(keep) else np.array([0])
    if not folded and len(keep) == link.channels:
        return graph
    return _rebuilt(graph, link, keep, second, bias if folded else None)


def _whole_groups(unread: npt.NDArray[np.bool_], group: int) -> npt.NDArray[np.bool_]:
    whole = len(unread) // group * group
    dead = np.zeros_like(unread)
    dead[:whole] = np.repeat(unread[:whole].reshape(-1, group).all(axis=1), group)
    return dead


def _constants(graph: Graph, link: _Link, weights: npt.NDArray[np.int8]) -> dict[int, int]:
    """{channel: its one output value} of the first layer's channels without weights, where the second may know it."""
    int8 = graph.tensor(link.first.outputs[0]).dtype == np.int8  # int16 is rounded otherwise
    if not int8 or any(op.name not in _KEEPS_CONSTANTS for op in link.between):
        return {}
    x, w, y = (graph.tensor(t).quantization for t in (*link.first.inputs[:2], link.first.outputs[0]))
    into = graph.tensor(link.second.inputs[0]).quantization
    if x is None or w is None or y is None or into is None or w.scales.size not in (1, len(weights)):
        return {}
    bias = _array(graph, link.first, 2) if _has_bias(link.first) else np.zeros(len(weights), np.int32)
    limits = activation_clamp(graph, link.first, graph.tensor(link.first.outputs[0]))
    factors = weight_multipliers(x.scale, w.scales, y.scale)
    values = {}
    for channel in np.flatnonzero(~weights.reshape(len(weights), -1).any(axis=1)):
        values[int(channel)] = constant_output(
            int(bias[channel]), *factors[channel % len(factors)], y.zero_point, limits
        )
    padded = link.second.name == "CONV_2D" and _padded(graph, link.second)
    return {c: v for c, v in values.items() if not padded or v == into.zero_point}


def _padded(graph: Graph, op: Op) -> bool:
    """Whether any window of a convolution leaves its input."""
    _, height, width, _ = graph.tensor(op.inputs[0]).shape
    _, kernel_h, kernel_w, _ = graph.tensor(op.inputs[1]).shape
    o = op.options
    over_h = slide(height, kernel_h, o["stride_h"], o["dilation_h_factor"], o["padding"])[2]
    return over_h or slide(width, kernel_w, o["stride_w"], o["dilation_w_factor"], o["padding"])[2]


def _bias(
    graph: Graph, link: _Link, by_channel: npt.NDArray[np.int8], constants: dict[int, int]
) -> npt.NDArray[np.int64] | None:
    """The second layer's bias with what the constant channels add to every sum; None where it cannot be stored."""
    into = graph.tensor(link.second.inputs[0]).quantization
    assert into is not None
    outputs = graph.tensor(link.second.inputs[1]).shape[0]
    added = np.zeros(outputs, np.int64)
    for channel, value in constants.items():
        sums = by_channel[:, :, channel].reshape(outputs, -1).sum(axis=1, dtype=np.int64)
        added += sums * (value - into.zero_point)
    if not _has_bias(link.second):
        return None if added.any() else added
    total = _array(graph, link.second, 2) + added
    return total if np.abs(total).max() < 2**31 else None


def _rebuilt(
    graph: Graph, link: _Link, keep: npt.NDArray[np.intp], second: npt.NDArray[np.int8], bias: npt.NDArray[Any] | None
) -> Graph:
    """The graph with only the channels `keep` of the link, `second` as the second layer's weights."""
    tensors = list(graph.tensors)
    for t in (t for t in link.first.inputs[1:] if t >= 0):
        tensors[t] = _rows(tensors[t], keep)
    for t in link.tensors:
        shape = tensors[t].shape
        tensors[t] = replace(tensors[t], shape=(*shape[:-1], shape[-1] // link.channels * len(keep)))
    w = link.second.inputs[1]
    kept = second.reshape(*second.shape[:-1], -1, link.channels)[..., keep]
    kept = np.ascontiguousarray(kept.reshape(*second.shape[:-1], -1))
    tensors[w] = replace(tensors[w], data=kept, shape=kept.shape)
    if bias is not None and _has_bias(link.second):
        b = link.second.inputs[2]
        tensors[b] = replace(tensors[b], data=bias.astype(np.int32))
    return replace(graph, tensors=tuple(tensors))


def _rows(tensor: Tensor, keep: npt.NDArray[np.intp]) -> Tensor:
    """A constant with the output channels `keep` only, and their scales."""
    assert tensor.data is not None
    q = tensor.quantization
    if q is not None and q.scales.size == len(tensor.data):
        q = Quantization(q.scales[keep], q.zero_points[keep], q.axis)
    data = np.ascontiguousarray(tensor.data[keep])
    return replace(tensor, data=data, shape=data.shape, quantization=q)


def _has_bias(op: Op) -> bool:
    return len(op.inputs) > 2 and op.inputs[2] >= 0


def _array(graph: Graph, op: Op, which: int) -> npt.NDArray[Any]:
    data = graph.tensor(op.inputs[which]).data
    assert data is not None
    return data
