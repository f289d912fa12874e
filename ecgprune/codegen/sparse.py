"""The sparse stream: nonzero weights with the distances between their inputs; firmware/lib/nn/ecgp_sparse.h reads it.

For each output channel, in order, entries of two bytes (delta, weight): delta (0 to 255) is added to the input pointer,
then weight * input goes to the accumulator. A distance above 255 is bridged by entries of weight zero: the inner loop
needs no branch, and such distances do not occur at useful densities. `counts` says how many entries a channel has; a
channel that is pruned away has none. So a nonzero weight costs two bytes, and a zero costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgprune.errors import CodegenError

__all__ = ["MAX_COUNT", "MAX_DELTA", "Entry", "Stream", "pack", "paired", "unpack", "with_deltas"]

MAX_DELTA = 255
MAX_COUNT = 65535
"""Entries of one channel: what a uint16 holds."""
Entry = tuple[int, list[int]]
"""What is read at a place, and the weights for it; of a pair the first one's place, and the weights of both."""


@dataclass(frozen=True)
class Stream:
    """The sparse stream of all output channels.

    Attributes:
        counts: uint16 (channels,), entries of each.
        entries: uint8 (2 * sum of counts,), weights as two's complement. Where all channels are empty it holds one that
            nobody reads.
    """

    counts: npt.NDArray[np.uint16]
    entries: npt.NDArray[np.uint8]


def pack(weights: npt.NDArray[np.int8], offsets: npt.NDArray[np.int64]) -> Stream:
    """The stream of some weights, zeros left out.

    Args:
        weights: int8 (channels, taps).
        offsets: the input byte that each tap reads, counted from the window's start: (taps,) or (channels, taps),
            rising along the taps.

    Raises:
        CodegenError: a channel has more than MAX_COUNT entries.
    """
    counts: list[int] = []
    found: list[tuple[int, ...]] = []
    for row, places in zip(weights, np.broadcast_to(offsets, weights.shape), strict=True):
        entries = with_deltas((int(places[tap]), int(row[tap]) & 0xFF) for tap in np.flatnonzero(row))
        counts.append(len(entries))
        found += entries
    if counts and max(counts) > MAX_COUNT:
        raise CodegenError(f"a sparse channel has {max(counts)} entries, expected at most {MAX_COUNT}: use dense")
    stored = np.array(found or [(0, 0)], dtype=np.uint8).reshape(-1)  # C knows no empty array
    return Stream(np.array(counts, dtype=np.uint16), stored)


def with_deltas(entries: Iterable[tuple[int, ...]], before: int = 0) -> list[tuple[int, ...]]:
    """Entries (place, weights) as (distance from the entry before, weights).

    Args:
        entries: in the order of their places, which are integers from `before` on.
        before: the place that the first distance counts from.

    Returns:
        The entries, and weights of zero that bridge distances above MAX_DELTA.
    """
    found: list[tuple[int, ...]] = []
    for place, *weights in entries:
        while place - before > MAX_DELTA:
            found.append((MAX_DELTA, *[0] * len(weights)))
            before += MAX_DELTA
        found.append((place - before, *weights))
        before = place
    return found


def paired(kept: Mapping[int, list[int]], apart: int) -> tuple[list[Entry], list[list[Entry]]]:
    """Puts weights that read near places together, for kernels that load the inputs of two at once.

    Args:
        kept: weights by the place that they read, places rising.
        apart: how far from one another the places of a pair may be.

    Returns:
        Entries without a neighbour, and for each distance from 1 to `apart` the pairs so far apart.
    """
    left = dict(kept)
    singles: list[Entry] = []
    pairs: list[list[Entry]] = [[] for _ in range(apart)]
    for place in kept:
        weights = left.pop(place, None)
        if weights is None:  # the second of a pair
            continue
        distance = next((n for n in range(1, apart + 1) if place + n in left), None)
        if distance is None:
            singles.append((place, weights))
        else:
            pairs[distance - 1].append((place, weights + left.pop(place + distance)))
    return singles, pairs


def unpack(stream: Stream, size: int) -> npt.NDArray[np.int8]:
    """The weights by input byte: int8 (channels, size), zero where the stream has none.

    Args:
        stream: as `pack` made it.
        size: bytes of a window.
    """
    weights = np.zeros((stream.counts.size, size), dtype=np.int8)
    entries = stream.entries.reshape(-1, 2)
    start = 0
    for channel, count in enumerate(stream.counts):
        mine = entries[start : start + int(count)]
        places = np.cumsum(mine[:, 0], dtype=np.int64)
        values = mine[:, 1].view(np.int8)
        weights[channel, places[values != 0]] = values[values != 0]
        start += int(count)
    return weights
