"""CONV_2D over int8 or int16, NHWC, grouped or not. The kernel variants are in codegen/kernels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params, Variant
from ecgprune.codegen.kernels import (
    direct,
    direct_s16,
    dual,
    gather,
    helium,
    helium_dense,
    helium_s16,
    planes,
    row_helium,
    row_smlad,
    smlad,
    smlal,
    smlal_codes,
)
from ecgprune.codegen.lowering import weights_s16
from ecgprune.codegen.lowering.checks import element_type, quantization, require
from ecgprune.codegen.lowering.weights import biases, requantization, weights
from ecgprune.codegen.lowering.window import TILE, Window, window
from ecgprune.codegen.order import by_chunk, by_row, by_tile
from ecgprune.codegen.requant import weight_multipliers
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS", "calls", "plain_calls"]


def _variants(graph: Graph, op: Op, target: Target) -> list[Variant]:
    """The dense call in plain C, then all that the core and the bounds allow. Only plain C and SMLAL know groups."""
    filters = weights(graph, op, rank=4, axis=0)
    outputs, kernel_h, kernel_w, group_inputs = filters.values.shape
    dtype = element_type(graph, op)
    at = window(graph, op, (kernel_h, kernel_w), outputs, dtype)
    values = filters.values.reshape(outputs, at.kernel_h, at.kernel_w, group_inputs)
    groups = at.input_c // group_inputs
    split = groups * group_inputs == at.input_c and outputs % groups == 0
    require(graph, op, split, f"{at.input_c} to {outputs} channels with weights for {group_inputs} inputs",
            "as many inputs, or whole groups of them")
    scales = (quantization(graph.tensor(op.inputs[0]))[0], filters.scales, quantization(graph.tensor(op.outputs[0]))[0])
    rows = filters.values.reshape(outputs, -1)
    if dtype == "int16":
        requant = weights_s16.requantization(graph, op, rows, weight_multipliers(*scales))
        wide = direct_s16.conv_call(op, at, requant, values, groups, _note(op, at))
        vectors = target.helium and groups == 1
        others = helium_s16.conv_calls(wide, direct_s16.in_bytes(at), requant, rows) if vectors else []
        return [[call] for call in (wide, *others)]
    requant = requantization(graph, op, rows, biases(graph, op, outputs), weight_multipliers(*scales))
    return [[call] for call in calls(op, at, requant, values, groups, target, _note(op, at))]


def plain_calls(
    op: Op, at: Window, requant: Params, values: npt.NDArray[np.int8], target: Target, note: str
) -> list[KernelCall]:
    """Those of `calls` that are dense or skip 1x4 blocks, of a convolution that is not grouped; the same arguments."""
    rows = values.reshape(len(values), -1)
    dense = direct.conv_call(op, at, requant, values, 1, note)
    found, scaled = [dense], helium.factors(requant, len(rows)) if target.helium else None
    if scaled is not None:
        found.append(helium_dense.conv_call(helium.Convolution(dense, at, scaled, rows)))
    if target.dsp:
        found += _smlad(dense, at, requant, values, target)
    return found


def calls(
    op: Op, at: Window, requant: Params, values: npt.NDArray[np.int8], groups: int, target: Target, note: str
) -> list[KernelCall]:
    """The call of each kernel that can do a convolution, the dense one in plain C first.

    Args:
        op: of whose input 0 and output 0 the tensors are.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        values: int8 weights (outputs, kernel_h, kernel_w, inputs of one group), in the orientation of the window.
        groups: 1 where it is not grouped.
        target: the core and the objective.
        note: for the comment above the call.
    """
    outputs, _, _, group_inputs = values.shape
    rows = values.reshape(outputs, -1)
    dense = direct.conv_call(op, at, requant, values, groups, note)
    first_input = np.arange(outputs) // (outputs // groups) * group_inputs
    channels = first_input[:, None, None, None] + np.arange(group_inputs)
    packed = smlal.calls(dense, at, requant, rows, channels)
    found = [dense]
    if target.helium and groups == 1:
        found += _helium(dense, at, requant, rows)
    found += [*direct.sparse_calls(dense, at, requant, rows, channels), *packed]
    if target.optimize == "flash" and groups == 1 and packed:
        found += smlal_codes.calls(packed[0], at, values)
    if target.dsp and groups == 1:
        found += _smlad(dense, at, requant, values, target)
        found += [] if target.helium else row_smlad.calls(dense, at, requant, values)
    return found


def _smlad(
    dense: KernelCall, at: Window, requant: Params, values: npt.NDArray[np.int8], target: Target
) -> list[KernelCall]:
    """Helium is faster than two channels in a halfword wherever both can do a convolution."""
    packed = [] if target.helium else dual.calls(dense, at, requant, values)
    return [*packed, *smlad.calls(dense, at, requant, values)]


def _helium(dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    scaled = helium.factors(requant, len(rows))
    if scaled is None:
        return []
    conv = helium.Convolution(dense, at, scaled, rows)
    return [helium_dense.conv_call(conv), *row_helium.calls(conv), *gather.calls(conv), *planes.calls(conv)]


def _note(op: Op, at: Window) -> str:
    text = f"{at.kernel_h}x{at.kernel_w}, stride {at.stride_h}x{at.stride_w}, {op.options['padding']}"
    return text if at.dilation_h == at.dilation_w == 1 else f"{text}, dilation {at.dilation_h}x{at.dilation_w}"


def _case(rng: np.random.Generator, number: int) -> Graph:
    """The last ones are first layers of a signal, for the kernels of one input channel."""
    if number >= _CASES:
        return _signal_case(rng, number)
    while True:
        inputs, outputs = cases.pick(rng, *cases.CHANNELS), cases.pick(rng, *cases.CHANNELS)
        options, (height, width, kernel_h, kernel_w, out_h, out_w) = cases.windowed(rng, inputs, outputs)
        if outputs * kernel_h * kernel_w * inputs <= cases.MOST_WEIGHTS:
            break
    net = cases.GraphBuilder()
    groups = 2 if inputs % 2 == outputs % 2 == 0 and rng.random() < 0.1 else 1
    values = cases.weights(rng, outputs, kernel_h * kernel_w * inputs // groups)
    shape = (outputs, kernel_h, kernel_w, inputs // groups)
    x = net.tensor((1, height, width, inputs))
    operands = cases.weighted_inputs(net, rng, x, values.reshape(shape), 0)
    y = net.apply("CONV_2D", operands, net.tensor((1, out_h, out_w, outputs), (1.0, 3)), **options)
    if rng.random() < 0.5 and out_w > 1:
        cases.pooling(net, y, (1, 2), (1, 2), "VALID")
    return net.graph()


def _signal_case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    outputs, taps = cases.pick(rng, 4, 5, 8, 16, 17, 32, 40), int(rng.integers(2, 6))
    width = cases.log_uniform(rng, 16, 120)
    values = cases.weights(rng, outputs, taps).reshape(outputs, 1, taps, 1)
    values[0] = 127  # five of these take a sum of 32 bits on Helium
    operands = cases.weighted_inputs(net, rng, net.tensor((1, 1, width, 1)), values, 0)
    made = net.tensor((1, 1, width, outputs), (1.0, 3 if number % 3 == 0 else -128))
    y = net.apply("CONV_2D", operands, made, padding="SAME", stride_h=1, stride_w=1, dilation_h_factor=1,
                  dilation_w_factor=1, fused_activation_function="RELU")  # fmt: skip
    if number % 2 and width % 2 == 0:
        cases.pooling(net, y, (1, 2), (1, 2), "VALID")
    return net.graph()


_CASES, _SIGNAL_CASES = 56, 32
SPECS = (
    OperatorSpec(
        name="CONV_2D",
        variants=_variants,
        limits="int8 input, output and constant weights, with one scale or one per output channel; an optional int32 "
        "bias. Or int16 input and output, with a bias of int64 or int32. Any kernel, stride, dilation and number of "
        "groups, padding SAME or VALID. Fused activations NONE, RELU, RELU6, RELU_N1_TO_1.",
        tflm=TflmRegistration("AddConv2D", "Register_CONV_2D_INT8", "conv.h"),
        costs={
            direct.CONV: direct.features,
            direct_s16.CONV: direct_s16.conv_features,
            direct.SPARSE: direct.features,
            smlal.KERNEL: smlal.features,
            smlal_codes.KERNEL: smlal_codes.features,
            dual.CONV: dual.features,
            smlad.SPARSE: smlad.features,
            helium_dense.CONV: helium_dense.conv_features,
            helium_s16.CONV: helium_s16.conv_features,
            gather.KERNEL: gather.features,
            planes.KERNEL: planes.features,
            row_helium.KERNEL: row_helium.features,
            row_smlad.KERNEL: row_smlad.features,
        },
        orders={
            direct.CONV: by_row(by_tile(TILE)),
            direct.SPARSE: by_row(by_tile(TILE)),
            smlal.KERNEL: by_row(smlal.order),
            smlal_codes.KERNEL: by_row(smlal.order),
            dual.CONV: by_tile(dual.TILE, copied=True),
            smlad.SPARSE: by_row(by_chunk(copied=True)),
            helium_dense.CONV: helium.order,
            gather.KERNEL: helium.order,
        },
        calibration=CalibrationCases(_case, _CASES + _SIGNAL_CASES, int16=20),
    ),
)
