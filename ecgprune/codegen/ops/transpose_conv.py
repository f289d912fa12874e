"""TRANSPOSE_CONV over int8 or int16, NHWC: convolutions of stride 1, and their pixels copied to where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params, Variant, within
from ecgprune.codegen.features import Features, Rule
from ecgprune.codegen.kernels import direct, direct_s16, dual, helium_dense, smlad
from ecgprune.codegen.lowering import movement, weights_s16
from ecgprune.codegen.lowering.checks import activation, option, quantization, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_params
from ecgprune.codegen.lowering.phases import Phases, together
from ecgprune.codegen.lowering.weights import biases, requantization, weights
from ecgprune.codegen.lowering.window import dense_window, slide
from ecgprune.codegen.ops import conv
from ecgprune.codegen.requant import weight_multipliers
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_PLACED = {
    kernel: kernel.replace("ecgp_conv", "ecgp_transpose_conv")
    for kernel in (direct.CONV, direct_s16.CONV, dual.CONV, smlad.SPARSE, helium_dense.CONV)
}
"""Kernel of a convolution -> the one that copies its pixels to their places."""


@dataclass(frozen=True)
class _Layer:
    """The operator, with an image that is one pixel wide lying on its side.

    Attributes:
        op: its inputs in the order of a CONV_2D.
        shape: of the input.
        output: of the output.
        strides: rows and columns of the output from one input to the next.
        pads: rows and columns of the output that are cut off in front.
        filters: int8 weights, OHWI.
        scales: of the weights.
    """

    graph: Graph
    op: Op
    shape: tuple[int, ...]
    output: tuple[int, ...]
    strides: tuple[int, int]
    pads: tuple[int, int]
    filters: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]


def _variants(graph: Graph, op: Op, target: Target) -> list[Variant]:
    """For the phases of a row side by side, and for each by itself: the calls of every kernel."""
    layer = _layer(graph, op)
    found: list[Variant] = []
    for apart in (False, True) if layer.strides[1] > 1 else (False,):
        by_call = [_calls(layer, down, across, target) for down, across in _windows(layer, apart)]
        for kernel in dict.fromkeys(call.kernel for call in by_call[0]):
            alike = [[call for call in calls if call.kernel == kernel] for calls in by_call]
            if all(alike):  # chunks of several sizes: the nth of each call
                found += [list(variant) for variant in zip(*alike, strict=False)]
    return found


def _layer(graph: Graph, op: Op) -> _Layer:
    require(graph, op, len(op.inputs) in (3, 4), f"{len(op.inputs)} inputs", "shape, weights, input and optional bias")
    op = replace(op, inputs=(op.inputs[2], op.inputs[1], *op.inputs[3:]))  # TFLM takes the shape from the output
    x, filters = activation(graph, op, 0, "int8", "int16"), weights(graph, op, rank=4, axis=0)
    require(graph, op, len(x.shape) == 4, f"input of {len(x.shape)} dimensions", "4 (NHWC)")
    y = result(graph, op, None, x.dtype.name)
    require(graph, op, len(y.shape) == 4, f"output of {len(y.shape)} dimensions", "4 (NHWC)")
    require(graph, op, min((*x.shape, *y.shape, *filters.values.shape)) > 0, "a size of 0", "1 and more")
    batches, height, width, channels = x.shape
    outputs, kernel_h, kernel_w, inputs = filters.values.shape
    require(graph, op, inputs == channels, f"weights for {inputs} of {channels} channels", "as many")
    strides = int(option(graph, op, "stride_h")), int(option(graph, op, "stride_w"))
    padding = option(graph, op, "padding")
    require(graph, op, min(strides) > 0, f"strides {list(strides)}", "1 and more")
    require(graph, op, padding in ("SAME", "VALID"), f"padding {padding}", "SAME, VALID")
    result(graph, op, (batches, *y.shape[1:3], outputs), x.dtype.name)
    back = [slide(n, k, s, 1, padding) for n, k, s in zip(y.shape[1:3], (kernel_h, kernel_w), strides, strict=True)]
    fits = (back[0][0], back[1][0]) == (height, width)
    require(graph, op, fits, f"output {list(y.shape)} of input {list(x.shape)}", "one that is convolved to it")
    pads = back[0][1], back[1][1]
    shape, output, values = x.shape, y.shape, filters.values
    if width == y.shape[2] == kernel_w == 1:  # one column in memory is one row
        shape, output, values = (batches, 1, height, channels), (batches, 1, y.shape[1], outputs), values.swapaxes(1, 2)
        strides, pads = strides[::-1], pads[::-1]
    return _Layer(graph, op, shape, output, strides, pads, values, filters.scales)


def _windows(layer: _Layer, apart: bool) -> Iterator[tuple[Phases, Phases]]:
    """(the phase of the rows, that or those of the columns) of each call."""
    sizes = zip(layer.shape[1:3], layer.output[1:3], layer.filters.shape[1:3], layer.strides, layer.pads, strict=True)
    rows, columns = sizes
    for down in together(*rows, apart=True):
        for across in together(*columns, apart=apart):
            yield down, across


def _calls(layer: _Layer, down: Phases, across: Phases, target: Target) -> list[KernelCall]:
    """The call of each kernel for one window, whose output channels are those of each phase of the columns in turn."""
    graph, op = layer.graph, layer.op
    x, y = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    outputs, inputs, phases = layer.output[3], layer.shape[3], len(across.taps)
    taken = layer.filters[:, down.taps[0]][:, :, across.taps]  # outputs, rows, phases, columns, inputs
    there = (down.taps[0] >= 0)[:, None, None] & (across.taps >= 0)
    values = np.where(there[None, ..., None], taken, np.int8(0)).transpose(2, 0, 1, 3, 4)
    values = np.ascontiguousarray(values.reshape(phases * outputs, down.taps.shape[1], -1, inputs))
    factors = weight_multipliers(quantization(x)[0], layer.scales, quantization(y)[0])
    factors *= phases if len(factors) > 1 else 1
    size, pads = (down.outputs, across.outputs), (down.pad, across.pad)
    at = dense_window(layer.shape, size, (values.shape[1], values.shape[2]), pads, quantization(x)[1])
    note = f"rows from {down.first}, columns from {across.first}" + (f" and {phases - 1} more" if phases > 1 else "")
    macs = at.positions * int(there.sum()) * outputs * inputs
    in_rows = min(layer.strides[0], layer.output[1]) == 1
    whole = in_rows and phases == min(layer.strides[1], layer.output[2]) and phases * across.outputs == layer.output[2]
    rows = values.reshape(len(values), -1)
    if x.dtype.name == "int16":
        requant = weights_s16.requantization(graph, op, rows, factors, only_int64=True, repeats=phases)
        calls = [direct_s16.conv_call(op, at, requant, values, 1, note)]
    else:
        requant = requantization(graph, op, rows, np.tile(biases(graph, op, outputs), phases), factors)
        every = (op, at, requant, values)
        calls = conv.calls(*every, 1, target, note) if whole else conv.plain_calls(*every, target, note)
    calls = [replace(call, macs=macs) for call in calls]
    if whole:
        return calls
    size_each = x.dtype.itemsize
    place = copy_params(*_place(layer, down, across, phases), size_each)
    return [_placed(call, place, at.positions * len(values) * size_each) for call in calls]


def _place(layer: _Layer, down: Phases, across: Phases, phases: int) -> tuple[list[Loop], tuple[int, int]]:
    """Loops over the convolution's pixels, to their places in the output; and where in both they begin."""
    _, height, width, channels = layer.output
    row = across.outputs * phases * channels
    loops = [
        Loop(layer.shape[0], down.outputs * row, height * width * channels),
        Loop(down.outputs, row, layer.strides[0] * width * channels),
    ]
    if phases == min(layer.strides[1], width):  # of which the last may be beyond the output
        loops.append(Loop(width * channels, 1, 1))
    else:
        loops += [Loop(across.outputs, channels, layer.strides[1] * channels), Loop(channels, 1, 1)]
    return loops, (0, (down.first * width + across.first) * channels)


