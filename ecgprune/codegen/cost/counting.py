"""What the rules of the cost model count with."""

from __future__ import annotations

from collections.abc import Callable

from ecgprune.codegen.call import Array, KernelCall

__all__ = ["Features", "Rule", "integer", "outputs", "stored_weights"]

Features = dict[str, float]
"""{feature: how often it occurs in one call}."""

Rule = Callable[[KernelCall], Features]


def stored_weights(call: KernelCall) -> int:
    """Weights, or entries of the sparse stream (bridges included), that one position or row visits."""
    counts = call.params.get("counts")
    if isinstance(counts, Array):
        return int(counts.data.sum())
    weights = call.params["weights"]
    assert isinstance(weights, Array)
    return weights.data.size


def outputs(call: KernelCall) -> int:
    """Output channels."""
    bias = call.params["requant.bias"]
    assert isinstance(bias, Array)
    return bias.data.size


def integer(call: KernelCall, field: str) -> int:
    value = call.params[field]
    assert isinstance(value, int)
    return value
