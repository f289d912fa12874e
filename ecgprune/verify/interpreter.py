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
from ecgprune.errors import RefusedModelError
from ecgprune.graph.graph import Graph, Op
from ecgprune.graph.state import state_inputs
from ecgprune.verify.deviations import deviation
from ecgprune.verify.isolate import activations, run_alone
from ecgprune.verify.layers import Difference, Mismatch, differing, first_mismatch, measure
from ecgprune.verify.oracles import Interpreter, Layers, TflmHost, has_tflm

__all__ = ["Comparison", "compare", "judge"]

_FEWEST, _MOST = 64, 256
"""Vectors that are judged at once: of large models, and of small ones, whose progress is to be seen too."""
_HELD = 2**24
"""Bytes of each runtime's layers that are held at once, where that is more than the fewest vectors."""


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
        history: the interpreter's tensors around the operators with a state, of all vectors so far: what such an
            operator answers depends on all that came before.
    """

    difference: Difference = field(default_factory=Difference)
    first: Mismatch | None = None
    unexplained: Mismatch | None = None
    vectors_differing: int = 0
    layers: dict[int, dict[str, Any]] = field(default_factory=dict)
    refused: str = ""
    history: Layers = field(default_factory=dict)


def compare(
    tflite: bytes, graph: Graph, inputs: Sequence[npt.NDArray[Any]], progress: Progress = no_progress
) -> Comparison:
    """Runs both on inputs [n, size], which are one sequence, and compares every operator's outputs.

    Raises:
        RefusedModelError: TFLM cannot run the model.
    """
    if not has_tflm():
        return Comparison(refused="it is what the others are compared with")
    if wrong := _not_run(graph):
        return Comparison(refused=wrong)
    tflm = TflmHost(tflite, graph, all_layers=True)
    try:
        Interpreter(tflite, graph).layers([rows[:1] for rows in inputs])
    except RefusedModelError as error:
        return Comparison(refused=str(error).split(". ")[0])
    interpreter = Interpreter(tflite, graph)  # another: the trial may have left a state behind
    found = Comparison()
    count, chunk = len(inputs[0]), _at_once(graph)
    for start in range(0, count, chunk):
        part = [rows[start : start + chunk] for rows in inputs]
        judge(tflite, graph, tflm.layers(part), interpreter.layers(part), start, found)
        progress(min(start + chunk, count) / count, "interpreter, layer by layer")
    return found


def _at_once(graph: Graph) -> int:
    """How many vectors are judged at once. Each time, every operator with a difference is loaded by itself."""
    if graph.states:  # judging a state goes back to the first vector each time
        return _MOST
    each = sum(graph.tensor(i).nbytes for i in {*graph.inputs, *(i for op in graph.ops for i in op.outputs)})
    return min(max(_FEWEST, _HELD // max(1, each)), _MOST)


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
    _remember(graph, got, found)
    first = first_mismatch(graph, expected, got, start)
    if first is None:
        return
    found.first = found.first or first
    outputs = [[layers[i] for i in graph.outputs] for layers in (expected, got)]
    found.difference += measure(outputs[0], outputs[1])
    touched = np.zeros(len(next(iter(got.values()))), bool)
    for op in graph.ops:
        rows = _rows_to_judge(graph, op, expected, got)
        if not rows.any() or not op.outputs:
            continue
        touched |= rows
        around = (*activations(graph, op), *op.outputs)
        if state_inputs(op):
            rows = np.ones_like(rows)
            judged = {i: found.history[i] for i in around}
        else:
            judged = {i: got[i][rows] for i in around}
        if op.name == "READ_VARIABLE":  # which gives nothing by itself
            right, known = {op.outputs[0]: _variable(graph, op, found.history)}, None
        else:
            right, known = run_alone(tflite, graph, op, judged), deviation(graph, op)
        formula = known.formula(graph, op, judged) if known else None
        right, judged = ({i: layers[i][-len(rows) :] for i in layers} for layers in (right, judged))
        if formula is not None:
            _count(graph, op, right, judged, found)
            right = {op.outputs[0]: formula[-len(rows) :]}
        wrong = first_mismatch(graph, right, {i: judged[i] for i in op.outputs})
        if wrong and found.unexplained is None:
            found.unexplained = _numbered(wrong, start, rows)
    found.vectors_differing += int(touched.sum())


def _remember(graph: Graph, got: Layers, found: Comparison) -> None:
    """Adds the vectors to the history of the operators with a state."""
    around = {i for op in graph.ops if state_inputs(op) for i in (*activations(graph, op), *op.outputs)}
    for i in around:
        found.history[i] = np.concatenate([found.history[i], got[i]]) if i in found.history else got[i]


def _variable(graph: Graph, read: Op, history: Layers) -> npt.NDArray[Any]:
    """What a READ_VARIABLE gives, [n, size]: what was assigned last, in this invocation or before."""
    state = graph.tensor(read.inputs[0])
    assert state.initial is not None
    before, after = state.initial.reshape(-1), None  # what the invocation finds, and what it leaves
    assigns = [op for op in graph.ops if op.name == "ASSIGN_VARIABLE" and op.inputs[0] == state.index]
    found = []
    for v in range(len(history[read.outputs[0]])):
        for op in assigns:
            value = graph.tensor(op.inputs[1])
            after = history[value.index][v] if value.data is None else value.data.reshape(-1)
            if op.index < read.index:
                before = after
        found.append(before)
        before = before if after is None else after
    return np.stack(found)


def _not_run(graph: Graph) -> str:
    """Why the interpreter must not run a model that TFLM runs; "" where it may."""
    for op in graph.ops:
        if op.name == "SVDF" and len(op.inputs) > 4 and graph.tensor(op.inputs[4]).dtype == np.int8:
            return f"the TFLite interpreter takes the int8 state of operator {op.index} (SVDF) for int16, and may crash"
    return ""


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
