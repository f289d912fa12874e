"""One operator by itself: to compare two runtimes on it with identical inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ecgprune.graph.graph import Graph, Op
from ecgprune.graph.reader import read
from ecgprune.verify.oracles import Layers, TflmHost

__all__ = ["activations", "only", "run_alone"]


def activations(graph: Graph, op: Op) -> tuple[int, ...]:
    """The operator's inputs that are computed, neither constants nor its state, each once."""
    kept = {i for i in op.inputs if i >= 0 and (graph.tensor(i).is_constant or graph.tensor(i).is_state)}
    return tuple(dict.fromkeys(i for i in op.inputs if i >= 0 and i not in kept))


def run_alone(tflite: bytes, graph: Graph, op: Op, inputs: Layers) -> Layers:
    """TFLM's outputs of `op` for given inputs, {tensor: [n, size]}; its state begins anew."""
    blob = only(tflite, graph, op)
    alone = TflmHost(blob, read(blob))
    outputs = alone.outputs([inputs[i] for i in activations(graph, op)])
    return dict(zip(op.outputs, outputs, strict=True))


def only(tflite: bytes, graph: Graph, op: Op) -> bytes:
    """The model cut down to one operator: its computed inputs are the model's inputs, its outputs the outputs."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(tflite, 0)
    subgraph = model.subgraphs[0]
    kept = sorted({i for i in (*op.inputs, *op.outputs, *op.intermediates) if i >= 0})
    place = {old: new for new, old in enumerate(kept)} | {-1: -1}

    def moved(indices: tuple[int, ...]) -> Any:
        return np.array([place[i] for i in indices], np.int32)

    alone = subgraph.operators[op.index]
    alone.inputs, alone.outputs = moved(op.inputs), moved(op.outputs)
    if op.intermediates:
        alone.intermediates = moved(op.intermediates)
    model.subgraphs, subgraph.operators = [subgraph], [alone]
    subgraph.tensors = [subgraph.tensors[i] for i in kept]
    subgraph.inputs, subgraph.outputs = moved(activations(graph, op)), moved(op.outputs)
    model.metadata, model.metadataBuffer, model.signatureDefs = None, None, None
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
