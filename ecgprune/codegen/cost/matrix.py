"""Features of FULLY_CONNECTED."""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall
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


RULES: dict[str, Rule] = {
    "ep_fully_connected_s8": _any,
    "ep_fully_connected_sparse_s8": _groups,
    "ep_fully_connected_tiles_s8": _tiles,
}
