"""Convolutions by blocks of four weights, of which those are left out that are all zero, on cores with SMLAD.

See firmware/lib/nn/ecgp_smlad.h for the trick, ecgp_conv_smlad.h for the layout of the expanded input.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, array, integer, outputs
from ecgprune.codegen.lowering.rescaling import rescale
from ecgprune.codegen.lowering.window import Window

__all__ = ["SPARSE", "Expansion", "calls", "features"]

SPARSE = "ecgp_conv_sparse_blocks_smlad_s8"

TILE = 8
"""Positions multiplied side by side; ECGP_SMLAD_TILE in firmware/lib/nn/ecgp_smlad.h."""
ENTRY, BACK = 3, 1
"""Words of an entry; ECGP_SMLAD_ENTRY. BACK (ECGP_SMLAD_BACK) is added to every delta, so that none is 0."""
OFFSET = 128
"""What is added to the inputs of a block's weights 0 and 2."""
MAX_DELTA = 255
CHUNKS = (TILE, 2 * TILE, 4 * TILE, 8 * TILE, 16 * TILE)
"""About so many positions have the chunks that are offered; more of them are faster, fewer take less RAM."""
SMALL_INPUT, CHUNK_BYTES = 1024, (1152, 4096)
"""Chunks of more tiles than one are offered up to so many bytes: inputs below SMALL_INPUT belong to small networks."""


