"""Convolutions of one input channel along a row on Helium; see firmware/lib/nn/ecgp_conv_row_helium.h."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.kernels.helium import Convolution, Fields, padded
from ecgprune.codegen.requant import constant_output

__all__ = ["KERNEL", "calls", "features", "halves", "pack"]

KERNEL = "ecgp_conv_row_helium_s8"

OUTPUTS, TAPS = 8, 5
"""ECGP_ROW_OUTPUTS, ECGP_ROW_TAPS."""
MOST = 65535
"""Of P and N, which are unsigned."""
SHIFT = -2
"""Of a factor, at most: a sum of MOST then is an int16."""
AHEAD = 6
"""Words that the kernel loads behind the last channel."""
CHANNELS = 8191
"""At most: their distances in scratch are halfwords."""


def calls(conv: Convolution) -> list[KernelCall]:
    """The variant of a convolution of one input channel that is not grouped; none where its window does not fit."""
    at, rows, scaled = Fields.of(conv.at).window, conv.rows, conv.scaled
    low, zero_point = scaled["requant.min"], scaled["requant.zero_point"]
    assert isinstance(low, int)
    assert isinstance(zero_point, int)
    fits = at.input_c == at.kernel_h == at.stride_w == 1 and at.kernel_w <= TAPS and at.pad_top == 0
    side_by_side = at.dilation_w == 1 or at.kernel_w == 1
    if not (fits and side_by_side and at.output_w >= OUTPUTS and low >= zero_point and len(rows) <= CHANNELS):
        return []
    stream, wide, fixed = pack(padded(rows, TAPS).astype(np.int32), conv.factors.astype(np.int32))
    return [
        replace(
            conv.dense,
            kernel=KERNEL,
            header="ecgp_conv_row_helium.h",
            params_type="ecgp_conv_row_helium_params",
            params={
                **at.fields,
                **conv.limits,
                "pool": 1,
                "outputs": len(rows),
                "channels": len(rows) - len(wide) - len(fixed),
                "stream": Array("stream", "int32_t", stream, "a channel: P and N, six weights, factor"),
                "wide": len(wide),
                "words": Array("words", "int32_t", wide.reshape(-1), "number, five weights, bias, factor")
                if len(wide)
                else None,
                "fixed": Array("fixed", "int8_t", _outputs(conv, fixed), "outputs of channels without weights")
                if len(fixed)
                else None,
            },
            scratch_bytes=8 + 8 * -(-len(rows) // 8) * 8,
        )
    ]


def pack(rows: npt.NDArray[np.int32], factors: npt.NDArray[np.int32]) -> tuple[npt.NDArray[np.int32], ...]:
    """The stream, what channels of 32 bits take, and which have no weights: int32 (words,), (wide, 9) and (fixed,).

    Args:
        rows: weights (output channels, TAPS).
        factors: (output channels, 3): bias, multiplier, shift.
    """
    narrow, wide = {}, []
    weighted = rows.any(axis=1)
    for number in np.flatnonzero(weighted).tolist():
        bias, _, shift = factors[number].tolist()
        found = halves(rows[number].tolist(), bias) if shift <= SHIFT else None
        if found is None:
            wide.append(number)
        else:
            narrow[number] = found
    numbers = list(narrow)
    stream = np.zeros((len(numbers), 10), np.int32)
    stream[:, 8:] = factors[numbers, 1:]
    for entry, number, before in zip(stream, numbers, [-1, *numbers], strict=False):
        entry[:8] = narrow[number]
        entry[0] += np.uint32(8 * (number - before) << 16).astype(np.int32)
    words = np.concatenate([np.array(wide, np.int32).reshape(-1, 1), rows[wide], factors[wide]], axis=1)
    return np.pad(stream.reshape(-1), (0, AHEAD)), words, np.flatnonzero(~weighted).astype(np.int32)


def _outputs(conv: Convolution, fixed: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
    """The output of each channel of `fixed`, which its bias alone decides; 0 for all others."""
    limits = (conv.limits[name] for name in ("zero_point", "min", "max"))
    zero_point, low, high = (limit for limit in limits if isinstance(limit, int))
    values = np.zeros(len(conv.rows), np.int8)
    for number in fixed.tolist():
        bias, multiplier, shift = conv.factors[number].tolist()
        values[number] = constant_output(bias, multiplier, shift, zero_point, (low, high))
    return values


def halves(row: Sequence[int], bias: int) -> list[int] | None:
    """P and N at first, weights 0 and 1 of P, 2 of P and of N, 3 and 4 of N, of either sign.

    P and N must lie within 0 and MOST for inputs of -128 to 127. P - N, where it is not below 0, is the sum of products
    and bias. Of the middle weight, P takes as much as it can.

    Returns:
        None where no division of the middle weight keeps that.
    """
    first, second, middle, *others = row
    sign = -1 if middle < 0 else 1
    for part in range(abs(middle), -1, -1):
        plus = [first, second, sign * part]
        minus = [-(middle - sign * part), *(-other for other in others)]
        low, high = _begins(plus)
        low_n, high_n = _begins(minus)
        begin = max(low, low_n + bias)
        if begin <= min(high, high_n + bias):
            return [begin, begin - bias, *plus, *minus]
    return None


def _begins(weights: Sequence[int]) -> tuple[int, int]:
    """Between what a sum of products may begin, so that it stays within 0 and MOST; none where the first is larger."""
    least = sum(min(-128 * w, 127 * w) for w in weights)
    most = sum(max(-128 * w, 127 * w) for w in weights)
    return -least, MOST - most


def features(call: KernelCall) -> Features:
    """Cost rule: tiles of eight outputs, those that leave the row; channels of 16 and 32 bits, eight at a time."""
    lines, pool = integer(call, "window.batches") * integer(call, "window.output_h"), integer(call, "pool")
    width, left = integer(call, "window.output_w") // pool, integer(call, "window.pad_left")
    firsts = np.minimum(np.arange(0, width, OUTPUTS), max(width - OUTPUTS, 0)) * pool - left
    columns = OUTPUTS * pool + TAPS - 1
    edges = (firsts < 0) | (firsts + columns > integer(call, "window.input_w"))
    tiles = lines * len(firsts)
    outputs, channels, wide = (integer(call, name) for name in ("outputs", "channels", "wide"))
    clamped = integer(call, "min") > integer(call, "zero_point") or integer(call, "max") < 127
    return {
        "row": lines,
        "tile": tiles,
        "pooled_tile": tiles if pool == 2 else 0,
        "edge_column": lines * int(edges.sum()) * columns,
        "channel": tiles * channels if pool == 1 else 0,
        "pooled_channel": tiles * channels if pool == 2 else 0,
        "wide": tiles * wide if pool == 1 else 0,
        "pooled_wide": tiles * wide if pool == 2 else 0,
        "vector": tiles * -(-outputs // 8),
        "clamped": tiles * -(-outputs // 2) if clamped else 0,
        "filled": outputs if call.params["fixed"] is not None else 0,
    }
