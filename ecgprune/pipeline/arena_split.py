"""What the arena holds: tensors and working memory of the native runtime, tensors and bookkeeping of TFLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecgprune.codegen.plan import Plan
    from ecgprune.graph.graph import Graph, Tensor

__all__ = ["native", "tflm"]

Rows = list[dict[str, Any]]
"""{"what", "bytes", "offset"}; offset is a byte of the arena, None where it is not known.

Entries may lie in the same bytes, one after the other in time, so their sum is not the arena's size.
"""


def native(plan: Plan) -> Rows:
    """By offset: every tensor that has bytes of its own, state among them, and the working memory of kernel calls."""
    layers = {layer.op: layer.name for layer in plan.layers}
    rows = [
        {"what": _what(plan.graph.tensor(t)), "bytes": plan.graph.tensor(t).nbytes, "offset": offset}
        for t, offset in plan.arena.offsets.items()
    ]
    for call, offset in plan.arena.scratch.items():
        kernel_call = plan.calls[call].call
        what = f"working memory of {layers[kernel_call.op]}"
        rows.append({"what": what, "bytes": kernel_call.scratch_bytes, "offset": offset})
    return sorted(rows, key=lambda row: (row["offset"], -row["bytes"], row["what"]))


def _what(tensor: Tensor) -> str:
    return f"state {tensor.name}" if tensor.is_state else tensor.name


def tflm(tflite: bytes, graph: Graph) -> Rows:
    """TFLM's own record on the host: its planned part with the tensors in it, and each kind of bookkeeping."""
    from ecgprune.tflm import allocations

    found = allocations(tflite)
    rows: Rows = [{"what": "tensors and scratch buffers, as planned", "bytes": found.planned, "offset": 0}]
    computed = [t for op in graph.ops for t in op.outputs]
    for t in dict.fromkeys((*graph.inputs, *computed)):
        rows.append({"what": graph.tensor(t).name, "bytes": graph.tensor(t).nbytes, "offset": None})
    return rows + [{"what": what, "bytes": n, "offset": None} for what, n in found.bookkeeping.items()]