@dataclass(frozen=True)
class Expansion:
    """How input is expanded; the fields of those names in firmware/lib/nn/ecgp_conv_smlad.h.

    Attributes:
        chunk: positions of a chunk.
        phases: columns between two positions that a block may read, 1 to the stride.
        run: bytes that a column yields.
        length: words of one plane.
    """

    chunk: int
    phases: int
    run: int
    length: int

    @classmethod
    def of(cls, at: Window, chunk: int) -> Expansion:
        """The expansion: a column yields its channels, or the row of its window where those do not come in fours.

        Args:
            at: how the kernel slides over the input.
            chunk: positions of a chunk.
        """
        if at.input_c % 4 and at.dilation_w == 1:
            return cls(chunk, 1, at.kernel_w * at.input_c, chunk)
        reach = (at.kernel_w - 1) * at.dilation_w
        return cls(chunk, min(at.stride_w, reach + 1), at.input_c, chunk + reach // at.stride_w)

    @property
    def planes(self) -> int:
        """Planes of one kernel row and phase."""
        return -(-self.run // 4)

    def words(self, at: Window) -> int:
        return at.kernel_h * self.phases * self.planes * self.length

    def blocks(self, at: Window, weights: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
        """Cuts weights into blocks of four.

        Args:
            at: how the kernel slides over the input.
            weights: int8 (outputs, kernel rows, kernel columns, channels).

        Returns:
            The word of four inputs that each block begins to read at, int64 (blocks,), rising; and the blocks, int8
            (outputs, blocks, 4).
        """
        outputs = len(weights)
        if self.run != at.input_c:
            weights = weights.reshape(outputs, at.kernel_h, 1, self.run)
        rows = np.arange(at.kernel_h)[:, None, None] * self.phases
        columns = np.arange(weights.shape[2])[None, :, None] * at.dilation_w
        line = (rows + columns % at.stride_w) * self.planes + np.arange(self.planes)
        offsets = (line * self.length + columns // at.stride_w).reshape(-1)
        padded = np.pad(weights, [(0, 0), (0, 0), (0, 0), (0, 4 * self.planes - self.run)])
        order = np.argsort(offsets)
        return offsets[order], padded.reshape(outputs, -1, 4)[:, order]


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
    sizes = [Expansion.of(at, chunk) for chunk in _chunks(at.output_w)]
    offered = [e for e in sizes if 4 * e.words(at) <= limit or e.chunk == TILE]
    return [_call(dense, at, rescaling, weights, e) for e in offered]


def _chunks(width: int) -> list[int]:
    """Positions of a chunk, whole tiles, so that a row is cut evenly; the largest first."""
    counts = sorted({-(-width // size) for size in CHUNKS})
    return sorted({-(-width // (count * TILE)) * TILE for count in counts} | {TILE}, reverse=True)


def _call(
    dense: KernelCall, at: Window, rescaling: Params, weights: npt.NDArray[np.int8], expansion: Expansion
) -> KernelCall:
    offsets, blocks = _split(*expansion.blocks(at, weights))
    channels = [_stream(offsets, b, b.any(axis=1)) for b in blocks]
    bias = rescaling["requant.bias"]
    assert isinstance(bias, Array)
    unsigned = bias.data - OFFSET * blocks[:, :, 0::2].sum(axis=(1, 2), dtype=np.int32)
    deltas = [np.array([*path, 0], np.uint8) for path, _ in channels]
    entries = ENTRY * max(d.size for d in deltas)
    stored = np.concatenate([*(w for _, w in channels), np.zeros(4, np.int8)])
    return replace(
        dense,
        kernel=SPARSE,
        header="ecgp_conv_smlad.h",
        params_type="ecgp_conv_smlad_params",
        params={
            **at.rows,
            **rescaling,
            "requant.bias": replace(bias, data=unsigned),
            "pool": 1,
            **vars(expansion),
            "outputs": len(blocks),
            "entries": entries,
            "deltas": Array("deltas", "uint8_t", np.concatenate(deltas)),
            "weights": Array("weights", "int8_t", stored),
        },
        scratch_bytes=4 * (entries + expansion.words(at)),
    )


def _split(
    offsets: npt.NDArray[np.int64], blocks: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
    """Splits a w0 or w2 of -128 between a block and one that follows it, so that w1 - 256 * w0 is an int16."""
    rest = np.where(blocks == -OFFSET, -1, 0).astype(np.int8)
    rest[:, :, 1::2] = 0
    twice = np.flatnonzero(rest.any(axis=(0, 2)))
    return np.insert(offsets, twice + 1, offsets[twice]), np.insert(blocks - rest, twice + 1, rest[:, twice], axis=1)


def _stream(
    offsets: npt.NDArray[np.int64], blocks: npt.NDArray[np.int8], kept: npt.NDArray[np.bool_]
) -> tuple[list[int], npt.NDArray[np.int8]]:
    """The deltas to the kept blocks of one channel, and their weights; blocks of zeros where a delta is too large.

    Weights are w1 - 256 * w0 and w3 - 256 * w2 as int16: the kernel reads all four from that.
    """
    deltas: list[int] = []
    weights: list[npt.NDArray[np.int8]] = []
    before = 0
    for index in np.flatnonzero(kept):
        delta = int(offsets[index]) - before + BACK
        before = int(offsets[index])
        while delta > MAX_DELTA:
            deltas.append(MAX_DELTA)
            weights.append(np.zeros(4, np.int8))
            delta -= MAX_DELTA - BACK
        deltas.append(delta)
        weights.append((blocks[index, 1::2] - 256 * blocks[index, 0::2].astype(np.int64)).astype("<i2").view(np.int8))
    return deltas, np.array(weights, np.int8).reshape(-1)


def features(call: KernelCall) -> Features:
    """Cost rule: by chunk, by tile of positions, and by output."""
    width, chunk = integer(call, "window.output_w"), integer(call, "chunk")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    chunks, tiles = rows * -(-width // chunk), rows * -(-width // TILE)
    planes = integer(call, "window.kernel_h") * integer(call, "phases") * -(-integer(call, "run") // 4)
    blocks = _stored_blocks(call)
    pooled = integer(call, "pool") == 2
    full = (integer(call, "requant.min"), integer(call, "requant.max")) == (-128, 127)
    empty = _empty(call)
    channels = outputs(call) - empty
    lengths = [min(chunk, width - x) for x in range(0, width, chunk)]
    direct = rows * channels * sum(-(-n // TILE) for n in lengths if n >= TILE) if full else 0
    other = rows * channels * sum(n for n in lengths if n < TILE or not full)
    back = rows * channels * sum(n > TILE and n % TILE > 0 for n in lengths) if full else 0
    return {
        "chunk": chunks,
        "plane": chunks * planes,
        "expanded_four": planes * (tiles * TILE + chunks * (integer(call, "length") - chunk)),
        "chunk_channel": chunks * channels,
        "chunk_empty": chunks * empty,
        "chunk_block": chunks * blocks,
        "tile_channel": tiles * channels,
        "tile_block": tiles * blocks,
        "value": 0 if pooled else TILE * direct,
        "pooled": TILE // 2 * direct if pooled else 0,
        "back": back,
        "other_tile": tiles * channels - direct,
        "other_value": 0 if pooled else other,
        "other_pooled": other // 2 if pooled else 0,
        "empty_value": rows * (width // integer(call, "pool")) * empty,
    }


def _stored_blocks(call: KernelCall) -> int:
    """Blocks that one position visits, in all channels."""
    return array(call, "weights").data.size // 4 - 1


def _empty(call: KernelCall) -> int:
    """Output channels without blocks: their deltas are a 0 that follows another, or nothing."""
    ends = np.concatenate([[0], array(call, "deltas").data]) == 0
    return int(np.count_nonzero(ends[1:] & ends[:-1]))
