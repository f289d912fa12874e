"""SPACE_TO_DEPTH and DEPTH_TO_SPACE: kernel ecgp_copy."""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, option, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_call
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

Shape = tuple[int, ...]


def _space_to_depth(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. The pixels of a block become the channels of one pixel, row by row."""
    x = activation(graph, op, 0, "int8", "float32")
    block = _block(graph, op, x.shape)
    batches, height, width, channels = x.shape
    whole = height % block == 0 and width % block == 0
    require(graph, op, whole, f"{height}x{width} pixels in blocks of {block}", "whole blocks")
    shape = (batches, height // block, width // block, channels * block * block)
    y = result(graph, op, shape, x.dtype.name)
    return [copy_call(op, x, y, _loops(x.shape, block))]


def _depth_to_space(graph: Graph, op: Op) -> list[KernelCall]:
    """The same with input and output exchanged."""
    x = activation(graph, op, 0, "int8", "float32")
    block = _block(graph, op, x.shape)
    batches, height, width, channels = x.shape
    whole = channels % (block * block) == 0
    require(graph, op, whole, f"{channels} channels in blocks of {block}x{block}", "whole blocks")
    shape = (batches, height * block, width * block, channels // (block * block))
    y = result(graph, op, shape, x.dtype.name)
    return [copy_call(op, x, y, [Loop(n.count, n.output_step, n.input_step) for n in _loops(shape, block)])]


def _block(graph: Graph, op: Op, shape: Shape) -> int:
    require(graph, op, len(shape) == 4 and min(shape) > 0, f"shape {list(shape)}", "4 dimensions (NHWC)")
    block = int(option(graph, op, "block_size"))
    require(graph, op, block > 0, f"block size {block}", "1 and more")
    return block


def _loops(space: Shape, block: int) -> list[Loop]:
    """From an image to its blocks: batches and rows of blocks, rows of a block, blocks of a row, elements of a row."""
    batches, height, width, channels = space
    row = width * channels
    return [
        Loop(batches * height // block, block * row, block * row),
        Loop(block, row, block * channels),
        Loop(width // block, block * channels, block * block * channels),
        Loop(block * channels, 1, 1),
    ]


_LIMITS = "int8 and float32, NHWC, of whole blocks of any size."
SPECS = (
    OperatorSpec(
        name="DEPTH_TO_SPACE",
        variants=single(_depth_to_space),
        limits=_LIMITS,
        tflm=TflmRegistration("AddDepthToSpace"),
        costs=movement.COSTS,
    ),
    OperatorSpec(
        name="SPACE_TO_DEPTH",
        variants=single(_space_to_depth),
        limits=_LIMITS,
        tflm=TflmRegistration("AddSpaceToDepth"),
        costs=movement.COSTS,
    ),
)
