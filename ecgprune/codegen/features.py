"""What the cost rules of the kernels count with.

A rule takes a kernel call and says how often it does each thing that costs instructions: `{feature: amount}`. The
instructions of one such thing on each core are in cost/coefficients.
"""

from __future__ import annotations

from collections.abc import Callable

from ecgprune.codegen.call import Array, KernelCall

__all__ = ["Features", "Rule", "array", "elementwise", "integer", "outputs", "path", "stored_weights"]

Features = dict[str, float]
"""{feature: how often it occurs in one call}."""

Rule = Callable[[KernelCall], Features]


def stored_weights(call: KernelCall) -> int:
    """Weights, or entries of the sparse stream (bridges included), that one position or row visits."""
    if path(call, "counts"):
        return int(array(call, "counts").data.sum())
    return array(call, "weights").data.size


def outputs(call: KernelCall) -> int:
    """Output channels."""
    return array(call, "requant.bias").data.size if path(call, "requant.bias") else integer(call, "outputs")


def path(call: KernelCall, field: str) -> str | None:
    """The path of a field in the call's parameter struct, which may lie in a struct within it; None: it has none."""
    if field in call.params:
        return field
    return next((name for name in call.params if name.endswith(f".{field}")), None)


def integer(call: KernelCall, field: str) -> int:
    """The value of an integer field of the call's parameter struct.

    Args:
        call: the call.
        field: its dotted path, or the end of it.
    """
    value = call.params[path(call, field) or field]
    assert isinstance(value, int)
    return value


def array(call: KernelCall, field: str) -> Array:
    """The array that a field of the call's parameter struct points to.

    Args:
        call: the call.
        field: its dotted path, or the end of it.
    """
    value = call.params[path(call, field) or field]
    assert isinstance(value, Array)
    return value


def elementwise(call: KernelCall) -> Features:
    """The rule of a kernel that does the same to each of `size` elements, or to four at once."""
    size = integer(call, "size")
    return {"element": size, "four": -(-size // 4)}
