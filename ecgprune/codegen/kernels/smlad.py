"""Convolutions by blocks of four weights, of which those are left out that are all zero, on cores with SMLAD.

See firmware/lib/nn/ecgp_smlad.h for the loops, ecgp_conv_smlad.h for the layout of the expanded input.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import sparse
from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, array, integer, outputs
from ecgprune.codegen.lowering.rescaling import rescale
from ecgprune.codegen.lowering.window import Window

__all__ = ["SPARSE", "Expansion", "calls", "entries", "features"]

SPARSE = "ecgp_conv_sparse_blocks_smlad_s8"

TILE = 8
"""Positions multiplied side by side; ECGP_SMLAD_TILE in firmware/lib/nn/ecgp_smlad.h."""
WORDS = 2
"""Words of inputs of a position; ECGP_SMLAD_WORDS."""
APART = 2
"""How far apart two blocks of one entry are, at most; ECGP_SMLAD_APART."""
ORDER = (0, 4, 2, 6, 1, 5, 3, 7)
"""The weights of two blocks as an entry of both has them."""
PLANE, NEIGHBOURS = 2.0, 0.88
"""What a plane costs in blocks, expanded at each position; and a block that may have a neighbour, in blocks without."""
MOST_RIGHT = 12
"""Outputs shifted further are not finished from the registers; ECGP_SMLAD_MOST_RIGHT."""
CHUNKS = (TILE, 2 * TILE, 4 * TILE, 8 * TILE, 16 * TILE)
"""About so many positions have the chunks that are offered; more of them are faster, fewer take less RAM."""
SMALL_INPUT, CHUNK_BYTES = 1024, (2304, 6400)
"""Chunks of more tiles than one are offered up to so many bytes: inputs below SMALL_INPUT belong to small networks."""


@dataclass(frozen=True)
class Expansion:
    """How input is expanded; the fields of those names in firmware/lib/nn/ecgp_conv_smlad.h.

    Attributes:
        chunk: positions of a chunk.
        phases: columns between two positions that a block may read, 1 to the stride.
        length: positions of one plane.
        starts: where each plane begins, in bytes from its column's first.
        ends: where its weights end, up to four bytes behind.
        columns: columns of a kernel row that a plane serves: all, or 1 where planes go through a window's whole row.
    """

    chunk: int
    phases: int
    length: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    columns: int

    @classmethod
    def sizes(cls, at: Window, weights: npt.NDArray[np.int8]) -> list[Expansion]:
        """The expansions: planes of a column's channels, or of the row of its window where that takes fewer blocks.

        Args:
            at: how the kernel slides over the input.
            weights: int8 (outputs, kernel rows, kernel columns, channels).
        """
        chunks = _chunks(at.output_w)
        cost, starts = _cut(weights)
        if at.dilation_w == 1 and at.kernel_w > 1:
            cost_of_row, cuts = _cut(weights.reshape(len(weights), at.kernel_h, 1, -1))
            if cost_of_row < NEIGHBOURS * cost:
                return [cls(chunk, 1, chunk, cuts, (*cuts[1:], at.kernel_w * at.input_c), 1) for chunk in chunks]
        reach = (at.kernel_w - 1) * at.dilation_w
        phases, more = min(at.stride_w, reach + 1), reach // at.stride_w
        ends = (*starts[1:], at.input_c)
        return [cls(chunk, phases, chunk + more, starts, ends, at.kernel_w) for chunk in chunks]

    def scratch_bytes(self, at: Window) -> int:
        """The planes, and a position before the first."""
        return 4 * WORDS * (at.kernel_h * self.phases * len(self.starts) * self.length + 1)

    def blocks(self, at: Window, weights: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
        """Cuts weights into blocks of four.

        Args:
            at: how the kernel slides over the input.
            weights: int8 (outputs, kernel rows, kernel columns, channels).

        Returns:
            The position that each block begins to read at, int64 (blocks,), rising; and the blocks, int8
            (outputs, blocks, 4).
        """
        outputs, planes = len(weights), len(self.starts)
        weights = weights.reshape(outputs, at.kernel_h, self.columns, -1)
        rows = np.arange(at.kernel_h)[:, None, None] * self.phases
        columns = np.arange(self.columns)[None, :, None] * at.dilation_w
        line = (rows + columns % at.stride_w) * planes + np.arange(planes)
        offsets = (line * self.length + columns // at.stride_w).reshape(-1)
        blocks = np.zeros((*weights.shape[:3], planes, 4), np.int8)
        for plane, (start, end) in enumerate(zip(self.starts, self.ends, strict=True)):
            blocks[..., plane, : end - start] = weights[..., start:end]
        order = np.argsort(offsets)
        return offsets[order], blocks.reshape(outputs, -1, 4)[:, order]


def _cut(weights: npt.NDArray[np.int8]) -> tuple[float, tuple[int, ...]]:
    """Cuts channels into planes of up to four, so that blocks and planes cost the least: channels may be left out.

    Args:
        weights: int8 (outputs, kernel rows, kernel columns, channels).

    Returns:
        The cost in blocks, and where the planes begin.
    """
    taken = weights.reshape(-1, weights.shape[3]) != 0
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for end in range(1, weights.shape[3] + 1):
        cuts = []
        for start in range(max(0, end - 4), end):
            cost, starts = best[start]
            blocks = int(np.count_nonzero(taken[:, start:end].any(axis=1)))
            cuts.append((cost + blocks + PLANE, (*starts, start)))
        best.append(min(cuts))
    return best[-1]


def calls(dense: KernelCall, at: Window, requant: Params, weights: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The variants for chunks of several sizes, or nothing where a bound does not hold.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        weights: int8 (outputs, kernel rows, kernel columns, channels), one group.
    """
    rescaling = rescale(requant, weights.reshape(len(weights), -1))
    if rescaling is None:
        return []
    limit = CHUNK_BYTES[at.input_h * at.input_w * at.input_c >= SMALL_INPUT]
    offered = [e for e in Expansion.sizes(at, weights) if e.scratch_bytes(at) <= limit or e.chunk == TILE]
    return [_call(dense, at, rescaling, weights, e) for e in offered]


