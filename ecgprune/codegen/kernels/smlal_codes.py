"""Sparse convolutions with SMLAL whose weights are 12-bit codes of gap and weight, for flash.

See firmware/lib/nn/ecgp_conv_smlal.h for the codes. A channel's codes are expanded to entries of the sparse stream
before each of its chunks, so chunks are few: their words may take more than those of the plain SMLAL variants.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import sparse
from ecgprune.codegen.call import Array, KernelCall, Params, within
from ecgprune.codegen.features import Features, array, integer
from ecgprune.codegen.kernels import smlal
from ecgprune.codegen.kernels.smlal import Packing
from ecgprune.codegen.lowering.window import Window

__all__ = ["KERNEL", "calls", "features"]

KERNEL = "ecgp_conv_sparse_smlal_codes_s8"

WORD_BYTES = 8192
"""What the words of a row that is a single chunk may take."""
MAX_GAP = 15


def calls(plain: KernelCall, at: Window, filters: npt.NDArray[np.int8]) -> list[KernelCall]:
    """Variants of `plain`, an ungrouped convolution by smlal.py, the fewest chunks first, where codes can say them.

    Args:
        plain: the variant whose weights are entries of two bytes.
        at: how the window slides.
        filters: int8 weights (outputs, kernel_h, kernel_w, inputs).
    """
    rows = filters.transpose(0, 1, 3, 2).reshape(len(filters), -1)
    counts, codes = _codes(rows)
    if at.stride_w != 1 or counts.max() > sparse.MAX_COUNT:
        return []
    whole = [p for p in Packing.sizes(at, WORD_BYTES)[:1] if 4 * p.words(at) <= WORD_BYTES]
    packings = dict.fromkeys([*whole, *Packing.sizes(at)])
    room = 2 * max(1, int(np.count_nonzero(rows, axis=1).max())) + 1
    channels = np.arange(at.input_c)
    stream: Params = {
        "counts": Array("counts", "uint16_t", counts),
        "entries": Array("codes", "uint8_t", codes),
    }
    return [
        replace(
            plain,
            kernel=KERNEL,
            params_type="ecgp_conv_smlal_codes_params",
            params={
                **within("packed", {**plain.params, **vars(packing), **stream}),
                "kernel_w": at.kernel_w,
                "dilation_w": at.dilation_w,
            },
            scratch_bytes=4 * packing.words(at) + room,
        )
        for packing in packings
        if _largest_delta(rows, packing.offsets(at, channels)) <= sparse.MAX_DELTA
    ]


def _codes(rows: npt.NDArray[np.int8]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """(codes of each channel, all of them); rows: weights as (output channels, taps)."""
    counts: list[int] = []
    data: list[int] = []
    for row in rows:
        gaps: list[int] = []
        weights: list[int] = []
        taps = np.flatnonzero(row)
        for gap, weight in zip(np.diff(taps, prepend=0), row[taps], strict=True):
            bridges = max(int(gap) - 1, 0) // MAX_GAP
            gaps += [MAX_GAP] * bridges + [int(gap) - MAX_GAP * bridges]
            weights += [0] * bridges + [int(weight) & 0xFF]
        counts.append(len(gaps))
        gaps.append(0)
        for k in range(0, len(weights), 2):
            data += [gaps[k] | gaps[k + 1] << 4, *weights[k : k + 2]]
    return np.array(counts, dtype=np.int64).astype(np.uint16), np.array(data or [0], dtype=np.uint8)


def _largest_delta(rows: npt.NDArray[np.int8], offsets: npt.NDArray[np.int64]) -> int:
    """Words between two neighbouring weights of a channel. offsets: (1, kernel_h, kernel_w, inputs)."""
    words = offsets.transpose(0, 1, 3, 2).reshape(-1)
    return max(int(np.diff(words[np.flatnonzero(row)], prepend=0).max(initial=0)) for row in rows)


def features(call: KernelCall) -> Features:
    """Cost rule: that of the sparse stream, and reading the codes, once for every chunk; they go from line to line."""
    found = smlal.features(call)
    counts = array(call, "counts").data.astype(np.int64)
    sizes = counts + (counts + 1) // 2
    channels = np.split(array(call, "entries").data, np.cumsum(sizes))[: len(sizes)]
    gaps = [int((codes[::3] & MAX_GAP).sum() + (codes[::3] >> 4).sum()) for codes in channels]
    lines = sum(gap // integer(call, "kernel_w") for gap in gaps)
    return {**found, "chunk_code": found["chunk"] * int(counts.sum()), "chunk_code_line": found["chunk"] * lines}
