"""Compares the TFLite interpreter with TFLM: they are equal but for the known roundings in deviations.py.

No tolerance is granted for those. Each operator is judged on the interpreter's own inputs to it: one that is known to
deviate must give what its formula gives, to the bit, and every other what TFLM's kernel gives on the same inputs.
So a difference is explained only when all of it comes from those roundings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.artifacts import Progress, no_progress
from ecgprune.errors import VerificationError
from ecgprune.graph.graph import Graph, Op
from ecgprune.verify.deviations import deviation
from ecgprune.verify.isolate import activations, run_alone
from ecgprune.verify.layers import Difference, Mismatch, differing, first_mismatch, measure
from ecgprune.verify.oracles import Interpreter, Layers, TflmHost

__all__ = ["Comparison", "compare", "judge"]

_CHUNK = 64  # vectors whose layers are held at once


@dataclass
class Comparison:
    """What `compare` found.

    Attributes:
        difference: at the model's outputs.
        first: the first difference of all, explained or not.
        unexplained: the first one that no known rounding explains; None is the pass.
        vectors_differing: how many had any difference.
        layers: of the operators that are known to deviate, those that did, {op, operator, layer, differing, largest}:
            values that TFLM gives otherwise for the interpreter's own inputs, and by how much.
        refused: why the interpreter cannot load a model that TFLM runs: its reference kernels lack an operator, such as
            ELU. "": it ran.
    """

    difference: Difference = field(default_factory=Difference)
    first: Mismatch | None = None
    unexplained: Mismatch | None = None
    vectors_differing: int = 0
    layers: dict[int, dict[str, Any]] = field(default_factory=dict)
    refused: str = ""


def compare(
    tflite: bytes, graph: Graph, inputs: Sequence[npt.NDArray[Any]], progress: Progress = no_progress
) -> Comparison:
    """Runs both on inputs [n, size] and compares every operator's outputs.

    Raises:
        VerificationError: TFLM cannot run the model.
    """
    tflm = TflmHost(tflite, graph, all_layers=True)
    try:
        interpreter = Interpreter(tflite, graph)
        interpreter.layers([rows[:1] for rows in inputs])
    except VerificationError as error:
        return Comparison(refused=str(error).split(". ")[0])
    found = Comparison()
    count = len(inputs[0])
    for start in range(0, count, _CHUNK):
        part = [rows[start : start + _CHUNK] for rows in inputs]
        judge(tflite, graph, tflm.layers(part), interpreter.layers(part), start, found)
        progress(min(start + _CHUNK, count) / count, "interpreter, layer by layer")
    return found


def judge(tflite: bytes, graph: Graph, expected: Layers, got: Layers, start: int, found: Comparison) -> None:
    """Adds to `found` what some vectors show.

    Args:
        tflite: content of the .tflite file.
        graph: its graph.
        expected: TFLM's layers.
        got: the interpreter's.
        start: the number of the first of these vectors.
        found: gets what is found.
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
        right = run_alone(tflite, graph, op, judged)
        if known := deviation(graph, op):
            _count(graph, op, right, judged, found)
            right = {op.outputs[0]: known.formula(graph, op, judged)}
        wrong = first_mismatch(graph, right, {i: judged[i] for i in op.outputs})
        if wrong and found.unexplained is None:
            found.unexplained = _numbered(wrong, start, rows)
    found.vectors_differing += int(touched.sum())


def _rows_to_judge(graph: Graph, op: Op, expected: Layers, got: Layers) -> npt.NDArray[np.bool_]:
    """[n]: vectors for which the operator's inputs or outputs differ; on all others the runtimes agree already."""
    around = (*activations(graph, op), *op.outputs)
    return np.asarray(np.logical_or.reduce([differing(expected[i], got[i]).any(axis=1) for i in around]))


def _count(graph: Graph, op: Op, tflm: Layers, judged: Layers, found: Comparison) -> None:
    """Adds how often, on the interpreter's inputs, the two runtimes' roundings parted."""
    output = op.outputs[0]
    parted = differing(tflm[output], judged[output])
    if not parted.any():
        return
    here = {"op": op.index, "operator": op.name, "layer": graph.tensor(output).name}
    entry = found.layers.setdefault(op.index, {**here, "differing": 0, "largest": 0})
    entry["differing"] += int(parted.sum())
    gap = tflm[output].astype(np.int64) - judged[output]
    entry["largest"] = max(entry["largest"], int(np.abs(gap).max()))


def _numbered(wrong: Mismatch, start: int, rows: npt.NDArray[np.bool_]) -> Mismatch:
    """The mismatch with its vector counted in the whole set, not in the rows that were judged."""
    return Mismatch(**{**wrong.as_dict(), "vector": start + int(np.flatnonzero(rows)[wrong.vector])})
