"""What is stored of a sparse matrix for FULLY_CONNECTED: groups of weights, 1x4 blocks, or a bitmap.

See firmware/lib/nn/ecgp_matrix_sparse.h and ecgp_fully_connected_bitmap.c. Words are little-endian int32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["READ_BEHIND", "ROW_END", "WORD", "Stream", "bitmap", "block_counts", "blocks", "groups", "words_of"]

Words = npt.NDArray[np.int32]

WORD = 4
"""Weights in a word."""
MAX_DISTANCE = 255
MAX_BLOCKS = MAX_DISTANCE // WORD
"""How far a block may be from the one before."""
BLOCK_SUMS = 1 << 23
"""What sums of the block variant must stay below; firmware/lib/nn/ecgp_matrix_sparse.h."""
READ_BEHIND = 4
"""Words behind a stream of blocks that the kernel reads and does not use."""
BLOCKS_BYTES = 20
"""Four blocks and their distances."""
MAX_COUNT = 65535
ROW_END = 0x0F
BITMAP_ORDER: dict[tuple[int, ...], tuple[int, ...]] = {(0, 1, 3): (1, 0, 3), (0, 2, 3): (0, 3, 2)}
"""Where three weights of four are stored so that the first and the last are both even or both odd."""

# By which of four weights are kept, a bit each: their places, how many, and the order in which they are stored.
_KEPT = [tuple(k for k in range(WORD) if number >> k & 1) for number in range(1 << WORD)]
_COUNTS = np.array([len(places) for places in _KEPT])
_ORDERS = np.array([(*BITMAP_ORDER.get(places, places), *[0] * (WORD - len(places))) for places in _KEPT])


@dataclass(frozen=True)
class Stream:
    """What is stored of the weights of a matrix.

    Attributes:
        counts: uint16 (outputs,), what is stored of each output: groups or blocks.
        words: int32 (words,), all of it, one output after the other.
    """

    counts: npt.NDArray[np.uint16]
    words: Words


def groups(rows: npt.NDArray[np.int8]) -> Stream | None:
    """Sparse: groups of four distances (a word) and four weights (a word).

    A distance is counted from the last input of the group before, in the first group from input 0.

    Args:
        rows: int8 weights (outputs, inputs).

    Returns:
        The stream, None where a count exceeds MAX_COUNT.
    """
    counts: list[int] = []
    stream: list[npt.NDArray[np.uint8]] = []
    for row in rows:
        start, before = len(stream), 0
        left = np.flatnonzero(row).tolist()
        while left:
            near = [place for place in left[:WORD] if place - before <= MAX_DISTANCE]
            left = left[len(near) :]
            values = [int(row[place]) & 0xFF for place in near] + [0] * (WORD - len(near))
            if left and len(near) < WORD:  # the last distance is a bridge
                near.append(before + MAX_DISTANCE)
            near += [near[-1]] * (WORD - len(near))
            stream.append(np.array([place - before for place in near] + values, dtype=np.uint8))
            before = near[-1]
        counts.append(len(stream) - start)
    if max(counts) > MAX_COUNT:
        return None
    return Stream(np.array(counts, dtype=np.uint16), _joined(stream))


def blocks(rows: npt.NDArray[np.int8]) -> Words | None:
    """The 1x4 blocks that are not all zero, as ecgp_matrix_blocks() in firmware/lib/nn/ecgp_matrix_sparse.h takes them.

    Args:
        rows: int8 weights (outputs, inputs).

    Returns:
        The stream, None where a bound of that header does not hold.
    """
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % WORD))).astype(np.int32)
    even, odd = padded[:, 0::2], padded[:, 1::2]
    most, least = (255 * (s * even).clip(0).sum(axis=1) + 128 * np.abs(odd).sum(axis=1) for s in (1, -1))
    if rows.min() < -127 or max(most.max(), least.max()) >= BLOCK_SUMS:
        return None
    words = words_of((256 * even - odd).astype("<i2").view(np.int8))
    stream: list[int] = []
    for row in words:
        distances: list[int] = []
        weights: list[int] = []
        before = 0
        for place in np.flatnonzero(row).tolist():
            while place - before > MAX_BLOCKS:
                before += MAX_BLOCKS
                distances.append(WORD * MAX_BLOCKS)
                weights.append(0)
            distances.append(WORD * (place - before))
            weights.append(int(row[place]))
            before = place
        missing = len(weights) % 2
        distances += [0] * missing
        weights += [0] * missing
        fours, alone = divmod(len(weights), WORD)
        stream.append(BLOCKS_BYTES * fours + 2 * (fours % 2) + alone // 2)
        for start in range(alone - WORD if alone else 0, len(weights), WORD):
            group = slice(max(start, 0), start + WORD)
            stream.append(int.from_bytes(bytes(distances[group]), "little", signed=False))
            stream += weights[group]
    stream += [0] * READ_BEHIND
    return np.array(stream, dtype=np.int64).astype(np.uint32).view(np.int32)


def bitmap(rows: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int8]]:
    """A bit for each weight, and the nonzero weights.

    Args:
        rows: int8 weights (outputs, inputs).

    Returns:
        A byte for eight weights, saying which are not zero, and ROW_END after each output; and those weights. Three
        more are behind the last, for the kernel reads words.
    """
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 8)))
    present = np.packbits(padded != 0, axis=1, bitorder="little")
    present = np.pad(present, ((0, 0), (0, 1)), constant_values=ROW_END)
    fours = padded.reshape(-1, WORD)
    kept = (fours != 0) @ (1 << np.arange(WORD))
    stored = np.take_along_axis(fours, _ORDERS[kept], axis=1)[np.arange(WORD) < _COUNTS[kept, None]]
    return present, np.append(stored, np.zeros(3, np.int8))


def block_counts(stream: Words) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Of each output: fours of blocks, and whether there is a pair."""
    found, at = [], 0
    while at < len(stream) - READ_BEHIND:
        fours, pair = int(stream[at]) // BLOCKS_BYTES, int(stream[at]) & 1
        found.append((fours, pair))
        at += 1 + 3 * pair + 5 * fours
    counts = np.array(found, dtype=np.int32)
    return counts[:, 0], counts[:, 1]


def words_of(rows: npt.NDArray[np.int8]) -> npt.NDArray[np.int32]:
    """Rows as words of four weights, padded with zeros: (outputs, words)."""
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % WORD)))
    return np.ascontiguousarray(padded).view("<i4").astype(np.int32)


def _joined(parts: list[npt.NDArray[np.uint8]]) -> Words:
    """Bytes as words; a single word that nobody reads where there are none, for C knows no empty array."""
    data = np.concatenate(parts) if parts else np.zeros(WORD, dtype=np.uint8)
    return data.view("<i4").astype(np.int32)
