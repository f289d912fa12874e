"""DEPTHWISE_CONV_2D over int8, NHWC: kernel ecgp_depthwise_conv_s8; the sparse form is CONV_2D's."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.kernels import depthwise_smlad, helium
from ecgprune.codegen.lowering.checks import quantization, require
from ecgprune.codegen.lowering.weights import biases, requantization, weights
from ecgprune.codegen.lowering.window import window
from ecgprune.codegen.ops.conv import sparse_calls
from ecgprune.codegen.requant import weight_multipliers
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op

__all__ = ["candidates"]


def candidates(graph: Graph, op: Op, target: Target) -> list[KernelCall]:
    """The dense call, then the sparse one where its counts fit.

    Raises UnsupportedOperatorError for other forms, CodegenError where an accumulator could overflow.
    """
    filters = weights(graph, op, rank=4, axis=3)
    first, kernel_h, kernel_w, outputs = filters.values.shape
    require(graph, op, first == 1, f"weights of shape {list(filters.values.shape)}", "[1, height, width, channels]")
    at = window(graph, op, (kernel_h, kernel_w), outputs)
    multiplier = outputs // at.input_c
    require(graph, op, multiplier * at.input_c == outputs, f"{at.input_c} to {outputs} channels",
            "a whole number of outputs per input channel")
    scales = (quantization(graph.tensor(op.inputs[0]))[0], filters.scales, quantization(graph.tensor(op.outputs[0]))[0])
    rows = np.ascontiguousarray(filters.values.reshape(-1, outputs).T)
    requant = requantization(graph, op, rows, biases(graph, op, outputs), weight_multipliers(*scales))
    dense = KernelCall(
        op=op.index,
        kernel="ecgp_depthwise_conv_s8",
        header="ecgp_depthwise_conv.h",
        params_type="ecgp_depthwise_conv_params",
        params={
            **at.fields,
            **requant,
            "multiplier": multiplier,
            "weights": Array("weights", "int8_t", rows, "output channel first, unlike in the .tflite"),
        },
        inputs=(op.inputs[0],),
        outputs=(op.outputs[0],),
        scratch_bytes=at.scratch_bytes,
        takes_scratch=True,
        macs=at.positions * rows.size,
        nonzero_macs=at.positions * int(np.count_nonzero(rows)),
        note=f"{kernel_h}x{kernel_w}, stride {at.stride_h}x{at.stride_w}, {op.options['padding']}",
    )
    channel = np.arange(outputs) // multiplier
    vectors = helium.depthwise_calls(dense, at, requant, filters.values) if target.helium else []
    lanes = depthwise_smlad.calls(dense, at, requant, rows) if target.dsp else []
    return [dense, *vectors, *lanes, *sparse_calls(dense, at, requant, rows, channel[:, None, None, None])]
