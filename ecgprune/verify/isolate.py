"""One operator by itself: to compare two runtimes on it with identical inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.graph.graph import Graph, Op, Quantization
from ecgprune.graph.reader import read
from ecgprune.verify.oracles import Layers, TflmHost

__all__ = ["activations", "fully_connected_single_rounding", "run_alone"]


def activations(graph: Graph, op: Op) -> tuple[int, ...]:
    """The operator's inputs that are computed, not constant, each once."""
    return tuple(dict.fromkeys(i for i in op.inputs if i >= 0 and not graph.tensor(i).is_constant))


def run_alone(tflite: bytes, graph: Graph, op: Op, inputs: Layers) -> Layers:
    """TFLM's outputs of `op` for given inputs: {tensor: [n, size]}."""
    blob = _only(tflite, graph, op)
    alone = TflmHost(blob, read(blob))
    outputs = alone.outputs([inputs[i] for i in activations(graph, op)])
    return dict(zip(op.outputs, outputs, strict=True))


def fully_connected_single_rounding(graph: Graph, op: Op, inputs: Layers) -> npt.NDArray[np.int8]:
    """FULLY_CONNECTED as the TFLite interpreter computes it since 2.21: [n, size].

    The exact accumulator times the real scale, in double, rounded once, halves away from zero. TFLM rounds twice
    (once when it takes the product's high half, once when it shifts). Independent of both: written from this formula.
    """
    x, weights = (graph.tensor(i) for i in op.inputs[:2])
    bias = graph.tensor(op.inputs[2]) if len(op.inputs) > 2 and op.inputs[2] >= 0 else None
    x_q, w_q, y_q = (t.quantization or _UNIT for t in (x, weights, *graph.op_outputs(op)))
    assert weights.data is not None
    w = weights.data.astype(np.int64) - w_q.zero_points.reshape(-1, 1)
    rows = inputs[x.index].astype(np.int64) - x_q.zero_point
    accumulator = rows.reshape(-1, w.shape[1]) @ w.T
    if bias is not None and bias.data is not None:
        accumulator = accumulator + bias.data.astype(np.int64)
    scaled = accumulator * (x_q.scale * w_q.scales.astype(np.float64) / y_q.scale)
    rounded = np.copysign(np.floor(np.abs(scaled) + 0.5), scaled).astype(np.int64) + y_q.zero_point
    low, high = _activation_range(str(op.options.get("fused_activation_function", "NONE")), y_q)
    clipped: npt.NDArray[np.int8] = np.clip(rounded, low, high).astype(np.int8)
    return clipped.reshape(len(inputs[x.index]), -1)


_UNIT = Quantization(np.ones(1, np.float32), np.zeros(1, np.int32))


def _activation_range(activation: str, q: Quantization) -> tuple[int, int]:
    def quantized(real: float) -> int:
        return q.zero_point + int(np.floor(np.float32(real) / np.float32(q.scale) + np.float32(0.5)))

    low = {"RELU": 0.0, "RELU6": 0.0, "RELU_N1_TO_1": -1.0}.get(activation)
    high = {"RELU6": 6.0, "RELU_N1_TO_1": 1.0}.get(activation)
    return (
        -128 if low is None else max(-128, quantized(low)),
        127 if high is None else min(127, quantized(high)),
    )


def _only(tflite: bytes, graph: Graph, op: Op) -> bytes:
    """The model cut down to one operator: its computed inputs are the model's inputs, its outputs the outputs."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(tflite, 0)
    subgraph = model.subgraphs[0]
    kept = sorted({i for i in (*op.inputs, *op.outputs) if i >= 0})
    place = {old: new for new, old in enumerate(kept)} | {-1: -1}

    def moved(indices: tuple[int, ...]) -> Any:
        return np.array([place[i] for i in indices], np.int32)

    alone = subgraph.operators[op.index]
    alone.inputs, alone.outputs = moved(op.inputs), moved(op.outputs)
    subgraph.operators = [alone]
    subgraph.tensors = [subgraph.tensors[i] for i in kept]
    subgraph.inputs, subgraph.outputs = moved(activations(graph, op)), moved(op.outputs)
    model.metadata, model.metadataBuffer, model.signatureDefs = None, None, None
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
