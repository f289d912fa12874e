"""One module per operator, under the name of its kernel in firmware/lib/nn/.

Each defines `lower(graph, op) -> list[KernelCall]`, the calls to make in order, or, where there is a choice,
`candidates(graph, op, target) -> list[KernelCall]`, of which `selection.py` takes one; dense comes first. They raise
`UnsupportedOperatorError` for a form they do not know. The tables map TFLite builtin names to "module:function".
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.target import Target
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.graph import Graph, Op

__all__ = ["CANDIDATES", "LOWERINGS", "candidates", "supported"]

Lowering = Callable[..., list[KernelCall]]

CANDIDATES: dict[str, str] = {
    "CONV_2D": "conv:candidates",
    "DEPTHWISE_CONV_2D": "depthwise_conv:candidates",
    "FULLY_CONNECTED": "fully_connected:candidates",
    "SOFTMAX": "softmax:candidates",
}
"""Operators with several forms: each function returns alternatives, every one a complete answer."""

LOWERINGS: dict[str, str] = {
    "ADD": "add:lower",
    "AVERAGE_POOL_2D": "pool:lower",
    "CONCATENATION": "concatenation:lower",
    "DEQUANTIZE": "dequantize:lower",
    "EXPAND_DIMS": "reshape:lower",
    "LOGISTIC": "logistic:lower",
    "MAX_POOL_2D": "pool:lower",
    "MEAN": "mean:lower",
    "PAD": "pad:lower",
    "PADV2": "pad:lower",
    "QUANTIZE": "quantize:lower",
    "RELU": "relu:lower",
    "RELU6": "relu:lower",
    "RESHAPE": "reshape:lower",
    "SQUEEZE": "reshape:lower",
}
"""Operators with one form: each function returns the calls to make, in order."""


def supported() -> list[str]:
    """TFLite builtin names that code can be generated for, sorted."""
    return sorted([*CANDIDATES, *LOWERINGS])


def candidates(graph: Graph, op: Op, target: Target) -> list[list[KernelCall]]:
    """The alternatives for one operator, each a list of calls; the dense or only one first.

    Raises UnsupportedOperatorError naming the operator, its place in the model, and what is supported.
    """
    if op.name in CANDIDATES:
        return [[call] for call in _function(CANDIDATES[op.name])(graph, op, target)]
    if op.name in LOWERINGS:
        return [_function(LOWERINGS[op.name])(graph, op)]
    output = graph.tensor(op.outputs[0]).name if op.outputs else "no output"
    raise UnsupportedOperatorError(
        f"operator {op.index} is {op.name} (output {output!r}), which is not supported; supported: "
        + ", ".join(supported())
    )


def _function(path: str) -> Lowering:
    module, _, name = path.partition(":")
    function: Lowering = getattr(importlib.import_module(f"{__name__}.{module}"), name)
    return function
