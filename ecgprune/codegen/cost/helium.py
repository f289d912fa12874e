"""Features of the kernels for Helium."""

from __future__ import annotations

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.cost.counting import Features, Rule, integer, outputs
from ecgprune.codegen.kernels.helium import OUTPUTS, TAPS, TILE

__all__ = ["RULES"]


def _tiles(call: KernelCall) -> Features:
    """What all convolutions do: collect fields, and requantize four channels at a time."""
    lines = integer(call, "window.batches") * integer(call, "window.output_h")
    width, collect = integer(call, "window.output_w"), integer(call, "collect")
    tiles = -(-lines * width // TILE) if collect else lines * -(-width // TILE)
    pool = integer(call, "pool")
    quads = tiles * -(-outputs(call) // 4)
    plain = integer(call, "requant.min") >= integer(call, "requant.zero_point")  # ties need no care
    pieces = 1 if integer(call, "window.dilation_w") == 1 else integer(call, "window.kernel_w")
    return {
        "tile": tiles,
        "collected": collect * tiles * TILE,
        "collected_run": collect * tiles * TILE * pieces * integer(call, "window.kernel_h"),
        "collected_byte": collect * tiles * TILE * integer(call, "depth"),
        "quad": quads if pool == 1 else 0,
        "pooled_quad": quads if pool == 2 else 0,
        "tied": 0 if plain else quads * (TILE // pool),
    }


def _dense(call: KernelCall) -> Features:
    features = _tiles(call)
    chunks = -(-integer(call, "depth") // TAPS)
    return {
        **features,
        "chunk": features["tile"] * chunks,
        "chunk_channel": features["tile"] * chunks * outputs(call),
    }


def _gathering(call: KernelCall) -> Features:
    """Chunks of weights, or of blocks; a segment's channels cost the same whether they have any."""
    features = _tiles(call)
    counts = call.params["counts"]
    assert isinstance(counts, Array)
    segments = len(counts.data)
    return {
        **features,
        "segment": features["tile"] * segments,
        "segment_channel": features["tile"] * segments * outputs(call),
        "gathered": features["tile"] * int(counts.data[:, :-1].sum()),
    }


def _matrix(call: KernelCall) -> Features:
    rows, depth = integer(call, "rows"), integer(call, "depth")
    fours = rows * -(-integer(call, "outputs") // OUTPUTS)
    return {"row": rows, "four": fours, "four_chunk": fours * -(-depth // TAPS)}


def _depthwise(call: KernelCall) -> Features:
    """Positions, the taps each looks up, and the taps of 16 channels or of four, as many as there are vectors."""
    positions = integer(call, "window.batches") * integer(call, "window.output_h") * integer(call, "window.output_w")
    taps = integer(call, "window.kernel_h") * integer(call, "window.kernel_w")
    sixteens, left = divmod(integer(call, "window.input_c"), 16)
    fours = -(-left // 4)
    return {
        "position": positions,
        "tap": positions * taps,
        "sixteen": positions * sixteens,
        "sixteen_tap": positions * sixteens * taps,
        "four": positions * fours,
        "four_tap": positions * fours * taps,
    }


RULES: dict[str, Rule] = {
    "ecgp_conv_sparse_blocks_gather_s8": _gathering,
    "ecgp_conv_sparse_gather_s8": _gathering,
    "ecgp_depthwise_conv_helium_s8": _depthwise,
    "ecgp_fully_connected_helium_s8": _matrix,
    "ecgp_conv_helium_s8": _dense,
}
