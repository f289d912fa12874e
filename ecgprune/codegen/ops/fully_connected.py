"""FULLY_CONNECTED over int8: kernels ep_fully_connected_s8 (dense) and ep_fully_connected_sparse_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import sparse
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.ops.checks import activation, quantization, require, result
from ecgprune.codegen.ops.weighted import Weights, biases, requantization, weights
from ecgprune.codegen.requant import weight_multipliers
from ecgprune.codegen.target import Target
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Op

__all__ = ["candidates"]

# TFLM refuses a bias whose scale is further than this from input scale * weight scale, in output steps.
BIAS_SCALE_TOLERANCE = 0.02


def candidates(graph: Graph, op: Op, target: Target) -> list[KernelCall]:
    """The dense call, then the sparse one where its counts fit. Any number of leading dimensions.

    Raises UnsupportedOperatorError for other forms, CodegenError where an accumulator could overflow.
    """
    layout = op.options["weights_format"]
    require(graph, op, layout == "DEFAULT", f"weights format {layout}", "DEFAULT")
    x, y = activation(graph, op), result(graph, op)
    filters = weights(graph, op, rank=2, axis=0)
    outputs, depth = filters.values.shape
    require(graph, op, min(outputs, depth) > 0, f"weights of shape {[outputs, depth]}", "1 and more")
    rows = x.size // depth
    fits = rows > 0 and rows * depth == x.size and y.size == rows * outputs and y.shape[-1:] == (outputs,)
    require(graph, op, fits, f"{list(x.shape)} to {list(y.shape)} with weights {[outputs, depth]}",
            "inputs of whole rows, one output row for each")
    requant = requantization(graph, op, filters.values, biases(graph, op, outputs), _factors(graph, op, filters))
    shape: dict[str, int | str | Array | None] = {**requant, "rows": rows, "depth": depth, "outputs": outputs}

    def call(kernel: str, params_type: str, arrays: dict[str, Array]) -> KernelCall:
        return KernelCall(
            op=op.index,
            kernel=kernel,
            header="ep_fully_connected.h",
            params_type=params_type,
            params={**shape, **arrays},
            inputs=(x.index,),
            outputs=(y.index,),
            macs=rows * filters.values.size,
            nonzero_macs=rows * int(np.count_nonzero(filters.values)),
        )

    dense = call(
        "ep_fully_connected_s8",
        "ep_fully_connected_params",
        {"weights": Array("weights", "int8_t", filters.values)},
    )
    if depth > sparse.MAX_COUNT:
        return [dense]
    stream = sparse.pack(filters.values, np.arange(depth, dtype=np.int64))
    sparse_form = call(
        "ep_fully_connected_sparse_s8",
        "ep_fully_connected_sparse_params",
        {"counts": Array("counts", "uint16_t", stream.counts), "entries": Array("entries", "uint8_t", stream.entries)},
    )
    return [dense, sparse_form]


def _factors(graph: Graph, op: Op, filters: Weights) -> list[tuple[int, int]]:
    """(multiplier, shift) per weight scale. Per tensor, the bias's scale must be about input * weights, as in TFLM."""
    input_scale = quantization(graph.tensor(op.inputs[0]))[0]
    output_scale = quantization(graph.tensor(op.outputs[0]))[0]
    bias = graph.op_inputs(op)[2] if len(op.inputs) > 2 else None
    if bias is not None and filters.scales.size == 1:
        expected = input_scale * float(filters.scales[0])
        found = float(bias.quantization.scales[0]) if bias.quantization else 0.0
        if abs(expected - found) / output_scale > BIAS_SCALE_TOLERANCE:
            raise CodegenError(
                f"operator {op.index} ({op.name}): the bias's scale is {found}, expected {expected}, the input's times "
                "the weights': TFLM refuses this model too"
            )
    return weight_multipliers(input_scale, filters.scales, output_scale)
