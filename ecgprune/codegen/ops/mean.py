"""MEAN over int8 or int16: kernels ecgp_mean_s8 and ecgp_mean_s16."""

from __future__ import annotations

import math
from itertools import groupby

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import (
    activation,
    constant,
    normalized_axis,
    option,
    quantization,
    require,
    result,
)
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS", "features"]

_SIDE_BY_SIDE = 4  # means that are made at once, as in firmware/lib/nn/ecgp_mean.c

_MOST = {"int8": 2**23 - 1, "int16": 2**16 - 1}  # elements whose sum fits an int32


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. The reduced axes must follow one another (dimensions of 1 aside), as in a global pooling."""
    x = activation(graph, op, 0, *_MOST)
    axes = {normalized_axis(graph, op, int(a), len(x.shape)) for a in constant(graph, op, 1, "int32").reshape(-1)}
    keep = bool(option(graph, op, "keep_dims"))
    left = tuple(1 if i in axes else n for i, n in enumerate(x.shape) if keep or i not in axes)
    y = result(graph, op, left, x.dtype.name)
    outer, count, inner = _split(graph, op, x.shape, axes)
    most = _MOST[x.dtype.name]
    require(graph, op, count <= most, f"a mean of {count} elements", f"{most} and fewer")
    (input_scale, input_zero_point), (output_scale, output_zero_point) = quantization(x), quantization(y)
    multiplier, shift = _mean_multiplier(input_scale / output_scale, count)
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_mean_s8" if x.dtype.name == "int8" else "ecgp_mean_s16",
            header="ecgp_mean.h",
            params_type="ecgp_mean_params",
            params={
                "outer": outer,
                "count": count,
                "inner": inner,
                "bias": -input_zero_point * count,
                "multiplier": multiplier,
                "shift": shift,
                "output_zero_point": output_zero_point,
            },
            inputs=(x.index,),
            outputs=(y.index,),
            note=f"of {count} elements each",
        )
    ]


def _mean_multiplier(factor: float, count: int) -> tuple[int, int]:
    """(multiplier, shift) of factor / count, truncated as tflite::reference_ops::QuantizedMeanOrSum does."""
    multiplier, shift = quantize_multiplier(factor)
    raised = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << raised) // count, shift - raised


def _split(graph: Graph, op: Op, shape: tuple[int, ...], axes: set[int]) -> tuple[int, int, int]:
    """The shape as (outer, reduced, inner)."""
    groups = [
        (reduced, math.prod(n for _, n in group))
        for reduced, group in groupby(((i in axes, n) for i, n in enumerate(shape) if n != 1), key=lambda d: d[0])
    ]
    where = [i for i, (reduced, _) in enumerate(groups) if reduced]
    require(graph, op, len(where) <= 1, f"axes {sorted(axes)} of shape {list(shape)}", "axes that follow one another")
    first = where[0] if where else len(groups)
    sizes = [size for _, size in groups]
    return math.prod(sizes[:first]), math.prod(sizes[first : first + 1]), math.prod(sizes[first + 1 :])


def features(call: KernelCall) -> Features:
    """Cost rule: means that are made four at a time where a core can, and those that are fewer or left over."""
    outer, inner, count = (integer(call, name) for name in ("outer", "inner", "count"))
    whole, rest = inner // _SIDE_BY_SIDE, inner % _SIDE_BY_SIDE
    amounts = {"few": 0 if whole else inner, "four": whole, "rest": rest if whole else 0, "tail": int(rest > 0 < whole)}
    found: Features = {name: outer * amount for name, amount in amounts.items()}
    return found | {f"{name}_element": count * amount for name, amount in found.items()}


def _int16_features(call: KernelCall) -> Features:
    """Cost rule: by group of means, mean, and element of it."""
    means = integer(call, "outer") * integer(call, "inner")
    return {"group": integer(call, "outer"), "mean": means, "element": means * integer(call, "count")}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    channels, width = cases.pick(rng, *cases.CHANNELS), cases.log_uniform(rng, 2, 70)
    x = net.tensor((1, 1, width, channels))
    axes = net.constant(np.array([1, 2] if number % 3 else [3], np.int32))
    y = net.tensor((1, channels) if number % 3 else (1, 1, width), (cases.SCALE / 2, 3))
    net.apply("MEAN", [x, axes], y, keep_dims=False)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="MEAN",
        variants=single(_lower),
        limits="int8 or int16 over constant axes that follow one another (dimensions of 1 aside), as in a global "
        "pooling; fewer than 2^23 elements to a mean, of int16 2^16.",
        tflm=TflmRegistration("AddMean"),
        costs={"ecgp_mean_s8": features, "ecgp_mean_s16": _int16_features},
        calibration=CalibrationCases(_case, 18, int16=9),
    ),
)
