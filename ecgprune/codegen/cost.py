"""What a kernel call costs, in instructions, estimated: the one place where dense and sparse are weighed.

The costs per weight are read off what gcc 12.2 -O2 makes of the inner loops for Cortex-M4, the others fitted to counts
on QEMU's mps2_an386 for convolutions of 3 to 160 weights a channel and matrices up to 600x30, with 0 to 80% zeros.
Estimates there are within 15% of the count; what a call costs once is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.ops import pairs
from ecgprune.codegen.ops.window import TILE

__all__ = ["instructions"]


@dataclass(frozen=True)
class Convolution:
    """Instructions: weight and channel for a tile of positions, single_* for one position; run for either."""

    weight: float
    channel: float
    single_weight: float
    single_channel: float
    run: float


CONVOLUTIONS = {
    "ep_conv_s8": Convolution(weight=11, channel=180, single_weight=5, single_channel=80, run=45),
    "ep_depthwise_conv_s8": Convolution(weight=12, channel=185, single_weight=6, single_channel=80, run=33),
    "ep_conv_sparse_s8": Convolution(weight=15, channel=172, single_weight=8, single_channel=133, run=0),
}
# Kernel -> instructions per weight or entry, per output.
MATRICES: dict[str, tuple[float, float]] = {
    "ep_fully_connected_s8": (2.0, 75.0),
    "ep_fully_connected_sparse_s8": (8.0, 55.0),
}


def instructions(call: KernelCall) -> float:
    """Estimated instructions of one call; 0 for kernels without a rule (they have no alternative to compare with)."""
    if call.kernel in CONVOLUTIONS:
        return _convolution(call, CONVOLUTIONS[call.kernel])
    if call.kernel == "ep_conv_sparse_pairs_s8":
        return _pairs(call)
    if call.kernel in MATRICES:
        per_weight, output = MATRICES[call.kernel]
        return float(_integer(call, "rows") * (_weights(call) * per_weight + _outputs(call) * output))
    return 0.0


def _convolution(call: KernelCall, each: Convolution) -> float:
    width = _integer(call, "window.output_w")
    rows = _integer(call, "window.batches") * _integer(call, "window.output_h")
    runs = _integer(call, "window.kernel_h") * (_integer(call, "runs") if "runs" in call.params else 1)
    if width >= TILE:
        tiles, weight, channel = -(-width // TILE), each.weight, each.channel
    else:
        tiles, weight, channel = width, each.single_weight, each.single_channel
    return rows * tiles * (_weights(call) * weight + _outputs(call) * (channel + runs * each.run))


def _pairs(call: KernelCall) -> float:
    width, distance = _integer(call, "window.output_w"), _integer(call, "distance")
    rows = _integer(call, "window.batches") * _integer(call, "window.output_h")
    chunks = rows * -(-width // (2 * distance))
    tiles = distance // pairs.WORDS
    words = call.scratch_bytes // 4 - 2 * distance
    pixels = words // _integer(call, "window.input_c")
    values = rows * (width // _integer(call, "pool")) * _outputs(call)
    each_tile = _outputs(call) * 60 + _weights(call) * 10
    packing = pixels * 45 + words * 7
    return chunks * (packing + _outputs(call) * 58 + tiles * each_tile) + values * (10 + 2 * _integer(call, "pool"))


def _weights(call: KernelCall) -> int:
    """Weights, or entries of the sparse stream (bridges included), that one position or row visits."""
    counts = call.params.get("counts")
    if isinstance(counts, Array):
        return int(counts.data.sum())
    weights = call.params["weights"]
    assert isinstance(weights, Array)
    return weights.data.size


def _outputs(call: KernelCall) -> int:
    bias = call.params["requant.bias"]
    assert isinstance(bias, Array)
    return bias.data.size


def _integer(call: KernelCall, field: str) -> int:
    value = call.params[field]
    assert isinstance(value, int)
    return value
