"""Convolutions of one input channel along a row on cores with SMLAD; see firmware/lib/nn/ecgp_conv_row_smlad.h."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, array, integer, outputs
from ecgprune.codegen.lowering.rescaling import Bounds, rescale
from ecgprune.codegen.lowering.window import Window

__all__ = ["BOUNDS", "KERNEL", "calls", "features", "pack"]

KERNEL = "ecgp_conv_row_smlad_s8"

TILE, TAPS = 8, 5
"""ECGP_ROW_SMLAD_TILE, ECGP_ROW_SMLAD_TAPS."""
MORE = 3
"""Words of scratch besides a chunk's positions."""
BOUNDS = Bounds((2, 12), 1 << 29)
"""Of the requantization."""
CHUNKS = (1, 2, 4)
"""Into so many chunks a row may be cut."""


def calls(dense: KernelCall, at: Window, requant: Params, values: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The variants of a convolution that is not grouped, the fewest chunks first; none where its window does not fit.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        values: int8 weights (outputs, kernel rows, kernel columns, channels).
    """
    rows = values.reshape(len(values), -1)
    fits = at.input_c == at.kernel_h == at.stride_w == 1 and at.kernel_w <= TAPS and at.pad_top == 0
    side_by_side = at.dilation_w == 1 or at.kernel_w == 1
    full = (requant["requant.min"], requant["requant.max"]) == (-128, 127)
    if not (fits and side_by_side and full and at.output_w >= TILE and len(rows) < 1 << 16):
        return []
    rescaling = rescale(requant, rows, BOUNDS)
    if rescaling is None:
        return []
    weights = pack(np.pad(rows, ((0, 0), (0, TAPS - at.kernel_w))))
    sizes = {-(-at.output_w // (number * TILE)) * TILE for number in CHUNKS}
    return [
        replace(
            dense,
            kernel=KERNEL,
            header="ecgp_conv_row_smlad.h",
            params_type="ecgp_conv_row_smlad_params",
            params={
                **at.rows,
                **rescaling,
                "pool": 1,
                "chunk": chunk,
                "outputs": len(rows),
                "weights": Array("weights", "int8_t", weights.reshape(-1)),
            },
            scratch_bytes=4 * (min(chunk, at.output_w) + MORE),
        )
        for chunk in sorted(sizes, reverse=True)
    ]


def pack(rows: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """The weights as the kernel reads them: moved by a column where that leaves four; the column at which they begin.

    Args:
        rows: weights (output channels, TAPS).

    Returns:
        int8 (output channels, TAPS + 1).
    """
    late = (rows[:, :1] == 0) & (rows[:, -1:] != 0)
    return np.concatenate([np.where(late, np.roll(rows, -1, axis=1), rows), late], axis=1).astype(np.int8)


def features(call: KernelCall) -> Features:
    """Cost rule: chunks, what they expand, channels and tiles of each, the last of which may overlap another one."""
    width, chunk, pool = (integer(call, name) for name in ("window.output_w", "chunk", "pool"))
    chunk = min(chunk, width)
    chunks = integer(call, "window.batches") * integer(call, "window.output_h") * -(-width // chunk)
    weights = array(call, "weights").data.reshape(-1, TAPS + 1)[:, :TAPS]
    filled, fifth = int(np.sum(~weights.any(axis=1))), int(np.sum(weights[:, -1] != 0))
    tiles = chunks * -(-chunk // TILE)
    return {
        "chunk": chunks,
        "word": chunks * (chunk + MORE),
        "chunk_channel": chunks * outputs(call),
        "tile": tiles * (outputs(call) - filled) if pool == 1 else 0,
        "pooled_tile": tiles * (outputs(call) - filled) if pool == 2 else 0,
        "pooled_fifth": tiles * fifth if pool == 2 else 0,
        "filled": chunks * filled * (chunk // pool),
        "back": chunks * (outputs(call) - filled) * (chunk % TILE > 0),
    }
