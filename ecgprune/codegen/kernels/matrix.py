"""FULLY_CONNECTED on the core's own registers: how each kernel wants its matrix stored, and what it costs.

See firmware/lib/nn/ecgp_matrix.h for the tricks. Words are little-endian int32. The kernel for Helium is in helium.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, Rule, array, integer, outputs, stored_weights
from ecgprune.codegen.kernels.matrix_streams import WORD, bitmap, block_counts, blocks, groups, words_of

__all__ = ["COSTS", "DENSE", "WORD", "calls", "interleaved", "output_features", "sums_features"]

DENSE, SMLAD = "ecgp_fully_connected_s8", "ecgp_fully_connected_smlad_s8"
GROUPS, BLOCKS = "ecgp_fully_connected_sparse_s8", "ecgp_fully_connected_sparse_blocks_s8"
BITMAP = "ecgp_fully_connected_sparse_bitmap_s8"

Words = npt.NDArray[np.int32]

TILE = 4
"""Outputs of a tile; ECGP_MATRIX_TILE in firmware/lib/nn/ecgp_matrix.h."""
SUMS = 16
"""Outputs that are requantized together; ECGP_MATRIX_SUMS."""
BLOCK_FILL = 2.5
"""The block variant is offered where blocks hold fewer than this many weights for each that is not zero."""


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
    kept = WORD * int(np.count_nonzero(words_of(values)))
    if kept < BLOCK_FILL * np.count_nonzero(values) and (stream := blocks(values)) is not None:
        bias = shape["requant.bias"]
        assert isinstance(bias, Array)
        moved = bias.data - 128 * values[:, 0::2].sum(axis=1, dtype=np.int32)  # those inputs are 128 larger
        yield replace(
            dense,
            kernel=BLOCKS,
            params_type="ecgp_fully_connected_blocks_params",
            params={
                **shape,
                "requant.bias": replace(bias, data=moved),
                "blocks": Array("blocks", "int32_t", stream),
            },
            scratch_bytes=-(-depth // WORD) * WORD,
            scratch_over_input=True,
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
    words = words_of(rows)
    whole = len(words) // TILE * TILE
    tiled = words[:whole].reshape(-1, TILE, words.shape[1]).transpose(0, 2, 1)
    return np.concatenate([tiled.reshape(-1), words[whole:].reshape(-1)])


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


def output_features(call: KernelCall) -> Features:
    """What ecgp_matrix_outputs() does: outputs by up to 16, with a factor each or one for all, clamped or not."""
    rows, count = integer(call, "rows"), outputs(call)
    narrow = integer(call, "requant.min") > -128 or integer(call, "requant.max") < 127
    return {
        "output": rows * count,
        "outputs": rows * -(-count // SUMS),
        "factor": rows * count if integer(call, "requant.per_channel") else 0,
        "clamped": rows * count if narrow else 0,
    }


def _smlad_features(call: KernelCall) -> Features:
    rows, count = integer(call, "rows"), outputs(call)
    products = sums_features(rows, count, integer(call, "depth"))
    return {"row": rows, "padded": rows * call.scratch_bytes, **products, **output_features(call)}


def _group_features(call: KernelCall) -> Features:
    rows = integer(call, "rows")
    return {"row": rows, "group": rows * stored_weights(call), **output_features(call)}


def _block_features(call: KernelCall) -> Features:
    """Fours of blocks, and pairs that are left, of all outputs."""
    rows = integer(call, "rows")
    fours, pairs = block_counts(array(call, "blocks").data)
    return {
        "row": rows,
        "flip": rows * call.scratch_bytes / WORD,
        "four": rows * int(fours.sum()),
        "none": rows * int(np.count_nonzero(fours == 0)),
        "pair": rows * int(pairs.sum()),
        **output_features(call),
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
        **output_features(call),
    }


COSTS: dict[str, Rule] = {
    DENSE: _dense_features,
    SMLAD: _smlad_features,
    GROUPS: _group_features,
    BLOCKS: _block_features,
    BITMAP: _bitmap_features,
}
"""The cost rules of all kernels here."""
