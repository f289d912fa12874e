"""MEAN over int8 or int16: kernels ecgp_mean_s8, ecgp_mean_s16 and ecgp_reduce_sum_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering.checks import quantization, require
from ecgprune.codegen.lowering.reduction import SUM_COSTS, reduction, sums
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_MOST = {"int8": 2**23 - 1, "int16": 2**16 - 1}  # elements whose sum fits an int32


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call: that of a sum, whose factor is divided."""
    found = reduction(graph, op, *_MOST)
    most = _MOST[found.x.dtype.name]
    require(graph, op, found.count <= most, f"a mean of {found.count} elements", f"{most} and fewer")
    factor = quantization(found.x)[0] / quantization(found.y)[0]
    return sums(graph, op, found, *_mean_multiplier(factor, found.count))


def _mean_multiplier(factor: float, count: int) -> tuple[int, int]:
    """(multiplier, shift) of factor / count, truncated as tflite::reference_ops::QuantizedMeanOrSum does."""
    multiplier, shift = quantize_multiplier(factor)
    raised = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << raised) // count, shift - raised


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
        limits="int8 of at most 5 dimensions over constant axes, fewer than 2^23 elements to a mean. Or int16, fewer "
        "than 2^16, over axes that follow one another (dimensions of 1 aside), as in a global pooling.",
        tflm=TflmRegistration("AddMean"),
        costs=SUM_COSTS,
        calibration=CalibrationCases(_case, 18, int16=9),
    ),
)
