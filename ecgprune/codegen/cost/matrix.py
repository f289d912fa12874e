"""Features of FULLY_CONNECTED."""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.cost.counting import Features, Rule, integer, outputs, stored_weights

__all__ = ["RULES"]


def _matrix(call: KernelCall) -> Features:
    rows = integer(call, "rows")
    return {"weight": rows * stored_weights(call), "output": rows * outputs(call)}


RULES: dict[str, Rule] = {
    "ep_fully_connected_s8": _matrix,
    "ep_fully_connected_sparse_s8": _matrix,
}
