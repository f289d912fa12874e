"""RESIZE_NEAREST_NEIGHBOR to a constant size: kernel ecgp_copy, or ecgp_copy_table where the factor is no integer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, option, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_call, table_call
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

Indices = npt.NDArray[np.int64]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call: nested loops where rows and columns are repeated or passed over evenly, else tables of both."""
    x = activation(graph, op, 0, "int8", "int16", "float32")
    require(graph, op, len(x.shape) == 4, f"{len(x.shape)} dimensions", "4 (NHWC)")
    require(graph, op, min(x.shape) > 0, f"shape {list(x.shape)}", "sizes of 1 and more")
    batches, height, width, channels = x.shape
    size = constant(graph, op, 1, "int32").reshape(-1)
    require(graph, op, size.size == 2 and min(size) > 0, f"size {size.tolist()}", "a height and a width")
    y = result(graph, op, (batches, int(size[0]), int(size[1]), channels), x.dtype.name)
    corners, centers = bool(option(graph, op, "align_corners")), bool(option(graph, op, "half_pixel_centers"))
    rows, columns = (_nearest(n, int(m), corners, centers) for n, m in ((height, size[0]), (width, size[1])))
    vertical, horizontal = _even(rows), _even(columns)
    if vertical is None or horizontal is None:
        return [table_call(op, x, y, batches, rows * width * channels, columns * channels, channels)]
    (rise, again_h), (run, again_w) = vertical, horizontal
    line = y.shape[2] * channels
    loops = [
        Loop(batches, height * width * channels, y.shape[1] * line),
        Loop(rows.size // again_h, rise * width * channels, again_h * line),
        Loop(again_h, 0, line),
        Loop(columns.size // again_w, run * channels, again_w * channels),
        Loop(again_w, 0, channels),
        Loop(channels, 1, 1),
    ]
    begin = (int(rows[0]) * width + int(columns[0])) * channels
    return [copy_call(op, x, y, loops, (begin, 0))]


def _nearest(size: int, target: int, corners: bool, centers: bool) -> Indices:
    """The input's index of every output's, as GetNearestNeighbor of reference/resize_nearest_neighbor.h, in float32."""
    scale = np.float32(size) / np.float32(target)
    if corners and target > 1:
        scale = np.float32(size - 1) / np.float32(target - 1)
    place = (np.arange(target).astype(np.float32) + np.float32(0.5 if centers else 0.0)) * scale
    exact = place.astype(np.float64)  # std::round() takes halves away from zero; places are 0 and more
    found = np.floor(exact + 0.5) if corners else np.floor(exact)
    return np.minimum(found.astype(np.int64), size - 1)


def _even(indices: Indices) -> tuple[int, int] | None:
    """(step, times) where every `step`th index comes `times` times; None where they do not follow one another so."""
    changes = np.flatnonzero(np.diff(indices))
    times = int(changes[0]) + 1 if changes.size else indices.size
    step = int(indices[times] - indices[0]) if times < indices.size else 0
    follow = indices[0] + np.arange(indices.size) // times * step
    return (step, times) if indices.size % times == 0 and np.array_equal(follow, indices) else None


def _case(rng: np.random.Generator, number: int) -> Graph:
    """By whole factors and others, of a few bytes for each pixel up to many."""
    net = cases.GraphBuilder()
    height, width, channels = 1 + number % 2, cases.log_uniform(rng, 3, 40), cases.pick(rng, 1, 3, 8, 16, 80)
    width = min(width, cases.LARGEST // (4 * height * channels))
    size = [2 * height, 2 * width + (number % 3 > 0)]
    y = net.tensor((1, *size, channels))
    operands = [net.tensor((1, height, width, channels)), net.constant(np.array(size, np.int32))]
    net.apply("RESIZE_NEAREST_NEIGHBOR", operands, y, align_corners=False, half_pixel_centers=False)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="RESIZE_NEAREST_NEIGHBOR",
        variants=single(_lower),
        limits="int8, int16 and float32, NHWC, to a constant height and width, with align_corners and "
        "half_pixel_centers or without.",
        tflm=TflmRegistration("AddResizeNearestNeighbor"),
        costs=movement.COSTS,
        calibration=CalibrationCases(_case, 36),
    ),
)
