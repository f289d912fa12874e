"""What a kernel call costs, in instructions, estimated: the one place where dense and sparse are weighed.

Only what differs between the forms is counted: per weight in the inner loops, and per run of weights and per channel
around them. The constants are read off what gcc 12.2 -O2 makes of the kernels for Cortex-M4; the requantization that
either form ends with is left out.
"""

from __future__ import annotations

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.ops.window import TILE

__all__ = ["instructions"]

# Kernel -> instructions per weight or entry at a tile of positions, at a single position, per run, per channel.
CONVOLUTIONS: dict[str, tuple[float, float, float, float]] = {
    "ep_conv_s8": (11.0, 5.0, 18.0, 12.0),
    "ep_depthwise_conv_s8": (12.0, 6.0, 18.0, 8.0),
    "ep_conv_sparse_s8": (15.0, 8.0, 0.0, 16.0),
}
# Kernel -> instructions per weight or entry, per output.
MATRICES: dict[str, tuple[float, float]] = {
    "ep_fully_connected_s8": (2.75, 8.0),
    "ep_fully_connected_sparse_s8": (8.0, 10.0),
}


def instructions(call: KernelCall) -> float:
    """Estimated instructions of one call; 0 for kernels without a rule (they have no alternative to compare with)."""
    if call.kernel in CONVOLUTIONS:
        tile, single, run, channel = CONVOLUTIONS[call.kernel]
        width = _integer(call, "window.output_w")
        rows = _integer(call, "window.batches") * _integer(call, "window.output_h")
        tiles, per_weight = (-(-width // TILE), tile) if width >= TILE else (width, single)
        runs = _integer(call, "window.kernel_h") * (_integer(call, "runs") if "runs" in call.params else 1)
        return float(rows * tiles * (_weights(call) * per_weight + _outputs(call) * (runs * run + channel)))
    if call.kernel in MATRICES:
        per_weight, output = MATRICES[call.kernel]
        return float(_integer(call, "rows") * (_weights(call) * per_weight + _outputs(call) * output))
    return 0.0


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
