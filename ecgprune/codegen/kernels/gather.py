"""Sparse convolutions on Helium: inputs are gathered for the 1x4 blocks that are not zero, four words at once.

See firmware/lib/nn/ecgp_helium_gather.h for the stream.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, array, integer, outputs
from ecgprune.codegen.kernels import helium, helium_dense
from ecgprune.codegen.kernels.helium import TAPS, TILE, Convolution, Fields

__all__ = ["KERNEL", "calls", "chunks", "features", "pack"]

KERNEL = "ecgp_conv_sparse_blocks_gather_s8"

CHANNELS, SEGMENT, PART, WHOLE = 4, 1024, -(1 << 31), 1 << 16
"""ECGP_GATHER_CHANNELS, _SEGMENT, _PART and _WHOLE in firmware/lib/nn/ecgp_helium_gather.h."""
BLOCK = 4
"""Weights of a block, on multiples of 4 of a field: their inputs are one aligned word."""
BLOCKS = TAPS // BLOCK
"""Of a chunk."""
CHUNK = BLOCKS + TAPS
"""Bytes of a chunk: block indices, weights."""
BANKS = 4
"""Of the data TCM, a word each in turn."""
LONGEST = 31 * SEGMENT
"""Bytes of a field, so that its segments' distance fits int16."""


