"""Sparse convolutions on Helium: inputs are gathered for the 1x4 blocks that are not zero, four words at once.

See firmware/lib/nn/ecgp_helium_gather.h for the layout of counts and entries.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, array, integer, outputs
from ecgprune.codegen.kernels import helium
from ecgprune.codegen.kernels.helium import TAPS, TILE, Fields
from ecgprune.codegen.lowering.window import Window

__all__ = ["KERNEL", "calls", "features", "pack"]

KERNEL = "ecgp_conv_sparse_blocks_gather_s8"

BLOCK = 4
"""Weights of a block, on multiples of 4 of a field: their inputs are one aligned word."""
BLOCKS = TAPS // BLOCK
"""Of a chunk."""
END = 255
"""What ends the counts of a segment; ECGP_HELIUM_END."""
BANKS = 4
"""Of the data TCM, a word each in turn: a gather of four words takes 2 cycles where each two are of different banks."""
OFFSETS = 256
"""Blocks of a segment: their indices are bytes."""


def calls(dense: KernelCall, at: Window, scaled: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The variant of a convolution that is not grouped; none where blocks do not lie on multiples of 4.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        scaled: the fields of ecgp_requant, as `helium.factors` gives them.
        rows: int8 weights (output channels, taps).
    """
    fields = Fields.of(at, BLOCK)
    if fields.step % BLOCK or not (fields.collect or at.input_c % BLOCK == 0):
        return []
    segment = _cut(fields.depth, BLOCK * OFFSETS)
    counts, entries = pack(rows, segment)
    call = helium.conv_base(dense, fields, scaled, len(rows))
    sparse: Params = {
        "segment": segment,
        "counts": Array("counts", "uint8_t", counts),
        "entries": Array("entries", "uint8_t", entries),
    }
    return [replace(call, kernel=KERNEL, params_type="ecgp_conv_gather_params", params={**call.params, **sparse})]


def _cut(depth: int, longest: int) -> int:
    """The length of segments that are about equal, none above `longest`: a multiple of BLOCK."""
    return -(-depth // (-(-depth // longest) * BLOCK)) * BLOCK


def pack(rows: npt.NDArray[np.int8], segment: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """(counts, entries) as ecgp_helium_gather.h reads them: uint8 (segments, outputs + 1), and (bytes,).

    A chunk has BLOCKS block indices, then TAPS weights; what is left of the last one reads block 0 with weights of 0.
    One chunk more follows the last, for the kernel loads one ahead.

    Args:
        rows: int8 weights (output channels, taps).
        segment: taps, a multiple of BLOCK.
    """
    segments = -(-rows.shape[1] // segment)
    cut = helium.padded(rows, segments * segment).reshape(len(rows), segments, segment // BLOCK, BLOCK)
    counts = np.full((segments, len(rows) + 1), END, np.uint8)
    entries: list[npt.NDArray[np.uint8]] = []
    for number in range(segments):
        for channel, places in enumerate(cut[:, number]):
            taken = _banked(np.flatnonzero(places.any(axis=1)))
            counts[number, channel] = -(-taken.size // BLOCKS)
            for first in range(0, taken.size, BLOCKS):
                chosen = taken[first : first + BLOCKS]
                chunk = np.zeros(BLOCKS + TAPS, np.uint8)
                chunk[: chosen.size] = chosen
                chunk[BLOCKS : BLOCKS + chosen.size * BLOCK] = places[chosen].reshape(-1).view(np.uint8)
                entries.append(chunk)
    entries.append(np.zeros(BLOCKS + TAPS, np.uint8))
    return counts, np.concatenate(entries)


def _banked(taken: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Block indices in an order in which as many neighbours as can be, each two of a gather, lie in different banks."""
    banks = [list(taken[taken % BANKS == bank]) for bank in range(BANKS)]
    found: list[np.intp] = []
    while any(banks):
        fullest = sorted((bank for bank in banks if bank), key=len, reverse=True)
        found += [bank.pop(0) for bank in fullest[:2]]
    return np.array(found, np.intp)


def features(call: KernelCall) -> Features:
    """Cost rule: chunks of blocks; a segment's channels cost the same whether they have any."""
    found = helium.tile_features(call)
    segments = len(array(call, "counts").data)
    return {
        **found,
        **_edges(call),
        "segment": found["tile"] * segments,
        "segment_channel": found["tile"] * segments * outputs(call),
        "gathered": found["tile"] * int(array(call, "counts").data[:, :-1].sum()),
    }


def _edges(call: KernelCall) -> Features:
    """Tiles that are copied because they hang over the input's edge, and rows that are shorter than a tile."""
    if integer(call, "collect"):
        return {"edge": 0, "edge_byte": 0, "short": 0}
    rows, width = integer(call, "window.batches") * integer(call, "window.output_h"), integer(call, "window.output_w")
    stride = integer(call, "window.stride_w")
    columns = (TILE - 1) * stride + integer(call, "window.kernel_w")
    firsts = np.minimum(np.arange(0, width, TILE), max(width - TILE, 0)) * stride - integer(call, "window.pad_left")
    edges = rows * int(((firsts < 0) | (firsts + columns > integer(call, "window.input_w"))).sum())
    bytes_each = columns * integer(call, "window.input_c")
    return {"edge": edges, "edge_byte": edges * bytes_each, "short": rows if width < TILE else 0}
