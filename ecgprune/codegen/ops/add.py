"""ADD of two int8 tensors, one of which may be a constant: kernels ecgp_add_s8 and ecgp_add_constant_s8."""

from __future__ import annotations

import math
from itertools import groupby, zip_longest

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import (
    activation,
    activation_clamp,
    constant,
    operand,
    quantization,
    require,
    result,
)
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]

_LEFT_SHIFT = 20  # headroom that TFLM gives both addends before it scales them


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call; the sum is commutative, so the constant or the smaller addend comes second."""
    require(graph, op, len(op.inputs) == 2, f"{len(op.inputs)} inputs", "2")
    a, b = (operand(graph, op, i) for i in range(2))
    first, second = (1, 0) if a.is_constant or (a.size < b.size and not b.is_constant) else (0, 1)
    a = activation(graph, op, first)
    b = operand(graph, op, second)
    values = constant(graph, op, second, "int8") if b.is_constant else None
    if values is None:
        activation(graph, op, second)
    loops, shape = _loops(graph, op, a, b)
    y = result(graph, op, shape)
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_add_s8" if values is None else "ecgp_add_constant_s8",
            header="ecgp_add.h",
            params_type="ecgp_add_params",
            params={
                **loops,
                **_rescaling(graph, op, a, b, y),
                "constant": None if values is None else Array("addend", "int8_t", values.reshape(-1)),
            },
            inputs=(a.index, b.index) if values is None else (a.index,),
            outputs=(y.index,),
            in_place=a.size == y.size,
        )
    ]


def _rescaling(graph: Graph, op: Op, a: Tensor, b: Tensor, y: Tensor) -> dict[str, int]:
    """Both addends go to the scale 2 * max(scale a, scale b) / 2^20, their sum to the output's."""
    (scale_a, zero_a), (scale_b, zero_b), (scale_y, zero_y) = quantization(a), quantization(b), quantization(y)
    common = 2.0 * max(scale_a, scale_b)
    factor = common / ((1 << _LEFT_SHIFT) * scale_y)
    multiplier_a, shift_a = quantize_multiplier(scale_a / common)
    multiplier_b, shift_b = quantize_multiplier(scale_b / common)
    multiplier_y, shift_y = quantize_multiplier(min(factor, 1.0))
    # 1.0, and what rounds up to it, has the shift 1, which TFLM refuses.
    require(graph, op, shift_y <= 0, f"output scale {scale_y} for input scales {scale_a} and {scale_b}",
            "output scales above 2^-19 of the larger input scale")
    low, high = activation_clamp(graph, op, y)
    return {
        "a_zero_point": zero_a,
        "a_multiplier": multiplier_a,
        "a_shift": shift_a,
        "b_zero_point": zero_b,
        "b_multiplier": multiplier_b,
        "b_shift": shift_b,
        "output_zero_point": zero_y,
        "output_multiplier": multiplier_y,
        "output_shift": shift_y,
        "min": low,
        "max": high,
    }


def _loops(graph: Graph, op: Op, a: Tensor, b: Tensor) -> tuple[dict[str, int], tuple[int, ...]]:
    """Three nested loops with a step (0: broadcast) per addend, and the output's shape.

    Neighbouring dimensions in which the same addends advance are one loop; equal shapes are a single loop.
    """
    dims = list(zip_longest(reversed(a.shape), reversed(b.shape), fillvalue=1))[::-1]
    require(graph, op, all(m == n or 1 in (m, n) for m, n in dims), f"shapes {list(a.shape)} and {list(b.shape)}",
            "equal shapes, or dimensions of 1 where they differ")
    advancing = groupby((d for d in dims if d != (1, 1)), key=lambda d: (d[0] > 1, d[1] > 1))
    groups = [np.prod(list(group), axis=0, dtype=int).tolist() for _, group in advancing]
    require(graph, op, len(groups) <= 3, f"broadcasting of {list(a.shape)} and {list(b.shape)}",
            "at most 3 runs of dimensions that broadcast alike")
    groups = [[1, 1]] * (3 - len(groups)) + groups
    loops: dict[str, int] = {}
    for i, name in enumerate(("outer", "middle", "inner")):
        loops[name] = max(groups[i])
        for addend, letter in enumerate("ab"):
            step = math.prod(g[addend] for g in groups[i + 1 :])
            loops[f"{letter}_{name}"] = step if groups[i][addend] > 1 else 0
    return loops, tuple(max(d) for d in dims)


def _features(call: KernelCall) -> Features:
    """Cost rule: by element, and by turn of the two outer loops."""
    outer, middle, inner = (integer(call, name) for name in ("outer", "middle", "inner"))
    return {"row": outer * middle, "element": outer * middle * inner}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, 1, cases.log_uniform(rng, 2, 60), cases.log_uniform(rng, 2, 40))
    other = shape if number % 3 else (1, 1, 1, shape[-1])
    a = net.tensor(shape)
    values = rng.integers(-128, 128, other).astype(np.int8)
    b = net.constant(values, np.array([0.03], np.float32)) if number % 2 else net.tensor(other, (0.03, 5))
    net.apply("ADD", [a, b], net.tensor(shape, (0.07, 1)), fused_activation_function="NONE")
    return net.graph()


SPECS = (
    OperatorSpec(
        name="ADD",
        variants=single(_lower),
        limits="Two int8 tensors of any scales, one of which may be constant. Broadcasting in at most 3 runs of "
        "dimensions that broadcast alike. Fused activations NONE, RELU, RELU6, RELU_N1_TO_1.",
        tflm=TflmRegistration("AddAdd", "Register_ADD_INT8", "add.h"),
        costs=dict.fromkeys(("ecgp_add_s8", "ecgp_add_constant_s8"), _features),
        calibration=CalibrationCases(_case, 18),
    ),
)