def calls(conv: Convolution) -> list[KernelCall]:
    """The variant of a convolution that is not grouped; none where blocks do not lie on multiples of 4."""
    at, rows = conv.at, conv.rows
    fields = Fields.of(at, BLOCK)
    if fields.step % BLOCK or not (fields.collect or at.input_c % BLOCK == 0) or fields.depth > LONGEST:
        return []
    spare = -(-fields.copied_bytes // BLOCK) * BLOCK
    few = fields.width < TILE or len(rows) < CHANNELS
    stream = pack(rows, conv.powers)
    return [
        replace(
            conv.dense,
            kernel=KERNEL,
            header="ecgp_conv_helium.h",
            params_type="ecgp_conv_gather_params",
            params={
                **fields.params(len(rows)),
                **conv.limits,
                "spare": spare,
                "stream": Array("stream", "int32_t", stream, "four channels at a time: blocks, biases, factors"),
            },
            scratch_bytes=spare + TILE * max(len(rows), CHANNELS) if few else fields.copied_bytes,
            takes_scratch=True,
        )
    ]


def pack(rows: npt.NDArray[np.int8], factors: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The stream, and zeros behind, as the kernel loads counts and a chunk ahead: int32 (words,).

    Args:
        rows: int8 weights (output channels, taps).
        factors: int32 (output channels, 3): bias, multiplier, power of two.
    """
    fill = ((0, max(CHANNELS - len(rows), 0)), (0, 0))
    rows, factors = np.pad(rows, fill), np.pad(factors, fill)
    segments = -(-rows.shape[1] // SEGMENT)
    cut = helium.padded(rows, -(-rows.shape[1] // BLOCK) * BLOCK)
    starts = [*range(0, len(rows) - CHANNELS, CHANNELS), len(rows) - CHANNELS]
    found = bytearray()
    for start, behind in zip(starts, [*starts[1:], starts[-1]], strict=True):
        four = slice(start, start + CHANNELS)
        for number in range(segments):
            part = cut[four, number * SEGMENT : (number + 1) * SEGMENT]
            channels = [_channel(row) for row in part]
            found += bytes(len(channel) // CHUNK - 1 for channel in channels) + b"".join(channels)
            found += bytes(BLOCKS) + (_word(_part(number, segments)) if segments > 1 else b"")
        found += _word(behind - start) + factors[four].T.astype("<i4").tobytes()
    return np.frombuffer(bytes(found) + bytes(CHANNELS + CHUNK), "<i4").astype(np.int32)


def _part(number: int, segments: int) -> int:
    """What follows the chunks of a segment of a field that has several."""
    last = number == segments - 1
    moved = -number * SEGMENT if last else SEGMENT
    return PART + (moved & 0xFFFF) + WHOLE * last


def _word(value: int) -> bytes:
    return value.to_bytes(4, "little", signed=True)


def _channel(row: npt.NDArray[np.int8]) -> bytes:
    """The chunks of a channel. row: int8 weights, a multiple of BLOCK."""
    blocks = row.reshape(-1, BLOCK)
    lanes = _lanes(np.flatnonzero(blocks.any(axis=1)).tolist())
    packed = []
    for first in range(0, len(lanes), BLOCKS):
        chunk = lanes[first : first + BLOCKS]
        weights = [blocks[index].tobytes() if used else bytes(BLOCK) for index, used in chunk]
        packed.append(bytes(index for index, _ in chunk) + b"".join(weights))
    return b"".join(packed)


def _lanes(taken: list[int]) -> list[tuple[int, bool]]:
    """Block indices for whole chunks, at least one; with each, whether its weights count.

    Each two that are loaded together lie in different banks, or are the same word: the fullest banks come first, and
    where one is left alone, it has itself beside it.
    """
    banks = [[index for index in taken if index % BANKS == bank] for bank in range(BANKS)]
    found: list[tuple[int, bool]] = []
    while any(banks):
        one, other = sorted(banks, key=len, reverse=True)[:2]
        index = one.pop(0)
        found += [(index, True), (other.pop(0), True) if other else (index, False)]
    return found + [(0, False)] * (-len(found) % BLOCKS or BLOCKS * (not found))


def chunks(stream: npt.NDArray[np.int32], depth: int) -> tuple[int, int]:
    """(groups of four channels, chunks of all) of a stream.

    Args:
        stream: as `pack` made it.
        depth: taps of a channel.
    """
    data, at, groups, found = stream.astype("<i4").tobytes(), 0, 0, 0
    segments = -(-depth // SEGMENT)
    while at < len(data) - CHANNELS - CHUNK:
        for _ in range(segments):
            count = CHANNELS + sum(data[at : at + CHANNELS])
            at += CHANNELS + count * CHUNK + BLOCKS + 4 * (segments > 1)
            found += count
        at += 4 * (1 + 3 * CHANNELS)
        groups += 1
    return groups, found


def features(call: KernelCall) -> Features:
    """Cost rule: tiles, runs of them, groups of four channels, their segments, chunks of blocks; what is copied."""
    tiles, depth, pool = helium.tile_features(call)["tile"], integer(call, "depth"), integer(call, "pool")
    groups, gathered = chunks(array(call, "stream").data, depth)
    segments = -(-depth // SEGMENT)
    rows, width = integer(call, "window.batches") * integer(call, "window.output_h"), integer(call, "window.output_w")
    collect = integer(call, "collect")
    apart = outputs(call) < CHANNELS or (rows * width if collect else width) < TILE
    return {
        "tile": tiles,
        **({"run": tiles, **helium_dense.collected(call)} if collect else _staged(call, rows, width)),
        "apart": rows * width if apart else 0,
        "group": tiles * groups if pool == 1 else 0,
        "pooled_group": tiles * groups if pool == 2 else 0,
        "away": tiles * groups if pool == 1 and integer(call, "min") < integer(call, "zero_point") else 0,
        "segment": tiles * groups * segments if segments > 1 else 0,
        "gathered": tiles * gathered,
    }


def _staged(call: KernelCall, rows: int, width: int) -> Features:
    """Tiles that are copied because they hang over the input's edge; runs: they, one moved back, the others at once."""
    stride = integer(call, "window.stride_w")
    columns = (TILE - 1) * stride + integer(call, "window.kernel_w")
    begins = np.arange(0, width, TILE)
    firsts = np.minimum(begins, max(width - TILE, 0))
    at = firsts * stride - integer(call, "window.pad_left")
    outside = (at < 0) | (at + columns > integer(call, "window.input_w"))
    apart = outside | (firsts < begins) | (outputs(call) < CHANNELS)
    staged = rows * int(outside.sum())
    return {
        "run": rows * (int(apart.sum()) + (not apart.all())),
        "staged": staged,
        "staged_vector": staged * -(-columns * integer(call, "window.input_c") // TAPS),
    }
