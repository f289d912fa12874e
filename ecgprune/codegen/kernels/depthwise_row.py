"""Depthwise convolutions of one row and up to nine taps; see firmware/lib/nn/ecgp_depthwise_conv_row_smlad.h."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.kernels.depthwise_3x3 import BOUNDS, CHANNELS, ORDER
from ecgprune.codegen.lowering.rescaling import rescale
from ecgprune.codegen.lowering.window import Window
from ecgprune.codegen.order import Geometry, Steps

__all__ = ["KERNEL", "STAGED_CELLS", "calls", "features", "order"]

KERNEL = "ecgp_depthwise_conv_row_smlad_s8"

STAGED_CELLS = 256
"""Cells of a row that are staged at once, at most, or those of one position."""
_TAPS = 9


def calls(dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The dense variant, or nothing where the kernel is another, the channels are, or a bound does not hold.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        rows: int8 weights (channels, taps), one output for each input channel.
    """
    rescaling = rescale(requant, rows, BOUNDS)
    in_row = at.kernel_h == at.stride_h == 1 and at.kernel_w <= _TAPS and at.dilation_w == 1 and at.stride_w in (1, 2)
    if rescaling is None or not in_row or len(rows) != at.input_c or at.input_c % CHANNELS:
        return []
    most = (STAGED_CELLS - _TAPS) // at.stride_w
    chunk = -(-at.output_w // -(-at.output_w // most))
    padded = np.pad(rows, [(0, 0), (0, _TAPS - rows.shape[1])])
    return [
        replace(
            dense,
            kernel=KERNEL,
            header="ecgp_depthwise_conv_row_smlad.h",
            params_type="ecgp_depthwise_conv_row_smlad_params",
            params={
                "rows": at.batches * at.input_h,
                "inputs": at.input_w,
                "outputs": at.output_w,
                "channels": at.input_c,
                "stride": at.stride_w,
                "pad": at.pad_left,
                "pad_value": at.pad_value,
                "chunk": chunk,
                **rescaling,
                "weights": Array("weights", "int8_t", padded[:, ORDER], "by channel, in the order of SXTB16"),
            },
            scratch_bytes=4 * ((max(chunk + chunk % 2, 3) - 1) * at.stride_w + _TAPS + 1),
        )
    ]


def order(call: KernelCall) -> Steps:
    """Chunks of rows. Rows of one chunk go four channels at a time and stay in their place."""
    rows, inputs, outputs, chunk = (integer(call, field) for field in ("rows", "inputs", "outputs", "chunk"))
    spans = [(row * outputs + x, row * outputs + min(x + chunk, outputs))
             for row in range(rows) for x in range(0, outputs, chunk)]  # fmt: skip
    at = Geometry(rows, 1, inputs, 1, outputs, 1, integer(call, "stride"), 0, integer(call, "pad"))
    return Steps(spans, same=chunk >= outputs and inputs == outputs, geometry=at)


def features(call: KernelCall) -> Features:
    """Cost rule: chunks of four channels, their staged cells; positions of single channels."""
    stride, chunk, outputs = (integer(call, field) for field in ("stride", "chunk", "outputs"))
    chunks = [min(chunk, outputs - at) for at in range(0, outputs, chunk)]
    fours = integer(call, "rows") * integer(call, "channels") // CHANNELS
    computed = sum(max(n, 3) if stride == 1 else -(-n // 2) * 2 for n in chunks)
    clamped = (integer(call, "requant.min"), integer(call, "requant.max")) != (-128, 127)
    return {
        "row": integer(call, "rows"),
        "chunk_four": fours * len(chunks),
        "staged_cell": fours * sum((n - 1) * stride + _TAPS for n in chunks),
        f"position_{stride}": CHANNELS * fours * computed,
        "clamped": fours * outputs if clamped else 0,
    }
