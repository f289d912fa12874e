"""REDUCE_MAX and SUM over int8: kernels ecgp_reduce_max_s8, ecgp_reduce_sum_s8 and ecgp_mean_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import Features
from ecgprune.codegen.lowering.checks import quantization, require, same_quantization
from ecgprune.codegen.lowering.reduction import SUM_COSTS, call, reduction, sizes, sums
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_FOUR, _VECTOR = 4, 16  # largest values that are made at once where a core can, as in firmware/lib/nn/ecgp_reduce.c


def _lower_max(graph: Graph, op: Op) -> list[KernelCall]:
    """One call; TFLM stops where input and output are quantized differently."""
    found = reduction(graph, op)
    require(graph, op, same_quantization(found.x, found.y), "input and output differ in scale or zero point",
            "equal ones, as TFLM")
    return [call(op, found, "ecgp_reduce_max_s8", "ecgp_reduce_max_params", "ecgp_reduce.h", found.loops())]


def _lower_sum(graph: Graph, op: Op) -> list[KernelCall]:
    """One call: that of a mean whose factor is not divided."""
    found = reduction(graph, op)
    multiplier, shift = quantize_multiplier(quantization(found.x)[0] / quantization(found.y)[0])
    bits = (255 * found.count).bit_length()
    require(graph, op, bits + max(shift, 0) <= 31, f"a sum of {found.count} elements", "sums within int32")
    return sums(graph, op, found, multiplier, shift)


def _max_features(call: KernelCall) -> Features:
    """Cost rule: by row, and by output, column and input of those that are made together and of the others."""
    rows, inner, columns, inputs = sizes(call)
    amounts = {"vector": -(-inner // _VECTOR), "four": inner // _FOUR, "rest": inner % _FOUR}
    found: Features = {"row": rows}
    for name, amount in amounts.items():
        found |= {name: rows * amount, f"{name}_column": rows * amount * columns,
                  f"{name}_input": rows * amount * columns * inputs}  # fmt: skip
    return found


def _max_case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    channels, width = cases.pick(rng, *cases.CHANNELS), cases.log_uniform(rng, 2, 70)
    axes, shape = (([1, 2], (1, channels)), ([3], (1, 1, width)), ([1, 2, 3], (1,)))[number % 3]
    x = net.tensor((1, 1, width, channels))
    net.apply("REDUCE_MAX", [x, net.constant(np.array(axes, np.int32))], net.tensor(shape), keep_dims=False)
    return net.graph()


def _sum_case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (cases.log_uniform(rng, 2, 10), cases.log_uniform(rng, 2, 20), cases.log_uniform(rng, 2, 20))
    x = net.tensor(shape)
    axes = net.constant(np.array([0, 2], np.int32))
    net.apply("SUM", [x, axes], net.tensor(shape[1:2], (cases.SCALE * 4, 3)), keep_dims=False)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="REDUCE_MAX",
        variants=single(_lower_max),
        limits="int8 of at most 5 dimensions over constant axes, input and output of the same scale and zero point.",
        tflm=TflmRegistration("AddReduceMax"),
        costs={"ecgp_reduce_max_s8": _max_features},
        calibration=CalibrationCases(_max_case, 36),
    ),
    OperatorSpec(
        name="SUM",
        variants=single(_lower_sum),
        limits="int8 of at most 5 dimensions over constant axes; 255 times the elements of a sum, and times the ratio "
        "of scales, is less than 2^31.",
        tflm=TflmRegistration("AddSum"),
        costs={name: SUM_COSTS[name] for name in ("ecgp_mean_s8", "ecgp_reduce_sum_s8")},
        calibration=CalibrationCases(_sum_case, 18),
        interpreter_deviates=True,
    ),
)
