"""Sparse convolutions on Helium: inputs are gathered for the weights that are not zero, singly or in 1x4 blocks.

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

__all__ = ["BLOCKS", "WEIGHTS", "calls", "features", "pack"]

WEIGHTS, BLOCKS = "ecgp_conv_sparse_gather_s8", "ecgp_conv_sparse_blocks_gather_s8"

BLOCK = 4
"""Weights of a block, on multiples of 4 of a field: their inputs are one aligned word."""
END = 255
"""What ends the counts of a segment; ECGP_HELIUM_END."""
BANKS = 4
"""Of the data TCM, a word each in turn: a gather of four words takes 2 cycles where each two are of different banks."""
WORDS_FOR_BYTES = 1.25
"""Gathers of four words that are taken for one of 16 bytes: each is one instruction, but a core loads what it gathers
one by one."""
OFFSETS = 256
"""Offsets of a chunk, its last position's included by weight, lie below."""


def calls(dense: KernelCall, at: Window, scaled: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The sparse variants of a convolution that is not grouped: by weight, by block, or the one that gathers less.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        scaled: the fields of ecgp_requant, as `helium.factors` gives them.
        rows: int8 weights (output channels, taps).
    """
    fields, blocks = Fields.of(at), Fields.of(at, BLOCK)
    found = []
    segment = _cut(fields.depth, OFFSETS - fields.step)
    if segment >= min(fields.depth, TAPS):
        found.append(_sparse(helium.conv_base(dense, fields, scaled, len(rows)), WEIGHTS, rows, segment, 1))
    if blocks.step % BLOCK == 0 and (blocks.collect or at.input_c % BLOCK == 0):
        cuts = _cut(blocks.depth, BLOCK * OFFSETS)
        found.append(_sparse(helium.conv_base(dense, blocks, scaled, len(rows)), BLOCKS, rows, cuts, BLOCK))
    if len(found) == 2 and _gathers(found[1]) < WORDS_FOR_BYTES * _gathers(found[0]):
        found = found[1:]
    return found


def _gathers(call: KernelCall) -> int:
    """Chunks of all channels."""
    return int(array(call, "counts").data[:, :-1].sum())


def _cut(depth: int, longest: int) -> int:
    """The length of segments that are about equal, none above `longest`: a multiple of BLOCK, or 0 where none is."""
    if longest < BLOCK:
        return 0
    return -(-depth // (-(-depth // (longest // BLOCK * BLOCK)) * BLOCK)) * BLOCK


def _sparse(call: KernelCall, kernel: str, rows: npt.NDArray[np.int8], segment: int, width: int) -> KernelCall:
    """The call on the nonzero groups of `width` weights."""
    counts, entries = pack(rows, segment, width)
    sparse: Params = {
        "segment": segment,
        "counts": Array("counts", "uint8_t", counts),
        "entries": Array("entries", "uint8_t", entries),
    }
    return replace(call, kernel=kernel, params_type="ecgp_conv_gather_params", params={**call.params, **sparse})


def pack(rows: npt.NDArray[np.int8], segment: int, width: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """(counts, entries) as ecgp_helium_gather.h reads them: uint8 (segments, outputs + 1), and (bytes,).

    A chunk has TAPS // width offsets, in units of width, then TAPS weights; what is left of the last one reads offset
    0 with weight 0. One chunk more follows the last, for a kernel loads one ahead.

    Args:
        rows: int8 weights (output channels, taps).
        segment: taps, a multiple of width.
        width: weights that share an offset.
    """
    segments, groups = -(-rows.shape[1] // segment), TAPS // width
    cut = helium.padded(rows, segments * segment).reshape(len(rows), segments, segment // width, width)
    counts = np.full((segments, len(rows) + 1), END, np.uint8)
    entries: list[npt.NDArray[np.uint8]] = [np.zeros(0, np.uint8)]
    for number in range(segments):
        for channel, places in enumerate(cut[:, number]):
            taken = np.flatnonzero(places.any(axis=1))
            taken = _banked(taken) if width > 1 else taken
            counts[number, channel] = -(-taken.size // groups)
            for first in range(0, taken.size, groups):
                chosen = taken[first : first + groups]
                chunk = np.zeros(groups + TAPS, np.uint8)
                chunk[: chosen.size] = chosen
                chunk[groups : groups + chosen.size * width] = places[chosen].reshape(-1).view(np.uint8)
                entries.append(chunk)
    entries.append(np.zeros(groups + TAPS, np.uint8))
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
    """Cost rule: chunks of weights, or of blocks; a segment's channels cost the same whether they have any."""
    found = helium.tile_features(call)
    segments = len(array(call, "counts").data)
    return {
        **found,
        **_edges(call),
        "segment": found["tile"] * segments,
        "segment_channel": found["tile"] * segments * outputs(call),
        "gathered": found["tile"] * _gathers(call),
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
