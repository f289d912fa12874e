"""How a convolution's window slides over its input: padding, staging, tiles, as firmware/lib/nn/ecgp_window.h does."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Params, within
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.graph.graph import Graph, Op

__all__ = ["TILE", "Window", "dense_window", "slide", "window"]

TILE = 4
"""Positions computed at once; ECGP_TILE in firmware/lib/nn/ecgp_window.h."""

_STAGING = ("row_step", "stage")


@dataclass(frozen=True)
class Window:
    """The fields of the C structs ecgp_window and ecgp_staged_window; sizes in elements, which are bytes."""

    batches: int
    input_h: int
    input_w: int
    input_c: int
    output_h: int
    output_w: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int
    row_step: int
    stage: str
    pad_value: int

    @property
    def fields(self) -> Params:
        """Those of ecgp_window."""
        return within("window", {name: value for name, value in vars(self).items() if name not in _STAGING})

    @property
    def rows(self) -> Params:
        """Those of ecgp_rows, for kernels that do not look at the kernel's columns."""
        columns = ("window.kernel_w", "window.dilation_w")
        return {name: value for name, value in self.fields.items() if name not in columns}

    @property
    def staged(self) -> Params:
        """Those of ecgp_staged_window."""
        return within("staged", {**self.fields, **{name: vars(self)[name] for name in _STAGING}})

    @property
    def positions(self) -> int:
        """Output pixels."""
        return self.batches * self.output_h * self.output_w

    @property
    def scratch_bytes(self) -> int:
        """Room for one staged tile."""
        return 0 if self.stage == "ECGP_STAGE_NONE" else self.kernel_h * self._tile_columns * self.input_c

    @property
    def _tile_columns(self) -> int:
        count = TILE if self.output_w >= TILE else 1
        return (count - 1) * self.stride_w + (self.kernel_w - 1) * self.dilation_w + 1

    def offsets(self) -> npt.NDArray[np.int64]:
        """The input byte that (kernel row, kernel column) reads, from the window's start: (kernel_h, kernel_w)."""
        rows = np.arange(self.kernel_h, dtype=np.int64)[:, None] * self.row_step
        columns = np.arange(self.kernel_w, dtype=np.int64)[None, :] * (self.dilation_w * self.input_c)
        return np.asarray(rows + columns)


def window(graph: Graph, op: Op, kernel: tuple[int, int], outputs: int, dtype: str = "int8") -> Window:
    """The window of a CONV_2D or DEPTHWISE_CONV_2D whose input 0 and output are checked here.

    An image one pixel wide is taken as one that is one pixel high, and so are all images together where every output
    sees one pixel.

    Args:
        graph: the model.
        op: the convolution.
        kernel: (height, width).
        outputs: output channels.
        dtype: of input and output.

    Raises:
        UnsupportedOperatorError: the shapes or the padding do not fit.
    """
    x = activation(graph, op, 0, dtype)
    require(graph, op, len(x.shape) == 4, f"input of {len(x.shape)} dimensions", "4 (NHWC)")
    batches, height, width, channels = x.shape
    stride = (op.options["stride_h"], op.options["stride_w"])
    dilation = (op.options["dilation_h_factor"], op.options["dilation_w_factor"])
    smallest = min(*x.shape, *kernel, *stride, *dilation, outputs)
    require(graph, op, smallest > 0, f"a size, stride or dilation of {smallest}", "1 and more")
    padding = op.options["padding"]
    require(graph, op, padding in ("SAME", "VALID"), f"padding {padding}", "SAME, VALID")
    output_h, pad_top, over_h = slide(height, kernel[0], stride[0], dilation[0], padding)
    output_w, pad_left, over_w = slide(width, kernel[1], stride[1], dilation[1], padding)
    require(graph, op, min(output_h, output_w) > 0, f"a {kernel[0]}x{kernel[1]} kernel on {height}x{width} cells",
            "kernels that fit their input")
    result(graph, op, (batches, output_h, output_w, outputs), dtype)
    if width == kernel[1] == 1:  # one column in memory is one row
        height, width, output_h, output_w, pad_top, pad_left = width, height, output_w, output_h, pad_left, pad_top
        kernel, stride, dilation = kernel[::-1], stride[::-1], dilation[::-1]
    if kernel == stride == (1, 1):  # pixels by themselves: all are one row
        batches, height, width = 1, 1, batches * height * width
        output_h, output_w = height, width
    stage = "ECGP_STAGE_NONE"
    if over_h or over_w:
        stage = "ECGP_STAGE_EDGES" if kernel[0] == 1 else "ECGP_STAGE_ALL"
    return _staged(Window(
        batches, height, width, channels, output_h, output_w, *kernel, *stride, *dilation, pad_top, pad_left,
        row_step=dilation[0] * width * channels, stage=stage, pad_value=quantization(x)[1],
    ))  # fmt: skip


def _staged(found: Window) -> Window:
    """The window with the row step of its staged copy, where there is one."""
    if found.stage == "ECGP_STAGE_NONE":
        return found
    return replace(found, row_step=found._tile_columns * found.input_c)


def dense_window(
    shape: tuple[int, ...], output: tuple[int, int], kernel: tuple[int, int], pads: tuple[int, int], pad_value: int
) -> Window:
    """A window of stride and dilation 1 that hangs over its input as it may.

    Args:
        shape: of the input, NHWC.
        output: positions, rows and columns.
        kernel: (height, width).
        pads: rows and columns that the first window hangs over the input, 0 and more.
        pad_value: that of the input's zero point.
    """
    batches, height, width, channels = shape
    over = [p > 0 or n - 1 + k - p > size for p, n, k, size in zip(pads, output, kernel, shape[1:3], strict=True)]
    stage = "ECGP_STAGE_NONE"
    if any(over):
        stage = "ECGP_STAGE_ALL" if over[0] or kernel[0] > 1 else "ECGP_STAGE_EDGES"
    return _staged(Window(
        batches, height, width, channels, *output, *kernel, 1, 1, 1, 1, *pads,
        row_step=width * channels, stage=stage, pad_value=pad_value,
    ))  # fmt: skip


def slide(size: int, kernel: int, stride: int, dilation: int, padding: str) -> tuple[int, int, bool]:
    """How a kernel slides along one dimension.

    Source: tflite::ComputePaddingWithOffset.

    Args:
        size: cells of the input.
        kernel: cells of the kernel.
        stride: cells between two positions.
        dilation: cells between two taps.
        padding: TFLite's Padding, "SAME" or "VALID".

    Returns:
        Output size, cells before the input, and whether any window leaves the input.
    """
    extent = (kernel - 1) * dilation + 1
    output = -(-size // stride) if padding == "SAME" else (size - extent) // stride + 1
    over = max((output - 1) * stride + extent - size, 0)
    return output, over // 2, over > 0
