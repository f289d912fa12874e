"""Depthwise convolutions on Helium, 16 channels side by side; see firmware/lib/nn/ecgp_depthwise_conv_helium.h."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.kernels import helium
from ecgprune.codegen.lowering.window import Window

__all__ = ["KERNEL", "calls", "features"]

KERNEL = "ecgp_depthwise_conv_helium_s8"

CHANNELS = 4
"""Fewer are left to another kernel."""
LANES = 16
"""Channels of a vector of bytes; LANES in ecgp_depthwise_conv_helium.c."""
PAIRS_MAX, TOGETHER, INT16_MAX = 200, 254, 32767
"""Of a depthwise convolution, see firmware/lib/nn/ecgp_depthwise_conv_helium.h: pairs of taps, |w| of a
pair's, and pixels either way."""


def calls(
    dense: KernelCall, at: Window, requant: Params, filters: npt.NDArray[np.int8]
) -> list[KernelCall]:
    """The variant of a depthwise convolution of one output per input channel; none for others, and for few channels.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        filters: int8 weights (1, kernel_h, kernel_w, outputs).
    """
    channels, taps = at.input_c, at.kernel_h * at.kernel_w
    if filters.shape[3] != channels or channels < CHANNELS:
        return []
    scaled = helium.factors(requant, channels)
    if scaled is None:
        return []
    rows = filters.reshape(taps, channels).T
    paired = helium.padded(rows, -(-taps // 2) * 2)
    apart = bool(np.abs(paired.astype(np.int32)).reshape(channels, -1, 2).sum(axis=2).max() > TOGETHER)
    rows = np.stack([rows, np.zeros_like(rows)], axis=2).reshape(channels, -1) if apart else paired
    pairs = rows.shape[1] // 2
    spans = (at.kernel_h - 1) * at.dilation_h, (at.kernel_w - 1) * at.dilation_w
    if pairs > PAIRS_MAX or max(at.input_h, at.input_w, *spans) > INT16_MAX:
        return []
    firsts = [min(LANES * vector, max(channels - LANES, 0)) for vector in range(-(-channels // LANES))]
    packed = [np.pad(rows[c : c + LANES], [(0, max(LANES - channels, 0)), (0, 0)]).T for c in firsts]
    return [
        replace(
            dense,
            kernel=KERNEL,
            header="ecgp_depthwise_conv_helium.h",
            params_type="ecgp_depthwise_conv_helium_params",
            params={
                **at.fields,
                **{name: _in_vectors(value, channels, firsts) for name, value in scaled.items()},
                "apart": int(apart),
                "pairs": pairs,
                "weights": Array("weights", "int8_t", np.concatenate([*packed, np.zeros((1, LANES), np.int8)])),
            },
            scratch_bytes=12 * (-(-(2 * pairs + 2) // 4) * 4) + channels,
        )
    ]


def _in_vectors(value: int | str | Array | None, channels: int, firsts: list[int]) -> int | str | Array | None:
    """A factor of every channel as the depthwise kernel reads them; anything else as it is."""
    if not isinstance(value, Array):
        return value
    lanes = np.concatenate([np.arange(4) * 4 + first for first in (0, 2, 1, 3)])
    values = np.pad(value.data, (0, max(LANES - channels, 0)), mode="edge")
    return replace(value, data=np.concatenate([values[first + lanes] for first in firsts]))


def features(call: KernelCall) -> Features:
    """Cost rule: positions, the kernel rows and taps that each looks up, and the pairs of taps of 16 channels each."""
    positions = integer(call, "window.batches") * integer(call, "window.output_h") * integer(call, "window.output_w")
    rows, columns = integer(call, "window.kernel_h"), integer(call, "window.kernel_w")
    sixteens = positions * -(-integer(call, "window.input_c") // LANES)
    plain = integer(call, "requant.min") >= integer(call, "requant.zero_point")  # ties need no care
    return {
        "position": positions,
        "row": positions * rows,
        "tap": positions * rows * columns,
        "sixteen": sixteens,
        "sixteen_pair": sixteens * integer(call, "pairs"),
        "tied": 0 if plain else sixteens,
    }
