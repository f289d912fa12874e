"""FULLY_CONNECTED on the core's own registers: how each kernel wants its matrix stored, and what it costs.

See firmware/lib/nn/ecgp_matrix.h for the tricks. Words are little-endian int32. The kernel for Helium is in helium.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, Rule, array, integer, outputs, stored_weights

__all__ = ["COSTS", "DENSE", "Stream", "bitmap", "blocks", "calls", "groups", "interleaved", "sums_features"]

DENSE, SMLAD = "ecgp_fully_connected_s8", "ecgp_fully_connected_smlad_s8"
GROUPS, BLOCKS = "ecgp_fully_connected_sparse_s8", "ecgp_fully_connected_sparse_blocks_s8"
BITMAP = "ecgp_fully_connected_sparse_bitmap_s8"

Words = npt.NDArray[np.int32]

WORD = 4
"""Weights in a word."""
TILE = 4
"""Outputs of a tile; ECGP_MATRIX_TILE in firmware/lib/nn/ecgp_matrix.h."""
MAX_DISTANCE = 255
BLOCK_BYTES = 8
"""Bytes of four spread inputs."""
MAX_BLOCKS = MAX_DISTANCE // BLOCK_BYTES
BLOCK_FILL = 2.5
"""The block variant is offered where blocks hold fewer than this many weights for each that is not zero."""
READ_BEHIND = 2
"""Words behind a stream of blocks that the kernel reads and does not use."""
MAX_COUNT = 65535
ROW_END = 0x0F
BITMAP_ORDER: dict[tuple[int, ...], tuple[int, ...]] = {(0, 1, 3): (1, 0, 3), (0, 2, 3): (0, 3, 2)}
"""Where three weights of four are stored so that the first and the last are both even or both odd."""


@dataclass(frozen=True)
class Stream:
    """What is stored of the weights of a matrix.

    Attributes:
        counts: uint16 (outputs,), what is stored of each output: groups or blocks.
        words: int32 (words,), all of it, one output after the other.
    """

    counts: npt.NDArray[np.uint16]
    words: Words


def calls(dense: KernelCall, shape: Params, values: npt.NDArray[np.int8]) -> Iterator[KernelCall]:
    """The variants whose factors and sums keep the bounds of ecgp_matrix_outputs(), dense first.

    Args:
        dense: the variant without bounds.
        shape: the fields that all share, requantized as `rescaling.MATRIX` asks.
        values: int8 weights (outputs, depth).
    """
    depth = values.shape[1]
    yield replace(
        dense,
        kernel=SMLAD,
        params_type="ecgp_fully_connected_smlad_params",
        params={**shape, "weights": Array("weights", "int32_t", interleaved(values))},
        scratch_bytes=-(-depth // WORD) * WORD if depth % WORD else 0,
        takes_scratch=True,
    )
    grouped = groups(values)
    if grouped is not None:
        yield replace(
            dense,
            kernel=GROUPS,
            params_type="ecgp_fully_connected_sparse_params",
            params={
                **shape,
                "counts": Array("counts", "uint16_t", grouped.counts),
                "groups": Array("groups", "int32_t", grouped.words),
            },
        )
    blocked = blocks(values)
    if blocked is not None and WORD * int(blocked.counts.sum()) < BLOCK_FILL * np.count_nonzero(values):
        yield replace(
            dense,
            kernel=BLOCKS,
            params_type="ecgp_fully_connected_blocks_params",
            params={
                **shape,
                "counts": Array("counts", "uint16_t", blocked.counts),
                "blocks": Array("blocks", "int32_t", blocked.words),
            },
            scratch_bytes=2 * (-(-depth // WORD) * WORD),
        )
    present, nonzero = bitmap(values)
    yield replace(
        dense,
        kernel=BITMAP,
        header="ecgp_fully_connected_bitmap.h",
        params_type="ecgp_fully_connected_bitmap_params",
        params={**shape, "bits": Array("bits", "uint8_t", present), "weights": Array("weights", "int8_t", nonzero)},
        scratch_bytes=2 * (-(-depth // 8) * 8),
    )


def interleaved(rows: npt.NDArray[np.int8]) -> Words:
    """Dense: of four outputs a word each in turn, along the inputs; then the outputs left over, one by one."""
    words = _words(rows)
    whole = len(words) // TILE * TILE
    tiled = words[:whole].reshape(-1, TILE, words.shape[1]).transpose(0, 2, 1)
    return np.concatenate([tiled.reshape(-1), words[whole:].reshape(-1)])


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


def blocks(rows: npt.NDArray[np.int8]) -> Stream | None:
    """Blocks of four weights, at multiples of four, that are not all zero.

    A group is a word of distances, in bytes of the input expanded to int16, and four words of weights, last block
    first. The group that comes first has the blocks by which their number exceeds a multiple of four.

    Args:
        rows: int8 weights (outputs, inputs).

    Returns:
        The stream, None where a count exceeds MAX_COUNT.
    """
    counts: list[int] = []
    stream: list[npt.NDArray[np.uint8]] = []
    for row in np.ascontiguousarray(np.pad(rows, ((0, 0), (0, -rows.shape[1] % WORD)))).reshape(len(rows), -1, WORD):
        distances: list[int] = []
        weights: list[npt.NDArray[np.int8]] = []
        before = 0
        for place in np.flatnonzero(row.any(axis=1)).tolist():
            while place - before > MAX_BLOCKS:
                before += MAX_BLOCKS
                distances.append(BLOCK_BYTES * MAX_BLOCKS)
                weights.append(np.zeros(WORD, dtype=np.int8))
            distances.append(BLOCK_BYTES * (place - before))
            weights.append(row[place])
            before = place
        start = 0
        while start < len(distances):
            end = start + ((len(distances) - start) % WORD or WORD)
            group = distances[start:end][::-1]
            stream.append(np.array(group + [0] * (WORD - len(group)), dtype=np.uint8))
            stream += [w.view(np.uint8) for w in weights[start:end][::-1]]
            start = end
        counts.append(len(distances))
    if max(counts) > MAX_COUNT:
        return None
    stream += [np.zeros(WORD, dtype=np.uint8)] * READ_BEHIND
    return Stream(np.array(counts, dtype=np.uint16), _joined(stream))


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
    weights: list[npt.NDArray[np.int8]] = []
    for four in fours:
        places = tuple(np.flatnonzero(four).tolist())
        weights.append(four[list(BITMAP_ORDER.get(places, places))])
    weights.append(np.zeros(3, dtype=np.int8))
    return present, np.concatenate(weights)


def _words(rows: npt.NDArray[np.int8]) -> npt.NDArray[np.int32]:
    """Rows as words of four weights, padded with zeros: (outputs, words)."""
    padded = np.pad(rows, ((0, 0), (0, -rows.shape[1] % WORD)))
    return np.ascontiguousarray(padded).view("<i4").astype(np.int32)


def _joined(parts: list[npt.NDArray[np.uint8]]) -> Words:
    """Bytes as words; a single word that nobody reads where there are none, for C knows no empty array."""
    data = np.concatenate(parts) if parts else np.zeros(WORD, dtype=np.uint8)
    return data.view("<i4").astype(np.int32)


def _dense_features(call: KernelCall) -> Features:
    rows = integer(call, "rows")
    return {"row": rows, "weight": rows * stored_weights(call), "output": rows * outputs(call)}


def sums_features(rows: int, count: int, *depths: int) -> Features:
    """What ecgp_matrix_sums() does for `count` outputs of each of the matrices, of these depths.

    Words of four weights in tiles of four outputs, and of the outputs left over; on Helium four words at once.
    """
    words = [-(-depth // WORD) for depth in depths]
    tiles, alone = rows * (count // TILE), rows * (count % TILE)
    return {
        "tile": tiles,
        "tile_word": tiles * sum(words),
        "tile_vector": tiles * sum(n // 4 for n in words),
        "tile_rest": tiles * sum(n % 4 != 0 for n in words),
        "single": alone,
        "single_word": alone * sum(words),
        "single_vector": alone * sum(-(-n // 4) for n in words),
    }


def _smlad_features(call: KernelCall) -> Features:
    rows, count = integer(call, "rows"), outputs(call)
    products = sums_features(rows, count, integer(call, "depth"))
    return {"row": rows, "padded": rows * call.scratch_bytes, **products, "output": rows * count}


def _group_features(call: KernelCall) -> Features:
    rows = integer(call, "rows")
    return {"row": rows, "group": rows * stored_weights(call), "output": rows * outputs(call)}


def _block_features(call: KernelCall) -> Features:
    """Whole groups of four blocks, and the blocks left over, of all outputs."""
    rows = integer(call, "rows")
    counts = array(call, "counts").data
    alone = counts % 4
    return {
        "row": rows,
        "spread": rows * call.scratch_bytes / 8,
        "group": rows * int((counts // 4).sum()),
        "tail": rows * int(np.count_nonzero(alone)),
        "single": rows * int(alone.sum()),
        "output": rows * outputs(call),
    }


def _bitmap_features(call: KernelCall) -> Features:
    """Bytes of eight weights, weights that are alone or two of four, and fours of three or four."""
    rows, bits = integer(call, "rows"), array(call, "bits").data
    present = np.unpackbits(bits[:, :-1], axis=1).reshape(-1, 4).sum(axis=1)
    return {
        "row": rows,
        "spread": rows * call.scratch_bytes / 8,
        "byte": rows * bits.size,
        "weight": rows * int(present[present < 3].sum()),
        "most": rows * int(np.count_nonzero(present >= 3)),
        "output": rows * outputs(call),
    }


COSTS: dict[str, Rule] = {
    DENSE: _dense_features,
    SMLAD: _smlad_features,
    GROUPS: _group_features,
    BLOCKS: _block_features,
    BITMAP: _bitmap_features,
}
"""The cost rules of all kernels here."""
