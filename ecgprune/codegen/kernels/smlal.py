"""Sparse convolutions with SMLAL, two positions per word, and max pooling in the same call.

See firmware/lib/nn/ecgp_smlal.h for the trick and its bound, ecgp_conv_smlal.h for the layout of the words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import sparse
from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, array, integer, outputs, path
from ecgprune.codegen.lowering.rescaling import rescale
from ecgprune.codegen.lowering.window import Window
from ecgprune.codegen.order import Steps
from ecgprune.graph.graph import Op

__all__ = ["KERNEL", "Packing", "calls", "features", "order", "with_max_pool"]

KERNEL = "ecgp_conv_sparse_smlal_s8"
WORDS = 4
"""Words multiplied side by side; ECGP_SMLAL_WORDS in firmware/lib/nn/ecgp_smlal.h."""
SCRATCH_BYTES = (1024, 4096)
"""A chunk's words take up to 3/2 of the input, within these ends, or they are those of one tile."""
SUM_LIMIT = 1 << 22
POOLED = 2
LEAST_PAIRS = 2
"""With fewer pairs in a channel, starting their loop costs more than they save."""


@dataclass(frozen=True)
class Packing:
    """How input is packed; the fields of those names in firmware/lib/nn/ecgp_conv_smlal.h.

    Attributes:
        distance: positions of half a chunk, a multiple of 4.
        phases: columns between two positions that a weight may read, 1 to the stride.
        length: words of one channel and phase.
    """

    distance: int
    phases: int
    length: int

    @classmethod
    def sizes(cls, at: Window, limit: int = 0) -> list[Packing]:
        """Rows cut into as few chunks as `limit` allows, then into twice as many, down to chunks of one tile.

        Args:
            at: how the kernel slides over the input.
            limit: bytes that the words may take; 0: 1.5 for each input value, clamped to SCRATCH_BYTES.
        """
        limit = limit or sorted((3 * at.input_h * at.input_w * at.input_c // 2, *SCRATCH_BYTES))[1]
        reach = (at.kernel_w - 1) * at.dilation_w
        tiles = -(-at.output_w // (2 * WORDS))
        found: list[Packing] = []
        chunks = 1
        while not found or found[-1].distance > WORDS:
            distance = WORDS * -(-tiles // chunks)
            packing = cls(distance, min(at.stride_w, reach + 1), distance + reach // at.stride_w)
            fits = 4 * packing.words(at) <= limit or distance == WORDS
            if fits:
                found.append(packing)
            chunks = 2 * chunks if fits else chunks + 1
        return found

    def words(self, at: Window) -> int:
        """Words of scratch."""
        return at.kernel_h * at.input_c * self.phases * self.length

    def offsets(self, at: Window, channels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The word that a weight's first position reads.

        Args:
            at: how the kernel slides over the input.
            channels: int64, the input channel that each weight reads, of a shape that broadcasts to the result's.

        Returns:
            int64 (outputs, kernel_h, kernel_w, inputs).
        """
        columns = np.arange(at.kernel_w, dtype=np.int64)[None, None, :, None] * at.dilation_w
        rows = np.arange(at.kernel_h, dtype=np.int64)[None, :, None, None]
        line = (rows * at.input_c + channels) * self.phases + columns % at.stride_w
        return np.asarray(line * self.length + columns // at.stride_w)


def calls(
    dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8], channels: npt.NDArray[np.int64]
) -> list[KernelCall]:
    """The sparse variants with two positions per word, the fewest chunks first; none where a bound does not hold.

    Bounds are those of the sums, factors and counts, and a row of WORDS positions.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        rows: int8 weights (output channels, taps).
        channels: the input channel that each weight reads; see `Packing.offsets`.
    """
    rescaling = rescale(requant, rows, sum_limit=SUM_LIMIT)
    if rescaling is None or at.output_w < WORDS:
        return []
    return [_call(dense, at, rescaling, rows, channels, packing) for packing in Packing.sizes(at)
            if rows.shape[1] + packing.words(at) // sparse.MAX_DELTA <= sparse.MAX_COUNT]  # taps and bridges


def _call(
    dense: KernelCall, at: Window, rescaling: Params, rows: npt.NDArray[np.int8], channels: npt.NDArray[np.int64],
    packing: Packing,
) -> KernelCall:  # fmt: skip
    offsets = packing.offsets(at, channels).reshape(len(rows), -1)
    order = np.argsort(offsets, axis=1)
    counts, entries = _stream(np.take_along_axis(rows, order, 1), np.take_along_axis(offsets, order, 1))
    return replace(
        dense,
        kernel=KERNEL,
        header="ecgp_conv_smlal.h",
        params_type="ecgp_conv_smlal_params",
        params={
            **at.rows,
            **rescaling,
            "pool": 1,
            **vars(packing),
            "outputs": len(rows),
            "counts": Array("counts", "uint16_t", counts),
            "entries": Array("entries", "uint8_t", entries),
        },
        scratch_bytes=4 * packing.words(at),
    )


def _stream(
    rows: npt.NDArray[np.int8], offsets: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """The weights that are not zero: of each channel pairs that read neighbouring words, then those that are left.

    Args:
        rows: int8 (output channels, taps).
        offsets: the word that each tap reads, rising along the taps, of a shape that broadcasts to that of `rows`.

    Returns:
        Pairs and single weights of each channel, uint16 (output channels, 2), one weight at least, maybe zero; and
        all entries and a byte, uint8.
    """
    counts: list[tuple[int, int]] = []
    stream: list[int] = []
    for row, places in zip(rows, np.broadcast_to(offsets, rows.shape), strict=True):
        taps = {int(places[k]): [int(row[k]) & 0xFF] for k in np.flatnonzero(row)}
        singles, (pairs,) = sparse.paired(taps, 1)
        if len(pairs) < LEAST_PAIRS:
            pairs, singles = [], list(taps.items())
        if not pairs + singles:
            singles = [(0, [0])]
        found = [sparse.with_deltas((at, *weights) for at, weights in entries) for entries in (pairs, singles)]
        counts.append((len(found[0]), len(found[1])))
        stream += [value for entries in found for entry in entries for value in entry]
    return np.array(counts, dtype=np.int64).astype(np.uint16), np.array([*stream, 0], dtype=np.uint8)


def with_max_pool(conv: KernelCall, pool: Op, pooling: KernelCall) -> KernelCall | None:
    """`conv` and the max pooling that follows it in one call, None where the kernel cannot do that.

    Rescaling is monotone within a channel, so the largest accumulator gives the largest output.
    """
    wanted: Params = {"filter_h": 1, "stride_h": 1, "filter_w": POOLED, "stride_w": POOLED, "pad_top": 0, "pad_left": 0}
    pools, columns = path(conv, "pool"), path(conv, "window.output_w")
    if pools is None or columns is None or pooling.kernel != "ecgp_max_pool_s8" or integer(conv, pools) != 1:
        return None
    width = integer(conv, columns)
    wanted |= {"min": -128, "max": 127, "input_w": width, "channels": outputs(conv)}  # a reshape may lie in between
    wanted |= {"batches": integer(conv, "window.batches"), "input_h": integer(conv, "window.output_h")}
    if any(pooling.params[name] != value for name, value in wanted.items()):
        return None
    if pooling.params["output_w"] != width // POOLED or width // POOLED * POOLED < WORDS:
        return None
    params = {**conv.params, pools: POOLED, columns: width // POOLED * POOLED}
    return replace(conv, params=params, outputs=pooling.outputs, fused=pool.index)


def order(call: KernelCall) -> Steps:
    """Chunks of a row: a chunk may go back to end with the row."""
    lower, distance = _chunks(call)
    ends = np.minimum(lower + 2 * distance, integer(call, "window.output_w"))
    return Steps(list(zip(lower.tolist(), ends.tolist(), strict=True)), copied=True)


def _chunks(call: KernelCall) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First position and positions of half of each chunk of a row, as convolve() in ecgp_conv_smlal.c cuts it."""
    width, half = integer(call, "window.output_w"), integer(call, "distance")
    x = np.arange(0, width, 2 * half)
    distance = np.minimum(WORDS * -(-(width - x) // (2 * WORDS)), half)
    return np.minimum(x, width - distance), distance


def features(call: KernelCall) -> Features:
    """Cost rule: chunks of tiles of 8 positions; words whose columns may lie in the padding take longer to pack."""
    width, distance, pool = (integer(call, field) for field in ("window.output_w", "distance", "pool"))
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    chunks = rows * -(-width // (2 * distance))
    tiles = rows * -(-width // 8)
    counts = array(call, "counts").data.astype(np.int64).reshape(outputs(call), -1)  # of codes there are no pairs
    pairs = int(counts[:, 0].sum()) if counts.shape[1] > 1 else 0
    values = rows * (width // pool) * outputs(call)
    clamped = (integer(call, "requant.min"), integer(call, "requant.max")) != (-128, 127)
    return {
        **_packed(call, rows),
        "chunk": chunks,
        "chunk_channel": chunks * outputs(call),
        "tile_channel": tiles * outputs(call) * (pool == 1),
        "pooled_channel": tiles * outputs(call) * (pool == 2),
        "tile_weight": tiles * int(counts[:, -1].sum()),
        "tile_pair": tiles * pairs,
        "tile_pairs": tiles * int(np.count_nonzero(counts[:, 0])) * (counts.shape[1] > 1),
        "clamped": values * clamped,
    }


def _packed(call: KernelCall, rows: int) -> Features:
    """What ecgp_smlal_pack.h does: kernel rows of a chunk and phase, their lines, their words, and those at an edge."""
    names = ("input_w", "input_c", "kernel_h", "stride_w", "pad_left", "output_w")
    columns, channels, kernel_h, stride, pad, width = (integer(call, f"window.{name}") for name in names)
    lower, distance = _chunks(call)
    apart = np.minimum(distance, width - distance - lower) * stride
    column = lower * stride - pad + np.arange(integer(call, "phases"))[:, None]
    count = np.broadcast_to(integer(call, "length") - integer(call, "distance") + distance, column.shape)
    first = np.where(column < 0, (stride - 1 - column) // stride, 0)
    end = np.minimum((columns - apart - column + stride - 1) // stride, count)
    within = np.where(first < end, end - first, 0)
    outside = _padding_rows(call)
    inside = rows * kernel_h - outside
    edge = inside * int((count - within).sum()) + outside * int(count.sum())
    return {
        "chunk_row": (inside + outside) * column.size,
        "chunk_line": inside * channels * int(np.count_nonzero(within)),
        "word": inside * channels * int(within.sum()),
        "edge": edge,
        "edge_word": edge * channels,
    }


def _padding_rows(call: KernelCall) -> int:
    """Kernel rows that lie above or below the input, in all rows of the output."""
    names = ("output_h", "kernel_h", "stride_h", "dilation_h", "pad_top", "input_h", "batches")
    height, kernel, stride, dilation, pad, inputs, batches = (integer(call, f"window.{name}") for name in names)
    row = np.arange(height)[:, None] * stride - pad + np.arange(kernel) * dilation
    return batches * int(np.count_nonzero((row < 0) | (row >= inputs)))
