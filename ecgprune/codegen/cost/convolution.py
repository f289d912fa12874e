"""Features of the convolutions on int8, and on packed pairs."""

from __future__ import annotations

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.cost.counting import Features, Rule, integer, outputs, stored_weights
from ecgprune.codegen.lowering.window import TILE

__all__ = ["RULES"]


def _convolution(call: KernelCall) -> Features:
    """ecgp_conv_s8, ecgp_depthwise_conv_s8, ecgp_conv_sparse_s8: by tile of positions, or by position in short rows."""
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
        **_staged(call, TILE if tiled else 1),
    }


def _staged(call: KernelCall, count: int) -> Features:
    """Rows and bytes that are copied for tiles of `count` positions, as ecgp_tile_input of ecgp_window.h does."""
    width, stride = integer(call, "window.output_w"), integer(call, "window.stride_w")
    columns = (count - 1) * stride + (integer(call, "window.kernel_w") - 1) * integer(call, "window.dilation_w") + 1
    stage = call.params["window.stage"]
    tiles = 0
    for x in (min(tile, width - count) * stride - integer(call, "window.pad_left") for tile in range(0, width, count)):
        outside = x < 0 or x + columns > integer(call, "window.input_w")
        tiles += stage == "ECGP_STAGE_ALL" or (stage == "ECGP_STAGE_EDGES" and outside)
    lines = integer(call, "window.batches") * integer(call, "window.output_h") * integer(call, "window.kernel_h")
    return {"staged": tiles * lines, "staged_byte": tiles * lines * columns * integer(call, "window.input_c")}


def _pairs(call: KernelCall) -> Features:
    """Chunks of tiles of 8 positions; words whose columns may lie in the padding take longer to pack."""
    width, distance, pool = (integer(call, field) for field in ("window.output_w", "distance", "pool"))
    phases, length, stride = integer(call, "phases"), integer(call, "length"), integer(call, "window.stride_w")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    lines = integer(call, "window.kernel_h") * integer(call, "window.input_c") * phases
    chunks = rows * -(-width // (2 * distance))
    tiles = rows * -(-width // 8)
    counts = call.params["counts"]
    assert isinstance(counts, Array)
    full = int((counts.data > 0).sum())
    words = lines * (4 * tiles + chunks * (length - distance))
    reach = (length - distance) * stride
    outside = max((width - 1) * stride + reach + 1 - integer(call, "window.input_w"), 0) // stride
    values = rows * (width // pool) * outputs(call)
    clamped = (integer(call, "requant.min"), integer(call, "requant.max")) != (-128, 127)
    return {
        "chunk_line": chunks * lines,
        "word": words,
        "edge_word": rows * lines * outside,
        "chunk_channel": chunks * outputs(call),
        "tile_channel": tiles * full * (pool == 1),
        "pooled_channel": tiles * full * (pool == 2),
        "tile_weight": tiles * stored_weights(call),
        "constant": rows * width // pool * (outputs(call) - full),
        "clamped": values * clamped,
    }


def _coded_pairs(call: KernelCall) -> Features:
    """The same; codes are read once for every chunk, those of weight zero are not multiplied."""
    found = _pairs(call)
    return {**found, "chunk_code": found["chunk_channel"] / outputs(call) * stored_weights(call)}


RULES: dict[str, Rule] = {
    "ecgp_conv_sparse_smlal_codes_s8": _coded_pairs,
    "ecgp_conv_s8": _convolution,
    "ecgp_conv_sparse_smlal_s8": _pairs,
    "ecgp_conv_sparse_s8": _convolution,
    "ecgp_depthwise_conv_s8": _convolution,
}
