"""The two runtimes on the host that are not ecgprune's: TFLM, which is the oracle, and the TFLite interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.errors import VerificationError
from ecgprune.graph.graph import Graph

__all__ = ["ORACLE", "Interpreter", "Layers", "TflmHost", "oracle_info"]

Layers = dict[int, npt.NDArray[Any]]
"""Tensor index -> [n, size]: every activation of n vectors, the inputs among them."""

ORACLE = "TensorFlow Lite Micro on the host"


def oracle_info() -> dict[str, Any]:
    """Where the expected outputs come from, for verify.json and the description of the vectors."""
    return {
        "oracle": ORACLE,
        "resolver": "the tflite-micro wheel's (reference kernels)",
        "versions": {"tflite-micro": version("tflite-micro"), "ai-edge-litert": version("ai-edge-litert")},
    }


class TflmHost:
    """TFLM's reference kernels, through the tflite-micro wheel.

    Raises:
        VerificationError: TFLM cannot load the model.
    """

    def __init__(self, tflite: bytes, graph: Graph, *, all_layers: bool = False) -> None:
        from tflite_micro.python.tflite_micro import runtime

        config = runtime.InterpreterConfig.kAllocationRecording
        if all_layers:
            config = runtime.InterpreterConfig.kPreserveAllTensors
        arena = 2**18 + 10 * len(tflite) + 4 * sum(t.nbytes for t in graph.tensors)
        try:
            self._runtime = runtime.Interpreter.from_bytes(tflite, arena_size=arena, intrepreter_config=config)
        except RuntimeError as error:
            raise VerificationError(f"TFLM cannot load the model: {error}") from error
        self._graph = graph

    def outputs(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """The model's outputs [n, size] for inputs [n, size], in the model's order."""
        results = [_empty(self._graph, i, len(inputs[0])) for i in self._graph.outputs]
        for v in range(len(inputs[0])):
            self._invoke(inputs, v)
            for position, rows in enumerate(results):
                rows[v] = self._runtime.get_output(position).reshape(-1)
        return results

    def layers(self, inputs: Sequence[npt.NDArray[Any]]) -> Layers:
        """Every operator's outputs, and the inputs. Needs all_layers."""
        layers = _empty_layers(self._graph, inputs)
        for v in range(len(inputs[0])):
            self._invoke(inputs, v)
            for op in self._graph.ops:
                for index in op.outputs:
                    layers[index][v] = self._runtime.GetTensor(index, 0)["tensor_data"].reshape(-1)
        return layers

    def _invoke(self, inputs: Sequence[npt.NDArray[Any]], v: int) -> None:
        for position, (index, rows) in enumerate(zip(self._graph.inputs, inputs, strict=True)):
            self._runtime.set_input(rows[v].reshape(self._graph.tensor(index).shape), position)
        self._runtime.invoke()


class Interpreter:
    """The TFLite interpreter with its reference kernels (BUILTIN_REF), every tensor kept."""

    def __init__(self, tflite: bytes, graph: Graph) -> None:
        from ai_edge_litert import interpreter

        self._interpreter = interpreter.Interpreter(
            model_content=tflite,
            experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
            num_threads=1,
        )
        self._interpreter.allocate_tensors()
        self._graph = graph

    def outputs(self, inputs: Sequence[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """The model's outputs [n, size] for inputs [n, size], in the model's order."""
        found = self._read(inputs, self._graph.outputs)
        return [found[index] for index in self._graph.outputs]

    def layers(self, inputs: Sequence[npt.NDArray[Any]]) -> Layers:
        """Every operator's outputs, and the inputs."""
        return self._read(inputs, [i for op in self._graph.ops for i in op.outputs]) | dict(
            zip(self._graph.inputs, inputs, strict=True)
        )

    def _read(self, inputs: Sequence[npt.NDArray[Any]], wanted: Sequence[int]) -> Layers:
        """These tensors, for each vector."""
        found = {index: _empty(self._graph, index, len(inputs[0])) for index in wanted}
        for v in range(len(inputs[0])):
            for index, rows in zip(self._graph.inputs, inputs, strict=True):
                self._interpreter.set_tensor(index, rows[v].reshape(self._graph.tensor(index).shape))
            self._interpreter.invoke()
            for index, values in found.items():
                values[v] = self._interpreter.get_tensor(index).reshape(-1)
        return found


def _empty(graph: Graph, index: int, count: int) -> npt.NDArray[Any]:
    tensor = graph.tensor(index)
    return np.empty((count, tensor.size), tensor.dtype)


def _empty_layers(graph: Graph, inputs: Sequence[npt.NDArray[Any]]) -> Layers:
    layers = {i: _empty(graph, i, len(inputs[0])) for op in graph.ops for i in op.outputs}
    return layers | dict(zip(graph.inputs, inputs, strict=True))
