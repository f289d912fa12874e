"""Features of the convolutions by blocks of four weights, and of depthwise ones by four channels."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.cost.counting import Features, Rule, integer, outputs
from ecgprune.codegen.kernels.smlad import TILE

__all__ = ["RULES"]


def _quads(call: KernelCall) -> Features:
    width, chunk = integer(call, "window.output_w"), integer(call, "chunk")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    chunks, tiles = rows * -(-width // chunk), rows * -(-width // TILE)
    planes = integer(call, "window.kernel_h") * integer(call, "phases") * -(-integer(call, "run") // 4)
    blocks = _blocks(call)
    pooled = integer(call, "pool") == 2
    full = (integer(call, "requant.min"), integer(call, "requant.max")) == (-128, 127)
    empty = _empty(call)
    channels = outputs(call) - empty
    direct = rows * (width // TILE) * channels if full else 0
    other = rows * width * channels - TILE * direct
    return {
        "chunk": chunks,
        "plane": chunks * planes,
        "quad": planes * (tiles * TILE + chunks * (integer(call, "length") - chunk)),
        "chunk_channel": chunks * channels,
        "chunk_empty": chunks * empty,
        "chunk_block": chunks * blocks,
        "tile_channel": tiles * channels,
        "tile_block": tiles * blocks,
        "value": 0 if pooled else TILE * direct,
        "pooled": TILE // 2 * direct if pooled else 0,
        "other_tile": tiles * channels - direct,
        "other_value": 0 if pooled else other,
        "other_pooled": other // 2 if pooled else 0,
        "empty_value": rows * (width // integer(call, "pool")) * empty,
    }


def _blocks(call: KernelCall) -> int:
    """Blocks that one position visits, in all channels."""
    weights = call.params["weights"]
    assert isinstance(weights, Array)
    return weights.data.size // 4 - 1


def _empty(call: KernelCall) -> int:
    """Output channels without blocks: their steps are a 0 that follows another, or nothing."""
    steps = call.params["steps"]
    assert isinstance(steps, Array)
    ends = np.concatenate([[0], steps.data]) == 0
    return int(np.count_nonzero(ends[1:] & ends[:-1]))


def _depthwise(call: KernelCall) -> Features:
    chunk = integer(call, "chunk")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    chunks = rows * -(-integer(call, "window.output_w") // chunk)
    fours = outputs(call) // 4
    positions = rows * integer(call, "window.output_w") * fours
    staged = call.params["window.stage"] != "ECGP_STAGE_NONE"
    return {
        "chunk": chunks,
        "chunk_byte": chunks * (call.scratch_bytes - 24 * integer(call, "pairs")) if staged else 0,
        "chunk_four": chunks * fours,
        "chunk_pair": chunks * fours * integer(call, "pairs"),
        "position_four": positions,
        "position_pair": positions * integer(call, "pairs"),
    }


RULES: dict[str, Rule] = {
    "ecgp_conv_smlad_s8": _quads,
    "ecgp_conv_sparse_blocks_smlad_s8": _quads,
    "ecgp_depthwise_conv_smlad_s8": _depthwise,
}
