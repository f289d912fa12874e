"""What stands in for TFLM where its wheel has no build: the TFLite interpreter, with its known deviations put right.

Each operator runs by itself on the interpreter's reference kernels, on the outputs of those before it. Where the
interpreter is known to deviate, TFLM's own arithmetic is used instead (`Deviation.tflm`); a model with an operator
whose TFLM arithmetic is not known here, or with a state, has no oracle on such a platform.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.errors import RefusedModelError, ToolMissingError
from ecgprune.graph.graph import Graph
from ecgprune.graph.reader import read
from ecgprune.verify.deviations import deviation
from ecgprune.verify.isolate import activations, only
from ecgprune.verify.oracles import SUBSTITUTE, Interpreter, Layers, TflmHost, has_tflm

__all__ = ["Substitute", "oracle", "without_tflm"]

_MISSING = "tflite-micro has no wheel for this platform (there is one for Linux x86_64)"


def without_tflm() -> str:
    """One line that says which oracle is missing and what stands in for it; "" where none is missing."""
    return "" if has_tflm() else f"{_MISSING}: the oracle is {SUBSTITUTE}"


def oracle(tflite: bytes, graph: Graph, *, all_layers: bool = False) -> TflmHost | Substitute:
    """TFLM, or on a platform without its wheel what stands in for it."""
    return TflmHost(tflite, graph, all_layers=all_layers) if has_tflm() else Substitute(tflite, graph)


class Substitute:
    """TFLM's outputs, without TFLM.

    Raises:
        ToolMissingError: only TFLM knows them, for an operator of this model.
    """

    def __init__(self, tflite: bytes, graph: Graph) -> None:
        self._tflite, self._graph = tflite, graph
        for op in graph.ops:
            known = deviation(graph, op)
            if known is not None and (known.tflm is None or graph.tensor(op.outputs[0]).dtype != np.int8):
                why = f"the interpreter deviates in operator {op.index} ({op.name})"
                raise ToolMissingError(f"{_MISSING}, and {why}: verify this model on Linux x86_64")
        if graph.states:
            raise ToolMissingError(f"{_MISSING}, and the model keeps a state: verify it on Linux x86_64")

    def outputs(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """The model's outputs [n, size] for inputs [n, size], in the model's order."""
        found = self.layers(inputs)
        return [found[index] for index in self._graph.outputs]

    def layers(self, inputs: Sequence[npt.NDArray[Any]]) -> Layers:
        """Every operator's outputs, and the inputs."""
        graph = self._graph
        found: Layers = dict(zip(graph.inputs, inputs, strict=True))
        for op in graph.ops:
            known, needs = deviation(graph, op), activations(graph, op)
            if known is not None and known.tflm is not None:
                found[op.outputs[0]] = known.tflm(graph, op, found)
            elif needs:
                blob = only(self._tflite, graph, op)
                rows = Interpreter(blob, read(blob)).outputs([found[i] for i in needs])
                found |= dict(zip(op.outputs, rows, strict=True))
            else:
                raise RefusedModelError(f"operator {op.index} ({op.name}) computes with constants alone; fold it")
        return found
