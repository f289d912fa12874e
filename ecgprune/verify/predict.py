"""Predictions of an int8 classifier, by TFLM or by the TFLite interpreter's reference kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ecgprune.graph.graph import Graph
from ecgprune.graph.reader import read
from ecgprune.verify.oracles import Interpreter, TflmHost
from ecgprune.verify.vectors import arrange

__all__ = ["Interpreter", "TflmHost", "probabilities"]


class Runtime(Protocol):
    """Runs a model on int8 vectors."""

    def outputs(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """The outputs [n, size] for inputs [n, size], in the model's order."""


def probabilities(
    tflite: Path, inputs: Mapping[str, npt.NDArray[Any]], runtime: Callable[[bytes, Graph], Runtime] = TflmHost
) -> npt.NDArray[np.float32]:
    """The first output of a model, dequantized. A model with state begins anew with every vector.

    Args:
        tflite: the model.
        inputs: {input name: int8 [n, ...]}.
        runtime: TflmHost (TFLM on the host) or Interpreter (the TFLite interpreter, reference kernels).

    Returns:
        float32 [n, classes].

    Raises:
        DataError: the inputs do not fit the model.
        RefusedModelError: the runtime cannot load it.
    """
    blob = tflite.read_bytes()
    graph = read(blob)
    rows = arrange(graph, inputs)
    if graph.states:
        each = [[values[v : v + 1] for values in rows] for v in range(len(rows[0]))]
        stored = np.concatenate([runtime(blob, graph).outputs(one)[0] for one in each])
    else:
        stored = runtime(blob, graph).outputs(rows)[0]
    quantization = graph.tensor(graph.outputs[0]).quantization
    if quantization is None:  # a float output
        return stored.astype(np.float32)
    return ((stored.astype(np.int32) - quantization.zero_point) * np.float32(quantization.scale)).astype(np.float32)