def _chunks(width: int) -> list[int]:
    """Positions of a chunk, whole tiles, so that a row is cut evenly; the largest first."""
    counts = sorted({-(-width // size) for size in CHUNKS})
    return sorted({-(-width // (count * TILE)) * TILE for count in counts} | {TILE}, reverse=True)


def _call(
    dense: KernelCall, at: Window, rescaling: Params, weights: npt.NDArray[np.int8], expansion: Expansion
) -> KernelCall:
    offsets, blocks = expansion.blocks(at, weights)
    stream = [value for channel in blocks for value in _lists(offsets, channel)]
    return replace(
        dense,
        kernel=SPARSE,
        header="ecgp_conv_smlad.h",
        params_type="ecgp_conv_smlad_params",
        params={
            **at.rows,
            **rescaling,
            "pool": 1,
            "chunk": expansion.chunk,
            "phases": expansion.phases,
            "planes": len(expansion.starts),
            "starts": Array("starts", "uint16_t", np.array(expansion.starts, np.uint16)),
            "length": expansion.length,
            "outputs": len(blocks),
            "entries": Array("entries", "uint8_t", np.array(stream + 8 * [0]).astype(np.uint8)),  # eight are read ahead
        },
        scratch_bytes=expansion.scratch_bytes(at),
    )


def _lists(offsets: npt.NDArray[np.int64], blocks: npt.NDArray[np.int8]) -> list[int]:
    """The first entry of a channel, then three lists, a 0 behind each: single blocks, pairs one apart, two apart.

    The first entry begins the sums, so there is one in any case: a single block, one of a pair, or one of zeros.

    Args:
        offsets: the position that each block reads, rising.
        blocks: int8 (blocks, 4).
    """
    kept = {int(offsets[k]): blocks[k].tolist() for k in np.flatnonzero(blocks.any(axis=1))}
    singles, pairs = sparse.paired(kept, APART)
    place, first = _begun(singles, pairs)
    stream = [place + 1, *first]
    for found in (singles, *pairs):
        for distance, *weights in sparse.with_deltas([(at, *values) for at, values in found], -1):
            stream += [distance, *([weights[k] for k in ORDER] if len(weights) == len(ORDER) else weights)]
        stream.append(0)
    return stream


def _begun(singles: list[sparse.Entry], pairs: list[list[sparse.Entry]]) -> sparse.Entry:
    """Takes the entry that begins the sums from the lists; a pair is split for it where there is no single block."""
    furthest = next((n for n in range(APART, 0, -1) if pairs[n - 1]), None)
    if not singles and furthest is not None:
        place, both = pairs[furthest - 1].pop(0)
        singles += [(place, both[:4]), (place + furthest, both[4:])]
    near = next((n for n, (place, _) in enumerate(singles) if place < sparse.MAX_DELTA), None)
    return (0, [0] * 4) if near is None else singles.pop(near)


def features(call: KernelCall) -> Features:
    """Cost rule: by chunk, by tile of positions, and by output."""
    width, chunk = integer(call, "window.output_w"), integer(call, "chunk")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    chunks, tiles = rows * -(-width // chunk), rows * -(-width // TILE)
    planes = integer(call, "window.kernel_h") * integer(call, "phases") * integer(call, "planes")
    pairs, singles = entries(call)
    pooled = integer(call, "pool") == 2
    full = (integer(call, "requant.min"), integer(call, "requant.max")) == (-128, 127)
    full = full and int(array(call, "requant.shift").data.min()) >= -MOST_RIGHT
    channels = outputs(call)
    lengths = [min(chunk, width - x) for x in range(0, width, chunk)]
    direct = rows * channels * sum(-(-n // TILE) for n in lengths if n >= TILE) if full else 0
    other = rows * channels * sum(n for n in lengths if n < TILE or not full)
    back = rows * channels * sum(n > TILE and n % TILE > 0 for n in lengths) if full else 0
    return {
        "chunk": chunks,
        "plane": chunks * planes,
        "expanded_four": planes * (tiles * TILE + chunks * (integer(call, "length") - chunk)),
        "chunk_channel": chunks * channels,
        "tile_channel": tiles * channels,
        "tile_block": tiles * singles,
        "tile_pair": tiles * pairs,
        "value": 0 if pooled else TILE * direct,
        "pooled": TILE // 2 * direct if pooled else 0,
        "back": back,
        "other_tile": tiles * channels - direct,
        "other_value": 0 if pooled else other,
        "other_pooled": other // 2 if pooled else 0,
    }


def entries(call: KernelCall) -> tuple[int, int]:
    """Entries of two blocks that one position visits, in all channels, and entries of one; bridges are among them."""
    stream = array(call, "entries").data.tolist()
    counts = [0] * (APART + 1)
    at = 0
    for _ in range(outputs(call)):
        counts[0] += 1
        at += 5
        for number in range(APART + 1):
            size = 5 if number == 0 else 9
            while stream[at]:
                counts[number] += 1
                at += size
            at += 1
    return sum(counts[1:]), counts[0]
