"""Depthwise convolutions of up to 3x3 taps, with SMLAD; see firmware/lib/nn/ecgp_depthwise_conv_3x3_smlad.h."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params, within
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.rescaling import Bounds, rescale
from ecgprune.codegen.lowering.window import Window
from ecgprune.codegen.order import Geometry, Steps

__all__ = ["BOUNDS", "CHANNELS", "KERNEL", "ORDER", "PITCH", "calls", "features", "order"]

KERNEL = "ecgp_depthwise_conv_3x3_smlad_s8"

BOUNDS = Bounds((2, 12), 1 << 29)
"""firmware/lib/nn/ecgp_depthwise_nine_asm.h"""
PITCH = 116
"""Bytes of a staged line: ECGP_DEPTHWISE_PITCH."""
STAGED_LINES = 10
"""Lines staged at once, at most, or those of one output line."""
CHANNELS = 4
"""At once."""
ORDER = [0, 1, 3, 4, 2, 6, 5, 7, 8]
"""Of a channel's taps, so that SXTB16 makes the pairs 0 3, 1 4, 2 5 and 6 7."""
_LONGEST = {1: 27, 2: 14}
"""Positions of a staged line, by stride."""


@dataclass(frozen=True)
class _Axis:
    """The fields of ecgp_depthwise_axis."""

    inputs: int
    outputs: int
    pad: int
    input_step: int
    output_step: int


