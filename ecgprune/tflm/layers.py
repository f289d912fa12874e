"""What TFLM computes of each operator: it multiplies by every weight, zero or not."""

from __future__ import annotations

import math
import re
from typing import Any

from ecgprune.graph.graph import Graph, Op

__all__ = ["layers"]


def layers(graph: Graph) -> list[dict[str, Any]]:
    """One object for each operator, with the keys of `codegen.plan.Layer`; predictions are None.

    Multiply-accumulates are counted of convolutions and matrix products.
    """
    return [
        {
            "op": op.index,
            "name": re.sub(r"[^a-z0-9]+", "_", op.name.lower()).strip("_") + f"_{op.index}",
            "operator": op.name,
            "kernel": "TFLM",
            "macs": _macs(graph, op),
            "nonzero_macs": _macs(graph, op),
            "weight_bytes": 0,
            "output": op.outputs[0] if op.outputs else -1,
            "instructions_estimate": None,
            "cycles_predicted": None,
        }
        for op in graph.ops
    ]


def _macs(graph: Graph, op: Op) -> int:
    inputs = [t.shape if t is not None else () for t in graph.op_inputs(op)]
    outputs = graph.op_outputs(op)
    if op.name == "CONV_2D":
        return outputs[0].size * math.prod(inputs[1][1:])
    if op.name == "DEPTHWISE_CONV_2D":
        return outputs[0].size * math.prod(inputs[1][1:3])
    if op.name == "TRANSPOSE_CONV":
        return math.prod(inputs[2]) * math.prod(inputs[1][:3])
    if op.name == "FULLY_CONNECTED":
        return outputs[0].size * inputs[1][-1]
    if op.name == "BATCH_MATMUL":
        return outputs[0].size * inputs[0][-2 if op.options.get("adj_x") else -1]
    return 0
