"""Depthwise convolutions of four channels at once, with SMLAD; see firmware/lib/nn/ecgp_depthwise_conv_smlad.h."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer, outputs
from ecgprune.codegen.lowering.rescaling import rescale
from ecgprune.codegen.lowering.window import Window

__all__ = ["KERNEL", "calls", "features"]

KERNEL = "ecgp_depthwise_conv_smlad_s8"

LANES, ENTRY = 4, 6
"""Channels at once, and words of a pair of taps: ECGP_DEPTHWISE_ENTRY."""
STAGED_BYTES = 4096
"""A row is staged in chunks of up to so many bytes, or of one position."""


def calls(
    dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8]
) -> list[KernelCall]:
    """The dense variant, or nothing where channels do not come in fours or a bound does not hold.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        rows: int8 weights (channels, taps), one output for each input channel.
    """
    rescaling = rescale(requant, rows)
    if rescaling is None or len(rows) != at.input_c or at.input_c % LANES:
        return []
    chunk = _chunk(at)
    staged = 0
    if at.stage != "ECGP_STAGE_NONE":
        at = replace(at, row_step=_columns(at, chunk) * at.input_c)
        staged = at.kernel_h * at.row_step
    pairs = -(-rows.shape[1] // 2)
    offsets = np.resize(at.offsets().reshape(-1), 2 * pairs)  # the partner of an odd tap reads what the first one does
    padded = np.pad(rows, [(0, 0), (0, 2 * pairs - rows.shape[1])])
    packed = padded.reshape(-1, 2, 2, pairs, 2).transpose(0, 3, 1, 4, 2)
    return [
        replace(
            dense,
            kernel=KERNEL,
            header="ecgp_depthwise_conv_smlad.h",
            params_type="ecgp_depthwise_conv_smlad_params",
            params={
                **at.staged,
                **rescaling,
                "chunk": chunk,
                "pairs": pairs,
                "offsets": Array("offsets", "int32_t", offsets),
                "weights": Array("weights", "int8_t", packed, "by four channels and two taps"),
            },
            scratch_bytes=4 * ENTRY * pairs + staged,
        )
    ]


def _columns(at: Window, positions: int) -> int:
    """Input columns that so many positions of a row read."""
    return (positions - 1) * at.stride_w + (at.kernel_w - 1) * at.dilation_w + 1


def _chunk(at: Window) -> int:
    """Positions staged at once, so that a row is cut evenly; all where nothing is staged."""
    if at.stage == "ECGP_STAGE_NONE":
        return at.output_w
    count = 1
    while count < at.output_w and at.kernel_h * _columns(at, -(-at.output_w // count)) * at.input_c > STAGED_BYTES:
        count += 1
    return -(-at.output_w // count)


def features(call: KernelCall) -> Features:
    """Cost rule: chunks of a row, four channels and a pair of taps at a time."""
    chunk = integer(call, "chunk")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    chunks = rows * -(-integer(call, "window.output_w") // chunk)
    fours = outputs(call) // 4
    positions = rows * integer(call, "window.output_w") * fours
    staged = call.params["staged.stage"] != "ECGP_STAGE_NONE"
    clamped = (integer(call, "requant.min"), integer(call, "requant.max")) != (-128, 127)
    return {
        "chunk": chunks,
        "chunk_byte": chunks * (call.scratch_bytes - 24 * integer(call, "pairs")) if staged else 0,
        "chunk_row": chunks * integer(call, "window.kernel_h") if staged else 0,
        "chunk_four": chunks * fours,
        "chunk_pair": chunks * fours * integer(call, "pairs"),
        "position_four": positions,
        "position_pair": positions * integer(call, "pairs"),
        "clamped": positions if clamped else 0,
    }
