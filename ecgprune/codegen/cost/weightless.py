"""Features of the operators without weights."""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.cost.counting import Features, Rule, integer

__all__ = ["RULES"]

MEANS = 4
"""Means that are made side by side, as in firmware/lib/nn/ecgp_mean.c."""


def _elementwise(call: KernelCall) -> Features:
    return {"element": integer(call, "size")}


def _add(call: KernelCall) -> Features:
    outer, middle, inner = (integer(call, name) for name in ("outer", "middle", "inner"))
    return {"row": outer * middle, "element": outer * middle * inner}


def _concatenation(call: KernelCall) -> Features:
    slices, size = integer(call, "slices"), integer(call, "slice_bytes")
    return {"slice": slices, "slice_word": slices * (size // 4), "slice_byte": slices * (size % 4)}


def _mean(call: KernelCall) -> Features:
    """Means are made four at a time where a core can: of fewer, of whole fours, and of what is left beside those."""
    outer, inner, count = (integer(call, name) for name in ("outer", "inner", "count"))
    whole, rest = inner // MEANS, inner % MEANS
    amounts = {"few": 0 if whole else inner, "four": whole, "rest": rest if whole else 0, "tail": int(rest > 0 < whole)}
    found: Features = {name: outer * amount for name, amount in amounts.items()}
    return found | {f"{name}_element": count * amount for name, amount in found.items()}


def _pad(call: KernelCall) -> Features:
    rows, size = integer(call, "size0") * integer(call, "size1") * integer(call, "size2"), integer(call, "size3")
    return {
        "fill_word": integer(call, "output_bytes") // 4,
        "row": rows,
        "row_word": rows * (size // 4),
        "row_byte": rows * (size % 4),
    }


def _pool(call: KernelCall) -> Features:
    """A window's part that lies in the input is visited, channel by channel."""
    channels, rows = integer(call, "channels"), integer(call, "batches") * integer(call, "output_h")
    cells = rows * integer(call, "output_w")
    down, across = _covered(call, "h", "top"), _covered(call, "w", "left")
    visited = integer(call, "batches") * down * across
    return {
        "row": rows,
        "cell": cells,
        "value": cells * channels,
        "window_row": integer(call, "batches") * down * integer(call, "output_w"),
        "visited": visited,
        "visited_value": visited * channels,
    }


def _average_pool(call: KernelCall) -> Features:
    """Channel by channel, so a window's rows are begun once for each."""
    found = _pool(call)
    return {**found, "window_row": found["window_row"] * integer(call, "channels")}


def _covered(call: KernelCall, axis: str, edge: str) -> int:
    """Cells along an axis that the windows cover, in all."""
    size, taps = integer(call, f"input_{axis}"), integer(call, f"filter_{axis}")
    step, before = integer(call, f"stride_{axis}"), integer(call, f"pad_{edge}")
    starts = [i * step - before for i in range(integer(call, f"output_{axis}"))]
    return sum(min(at + taps, size) - max(at, 0) for at in starts)


RULES: dict[str, Rule] = {
    "ecgp_add_constant_s8": _add,
    "ecgp_add_s8": _add,
    "ecgp_average_pool_s8": _average_pool,
    "ecgp_clamp_s8": _elementwise,
    "ecgp_concatenation_constant_s8": _concatenation,
    "ecgp_concatenation_s8": _concatenation,
    "ecgp_dequantize_s8_f32": _elementwise,
    "ecgp_logistic_s8": _elementwise,
    "ecgp_max_pool_s8": _pool,
    "ecgp_mean_s8": _mean,
    "ecgp_pad_s8": _pad,
    "ecgp_quantize_f32_s8": _elementwise,
    "ecgp_quantize_s8_s8": _elementwise,
    "ecgp_relu_s8": _elementwise,
}
