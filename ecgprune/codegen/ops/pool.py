"""MAX_POOL_2D and AVERAGE_POOL_2D over int8 or int16, NHWC: kernels ecgp_max_pool_* and ecgp_average_pool_*."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import activation, activation_clamp, option, quantization, require, result
from ecgprune.codegen.lowering.window import slide
from ecgprune.codegen.order import by_position
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]

_KERNELS = {"MAX_POOL_2D": "ecgp_max_pool", "AVERAGE_POOL_2D": "ecgp_average_pool"}
_SUFFIXES = {"int8": "_s8", "int16": "_s16"}
_FILES = {"int8": "", "int16": "_s16"}
_MOST_CELLS = 2**16 - 1  # of a window over int16, whose sum fits an int32


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. Padding is never a value: a window counts only the cells that lie inside the input."""
    x = activation(graph, op, 0, *_SUFFIXES)
    require(graph, op, len(x.shape) == 4, f"input of {len(x.shape)} dimensions", "4 (NHWC)")
    down, across = _axis(graph, op, x, "h", "height"), _axis(graph, op, x, "w", "width")
    require(graph, op, min(down.output, across.output) > 0,
            f"a {down.taps}x{across.taps} window on {down.size}x{across.size} cells", "windows that fit their input")
    y = result(graph, op, (x.shape[0], down.output, across.output, x.shape[3]), x.dtype.name)
    cells = min(down.taps, down.size) * min(across.taps, across.size)
    require(graph, op, x.dtype.name == "int8" or cells <= _MOST_CELLS, f"a window of {cells} cells", f"{_MOST_CELLS}")
    (input_scale, input_zero_point), (output_scale, output_zero_point) = quantization(x), quantization(y)
    alike = abs(input_scale - output_scale) <= 1e-6 and input_zero_point == output_zero_point
    require(graph, op, alike, "input and output differ in scale or zero point", "equal ones, scales to 1e-6 as TFLM")
    low, high = activation_clamp(graph, op, y)
    note = f"{down.taps}x{across.taps}, stride {down.stride}x{across.stride}, {option(graph, op, 'padding')}"
    if across.size == across.taps == 1:  # one column in memory is one row, as in window.py
        down, across = across, down
    return [
        KernelCall(
            op=op.index,
            kernel=_KERNELS[op.name] + _SUFFIXES[x.dtype.name],
            header=f"ecgp_pool{_FILES[x.dtype.name]}.h",
            params_type="ecgp_pool_params",
            params={
                "batches": x.shape[0],
                "input_h": down.size,
                "input_w": across.size,
                "channels": x.shape[3],
                "output_h": down.output,
                "output_w": across.output,
                "filter_h": down.taps,
                "filter_w": across.taps,
                "stride_h": down.stride,
                "stride_w": across.stride,
                "pad_top": down.before,
                "pad_left": across.before,
                "min": low,
                "max": high,
            },
            inputs=(x.index,),
            outputs=(y.index,),
            note=note,
        )
    ]


@dataclass(frozen=True)
class _Axis:
    """How the window slides along one dimension: cells of the input, of the window, of a step, before the input."""

    size: int
    taps: int
    stride: int
    output: int
    before: int


def _axis(graph: Graph, op: Op, x: Tensor, axis: str, dimension: str) -> _Axis:
    """The axis "h" or "w", whose filter option has the name of the dimension."""
    size = x.shape["nhwc".index(axis)]
    taps, stride = option(graph, op, f"filter_{dimension}"), option(graph, op, f"stride_{axis}")
    padding = option(graph, op, "padding")
    require(graph, op, min(taps, stride) > 0, f"a stride or filter of {min(taps, stride)}", "1 and more")
    require(graph, op, padding in ("SAME", "VALID"), f"padding {padding}", "SAME, VALID")
    output, before, _ = slide(size, taps, stride, 1, padding)
    return _Axis(size, taps, stride, output, before)


_LANES = {"ecgp_max_pool_s8": 16, "ecgp_max_pool_s16": 8}
"""Channels side by side in a vector of Helium; averages have sums of four."""


def _features(call: KernelCall) -> Features:
    """Cost rule: a window's part that lies in the input is visited, channel by channel, or vector by vector."""
    channels, rows = integer(call, "channels"), integer(call, "batches") * integer(call, "output_h")
    cells = rows * integer(call, "output_w")
    down, across = _covered(call, "h", "top"), _covered(call, "w", "left")
    visited = integer(call, "batches") * down * across
    window_rows = integer(call, "batches") * down * integer(call, "output_w")
    vectors = -(-channels // _LANES.get(call.kernel, 4))
    return {
        "row": rows,
        "cell": cells,
        "value": cells * channels,
        "window_row": window_rows,
        "visited": visited,
        "visited_value": visited * channels,
        "vector": cells * vectors,
        "vector_row": window_rows * vectors,
        "visited_vector": visited * vectors,
    }


def _fours_features(call: KernelCall) -> Features:
    """Cost rule: four channels, or one that is left over, at a time, or fewer than four; on Helium vectors."""
    found, channels = _features(call), integer(call, "channels")
    each = {"": found["cell"], "_window_row": found["window_row"], "_visited": found["visited"]}
    counts = {"four": channels // 4, "one" if channels > 4 else "few": channels % 4}
    return {
        **{name: found[name] for name in ("row", "cell", "vector", "vector_row", "visited_vector")},
        **{size + name: count * amount for size, count in counts.items() for name, amount in each.items()},
    }


def _covered(call: KernelCall, axis: str, edge: str) -> int:
    """Cells along an axis that the windows cover, in all."""
    size, taps = integer(call, f"input_{axis}"), integer(call, f"filter_{axis}")
    step, before = integer(call, f"stride_{axis}"), integer(call, f"pad_{edge}")
    starts = [i * step - before for i in range(integer(call, f"output_{axis}"))]
    return sum(min(at + taps, size) - max(at, 0) for at in starts)


def _case(name: str, rng: np.random.Generator) -> Graph:
    net = cases.GraphBuilder()
    flat, channels = rng.random() < 0.7, cases.pick(rng, *cases.CHANNELS)
    height = 1 if flat else cases.log_uniform(rng, 3, 12)
    width = cases.log_uniform(rng, 6, max(7, min(200, cases.LARGEST // (channels * height))))
    size = (1 if flat else cases.pick(rng, 2, 3), cases.pick(rng, 2, 2, 3, 5))
    x = net.tensor((1, height, width, channels))
    stride = (size[0], cases.pick(rng, 1, size[1]))
    cases.pooling(net, x, size, stride, cases.pick(rng, "SAME", "VALID"), name)
    return net.graph()


def _spec(name: str, method: str) -> OperatorSpec:
    return OperatorSpec(
        name=name,
        variants=single(_lower),
        limits="int8 or int16 NHWC, input and output of the same scale and zero point. Any window and stride, padding "
        "SAME or VALID. Fused activations NONE, RELU, RELU6, RELU_N1_TO_1.",
        tflm=TflmRegistration(method, f"Register_{name}_INT8", "pooling.h"),
        costs={_KERNELS[name] + suffix: _fours_features for suffix in _SUFFIXES.values()},
        orders={_KERNELS[name] + suffix: by_position for suffix in _SUFFIXES.values()},
        calibration=CalibrationCases(lambda rng, _number: _case(name, rng), 18, int16=18),
    )


SPECS = (
    _spec("MAX_POOL_2D", "AddMaxPool2D"),
    _spec("AVERAGE_POOL_2D", "AddAveragePool2D"),
)
