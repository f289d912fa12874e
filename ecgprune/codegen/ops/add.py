"""ADD of two int8 or int16 tensors, one of which may be a constant: kernels ecgp_add_* and ecgp_add_constant_*."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params
from ecgprune.codegen.lowering import broadcast
from ecgprune.codegen.lowering.checks import activation_clamp, quantization, require
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS", "rescaling"]

_LEFT_SHIFT = {"int8": 20, "int16": 15}  # headroom that TFLM gives both addends before it scales them
_KERNELS = ("ecgp_add_s8", "ecgp_add_constant_s8", "ecgp_add_s16", "ecgp_add_constant_s16")


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call; the sum is commutative, so the constant or the smaller addend comes second."""
    pair = broadcast.pair(graph, op, "int8", "int16")
    return [
        KernelCall(
            op=op.index,
            header="ecgp_add.h" if pair.a.dtype.name == "int8" else "ecgp_add_s16.h",
            **pair.of_call("add", rescaling(graph, op, pair.a, pair.b, pair.y), "addend", one_struct=True),
        )
    ]


def rescaling(graph: Graph, op: Op, a: Tensor, b: Tensor, y: Tensor) -> Params:
    """Both addends go to the scale 2 * max(scale a, scale b) / 2^20 (int16: 2^15), their sum to the output's."""
    left_shift = _LEFT_SHIFT[a.dtype.name]
    (scale_a, zero_a), (scale_b, zero_b), (scale_y, zero_y) = quantization(a), quantization(b), quantization(y)
    common = 2.0 * max(scale_a, scale_b)
    factor = common / ((1 << left_shift) * scale_y)
    multiplier_a, shift_a = quantize_multiplier(scale_a / common)
    multiplier_b, shift_b = quantize_multiplier(scale_b / common)
    multiplier_y, shift_y = quantize_multiplier(min(factor, 1.0))
    # 1.0, and what rounds up to it, has the shift 1, which TFLM refuses.
    require(graph, op, shift_y <= 0, f"output scale {scale_y} for input scales {scale_a} and {scale_b}",
            f"output scales above 2^-{left_shift - 1} of the larger input scale")
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
        limits=broadcast.LIMITS,
        tflm=TflmRegistration("AddAdd", "Register_ADD_INT8", "add.h"),
        costs=dict.fromkeys(_KERNELS, broadcast.features),
        calibration=CalibrationCases(_case, 18, int16=18),
    ),
)
