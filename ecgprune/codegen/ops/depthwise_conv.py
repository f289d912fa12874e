"""DEPTHWISE_CONV_2D over int8 or int16, NHWC. Kernel variants are in codegen/kernels; the sparse ones are CONV_2D's."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Variant
from ecgprune.codegen.kernels import (
    depthwise_3x3,
    depthwise_helium,
    depthwise_row,
    depthwise_smlad,
    direct,
    direct_s16,
    helium_s16,
    smlal,
)
from ecgprune.codegen.lowering import weights_s16
from ecgprune.codegen.lowering.checks import element_type, quantization, require
from ecgprune.codegen.lowering.weights import biases, requantization, weights
from ecgprune.codegen.lowering.window import TILE, window
from ecgprune.codegen.order import by_chunk, by_position, by_row, by_tile
from ecgprune.codegen.requant import weight_multipliers
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _variants(graph: Graph, op: Op, target: Target) -> list[Variant]:
    """The dense call in plain C, then all that the core and the bounds allow; the sparse ones are CONV_2D's."""
    filters = weights(graph, op, rank=4, axis=3)
    first, kernel_h, kernel_w, outputs = filters.values.shape
    require(graph, op, first == 1, f"weights of shape {list(filters.values.shape)}", "[1, height, width, channels]")
    dtype = element_type(graph, op)
    at = window(graph, op, (kernel_h, kernel_w), outputs, dtype)
    multiplier = outputs // at.input_c
    require(graph, op, multiplier * at.input_c == outputs, f"{at.input_c} to {outputs} channels",
            "a whole number of outputs per input channel")
    scales = (quantization(graph.tensor(op.inputs[0]))[0], filters.scales, quantization(graph.tensor(op.outputs[0]))[0])
    rows = np.ascontiguousarray(filters.values.reshape(-1, outputs).T)
    note = f"{kernel_h}x{kernel_w}, stride {at.stride_h}x{at.stride_w}, {op.options['padding']}"
    if dtype == "int16":
        require(graph, op, weights_s16.fits_int32(rows), "weights whose sums leave int32", "fewer or smaller weights")
        requant = weights_s16.requantization(graph, op, rows, weight_multipliers(*scales), only_int64=True)
        wide = direct_s16.depthwise_call(op, at, requant, rows, multiplier, note)
        others = helium_s16.depthwise_calls(wide, at, requant, filters.values) if target.helium else []
        return [[call] for call in (wide, *others)]
    requant = requantization(graph, op, rows, biases(graph, op, outputs), weight_multipliers(*scales))
    dense = direct.depthwise_call(op, at, requant, rows, multiplier, note)
    channels = (np.arange(outputs) // multiplier)[:, None, None, None]
    found = [dense]
    if target.helium:
        found += depthwise_helium.calls(dense, at, requant, filters.values)
    if target.dsp:
        found += depthwise_3x3.calls(dense, at, requant, rows)
        found += depthwise_row.calls(dense, at, requant, rows)
        found += depthwise_smlad.calls(dense, at, requant, rows)
    found += direct.sparse_calls(dense, at, requant, rows, channels)
    found += smlal.calls(dense, at, requant, rows, channels)
    return [[call] for call in found]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    square = number % 3 == 2  # as image networks have them
    channels = cases.pick(rng, 4, 8, 16) if square else cases.pick(rng, 1, 4, 8, 16, 32)
    multiplier = 1 if square else cases.pick(rng, 1, 1, 2)
    outputs = channels * multiplier
    options, (height, width, kernel_h, kernel_w, out_h, out_w) = (
        cases.square(rng, channels, 3) if square else cases.windowed(rng, channels, outputs)
    )
    values = cases.weights(rng, outputs, kernel_h * kernel_w).T.reshape(1, kernel_h, kernel_w, outputs)
    x = net.tensor((1, height, width, channels))
    operands = cases.weighted_inputs(net, rng, x, np.ascontiguousarray(values), 3)
    y = net.tensor((1, out_h, out_w, outputs), (0.25, 3))
    net.apply("DEPTHWISE_CONV_2D", operands, y, depth_multiplier=multiplier, **options)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="DEPTHWISE_CONV_2D",
        variants=_variants,
        limits="int8 input, output and constant weights, with one scale or one per output channel; an optional int32 "
        "bias. Or int16 input and output, with a bias of int64. Any kernel, stride, dilation and channel "
        "multiplier, padding SAME or VALID. Fused activations NONE, RELU, RELU6, RELU_N1_TO_1.",
        tflm=TflmRegistration("AddDepthwiseConv2D", "Register_DEPTHWISE_CONV_2D_INT8", "depthwise_conv.h"),
        costs={
            direct.DEPTHWISE: direct.features,
            direct_s16.DEPTHWISE: direct.features,
            direct.SPARSE: direct.features,
            smlal.KERNEL: smlal.features,
            depthwise_smlad.KERNEL: depthwise_smlad.features,
            depthwise_3x3.KERNEL: depthwise_3x3.features,
            depthwise_row.KERNEL: depthwise_row.features,
            depthwise_helium.KERNEL: depthwise_helium.features,
            helium_s16.DEPTHWISE: helium_s16.depthwise_features,
        },
        orders={
            direct.DEPTHWISE: by_row(by_tile(TILE)),
            depthwise_smlad.KERNEL: by_row(by_chunk(copied=False)),
            depthwise_3x3.KERNEL: depthwise_3x3.order,
            depthwise_row.KERNEL: depthwise_row.order,
            depthwise_helium.KERNEL: by_position,
        },
        calibration=CalibrationCases(_case, 36, int16=12),
    ),
)
