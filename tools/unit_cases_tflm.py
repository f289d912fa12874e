"""TFLM's tests of single layers (micro/integration_tests) as cases: a .tflite each, inputs and golden outputs as CSV.

What is expected is TFLM's own answer. Its tests let golden values be off by one, and some are: a case's note says so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from networks import Net
from oracle import tflm_layers
from tflite_builder import op, tensor
from unit_case import Case, OutsideError

from ecgprune.errors import EcgpruneError
from ecgprune.graph.graph import Graph
from ecgprune.graph.reader import read

__all__ = ["cases", "network"]

PER_LAYER = "tensorflow/lite/micro/integration_tests"


def cases(tree: Path) -> Iterator[tuple[str, str, Case | OutsideError]]:
    """(folder, file, the case or why it is left out) of all tests of single layers."""
    for file in sorted((tree / PER_LAYER).rglob("*.tflite")):
        try:
            yield file.parent.name, file.stem, _case(file)
        except (EcgpruneError, OutsideError) as error:
            yield file.parent.name, file.stem, OutsideError(str(error))


def _case(file: Path) -> Case:
    graph = read(file)
    inputs = [_values(file, f"input{n}", graph, t) for n, t in enumerate(graph.inputs)]
    answers = tflm_layers(file.read_bytes(), graph, [inputs])[0]
    found = graph.tensor(graph.outputs[0])
    expected = answers[found.index].view(found.dtype)
    golden = _values(file, "golden", graph, found.index).reshape(-1)
    off = np.abs(golden.astype(np.int64) - expected)
    note = f"golden: {np.count_nonzero(off)} of {off.size} are {off.max()} off TFLM's own answer" if off.any() else ""
    return Case(graph.ops[0].name, file.stem, network(graph), [inputs], expected, note)


def _values(file: Path, what: str, graph: Graph, index: int) -> npt.NDArray[Any]:
    found = sorted(file.parent.glob(f"{file.stem}_{what}_*.csv"))
    if not found:
        raise OutsideError(f"there is no {file.stem}_{what}_*.csv")
    text = found[0].read_text(encoding="utf-8").replace("\n", ",").strip(",")
    tensor = graph.tensor(index)
    return np.array(text.split(","), np.int64).astype(tensor.dtype).reshape(tensor.shape)


def network(graph: Graph) -> Net:
    """The graph as it is built again."""
    net = Net()
    for t in graph.tensors:
        q = t.quantization
        scales, zeros, axis = (None, None, 0) if q is None else (q.scales, q.zero_points, q.axis)
        name = f"t{t.index}"
        net.tensors.append(tensor(t.shape, t.dtype.name, scales, zeros, t.data, axis, name=name))
    for node in graph.ops:
        names = [tuple(f"t{i}" if i >= 0 else None for i in part) for part in (node.inputs, node.outputs)]
        net.ops.append(op(node.name, *names, **node.options))
    net.inputs, net.outputs = [f"t{i}" for i in graph.inputs], [f"t{i}" for i in graph.outputs]
    return net
