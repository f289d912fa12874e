"""What a .tflite answers elsewhere: in TensorFlow Lite Micro (the oracle) and in the TFLite interpreter.

`assert_bit_exact` holds generated C against both, every operator's output by itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hostmodel import HostModel
from tflite_micro.python.tflite_micro import runtime

from ecgprune.codegen import generate
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Tensor
from ecgprune.graph.reader import read

Bytes = npt.NDArray[np.int8]
Vector = Sequence[npt.NDArray[Any]]


def tflm_layers(blob: bytes, graph: Graph, vectors: Sequence[Vector]) -> list[dict[int, Bytes]]:
    """Per vector: tensor index -> bytes, for every operator's output, as TFLM computes it."""
    interpreter = runtime.Interpreter.from_bytes(
        blob, arena_size=1 << 24, intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors
    )
    results = []
    for vector in vectors:
        for i, x in enumerate(vector):
            interpreter.set_input(x, i)
        interpreter.invoke()
        results.append({t: _bytes(interpreter.GetTensor(t, 0)["tensor_data"]) for op in graph.ops for t in op.outputs})
    return results


def interpreter_layers(blob: bytes, graph: Graph, vectors: Sequence[Vector]) -> list[dict[int, Bytes]]:
    """The same from ai_edge_litert with its reference kernels."""
    interpreter = Interpreter(
        model_content=blob,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    details = interpreter.get_input_details()
    results = []
    for vector in vectors:
        for detail, x in zip(details, vector, strict=True):
            interpreter.set_tensor(detail["index"], x)
        interpreter.invoke()
        results.append({t: _bytes(interpreter.get_tensor(t)) for op in graph.ops for t in op.outputs})
    return results


def random_vectors(graph: Graph, count: int, seed: int = 0) -> list[Vector]:
    """Inputs that visit the whole range of their type; integers from both ends to the middle, floats around 0."""
    rng = np.random.default_rng(seed)
    return [[_random(rng, graph.tensor(t), i) for t in graph.inputs] for i in range(count)]


def _random(rng: np.random.Generator, tensor: Tensor, number: int) -> npt.NDArray[Any]:
    if tensor.dtype == np.float32:
        return (rng.normal(size=tensor.shape) * 8).astype(np.float32)
    limits = np.iinfo(tensor.dtype)
    if number == 0:  # long runs of the extremes, where saturation shows
        return rng.choice(np.array([limits.min, limits.max], tensor.dtype), tensor.shape)
    if tensor.dtype != np.int8:
        return rng.integers(limits.min, limits.max, tensor.shape, tensor.dtype, endpoint=True)
    width = (128, 20)[number % 2]
    return rng.integers(-width, width, tensor.shape).astype(np.int8)


def assert_bit_exact(
    blob: bytes,
    vectors: Sequence[Vector] | int = 3,
    interpreter: bool = True,
    sparse: Any = "auto",
    target: Target | None = None,
) -> Graph:
    """Generated C under ASan and UBSan = TFLM (= the interpreter) in every operator's output; returns the graph.

    A kernel that reads beyond its inputs fails as well.
    """
    graph = read(blob)
    if isinstance(vectors, int):
        vectors = random_vectors(graph, vectors)
    expected = {"TFLM": tflm_layers(blob, graph, vectors)}
    if interpreter:
        expected["the interpreter"] = interpreter_layers(blob, graph, vectors)
    generated = generate(graph, "m", sparse, target)
    planned = generated.plan.graph
    fused = [c.call for c in generated.plan.calls if c.call.fused is not None]
    absent = {t for call in fused for op in (call.op, *call.passed) for t in planned.op(op).outputs}
    absent |= {t.index for t in graph.tensors if planned.tensor(t.index).shape != t.shape}
    absent |= {t.index for t in graph.tensors}.difference(t for op in planned.ops for t in op.outputs)  # folded
    with tempfile.TemporaryDirectory() as folder:
        answers = HostModel(generated, Path(folder), apart=True).trace_many(vectors)
    for number, (outputs, layers) in enumerate(answers):
        for name, oracle in expected.items():
            _compare(graph, absent, number, name, layers, oracle[number])
        for i, t in enumerate(graph.outputs):
            np.testing.assert_array_equal(outputs[i], expected["TFLM"][number][t])
    return graph


def _compare(
    graph: Graph, absent: set[int], vector: int, oracle: str, got: dict[int, Bytes], expected: dict[int, Bytes]
) -> None:
    """absent: tensors that never exist: the next operator is done in the same call, or channels are left out."""
    for op in graph.ops:
        for t in op.outputs:
            if t in absent:
                assert t not in got
                continue
            where = f"vector {vector}, operator {op.index} ({op.name}), tensor {t}, against {oracle}"
            np.testing.assert_array_equal(got[t], expected[t], err_msg=where)


def _bytes(array: npt.NDArray[Any]) -> Bytes:
    return np.frombuffer(np.ascontiguousarray(array).tobytes(), np.int8)
