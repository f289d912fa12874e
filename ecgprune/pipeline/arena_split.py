"""What the arena holds: tensors and working memory of the native runtime, tensors and bookkeeping of TFLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecgprune.codegen.plan import Plan
    from ecgprune.graph.graph import Graph, Tensor

__all__ = ["native", "tflm"]

Row = dict[str, Any]
Rows = list[Row]
"""{"what", "kind", "bytes", "offset", "first_op", "last_op"}.

kind is "tensor", "state", "scratch" or "bookkeeping". offset is a byte of the arena, None where it is not known. The
bytes are taken from operator first_op to operator last_op of the .tflite, both included; first_op is None where that
begins before the first operator, last_op where it ends after the last one, both where it is not known. Entries may lie
in the same bytes, one after the other in time, so their sum is not the arena's size.
"""


def native(plan: Plan) -> Rows:
    """By offset: every tensor that has bytes of its own, state among them, and the working memory of kernel calls."""
    layers = {layer.op: layer.name for layer in plan.layers}
    rows = [_tensor(plan, plan.graph.tensor(t), t, offset) for t, offset in plan.arena.offsets.items()]
    for call, offset in plan.arena.scratch.items():
        kernel_call = plan.calls[call].call
        what = f"working memory of {layers[kernel_call.op]}"
        rows.append(_row(what, "scratch", kernel_call.scratch_bytes, offset, kernel_call.op, kernel_call.op))
    return sorted(rows, key=lambda row: (row["offset"], -row["bytes"], row["what"]))


def _tensor(plan: Plan, tensor: Tensor, index: int, offset: int) -> Row:
    """A tensor with its offset, from the operator that writes it to the last one that reads it."""
    if tensor.is_state:
        return _row(f"state {tensor.name}", "state", tensor.nbytes, offset)
    calls = [planned.call for planned in plan.calls]
    written = next((call.op for call in calls if index in call.outputs), None)
    read = [call.op for call in calls if index in call.inputs]
    last = None if index in plan.graph.outputs else read[-1] if read else written
    return _row(tensor.name, "tensor", tensor.nbytes, offset, written, last)


def _row(
    what: str, kind: str, nbytes: int, offset: int | None, first: int | None = None, last: int | None = None
) -> Row:
    return {"what": what, "kind": kind, "bytes": nbytes, "offset": offset, "first_op": first, "last_op": last}


def tflm(tflite: bytes, graph: Graph) -> Rows:
    """TFLM's own record on the host: its planned part with the tensors in it, and each kind of bookkeeping."""
    from ecgprune.tflm import allocations

    found = allocations(tflite)
    rows: Rows = [_row("tensors and scratch buffers, as planned", "bookkeeping", found.planned, 0)]
    computed = [t for op in graph.ops for t in op.outputs]
    for t in dict.fromkeys((*graph.inputs, *computed)):
        rows.append(_row(graph.tensor(t).name, "tensor", graph.tensor(t).nbytes, None))
    return rows + [_row(what, "bookkeeping", n, None) for what, n in found.bookkeeping.items()]
