"""Features of the convolutions on int8, and on packed pairs."""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.cost.counting import Features, Rule, integer, outputs, stored_weights
from ecgprune.codegen.ops.window import TILE

__all__ = ["RULES"]


def _convolution(call: KernelCall) -> Features:
    """ep_conv_s8, ep_depthwise_conv_s8, ep_conv_sparse_s8: for a tile of positions, or a single one in short rows."""
    width = integer(call, "window.output_w")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    runs = integer(call, "window.kernel_h") * (integer(call, "runs") if "runs" in call.params else 1)
    if "counts" in call.params:
        runs = 0
    tiled = width >= TILE
    tiles = rows * (-(-width // TILE) if tiled else width)
    size = "tile" if tiled else "single"
    return {
        size: tiles,
        f"{size}_weight": tiles * stored_weights(call),
        f"{size}_channel": tiles * outputs(call),
        "run": tiles * outputs(call) * runs,
    }


def _pairs(call: KernelCall) -> Features:
    width, distance = integer(call, "window.output_w"), integer(call, "distance")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    chunks = rows * -(-width // (2 * distance))
    tiles = chunks * (distance // 4)
    words = call.scratch_bytes // 4 - 2 * distance
    values = rows * (width // integer(call, "pool")) * outputs(call)
    return {
        "chunk_pixel": chunks * (words // integer(call, "window.input_c")),
        "chunk_word": chunks * words,
        "chunk_channel": chunks * outputs(call),
        "tile_channel": tiles * outputs(call),
        "tile_weight": tiles * stored_weights(call),
        "value": values if integer(call, "pool") == 1 else 0,
        "pooled": values if integer(call, "pool") == 2 else 0,
    }


RULES: dict[str, Rule] = {
    "ep_conv_s8": _convolution,
    "ep_conv_sparse_pairs_s8": _pairs,
    "ep_conv_sparse_s8": _convolution,
    "ep_depthwise_conv_s8": _convolution,
}
