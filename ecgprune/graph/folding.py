"""Folding: the same model with as little left to compute at run time as possible. The outputs' bits stay.

Constants are computed (graph/evaluate.py), operators that only pass bytes on become a RESHAPE or nothing
(graph/identities.py), convolutions between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND become dilated ones
(graph/dilation.py), functions in floating point of int8 numbers become tables (graph/tables.py), and operators whose
outputs nobody reads go. `reader.read` gives the file as it is stored, which is
what TFLM runs and what verification compares with.
"""

from __future__ import annotations

from dataclasses import replace

from ecgprune.graph.dilation import dilated
from ecgprune.graph.evaluate import STORED, evaluate
from ecgprune.graph.graph import Graph, Op
from ecgprune.graph.identities import without_copies
from ecgprune.graph.tables import tabulated

__all__ = ["fold"]

_STATEFUL = ("ASSIGN_VARIABLE", "CALL_ONCE", "IF", "WHILE")


def fold(graph: Graph) -> Graph:
    """The graph that code is generated from; the same object where there is nothing to fold.

    Operators and tensors keep their indices, so that messages, traces and reports name the user's file. A tensor keeps
    its shape too if it is an input or output of the graph, or if an operator that has stayed as it was writes it.

    Args:
        graph: as `reader.read` returns it.
    """
    while True:
        before = graph
        for step in (_shapes_dropped, _evaluated, tabulated, without_copies, dilated, _unread_dropped):
            graph = step(graph)
        if graph is before:
            return graph


def _shapes_dropped(graph: Graph) -> Graph:
    """RESHAPE without its second input: TFLM takes the shape that the file states for the output."""
    if all(op.name != "RESHAPE" or len(op.inputs) < 2 for op in graph.ops):
        return graph
    ops = (replace(op, inputs=op.inputs[:1]) if op.name == "RESHAPE" else op for op in graph.ops)
    return replace(graph, ops=tuple(ops))


def _evaluated(graph: Graph) -> Graph:
    """Without operators on constants: their outputs are constants too."""
    stored = {t for op in graph.ops for k in STORED.get(op.name, ()) if k < len(op.inputs) for t in (op.inputs[k],)}
    kept = {*graph.outputs, *stored}
    ops: list[Op] = []
    for op in graph.ops:
        values = None if kept.intersection(op.outputs) else evaluate(graph, op)
        if values is None:
            ops.append(op)
            continue
        tensors = list(graph.tensors)
        for t, array in zip(op.outputs, values, strict=True):
            array.flags.writeable = False
            tensors[t] = replace(tensors[t], data=array)
        graph = replace(graph, tensors=tuple(tensors))
    return graph if len(ops) == len(graph.ops) else replace(graph, ops=tuple(ops))


def _unread_dropped(graph: Graph) -> Graph:
    """Without operators that write nothing that anybody reads, and that change no state."""
    read = set(graph.outputs)
    ops: list[Op] = []
    for op in reversed(graph.ops):
        lasting = op.name in _STATEFUL or op.name.startswith("CUSTOM") or not op.outputs
        if lasting or read.intersection(op.outputs):
            ops.append(op)
            read.update(op.inputs)
    return graph if len(ops) == len(graph.ops) else replace(graph, ops=tuple(reversed(ops)))
