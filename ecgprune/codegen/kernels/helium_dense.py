"""The dense convolution on Helium; see firmware/lib/nn/ecgp_helium_dense.h for the loop and its stream."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.kernels.helium import Convolution, Fields, padded

__all__ = ["CONV", "collected", "conv_call", "conv_features", "pack"]

CONV = "ecgp_conv_helium_s8"

POSITIONS = 3
"""Positions, or pairs of them, of a tile; ECGP_DENSE_POSITIONS in firmware/lib/nn/ecgp_helium_dense.h."""
TAPS = 16
"""Taps multiplied at once; ECGP_DENSE_TAPS."""
CHANNELS = 4
"""Channels of a group; ECGP_DENSE_CHANNELS."""
_LARGEST_POOL = 2


def conv_call(conv: Convolution) -> KernelCall:
    """The dense variant of a convolution that is not grouped."""
    fields, rows = Fields.of(conv.at), conv.rows
    chunks = -(-fields.depth // TAPS)
    stream = pack(rows, conv.powers)
    at = fields.window
    inside = at.stage == "ECGP_STAGE_NONE" and not fields.collect and fields.depth % TAPS == 0
    step = chunks * TAPS if fields.collect else fields.step
    return replace(
        conv.dense,
        kernel=CONV,
        header="ecgp_conv_helium.h",
        params_type="ecgp_conv_helium_params",
        params={
            **at.fields,
            **conv.limits,
            "pool": 1,
            "outputs": len(rows),
            "chunks": chunks,
            "collect": fields.collect,
            "stream": Array("stream", "int32_t", stream, "four channels at a time: weights, biases, factors"),
        },
        scratch_bytes=0 if inside else (POSITIONS * _LARGEST_POOL - 1) * step + chunks * TAPS,
        takes_scratch=True,
    )


def pack(rows: npt.NDArray[np.int8], factors: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The stream: int32 (words,).

    Args:
        rows: int8 weights (output channels, taps).
        factors: int32 (output channels, 3): bias, multiplier, power of two.
    """
    count, short = len(rows), max(CHANNELS - len(rows), 0)
    rows = np.pad(padded(rows, -(-rows.shape[1] // TAPS) * TAPS), ((0, short), (0, 0)))
    factors = np.pad(factors, ((0, short), (0, 0)))
    whole = count // CHANNELS * CHANNELS
    starts = [*range(0, whole, CHANNELS), *([max(count - CHANNELS, 0)] if count > whole else [])]
    words = []
    for start in starts:
        four = rows[start : start + CHANNELS].reshape(2, 2, -1, TAPS)  # channels 0 and 1, 2 and 3
        pairs = np.ascontiguousarray(four.transpose(1, 2, 0, 3)).reshape(-1)  # 0 and 2, 1 and 3: chunk after chunk
        words += [pairs.view("<i4"), factors[start : start + CHANNELS].T.reshape(-1)]
    return np.concatenate(words).astype(np.int32)


def conv_features(call: KernelCall) -> Features:
    """Cost rule: tiles, groups of four channels, chunks of a group; what is copied for them."""
    lines = integer(call, "window.batches") * integer(call, "window.output_h")
    width, pool, collect = (integer(call, name) for name in ("window.output_w", "pool", "collect"))
    span, chunks = POSITIONS * pool, integer(call, "chunks")
    tiles = -(-lines * width // span) if collect else lines * -(-width // span)
    channels = integer(call, "outputs")
    each = -(-channels // CHANNELS)
    groups = tiles * each
    alone = (1 if collect else lines) if (lines * width if collect else width) % span == pool and chunks > 1 else 0
    few, shared = channels < CHANNELS, channels > CHANNELS and channels % CHANNELS
    return {
        "tile": tiles,
        "group": groups if chunks > 1 else 0,
        "larger": groups * (pool - 1) if chunks > 1 else 0,
        "short_group": groups if chunks == 1 else 0,
        "short_larger": groups * (pool - 1) if chunks == 1 else 0,
        "chunk": (groups - alone * each) * pool * chunks,
        "alone_chunk": alone * each * pool * chunks,
        "away": groups if integer(call, "min") < integer(call, "zero_point") else 0,
        "few": tiles if few else 0,
        "shared": tiles if shared else 0,
        **(collected(call) if collect else _staged(call, span)),
        **({"run": tiles} if collect or few else {}),
    }


def collected(call: KernelCall) -> Features:
    """Fields that are copied one by one, those with padding, or with columns apart, by pieces; and their rows."""
    fields = integer(call, "window.batches") * integer(call, "window.output_h") * integer(call, "window.output_w")
    height, width = integer(call, "window.kernel_h"), integer(call, "window.kernel_w")
    rows, apart = fields * height, integer(call, "window.dilation_w") > 1
    inside = integer(call, "window.batches") * _inside(call, "h", "top") * (0 if apart else _inside(call, "w", "left"))
    vectors = -(-width * integer(call, "window.input_c") // TAPS)
    edges = fields - inside
    return {
        "collected": fields,
        "collected_row": rows,
        "collected_vector": rows * vectors if vectors > 1 else 0,
        "edge": edges,
        "edge_vector": edges * -(-height * width * integer(call, "window.input_c") // TAPS),
        "piece": edges * (width if apart else 1),
        "piece_row": edges * (width if apart else 1) * height,
    }


def _inside(call: KernelCall, axis: str, edge: str) -> int:
    """Places along an axis where the window lies in the input."""
    reach = (integer(call, f"window.kernel_{axis}") - 1) * integer(call, f"window.dilation_{axis}")
    begin = np.arange(integer(call, f"window.output_{axis}")) * integer(call, f"window.stride_{axis}")
    begin -= integer(call, f"window.pad_{edge}")
    return int(((begin >= 0) & (begin + reach < integer(call, f"window.input_{axis}"))).sum())


def _staged(call: KernelCall, span: int) -> Features:
    """Tiles of a row that do not lie in the input, or whose last chunk would be read beyond it."""
    width, stride, columns = (integer(call, f"window.{name}") for name in ("output_w", "stride_w", "input_w"))
    channels, reach = integer(call, "window.input_c"), integer(call, "window.kernel_w")
    first = np.arange(0, width, span)
    last = np.minimum(first + span, width) - 1
    begin, end = (at * stride - integer(call, "window.pad_left") for at in (first, last))
    outside = (begin < 0) | (end + reach > columns)
    lines = integer(call, "window.batches") * integer(call, "window.output_h")
    beyond = end * channels + integer(call, "chunks") * TAPS > columns * channels  # of the last row
    staged = int(outside.sum()) * lines + int((beyond & ~outside).sum())
    side_by_side = int((~outside & (last - first == span - 1)).sum())
    return {
        "staged": staged,
        "staged_vector": staged * -(-((span - 1) * stride + reach) * channels // TAPS),
        "run": lines * (len(first) - max(side_by_side - 1, 0)),
    }
