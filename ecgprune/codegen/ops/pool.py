"""MAX_POOL_2D and AVERAGE_POOL_2D over int8, NHWC: kernels ecgp_max_pool_s8 and ecgp_average_pool_s8."""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering.checks import activation, activation_clamp, option, quantization, require, result
from ecgprune.codegen.lowering.window import slide
from ecgprune.graph.graph import Graph, Op

__all__ = ["lower"]

_KERNELS = {"MAX_POOL_2D": "ecgp_max_pool_s8", "AVERAGE_POOL_2D": "ecgp_average_pool_s8"}


def lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. Padding is never a value: a window counts only the cells that lie inside the input."""
    x = activation(graph, op)
    require(graph, op, len(x.shape) == 4, f"input of {len(x.shape)} dimensions", "4 (NHWC)")
    batches, height, width, channels = x.shape
    padding = option(graph, op, "padding")
    stride_h, stride_w = option(graph, op, "stride_h"), option(graph, op, "stride_w")
    filter_h, filter_w = option(graph, op, "filter_height"), option(graph, op, "filter_width")
    smallest = min(stride_h, stride_w, filter_h, filter_w)
    require(graph, op, smallest > 0, f"a stride or filter of {smallest}", "1 and more")
    require(graph, op, padding in ("SAME", "VALID"), f"padding {padding}", "SAME, VALID")
    output_h, pad_top, _ = slide(height, filter_h, stride_h, 1, padding)
    output_w, pad_left, _ = slide(width, filter_w, stride_w, 1, padding)
    require(graph, op, min(output_h, output_w) > 0, f"a {filter_h}x{filter_w} window on {height}x{width} cells",
            "windows that fit their input")
    y = result(graph, op, (batches, output_h, output_w, channels))
    (input_scale, input_zero_point), (output_scale, output_zero_point) = quantization(x), quantization(y)
    alike = abs(input_scale - output_scale) <= 1e-6 and input_zero_point == output_zero_point
    require(graph, op, alike, "input and output differ in scale or zero point", "equal ones, scales to 1e-6 as TFLM")
    low, high = activation_clamp(graph, op, y)
    note = f"{filter_h}x{filter_w}, stride {stride_h}x{stride_w}, {padding}"
    if width == filter_w == 1:  # one column in memory is one row, as in window.py
        height, width, output_h, output_w, pad_top, pad_left = width, height, output_w, output_h, pad_left, pad_top
        filter_h, filter_w, stride_h, stride_w = filter_w, filter_h, stride_w, stride_h
    return [
        KernelCall(
            op=op.index,
            kernel=_KERNELS[op.name],
            header="ecgp_pool.h",
            params_type="ecgp_pool_params",
            params={
                "batches": batches,
                "input_h": height,
                "input_w": width,
                "channels": channels,
                "output_h": output_h,
                "output_w": output_w,
                "filter_h": filter_h,
                "filter_w": filter_w,
                "stride_h": stride_h,
                "stride_w": stride_w,
                "pad_top": pad_top,
                "pad_left": pad_left,
                "min": low,
                "max": high,
            },
            inputs=(x.index,),
            outputs=(y.index,),
            note=note,
        )
    ]
