"""RESIZE_BILINEAR of an int8 tensor to a constant size: kernel ecgp_resize_bilinear_s8."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import activation, constant, option, require, result
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_BITS = 10
"""Of the fractions of ResizeBilinearInteger, in reference/resize_bilinear.h."""


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. Scales and zero points do not matter: the weights of a pixel add up to 1."""
    x = activation(graph, op)
    require(graph, op, len(x.shape) == 4, f"{len(x.shape)} dimensions", "4 (NHWC)")
    require(graph, op, min(x.shape) > 0, f"shape {list(x.shape)}", "sizes of 1 and more")
    batches, height, width, channels = x.shape
    size = constant(graph, op, 1, "int32").reshape(-1)
    require(graph, op, size.size == 2 and min(size) > 0, f"size {size.tolist()}", "a height and a width")
    y = result(graph, op, (batches, int(size[0]), int(size[1]), channels))
    corners, centers = bool(option(graph, op, "align_corners")), bool(option(graph, op, "half_pixel_centers"))
    require(graph, op, not (corners and centers), "align_corners and half_pixel_centers", "one of them, as TFLM")
    rows, columns = (_between(n, int(m), corners, centers) for n, m in ((height, size[0]), (width, size[1])))
    for found, cells in ((rows, height), (columns, width)):
        require(graph, op, found[:, 0].max() < cells, f"{cells} to {len(found)} cells",
                "sizes of which TFLM's rounded factor does not lead beyond the input")
    row, column = np.array([width * channels] * 2 + [1]), np.array([channels] * 2 + [1])
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_resize_bilinear_s8",
            header="ecgp_resize_bilinear.h",
            params_type="ecgp_resize_bilinear_params",
            params={
                "batches": batches,
                "batch_step": height * width * channels,
                "rows": len(rows),
                "columns": len(columns),
                "channels": channels,
                "row_at": Array("row_at", "int32_t", (rows * row).astype(np.int32)),
                "column_at": Array("column_at", "int32_t", (columns * column).astype(np.int32)),
            },
            inputs=(x.index,),
            outputs=(y.index,),
        )
    ]


def _between(size: int, target: int, corners: bool, centers: bool) -> npt.NDArray[np.int64]:
    """(target, 3): the cells before and behind each output, and the fraction of the latter.

    Source: ComputeInterpolationValuesInteger. Where both are the same cell any fraction gives its value: it is 0.
    """
    one = 1 << _BITS
    scale = (one * size + target // 2) // target
    if corners and target > 1:
        scale = (one * (size - 1) + (target - 1) // 2) // (target - 1)
    place = np.arange(target, dtype=np.int64) * scale
    if centers:
        place += scale // 2 - (one >> 1)
    before = np.maximum(place >> _BITS, 0)
    behind = np.minimum(-(-place >> _BITS), size - 1)
    behind = np.maximum(behind, before)
    return np.stack([before, behind, np.where(before == behind, 0, place - one * before)], axis=1)


def _features(call: KernelCall) -> Features:
    """Cost rule: by row, pixel and value of the output."""
    rows = integer(call, "batches") * integer(call, "rows")
    pixels = rows * integer(call, "columns")
    return {"row": rows, "pixel": pixels, "value": pixels * integer(call, "channels")}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    channels, height, width = cases.pick(rng, 1, 3, 8, 16), 1 + number % 3, cases.log_uniform(rng, 2, 12)
    size = [2 * height, 2 * width + number % 2]
    operands = [net.tensor((1, height, width, channels)), net.constant(np.array(size, np.int32))]
    y = net.tensor((1, *size, channels))
    net.apply("RESIZE_BILINEAR", operands, y, align_corners=False, half_pixel_centers=True)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="RESIZE_BILINEAR",
        variants=single(_lower),
        limits="int8, NHWC, to a constant height and width, with align_corners, half_pixel_centers or neither.",
        tflm=TflmRegistration("AddResizeBilinear"),
        costs={"ecgp_resize_bilinear_s8": _features},
        calibration=CalibrationCases(_case, 12),
    ),
)
