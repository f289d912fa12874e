"""Convolutions of one input channel along a row on Helium; see firmware/lib/nn/ecgp_conv_row_helium.h."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.kernels.helium import Fields, padded
from ecgprune.codegen.lowering.window import Window

__all__ = ["KERNEL", "calls", "features"]

KERNEL = "ecgp_conv_row_helium_s8"

POSITIONS, TAPS, CHANNELS = 8, 5, 16
"""ECGP_ROW_POSITIONS, ECGP_ROW_TAPS, ECGP_ROW_CHANNELS."""


def calls(dense: KernelCall, at: Window, scaled: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The variant of a convolution of one input channel that is not grouped; none where its window does not fit.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        scaled: the fields of ecgp_requant, as `helium.factors` gives them.
        rows: int8 weights (output channels, taps).
    """
    at = Fields.of(at).window
    low, zero_point = scaled["requant.min"], scaled["requant.zero_point"]
    assert isinstance(low, int)
    assert isinstance(zero_point, int)
    fits = at.input_c == at.kernel_h == at.stride_w == 1 and at.kernel_w <= TAPS and at.pad_top == 0
    side_by_side = at.dilation_w == 1 or at.kernel_w == 1
    if not (fits and side_by_side and at.output_w >= POSITIONS and low >= zero_point):
        return []
    columns = (scaled[f"requant.{name}"] for name in ("bias", "multiplier", "shift"))
    factors = [column.data.astype(np.int32) for column in columns if isinstance(column, Array)]
    stream = np.concatenate([padded(rows, TAPS).astype(np.int32), np.stack(factors, axis=1)], axis=1)
    stream = np.pad(stream, ((0, len(rows) % 2), (0, 0)))
    stream[len(rows) :, -1] = -1
    return [
        replace(
            dense,
            kernel=KERNEL,
            header="ecgp_conv_row_helium.h",
            params_type="ecgp_conv_row_helium_params",
            params={
                **at.fields,
                **{name: scaled[f"requant.{name}"] for name in ("zero_point", "min", "max")},
                "pool": 1,
                "outputs": len(rows),
                "stream": Array("stream", "int32_t", stream.reshape(-1), "a channel: five weights, bias, factor"),
            },
            scratch_bytes=4 + 4 * max(-(-len(rows) // CHANNELS), 2) * CHANNELS,
        )
    ]


def features(call: KernelCall) -> Features:
    """Cost rule: eight positions, those of them that leave the row, and their channels, one by one and by vectors."""
    lines = integer(call, "window.batches") * integer(call, "window.output_h")
    width, left = integer(call, "window.output_w"), integer(call, "window.pad_left")
    firsts = np.minimum(np.arange(0, width, POSITIONS), width - POSITIONS) - left
    edges = int(((firsts < 0) | (firsts + POSITIONS + TAPS - 1 > integer(call, "window.input_w"))).sum())
    tiles, channels, pooled = lines * len(firsts), integer(call, "outputs"), integer(call, "pool") == 2
    vectors = tiles * -(-channels // CHANNELS)
    return {
        "row": lines,
        "tile": tiles,
        "edge": lines * edges,
        "pooled_pair": tiles * -(-channels // 2) if pooled else 0,
        "pooled_vector": vectors if pooled else 0,
        "channel": 0 if pooled else tiles * channels,
        "vector": 0 if pooled else vectors,
    }
