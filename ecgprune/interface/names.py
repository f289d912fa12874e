"""The model's own names as C identifiers, without what converters add to them.

A converter names a tensor after everything that was fused into it: "net/relu1/Relu;net/norm1/FusedBatchNormV3;
net/conv1/Conv2D1" is the output of layer conv1. Inputs and outputs carry the name of a serving signature.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ecgprune.graph.graph import Graph, Op

__all__ = ["clean", "operator_names", "state_names", "tensor_names", "unique"]

LONGEST = 32
"""Most characters of a cleaned name."""

_CALL = re.compile(r"(Stateful)?PartitionedCall(_\d+)?|Identity(_\d+)?|serving_default")
_MADE_UP = re.compile(r"(args|input|output|keras_tensor|model|sequential|functional)_?\d*|tfl\..*")
_OPERATION = re.compile(
    r"[A-Z]\w*|(convolution|depthwise|separable_conv2d|batchnorm|clip_by_value|strided_slice|concat|add|mul|sub|shape)"
    r"(_?\d+)?"
)
_COMPUTES = re.compile(r"(Conv|conv|MatMul|depthwise|Depthwise)")
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
_SHAPES = ("EXPAND_DIMS", "RESHAPE", "SQUEEZE")


def clean(name: str) -> str:
    """The layer's name in a tensor's name.

    Args:
        name: a tensor's name in the .tflite.

    Returns:
        A lower-case C identifier of at most 32 characters; "" where the converter made up the whole name.
    """
    parts = name.split(";")
    layers = [_layer(part) for part in parts]
    computing = [layer for part, layer in zip(parts, layers, strict=True) if _COMPUTES.match(part.split("/")[-1])]
    counts = Counter(layer for layer in layers if layer)
    if not counts:
        return ""
    most = max(counts.values())
    best = [layer for layer in counts if counts[layer] == most]
    return next((layer for layer in best if layer in computing), best[0])


def operator_names(graph: Graph) -> dict[int, str]:
    """Operator index -> its layer's name, unique in the graph; the operator's own where its layer's is not known.

    Of several operators of one layer the one with weights keeps the layer's name, and one that only gives another shape
    does not where there is a third.
    """
    found: dict[int, str] = {}
    for op in sorted(graph.ops, key=lambda op: (op.name not in _WEIGHTED, op.name in _SHAPES, op.index)):
        kind = op.name.lower()
        named = [graph.tensor(t).name for t in (*op.outputs, *op.inputs)[:1]]  # without outputs: its variable's
        name = clean("".join(named)) or kind
        taken = found.values()
        found[op.index] = unique(name if name not in taken else f"{name}_{kind}", taken, op.index)
    return found


def tensor_names(graph: Graph) -> dict[int, str]:
    """Tensor index -> name, for the graph's inputs and every operator's outputs; unique in the graph."""
    found: dict[int, str] = {}
    makers = {t: op for op in graph.ops for t in op.outputs}
    for kind, tensors in (("data", graph.inputs), ("result", graph.outputs)):
        unnamed = [t for t in tensors if not clean(graph.tensor(t).name)]
        for t in tensors:
            fallback = _meaning(makers.get(t), kind)
            name = clean(graph.tensor(t).name) or (fallback if len(unnamed) == 1 else f"{fallback}_{unnamed.index(t)}")
            found.setdefault(t, unique(name, found.values(), t))
    names = operator_names(graph)
    for op in graph.ops:
        for k, t in enumerate(op.outputs):
            name = names[op.index] if k == 0 else f"{names[op.index]}_{k}"
            found.setdefault(t, unique(name, found.values(), t))
    return found


def state_names(graph: Graph) -> dict[int, str]:
    """Tensor index -> name, for the tensors that hold state: their layer's, with "state"; unique in the graph."""
    found: dict[int, str] = {}
    if not graph.states:
        return found
    taken = list(tensor_names(graph).values())
    names = operator_names(graph)
    for op in graph.ops:
        for t in op.inputs:
            if t >= 0 and graph.tensor(t).is_state and t not in found:
                found[t] = unique(f"{names[op.index]}_state", [*taken, *found.values()], t)
    return found


def unique(name: str, taken: Iterable[str], index: int) -> str:
    """`name`, or `name` and a number where it is taken: `index`, then the next free one."""
    names = set(taken)
    if name not in names:
        return name
    while f"{name}_{index}" in names:
        index += 1
    return f"{name}_{index}"


def _meaning(maker: Op | None, kind: str) -> str:
    """What an output without a name holds."""
    return "scores" if maker is not None and maker.name in ("SOFTMAX", "LOGISTIC") else kind


def _layer(part: str) -> str:
    """The layer in "model/layer/Operation": what stands between the model's name and the operation's."""
    path = part.removeprefix("serving_default_").split(":")[0]
    words = [word for word in path.split("/") if word and not _CALL.fullmatch(word)]
    while len(words) > 2 and _OPERATION.fullmatch(words[-1]):
        words.pop()
    if len(words) == 2 and words[1][0].isupper() and not _MADE_UP.fullmatch(words[0]):
        words.pop()
    named = words[1:] if len(words) > 1 else [word for word in words if not _MADE_UP.fullmatch(word)]
    text = re.sub(r"[^a-z0-9]+", "_", "_".join(named).lower()).strip("_")[:LONGEST].strip("_")
    return text if not text or text[0].isalpha() else f"layer_{text}"
