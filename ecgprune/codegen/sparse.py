"""The sparse stream: nonzero weights with the distances between their inputs; firmware/lib/nn/ecgp_sparse.h reads it.

For each output channel, in order, pairs of bytes (delta, weight): delta (0 to 255) is added to the input pointer,
then weight * input goes to the accumulator. A distance above 255 is bridged by pairs of weight zero: the inner loop
needs no branch, and such distances do not occur at useful densities. `counts` says how many pairs a channel has; a
channel that is pruned away has none. So a nonzero weight costs two bytes, and a zero costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgprune.errors import CodegenError

__all__ = ["MAX_COUNT", "MAX_DELTA", "Stream", "pack", "unpack"]

MAX_DELTA = 255
MAX_COUNT = 65535
"""Pairs of one channel: what a uint16 holds."""


@dataclass(frozen=True)
class Stream:
    """counts: uint16, (channels,). entries: uint8, (2 * sum of counts,), weights as two's complement.

    Where all channels are empty, entries holds one pair that nobody reads.
    """

    counts: npt.NDArray[np.uint16]
    entries: npt.NDArray[np.uint8]


def pack(weights: npt.NDArray[np.int8], offsets: npt.NDArray[np.int64]) -> Stream:
    """The stream of `weights` (channels, taps), zeros left out.

    offsets: the input byte that each tap reads, counted from the window's start: (taps,) or (channels, taps),
    rising along the taps. Raises CodegenError for a channel of more than MAX_COUNT pairs.
    """
    counts: list[int] = []
    pairs: list[tuple[int, int]] = []
    for row, places in zip(weights, np.broadcast_to(offsets, weights.shape), strict=True):
        before, start = 0, len(pairs)
        for tap in np.flatnonzero(row):
            gap = int(places[tap]) - before
            before += gap
            while gap > MAX_DELTA:
                pairs.append((MAX_DELTA, 0))
                gap -= MAX_DELTA
            pairs.append((gap, int(row[tap]) & 0xFF))
        counts.append(len(pairs) - start)
    if counts and max(counts) > MAX_COUNT:
        raise CodegenError(f"a sparse channel has {max(counts)} entries, expected at most {MAX_COUNT}: use dense")
    entries = np.array(pairs or [(0, 0)], dtype=np.uint8).reshape(-1)  # C knows no empty array
    return Stream(np.array(counts, dtype=np.uint16), entries)


def unpack(stream: Stream, size: int) -> npt.NDArray[np.int8]:
    """The weights by input byte: int8 (channels, size), zero where the stream has none. size: bytes of a window."""
    weights = np.zeros((stream.counts.size, size), dtype=np.int8)
    pairs = stream.entries.reshape(-1, 2)
    start = 0
    for channel, count in enumerate(stream.counts):
        mine = pairs[start : start + int(count)]
        places = np.cumsum(mine[:, 0], dtype=np.int64)
        values = mine[:, 1].view(np.int8)
        weights[channel, places[values != 0]] = values[values != 0]
        start += int(count)
    return weights
