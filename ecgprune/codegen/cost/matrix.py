"""Features of FULLY_CONNECTED and SOFTMAX."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.cost.counting import Features, Rule, integer, outputs, stored_weights

__all__ = ["RULES"]

TILE = 4


def _any(call: KernelCall) -> Features:
    rows = integer(call, "rows")
    return {"row": rows, "weight": rows * stored_weights(call), "output": rows * outputs(call)}


def _tiles(call: KernelCall) -> Features:
    """Words of four weights in tiles of four outputs, and of the outputs left over."""
    rows, depth, alone = integer(call, "rows"), integer(call, "depth"), outputs(call) % TILE
    words = -(-depth // 4)
    return {
        "row": rows,
        "padded": rows * call.scratch_bytes,
        "tile": rows * (outputs(call) // TILE),
        "tile_word": rows * (outputs(call) // TILE) * words,
        "single": rows * alone,
        "single_word": rows * alone * words,
        "output": rows * outputs(call),
    }


def _groups(call: KernelCall) -> Features:
    rows = integer(call, "rows")
    return {"row": rows, "group": rows * stored_weights(call), "output": rows * outputs(call)}


def _blocks(call: KernelCall) -> Features:
    """Whole groups of four blocks, and the blocks left over, of all outputs."""
    rows = integer(call, "rows")
    counts = call.params["counts"]
    assert isinstance(counts, Array)
    alone = counts.data % 4
    return {
        "row": rows,
        "spread": rows * call.scratch_bytes / 8,
        "group": rows * int((counts.data // 4).sum()),
        "tail": rows * int(np.count_nonzero(alone)),
        "single": rows * int(alone.sum()),
        "output": rows * outputs(call),
    }


def _bits(call: KernelCall) -> Features:
    """Bytes of eight weights, weights that are alone or two of four, and fours of three or four."""
    rows, bits = integer(call, "rows"), call.params["bits"]
    assert isinstance(bits, Array)
    present = np.unpackbits(bits.data[:, :-1], axis=1).reshape(-1, 4).sum(axis=1)
    return {
        "row": rows,
        "spread": rows * call.scratch_bytes / 8,
        "byte": rows * bits.data.size,
        "weight": rows * int(present[present < 3].sum()),
        "most": rows * int(np.count_nonzero(present >= 3)),
        "output": rows * outputs(call),
    }


def _softmax(call: KernelCall) -> Features:
    rows = integer(call, "rows")
    return {"row": rows, "value": rows * integer(call, "classes")}


RULES: dict[str, Rule] = {
    "ecgp_fully_connected_sparse_bitmap_s8": _bits,
    "ecgp_fully_connected_sparse_blocks_s8": _blocks,
    "ecgp_fully_connected_s8": _any,
    "ecgp_fully_connected_sparse_s8": _groups,
    "ecgp_fully_connected_smlad_s8": _tiles,
    "ecgp_softmax_computed_s8": _softmax,
    "ecgp_softmax_s8": _softmax,
}
