"""SPACE_TO_BATCH_ND, a convolution, BATCH_TO_SPACE_ND: together a dilated convolution.

The first deals an image's cells out to block images, each every b-th cell, and the last puts them back: a convolution
in between reads cells b apart. Cells that SPACE_TO_BATCH_ND pads must all be cropped away again. Where they would reach
an output, TFLite pads with the zero point, and TensorFlow Lite Micro with a byte that nothing has set
(SpaceToBatchParams::output_offset): there is no answer to be equal to, and the model stays as it is, to be refused.
So does one that was converted for any batch size: it states a batch of one for the block images too, and TFLM then
computes one of them, and leaves what the others would have filled unset.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ecgprune.graph.graph import Graph, Op, equal_quantization
from ecgprune.graph.identities import RESHAPES

__all__ = ["dilated"]


def dilated(graph: Graph) -> Graph:
    """The graph with a dilated convolution for each such three operators; itself where there are none.

    In three dimensions a RESHAPE (EXPAND_DIMS, SQUEEZE) stands on both sides of the convolution; the tensors between
    them then get another shape than the file says.
    """
    for op in graph.ops:
        chain = _chain(graph, op) if op.name == "SPACE_TO_BATCH_ND" else None
        smaller = None if chain is None else _replaced(graph, chain)
        if smaller is not None:
            return dilated(smaller)
    return graph


@dataclass(frozen=True)
class _Axis:
    """One dimension of the image: its size, and how it is dealt out and collected."""

    size: int
    block: int
    pads: tuple[int, int]
    crops: tuple[int, int]

    def dilates(self, padding: str, reach: int) -> bool:
        """Whether a convolution with `reach` cells from its first tap to its last becomes a dilated one.

        With padding SAME it pads every block image by reach / 2, rounded down; the dilated one must pad block times
        as much.
        """
        if padding == "SAME":
            return self.pads == self.crops == (0, 0) and (reach % 2 == 0 or self.block == 1)
        return padding == "VALID" and self.pads == self.crops


_LEFT_ALONE = _Axis(1, 1, (0, 0), (0, 0))


def _chain(graph: Graph, first: Op) -> list[Op] | None:
    """SPACE_TO_BATCH_ND to BATCH_TO_SPACE_ND, each the only reader of the one before; None where they are not there."""
    chain = [first]
    while len(chain) < 5 and chain[-1].has(1):
        between = chain[-1].outputs[0]
        readers = [op for op in graph.ops if between in op.inputs]
        if len(readers) != 1 or between in graph.outputs or readers[0].inputs[0] != between:
            return None
        chain += readers
        if chain[-1].name == "BATCH_TO_SPACE_ND":
            break
    convolved = chain[len(chain) // 2].name in ("CONV_2D", "DEPTHWISE_CONV_2D") and chain[len(chain) // 2].has(2)
    reshaped = len(chain) == 3 or (len(chain) == 5 and all(chain[k].name in RESHAPES for k in (1, 3)))
    whole = convolved and reshaped and chain[-1].name == "BATCH_TO_SPACE_ND" and chain[-1].has(1)
    return chain if whole else None


def _axes(graph: Graph, chain: list[Op]) -> list[_Axis]:
    """Rows and columns of the image; none where the file does not say all of it."""
    x, into = graph.tensor(chain[0].inputs[0]), graph.tensor(chain[len(chain) // 2].inputs[0])
    known = [graph.tensor(t).data for op in (chain[0], chain[-1]) for t in op.inputs[1:3]]
    blocks, pads, others, crops = known if len(known) == 4 else [None] * 4
    spatial = x.shape[1:-1]
    if blocks is None or pads is None or others is None or crops is None or not np.array_equal(blocks, others):
        return []
    if blocks.size != len(spatial) or not pads.size == crops.size == 2 * blocks.size or blocks.min() < 1:
        return []
    pairs = [[(int(a), int(b)) for a, b in values.reshape(-1, 2)] for values in (pads, crops)]
    axes = [_Axis(n, int(b), p, c) for n, b, p, c in zip(spatial, blocks.reshape(-1), *pairs, strict=True)]
    if len(axes) == 1:
        axes = [_LEFT_ALONE, *axes] if into.shape[1] == 1 else [*axes, _LEFT_ALONE]
    return axes


def _replaced(graph: Graph, chain: list[Op]) -> Graph | None:
    """The graph with a dilated convolution for the chain; None where the chain is not one."""
    convolution = chain[len(chain) // 2]
    x, into, w, out, y = (
        graph.tensor(t)
        for t in (chain[0].inputs[0], *convolution.inputs[:2], convolution.outputs[0], chain[-1].outputs[0])
    )
    pairs = ((x.quantization, into.quantization), (out.quantization, y.quantization))
    images = all(len(t.shape) == 4 for t in (into, w, out))
    if not images or not all(equal_quantization(*pair) for pair in pairs):
        return None
    axes = _axes(graph, chain)
    options = _options(convolution, axes, into.shape, w.shape)
    if options is None:
        return None
    taken = (x.shape[0], *(axis.size for axis in axes), into.shape[3])
    collected = (n * a.block - sum(a.crops) for a, n in zip(axes, out.shape[1:3], strict=True))
    yielded = (x.shape[0], *collected, out.shape[3])
    if into.shape[0] != x.shape[0] * math.prod(axis.block for axis in axes):  # TFLM deals out as many as the file says
        return None
    for image, shape in ((x, taken), (y, yielded)):
        if image.size != math.prod(shape) or (image.shape[0], image.shape[-1]) != (shape[0], shape[-1]):
            return None
    ends = {chain[0].index: None, chain[-1].index: None}
    if len(chain) == 3:
        moved = replace(convolution, inputs=(x.index, *convolution.inputs[1:]), outputs=(y.index,), options=options)
        return _rebuilt(graph, {**ends, convolution.index: moved}, {})
    into_image = replace(chain[1], name="RESHAPE", inputs=(x.index,), options={})
    from_image = replace(chain[3], name="RESHAPE", outputs=(y.index,), options={})
    middle = {op.index: op for op in (into_image, replace(convolution, options=options), from_image)}
    return _rebuilt(graph, {**ends, **middle}, {into.index: taken, out.index: yielded})


def _options(
    convolution: Op, axes: list[_Axis], into: tuple[int, ...], weights: tuple[int, ...]
) -> dict[str, Any] | None:
    """The options of the dilated convolution; None where it is not one. into: shape of the convolution's input."""
    options = dict(convolution.options)
    for axis, name, n, taps in zip(axes, "hw", into[1:3], weights[1:3], strict=False):
        reach = (taps - 1) * options[f"dilation_{name}_factor"]
        whole = n * axis.block == axis.size + sum(axis.pads)
        if not whole or options[f"stride_{name}"] != 1 or not axis.dilates(options["padding"], reach):
            return None
        options[f"dilation_{name}_factor"] *= axis.block
    return options if axes else None


def _rebuilt(graph: Graph, changed: Mapping[int, Op | None], shapes: Mapping[int, tuple[int, ...]]) -> Graph:
    """The graph with other operators, None for none, and other shapes of tensors."""
    ops = (changed.get(op.index, op) for op in graph.ops)
    tensors = (replace(t, shape=shapes[t.index]) if t.index in shapes else t for t in graph.tensors)
    return replace(graph, tensors=tuple(tensors), ops=tuple(op for op in ops if op is not None))
