"""SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: kernel ecgp_copy, once for phases that padding leaves alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_call
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

Shape = tuple[int, ...]
Pair = tuple[int, int]


def _space_to_batch(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. Nothing is padded: TFLM pads with a byte that nothing has set (SpaceToBatchParams::output_offset)."""
    x = activation(graph, op, 0, "int8", "float32")
    block, (before, behind) = _blocks(graph, op, x.shape)
    batches, *size, channels = _image(x.shape)
    require(graph, op, max(*before, *behind) == 0, f"paddings {list(before)} before and {list(behind)} behind",
            "none, as TensorFlow Lite Micro pads with bytes that nothing has set")
    whole = all(n % b == 0 for n, b in zip(size, block, strict=True))
    require(graph, op, whole, f"{size} rows and columns in blocks of {list(block)}", "whole blocks")
    cells = size[0] // block[0], size[1] // block[1]
    shape = (batches * block[0] * block[1], *cells, channels)
    y = result(graph, op, shape if len(x.shape) == 4 else (*shape[:2], channels), x.dtype.name)
    pieces = _pieces((batches, *size, channels), cells, block, before)
    return [copy_call(op, x, y, loops, begin) for loops, begin in pieces]


def _batch_to_space(graph: Graph, op: Op) -> list[KernelCall]:
    """The same with input and output exchanged; phases that are cropped differently take a call each."""
    x = activation(graph, op, 0, "int8", "float32")
    block, (before, behind) = _blocks(graph, op, x.shape)
    images, *cells, channels = _image(x.shape)
    size = [n * b - first - last for n, b, first, last in zip(cells, block, before, behind, strict=True)]
    fits = images % (block[0] * block[1]) == 0 and min(size) > 0
    require(graph, op, fits, f"{images} images of {cells} in blocks of {list(block)}, cropped to {size}",
            "whole blocks of which some is left")
    space = (images // (block[0] * block[1]), *size, channels)
    y = result(graph, op, space if len(x.shape) == 4 else (*space[:2], channels), x.dtype.name)
    return [
        copy_call(op, x, y, [Loop(n.count, n.output_step, n.input_step) for n in loops], (to, at))
        for loops, (at, to) in _pieces(space, (cells[0], cells[1]), block, before)
    ]


def _blocks(graph: Graph, op: Op, shape: Shape) -> tuple[Pair, tuple[Pair, Pair]]:
    """(block, (rows and columns before, those behind)); columns count only in an input of four dimensions."""
    require(graph, op, len(shape) in (3, 4), f"{len(shape)} dimensions", "3 or 4, as TFLM")
    require(graph, op, min(shape) > 0, f"shape {list(shape)}", "sizes of 1 and more")
    spatial = len(shape) - 2
    block, pads = (constant(graph, op, i, "int32") for i in (1, 2))
    require(graph, op, block.size == spatial and pads.size == 2 * spatial,
            f"{block.size} block sizes and {pads.size} paddings", f"{spatial} and {2 * spatial}")
    pads = pads.reshape(-1, 2)
    require(graph, op, block.min() > 0 and pads.min() >= 0, f"block {block.tolist()}, paddings {pads.tolist()}",
            "blocks of 1 and more, paddings of 0 and more")
    (rows, *columns), (before, behind) = block.reshape(-1).tolist(), pads.T.tolist()
    if not columns:  # three dimensions: an image of one column
        columns, before, behind = [1], [*before, 0], [*behind, 0]
    return (rows, columns[0]), ((before[0], before[1]), (behind[0], behind[1]))


def _image(shape: Shape) -> Shape:
    """(batches, rows, columns, channels)."""
    return shape if len(shape) == 4 else (*shape[:2], 1, shape[2])


def _pieces(space: Shape, cells: Pair, block: Pair, before: Pair) -> Iterator[tuple[list[Loop], Pair]]:
    """Loops over elements of the image (input) and of its blocks (output), and the elements that they begin with.

    Phase (i, j) of all blocks is an image of its own. Phases that see the same rows and columns are one loop.
    """
    batches, height, width, channels = space
    pixel, row = channels, width * channels
    image = cells[0] * cells[1] * channels  # of one phase
    for i, phases_h, top, bottom in _spans(height, cells[0], block[0], before[0]):
        for j, phases_w, left, right in _spans(width, cells[1], block[1], before[1]):
            loops = [
                Loop(phases_h, row, block[1] * batches * image),
                Loop(phases_w, pixel, batches * image),
                Loop(batches, height * row, image),
                Loop(bottom - top, block[0] * row, cells[1] * pixel),
                Loop(right - left, block[1] * pixel, pixel),
                Loop(channels, 1, 1),
            ]
            at = (top * block[0] + i - before[0]) * row + (left * block[1] + j - before[1]) * pixel
            to = (i * block[1] + j) * batches * image + (top * cells[1] + left) * pixel
            yield loops, (at, to)


def _spans(size: int, cells: int, block: int, before: int) -> Iterator[tuple[int, int, int, int]]:
    """(first phase, phases, first block, the block behind the last) of phases whose elements are in the same blocks."""
    spans = [(max(-((p - before) // block), 0), min(-((p - before - size) // block), cells)) for p in range(block)]
    first = 0
    for p in range(1, block + 1):
        if p == block or spans[p] != spans[first]:
            begin, end = spans[first]
            if begin < end:
                yield first, p - first, begin, end
            first = p


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    block, channels = 2 + number % 3, cases.pick(rng, 1, 4, 8, 12)
    cells = cases.log_uniform(rng, 4, 60)
    crops = np.array([[0, 0], [number % 2, block - number % 2]], np.int32)
    x, y = net.tensor((block, 1, cells, channels)), net.tensor((1, 1, block * (cells - 1), channels))
    net.apply("BATCH_TO_SPACE_ND", [x, net.constant(np.array([1, block], np.int32)), net.constant(crops)], y)
    return net.graph()


_LIMITS = "int8 and float32 of 3 or 4 dimensions, with constant block sizes and"
SPECS = (
    OperatorSpec(
        name="BATCH_TO_SPACE_ND",
        variants=single(_batch_to_space),
        limits=f"{_LIMITS} crops.",
        tflm=TflmRegistration("AddBatchToSpaceNd"),
        costs=movement.COSTS,
        calibration=CalibrationCases(_case, 18),
    ),
    OperatorSpec(
        name="SPACE_TO_BATCH_ND",
        variants=single(_space_to_batch),
        limits=f"{_LIMITS} paddings of 0: TensorFlow Lite Micro pads with bytes that nothing has set, the TFLite "
        "interpreter with the zero point. With a convolution and a BATCH_TO_SPACE_ND behind it that crops what was "
        "padded, it becomes one dilated convolution.",
        tflm=TflmRegistration("AddSpaceToBatchNd"),
        costs=movement.COSTS,
    ),
)
