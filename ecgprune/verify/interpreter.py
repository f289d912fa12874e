"""The TFLite interpreter against TFLM: equal, but for one documented rounding.

Since 2.21 the interpreter's int8 FULLY_CONNECTED rounds once where TFLM rounds twice (DESIGN.md, What "equal" means).
No tolerance is granted for that. Each operator is judged on the interpreter's own inputs to it: a FULLY_CONNECTED
must give what single rounding gives, to the bit, and every other operator what TFLM's kernel gives on the same inputs.
So a difference is explained only when all of it comes from that one rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.artifacts import Progress, no_progress
from ecgprune.graph.graph import Graph, Op
from ecgprune.verify.isolate import activations, fully_connected_single_rounding, run_alone
from ecgprune.verify.layers import Difference, Mismatch, differing, first_mismatch, measure
from ecgprune.verify.oracles import Interpreter, Layers, TflmHost

__all__ = ["Comparison", "compare", "judge"]

_CHUNK = 64  # vectors whose layers are held at once
_ROUNDS_ONCE = "FULLY_CONNECTED"


@dataclass
class Comparison:
    """What `compare` found.

    difference: at the model's outputs. first: the first difference of all, explained or not. unexplained: the first
    one that single rounding does not explain; None is the pass. layers: per FULLY_CONNECTED
    that differed on the same inputs, {op, layer, values, differing, largest}. vectors: how many had any difference.
    """

    difference: Difference = field(default_factory=Difference)
    first: Mismatch | None = None
    unexplained: Mismatch | None = None
    vectors_differing: int = 0
    layers: dict[int, dict[str, Any]] = field(default_factory=dict)


def compare(
    tflite: bytes, graph: Graph, inputs: Sequence[npt.NDArray[Any]], progress: Progress = no_progress
) -> Comparison:
    """Runs both on inputs [n, size] and compares every operator's outputs."""
    tflm = TflmHost(tflite, graph, all_layers=True)
    interpreter = Interpreter(tflite, graph)
    found = Comparison()
    count = len(inputs[0])
    for start in range(0, count, _CHUNK):
        part = [rows[start : start + _CHUNK] for rows in inputs]
        judge(tflite, graph, tflm.layers(part), interpreter.layers(part), start, found)
        progress(min(start + _CHUNK, count) / count, "interpreter, layer by layer")
    return found


def judge(tflite: bytes, graph: Graph, expected: Layers, got: Layers, start: int, found: Comparison) -> None:
    """Adds to `found` what TFLM's layers (expected) and the interpreter's (got) of some vectors show.

    start: the number of the first of these vectors.
    """
    first = first_mismatch(graph, expected, got, start)
    if first is None:
        return
    found.first = found.first or first
    outputs = [[layers[i] for i in graph.outputs] for layers in (expected, got)]
    found.difference += measure(outputs[0], outputs[1])
    touched = np.zeros(len(next(iter(got.values()))), bool)
    for op in graph.ops:
        rows = _rows_to_judge(graph, op, expected, got)
        if not rows.any():
            continue
        touched |= rows
        judged = {i: got[i][rows] for i in (*activations(graph, op), *op.outputs)}
        right = _right(tflite, graph, op, judged)
        wrong = first_mismatch(graph, right, {i: judged[i] for i in op.outputs})
        if wrong and found.unexplained is None:
            found.unexplained = _numbered(wrong, start, rows)
        if op.name == _ROUNDS_ONCE:
            _count(graph, op, expected, got, found)
    found.vectors_differing += int(touched.sum())


def _rows_to_judge(graph: Graph, op: Op, expected: Layers, got: Layers) -> npt.NDArray[np.bool_]:
    """[n]: vectors for which the operator's inputs or outputs differ; on all others the runtimes agree already."""
    around = (*activations(graph, op), *op.outputs)
    return np.asarray(np.logical_or.reduce([differing(expected[i], got[i]).any(axis=1) for i in around]))


def _right(tflite: bytes, graph: Graph, op: Op, judged: Layers) -> Layers:
    if op.name == _ROUNDS_ONCE and all(t.dtype == np.int8 for t in graph.op_outputs(op)):
        return {op.outputs[0]: fully_connected_single_rounding(graph, op, judged)}
    return run_alone(tflite, graph, op, judged)


def _count(graph: Graph, op: Op, expected: Layers, got: Layers, found: Comparison) -> None:
    """Adds how often, on identical inputs, single and double rounding parted."""
    same = ~np.logical_or.reduce([differing(expected[i], got[i]).any(axis=1) for i in activations(graph, op)])
    output = op.outputs[0]
    parted = differing(expected[output][same], got[output][same])
    if not parted.any():
        return
    here = {"op": op.index, "layer": graph.tensor(output).name, "differing": 0, "largest": 0}
    entry = found.layers.setdefault(op.index, here)
    entry["differing"] += int(parted.sum())
    gap = expected[output][same].astype(np.int64) - got[output][same]
    entry["largest"] = max(entry["largest"], int(np.abs(gap).max()))


def _numbered(wrong: Mismatch, start: int, rows: npt.NDArray[np.bool_]) -> Mismatch:
    """The mismatch with its vector counted in the whole set, not in the rows that were judged."""
    return Mismatch(**{**wrong.as_dict(), "vector": start + int(np.flatnonzero(rows)[wrong.vector])})