def calls(dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The dense variant, or nothing where the kernel is larger, the channels are others, or a bound does not hold.

    Lines are rows or columns of the image, whichever take fewer steps.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        rows: int8 weights (channels, taps), one output for each input channel.
    """
    rescaling = rescale(requant, rows, BOUNDS)
    small = max(at.kernel_h, at.kernel_w) <= 3 and (at.stride_h == at.stride_w or at.output_h == 1)
    if rescaling is None or not small or (at.dilation_h, at.dilation_w) != (1, 1):
        return []
    if at.stride_w not in _LONGEST or len(rows) != at.input_c or at.input_c % CHANNELS:
        return []
    return [replace(
        dense, kernel=KERNEL, header="ecgp_depthwise_conv_3x3_smlad.h",
        params_type="ecgp_depthwise_conv_3x3_smlad_params", **_of_image(at, rescaling, rows),
    )]  # fmt: skip


def _of_image(at: Window, rescaling: Params, rows: npt.NDArray[np.int8]) -> dict[str, Any]:
    """Lines along the rows or the columns."""
    down = _Axis(at.input_h, at.output_h, at.pad_top, at.input_w * at.input_c, at.output_w * at.input_c)
    right = _Axis(at.input_w, at.output_w, at.pad_left, at.input_c, at.input_c)
    square = rows.reshape(-1, at.kernel_h, at.kernel_w)
    padded = np.pad(square, [(0, 0), (0, 3 - at.kernel_h), (0, 3 - at.kernel_w)])
    if at.stride_h == at.stride_w and _steps(right, down, at.stride_w) < _steps(down, right, at.stride_w):
        return _fields(at, (right, down), rescaling, padded.transpose(0, 2, 1))
    return _fields(at, (down, right), rescaling, padded)


def _fields(
    at: Window, axes: tuple[_Axis, _Axis], rescaling: Params, weights: npt.NDArray[np.int8]
) -> dict[str, Any]:
    """Parameters and working memory; axes: across the lines and along them, weights: (channels, 3, 3) of these."""
    lines, along = axes
    band = _band(lines, at.stride_w)
    params = {
        "batches": at.batches,
        "channels": at.input_c,
        "stride": at.stride_w,
        "pad_value": at.pad_value,
        **within("lines", dict(vars(lines))),
        **within("along", dict(vars(along))),
        "band": band,
        "chunk": _chunk(along, at.stride_w),
        **rescaling,
        "weights": Array("weights", "int8_t", weights.reshape(-1, 9)[:, ORDER], "by channel, in the order of SXTB16"),
    }
    return {"params": params, "scratch_bytes": PITCH * ((band - 1) * at.stride_w + 3) + 4}


def _chunk(along: _Axis, stride: int) -> int:
    """Positions staged at once, so that a line is cut evenly."""
    count = -(-along.outputs // _LONGEST[stride])
    return min(-(-along.outputs // (count * stride)) * stride, along.outputs)


def _band(lines: _Axis, stride: int) -> int:
    """Output lines staged at once, so that the image is cut evenly."""
    most = (STAGED_LINES - 3) // stride + 1
    return -(-lines.outputs // -(-lines.outputs // most))


def _chunks(along: _Axis | tuple[int, int], stride: int) -> list[int]:
    """Positions of the chunks of a line."""
    outputs, chunk = along if isinstance(along, tuple) else (along.outputs, _chunk(along, stride))
    return [min(chunk, outputs - start) for start in range(0, outputs, chunk)]


def _rounded(chunks: list[int], stride: int) -> int:
    """Positions that the loops compute, those behind a line's end included."""
    return sum(max(chunk, 3) if stride == 1 else -(-chunk // 2) * 2 for chunk in chunks)


def _steps(lines: _Axis, along: _Axis, stride: int) -> float:
    """What one channel takes, in positions: a line costs as much as two, a staged cell a sixth."""
    chunks = _chunks(along, stride)
    cells = sum((chunk - 1) * stride + 3 for chunk in chunks)
    band = _band(lines, stride)
    staged = -(-lines.outputs // band) * ((band - 1) * stride + 3) * cells
    return lines.outputs * (_rounded(chunks, stride) + 2 * len(chunks)) + staged / 6


def order(call: KernelCall) -> Steps:
    """Bands of rows, or chunks of a row. An image of one block goes four channels at a time and stays in its place."""
    axes = [[integer(call, f"{axis}.{field}") for field in vars(_Axis(0, 0, 0, 0, 0))] for axis in ("lines", "along")]
    lines, along = (_Axis(*fields) for fields in axes)
    batches, band, chunk, stride = (integer(call, field) for field in ("batches", "band", "chunk", "stride"))
    whole = lines.outputs <= band and along.outputs <= chunk
    same = whole and (lines.inputs, along.inputs) == (lines.outputs, along.outputs)
    if 0 < lines.input_step < along.input_step:  # columns: a band of them reaches over all rows
        lines, along, band = along, lines, along.outputs
    sizes = (lines.inputs, along.inputs, lines.outputs, along.outputs)
    at = Geometry(batches, *sizes, stride, stride, lines.pad, along.pad)
    if lines.inputs == lines.outputs == 1:
        row = [(x, min(x + chunk, at.output_w)) for x in range(0, at.output_w, chunk)]
        spans = [(line * at.output_w + a, line * at.output_w + b) for line in range(batches) for a, b in row]
    else:
        rows = [(y, min(y + band, at.output_h)) for y in range(0, at.output_h, band)]
        starts = [batch * at.output_h for batch in range(batches)]
        spans = [((start + a) * at.output_w, (start + b) * at.output_w) for start in starts for a, b in rows]
    return Steps(spans, same=same, geometry=at)


def features(call: KernelCall) -> Features:
    """Cost rule: blocks of four channels, their staged lines and cells; lines and positions of single channels."""
    stride, band, lines = integer(call, "stride"), integer(call, "band"), integer(call, "lines.outputs")
    chunks = _chunks((integer(call, "along.outputs"), integer(call, "chunk")), stride)
    channels = integer(call, "batches") * integer(call, "channels")
    bands = [min(band, lines - start) for start in range(0, lines, band)]
    staged = sum((count - 1) * stride + 3 for count in bands)
    cells = sum((chunk - 1) * stride + 3 for chunk in chunks)
    clamped = (integer(call, "requant.min"), integer(call, "requant.max")) != (-128, 127)
    fours = channels // CHANNELS
    return {
        "block_four": fours * len(bands) * len(chunks),
        "staged_line": fours * staged * len(chunks),
        "staged_cell": fours * staged * cells,
        "line": channels * lines * len(chunks),
        f"position_{stride}": channels * lines * _rounded(chunks, stride),
        "stored": fours * lines * sum(chunks),
        "clamped": fours * lines * sum(chunks) if clamped else 0,
    }
