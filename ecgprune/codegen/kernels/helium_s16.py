"""Dense kernels over int16 activations with int8 weights on Helium; see firmware/lib/nn/ecgp_helium_rescale_s16.h."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer, outputs
from ecgprune.codegen.kernels import helium
from ecgprune.codegen.lowering.weights_s16 import sums
from ecgprune.codegen.lowering.window import Window

__all__ = [
    "CONV",
    "DEPTHWISE",
    "MATRIX",
    "conv_calls",
    "conv_features",
    "depthwise_calls",
    "depthwise_features",
    "matrix_calls",
    "matrix_features",
]

CONV, DEPTHWISE, MATRIX = (
    "ecgp_conv_helium_s16", "ecgp_depthwise_conv_helium_s16", "ecgp_fully_connected_helium_s16",
)  # fmt: skip

TAPS = 8
"""Taps multiplied at once; ECGP_HELIUM_TAPS_S16 in firmware/lib/nn/ecgp_helium.h."""
_CUT = 16
"""Bits of a product that its upper word leaves out, where it is rounded once."""


def conv_calls(dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The variant of a convolution that is not grouped; none where a bound does not hold.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides, in bytes.
        requant: the fields of ecgp_requant_s16, as `weights_s16.requantization` gives them.
        rows: int8 weights (output channels, taps).
    """
    factors = _factors(requant, rows)
    if factors is None:
        return []
    fields = helium.Fields.of(at)
    weights = Array("weights", "int8_t", helium.chunks(rows, TAPS), "8 taps of every output channel, then the next 8")
    params = {**fields.params(len(rows)), **_nested(factors, requant), "weights": weights}
    header, sums = "ecgp_conv_helium_s16.h", 4 * helium.TILE * len(rows)
    scratch = sums + fields.copied_bytes
    return [
        replace(
            dense, kernel=CONV, header=header, params_type=f"{CONV}_params", params=params, scratch_bytes=scratch
        )
    ]


def matrix_calls(dense: KernelCall, requant: Params, values: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The variant of a FULLY_CONNECTED, or nothing where a bound does not hold; see `conv_calls`.

    Args:
        dense: the dense variant in plain C of the same call.
        requant: the fields of ecgp_requant, as `lowering.weights_s16.requantization` gives them.
        values: int8 weights (outputs, depth).
    """
    short = max(helium.OUTPUTS - len(values), 0)
    factors = _factors(requant, values)
    if factors is None:
        return []
    lengthened = {
        name: replace(value, data=np.pad(value.data, (0, short))) if isinstance(value, Array) else value
        for name, value in factors.items()
    }
    params = {
        **_nested(lengthened, requant),
        **{name: dense.params[name] for name in ("rows", "depth", "outputs")},
        "weights": Array("weights", "int8_t", np.pad(values, ((0, short), (0, 0)))),
    }
    header = "ecgp_fully_connected_helium_s16.h"
    return [replace(dense, kernel=MATRIX, header=header, params_type=f"{MATRIX}_params", params=params)]


def depthwise_calls(
    dense: KernelCall, at: Window, requant: Params, filters: npt.NDArray[np.int8]
) -> list[KernelCall]:
    """The variant of a depthwise convolution of one output per input channel; none for others, and for few channels.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides, in elements.
        requant: the fields of ecgp_requant_s16, as `weights_s16.requantization` gives them.
        filters: int8 weights (1, kernel_h, kernel_w, outputs).
    """
    channels = filters.shape[3]
    factors = _factors(requant, np.ascontiguousarray(filters.reshape(-1, channels).T))
    if channels != at.input_c or channels < helium.LANES or factors is None:
        return []
    params = {**at.fields, **_nested(factors, requant), "weights": Array("weights", "int8_t", filters)}
    header = "ecgp_depthwise_conv_helium_s16.h"
    return [
        replace(dense, kernel=DEPTHWISE, header=header, params_type=f"{DEPTHWISE}_params", params=params,
                scratch_bytes=0, takes_scratch=False)
    ]  # fmt: skip


def _factors(requant: Params, rows: npt.NDArray[np.int8]) -> Params | None:
    """The fields of ecgp_requant within ecgp_helium_requant_s16; None where a sum or a shift is out of its range."""
    bias, multiplier, shift = (requant[f"requant.{name}"] for name in ("bias", "multiplier", "shift"))
    assert isinstance(bias, Array)
    assert isinstance(multiplier, Array)
    assert isinstance(shift, Array)
    rounds, count = requant["requant.rounds"], len(rows)
    multipliers = np.broadcast_to(multiplier.data, count).astype(np.int64)
    shifts = np.broadcast_to(shift.data, count).astype(np.int64)
    if rounds == 1:
        multipliers, shifts = multipliers << _CUT, _CUT - shifts
    shifts = np.where(multipliers == 0, -1, shifts)  # nothing is left of any value
    within = (sums(rows) + np.abs(bias.data) < 2**31).all() and (rounds == 2 or shifts.max() <= -1)
    if not within:
        return None
    return {
        "requant.bias": Array("bias", "int32_t", bias.data.astype(np.int32)),
        "requant.multiplier": Array("multiplier", "int32_t", multipliers.astype(np.int32)),
        "requant.shift": Array("shift", "int8_t", shifts.astype(np.int8)),
        "requant.per_channel": 1,
        "requant.zero_point": 0,
        "requant.min": requant["requant.min"],
        "requant.max": requant["requant.max"],
    }


def _nested(factors: Params, requant: Params) -> Params:
    """The fields of ecgp_helium_requant_s16."""
    fields = {name.replace("requant.", "requant.factors.", 1): value for name, value in factors.items()}
    return {**fields, "requant.rounds": requant["requant.rounds"]}


def conv_features(call: KernelCall) -> Features:
    """Cost rule: 8 taps of a channel at once, and the outputs of a position four at a time."""
    found = helium.tile_features(call)
    chunks = -(-integer(call, "depth") // 2 // TAPS)
    positions = integer(call, "window.batches") * integer(call, "window.output_h") * integer(call, "window.output_w")
    return {
        **{name: found[name] for name in ("tile", "collected", "collected_run", "collected_byte")},
        "chunk": found["tile"] * chunks,
        "chunk_channel": found["tile"] * chunks * outputs(call),
        "tile_four": found["tile"] * -(-outputs(call) // 4),
        "four": positions * -(-outputs(call) // 4),
    }


def matrix_features(call: KernelCall) -> Features:
    """Cost rule: 8 inputs of four outputs at once."""
    rows, depth = integer(call, "rows"), integer(call, "depth")
    fours = rows * -(-integer(call, "outputs") // helium.OUTPUTS)
    return {"row": rows, "four": fours, "four_chunk": fours * -(-depth // TAPS)}


def depthwise_features(call: KernelCall) -> Features:
    """Cost rule: positions, and the taps and their rows of each vector of eight channels or of four."""
    height, width = integer(call, "window.output_h"), integer(call, "window.output_w")
    lines = integer(call, "window.batches") * height
    rows, taps = integer(call, "window.kernel_h"), integer(call, "window.kernel_h") * integer(call, "window.kernel_w")
    eights, left = divmod(integer(call, "window.input_c"), 2 * helium.LANES)
    fours = -(-left // helium.LANES)
    positions = lines * width
    return {
        "line": lines,
        "position": positions,
        "position_column": positions * integer(call, "window.kernel_w"),
        "eight": positions * eights,
        "eight_row": positions * eights * rows,
        "eight_tap": positions * eights * taps,
        "four": positions * fours,
        "four_row": positions * fours * rows,
        "four_tap": positions * fours * taps,
    }