def _placed(call: KernelCall, place: Params, image_bytes: int) -> KernelCall:
    """The convolution into scratch memory, and what copies its output from there."""
    image = -(-call.scratch_bytes // 4) * 4
    return replace(
        call,
        kernel=_PLACED[call.kernel],
        header=call.header.replace("conv", "transpose_conv"),
        params_type=call.params_type.replace("conv", "transpose_conv"),
        params={**within("conv", call.params), **within("place", place), "image": image},
        scratch_bytes=image + image_bytes,
        uses=(call.header, "ecgp_copy.h"),
    )


def _rule(convolution: Rule) -> Rule:
    """Cost rule: that of the convolution, and that of the copy."""

    def features(call: KernelCall) -> Features:
        conv_params, place = (
            {field.removeprefix(member): value for field, value in call.params.items() if field.startswith(member)}
            for member in ("conv.", "place.")
        )
        copied = movement.COSTS[movement.COPY](replace(call, params=place))
        found = convolution(replace(call, params=conv_params))
        return {**found, **{f"copied_{name}": amount for name, amount in copied.items()}}

    return features


def _case(rng: np.random.Generator, number: int) -> Graph:
    """Signals for which every kernel is called alone, and images; strides of 2 and 3."""
    net = cases.GraphBuilder()
    inputs, outputs = cases.pick(rng, *cases.CHANNELS[2:12]), cases.pick(rng, *cases.CHANNELS[:12])
    flat, stride = number % 3 == 0, 2 + int(rng.integers(2))
    strides, kernel = (1 if flat else stride, stride), (1 if flat else int(rng.integers(2, 5)), int(rng.integers(2, 6)))
    height = 1 if flat else cases.log_uniform(rng, 2, 8)
    width = max(min(cases.log_uniform(rng, 4, 120), 3000 // (height * strides[0] * stride * max(inputs, outputs))), 2)
    values = cases.weights(rng, outputs, kernel[0] * kernel[1] * inputs).reshape(outputs, *kernel, inputs)
    x, w, bias = cases.weighted_inputs(net, rng, net.tensor((1, height, width, inputs)), values, 0)
    cut = number % 2  # so that the last columns are cut off
    shape = (1, height * strides[0], width * stride - cut, outputs)
    options = {"padding": "SAME", "stride_h": strides[0], "stride_w": stride, "fused_activation_function": "NONE"}
    shape_of = net.constant(np.array(shape, np.int32))
    net.apply("TRANSPOSE_CONV", [shape_of, w, x, bias], net.tensor(shape, (1.0, 3)), **options)
    return net.graph()


_INNER = {
    direct.CONV: direct.features,
    direct_s16.CONV: direct_s16.conv_features,
    dual.CONV: dual.features,
    smlad.SPARSE: smlad.features,
    helium_dense.CONV: helium_dense.conv_features,
}
SPECS = (
    OperatorSpec(
        name="TRANSPOSE_CONV",
        variants=_variants,
        limits="int8 input, output and constant weights, with one scale or one per output channel; an optional int32 "
        "bias. Or int16 input and output, with a bias of int64 or int16. Any kernel and stride, padding SAME or VALID. "
        "Fused activations NONE, RELU, RELU6, RELU_N1_TO_1.",
        tflm=TflmRegistration("AddTransposeConv", "Register_TRANSPOSE_CONV_INT8", "transpose_conv.h"),
        costs={**conv.SPECS[0].costs, **{_PLACED[kernel]: _rule(rule) for kernel, rule in _INNER.items()}},
        calibration=CalibrationCases(_case, 24, int16=9),
    ),
)
