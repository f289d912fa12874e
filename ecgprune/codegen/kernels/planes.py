"""Sparse convolutions on Helium with positions side by side: one load and one multiplication serve a single weight.

See firmware/lib/nn/ecgp_conv_sparse_planes.h.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, array, integer, outputs
from ecgprune.codegen.kernels.helium import Convolution, Fields

__all__ = ["KERNEL", "calls", "features", "groups"]

KERNEL = "ecgp_conv_sparse_planes_s8"

TILE, GROUP, SUM = 24, 3, 254
"""Positions of a tile, ECGP_PLANES_TILE; weights of a group, and the most that their |w| add up to, as 254 * 128 + 255
fits int16."""
LARGEST = (1 << 23) - (1 << 16)
"""Sums are less: divided by 256, beside what is not divided yet, they fit int16."""
ZEROS = 0.5
"""Share of the weights; with fewer zeros, the dense kernel is the faster one on every layer measured."""


def calls(conv: Convolution) -> list[KernelCall]:
    """The variant of a convolution one row high that is not grouped; none for others or where a bound does not hold."""
    at, rows = Fields.of(conv.at).window, conv.rows
    span = (at.kernel_w - 1) * at.dilation_w
    pitch = -(-(TILE + span) // 4) * 4
    sums = np.abs(conv.factors[:, 0]) + 128 * np.abs(rows.astype(np.int64)).sum(axis=1)
    if at.kernel_h > 1 or at.stride_w > 1 or pitch * at.input_c > 1 << 16 or sums.max() >= LARGEST:
        return []
    if np.count_nonzero(rows) > (1 - ZEROS) * rows.size:
        return []
    taps = np.arange(at.kernel_w)[:, None] * at.dilation_w + np.arange(at.input_c)[None, :] * pitch
    packed = [_entries(row, taps.reshape(-1)) for row in rows]
    entries = np.concatenate([*(words for _, words in packed), np.zeros(1, np.int32)])
    return [
        replace(
            conv.dense,
            kernel=KERNEL,
            header="ecgp_conv_sparse_planes.h",
            params_type="ecgp_conv_sparse_planes_params",
            params={
                **at.fields,
                **conv.scaled,
                "pool": 1,
                "outputs": len(rows),
                "pitch": pitch,
                "counts": Array("counts", "uint16_t", np.array([counts for counts, _ in packed], np.uint16)),
                "entries": Array("entries", "int32_t", entries),
            },
            scratch_bytes=pitch * at.input_c,
        )
    ]


def _entries(row: npt.NDArray[np.int8], offsets: npt.NDArray[np.int64]) -> tuple[list[int], npt.NDArray[np.int32]]:
    """(groups of three and of two, entries) of a channel as the kernel reads them; one weight has a second of 0."""
    words = (offsets.astype(np.uint32) << 16) | row.astype(np.int16).view(np.uint16)
    found = sorted(groups(row), key=len, reverse=True)
    threes = sum(len(group) == GROUP for group in found)
    entries = [word for group in found for word in [*words[group], *[0] * (2 - len(group))]]
    return [threes, len(found) - threes], np.array(entries, np.uint32).view(np.int32)


def groups(row: npt.NDArray[np.int8]) -> list[list[int]]:
    """Indices of the nonzero weights in groups of up to GROUP, whose |w| add up to SUM at most: few groups.

    The largest weight that is left takes the smallest one along, and the largest that still fits between.

    Args:
        row: int8 weights of one channel.
    """
    sizes = np.abs(row.astype(int))
    left = [int(i) for i in np.argsort(sizes, kind="stable") if sizes[i]]
    found = []
    while left:
        group = [left.pop()]
        if left and sizes[group[0]] + sizes[left[0]] <= SUM:
            group.append(left.pop(0))
            fits = bisect_right(left, SUM - sizes[group].sum(), key=lambda i: sizes[i])
            if fits:
                group.append(left.pop(fits - 1))
        found.append(group)
    return found


def features(call: KernelCall) -> Features:
    """Cost rule: pixels that tiles copy, eight channels at once; groups of weights; outputs of a tile's channels."""
    rows, width = integer(call, "window.batches") * integer(call, "window.output_h"), integer(call, "window.output_w")
    columns = TILE + (integer(call, "window.kernel_w") - 1) * integer(call, "window.dilation_w")
    firsts = np.minimum(np.arange(0, width, TILE), max(width - TILE, 0)) - integer(call, "window.pad_left")
    tiles, behind = rows * len(firsts), firsts + columns - integer(call, "window.input_w")
    edges = rows * int(((firsts < 0) | (behind > 0)).sum())
    pixels = tiles * columns - rows * int(np.maximum(-firsts, 0).sum() + np.maximum(behind, 0).sum())
    channels, pool = tiles * outputs(call), integer(call, "pool")
    plain = integer(call, "requant.min") >= integer(call, "requant.zero_point")  # ties need no care
    threes, twos = array(call, "counts").data.astype(int).reshape(-1, 2).sum(axis=0).tolist()
    return {
        "tile": tiles,
        "edge_byte": edges * call.scratch_bytes,
        "pixel": pixels,
        "pixel_eight": pixels * -(-integer(call, "window.input_c") // 8),
        "channel": channels if pool == 1 else 0,
        "pooled_channel": channels if pool == 2 else 0,
        "tied": 0 if plain else channels,
        "three": tiles * threes,
        "two": tiles * twos,
    }
