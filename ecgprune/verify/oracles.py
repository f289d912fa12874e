"""The two runtimes on the host that are not ecgprune's: TFLM, which is the oracle, and the TFLite interpreter."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.errors import RefusedModelError
from ecgprune.graph.graph import Graph
from ecgprune.runtimes import Child, Limits

__all__ = ["ORACLE", "SUBSTITUTE", "Interpreter", "Layers", "TflmHost", "has_tflm", "oracle_info", "oracle_version"]

Layers = dict[int, npt.NDArray[Any]]
"""Tensor index -> [n, size]: every activation of n vectors, the inputs among them."""

ORACLE = "TensorFlow Lite Micro on the host"
SUBSTITUTE = "the TFLite interpreter with its known deviations put right"


def has_tflm() -> bool:
    """Whether TFLM is to be the oracle: its wheel is installed, or could be, for there is one for this platform."""
    has_wheel = sys.platform == "linux" and platform.machine() == "x86_64"
    return has_wheel or find_spec("tflite_micro") is not None


def oracle_version() -> dict[str, str]:
    """{package: version} of the oracle."""
    package = "tflite-micro" if has_tflm() else "ai-edge-litert"
    return {package: version(package)}


def oracle_info() -> dict[str, Any]:
    """Where the expected outputs come from, for verify.json and the description of the vectors."""
    if not has_tflm():
        return {
            "oracle": SUBSTITUTE,
            "resolver": "BUILTIN_REF, operator by operator",
            "versions": {"ai-edge-litert": version("ai-edge-litert")},
        }
    return {
        "oracle": ORACLE,
        "resolver": "the tflite-micro wheel's (reference kernels)",
        "versions": {"tflite-micro": version("tflite-micro"), "ai-edge-litert": version("ai-edge-litert")},
    }


class _Hosted:
    """A model in a child process, see ecgprune/runtimes. It keeps its state, if any, from call to call.

    Raises:
        RefusedModelError: the runtime cannot load or run the model, or gives tensors of other sizes than the file says.
    """

    def __init__(self, child: Child, graph: Graph) -> None:
        self._child, self._graph = child, graph

    def outputs(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """The model's outputs [n, size] for inputs [n, size], in the model's order."""
        return self._run(inputs, self._graph.outputs, outputs=True)

    def layers(self, inputs: Sequence[npt.NDArray[Any]]) -> Layers:
        """Every operator's outputs, and the inputs."""
        wanted = [i for op in self._graph.ops for i in op.outputs]
        found = dict(zip(wanted, self._run(inputs, wanted), strict=True))
        return found | dict(zip(self._graph.inputs, inputs, strict=True))

    def _run(
        self, inputs: Sequence[npt.NDArray[Any]], wanted: Sequence[int], outputs: bool = False
    ) -> list[npt.NDArray[Any]]:
        """[n, size] of each tensor wanted."""
        sent = [
            (index, rows.reshape(len(rows), *self._graph.tensor(index).shape))
            for index, rows in zip(self._graph.inputs, inputs, strict=True)
        ]
        vectors = self._child.run(sent, wanted, outputs=outputs)
        tensors = [self._graph.tensor(index) for index in wanted]
        each = sum(t.nbytes for t in tensors)
        if any(len(vector) != each for vector in vectors):
            sizes = sorted({len(vector) for vector in vectors})
            raise RefusedModelError(f"the runtime yields {sizes[-1]} bytes where the file says {each}: export it again")
        found, at = [], 0
        for t in tensors:
            rows = b"".join(vector[at : at + t.nbytes] for vector in vectors)
            found.append(np.frombuffer(bytearray(rows), t.dtype).reshape(len(vectors), t.size))
            at += t.nbytes
        return found


class TflmHost(_Hosted):
    """TFLM's reference kernels, through the tflite-micro wheel. `layers` needs all_layers."""

    def __init__(
        self, tflite: bytes, graph: Graph, *, all_layers: bool = False, limits: Limits | None = None
    ) -> None:
        arena = 2**18 + 10 * len(tflite) + 4 * sum(t.nbytes for t in graph.tensors)
        error = RefusedModelError
        child = Child("tflm", tflite, error=error, arena=arena, keep_all=all_layers, limits=limits)
        super().__init__(child, graph)


class Interpreter(_Hosted):
    """The TFLite interpreter with its reference kernels (BUILTIN_REF), every tensor kept."""

    def __init__(self, tflite: bytes, graph: Graph) -> None:
        super().__init__(Child("interpreter", tflite, error=RefusedModelError), graph)
