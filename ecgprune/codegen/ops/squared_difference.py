"""SQUARED_DIFFERENCE of two int8 tensors, one of which may be a constant: kernels of ecgp_squared_difference.h."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params
from ecgprune.codegen.lowering import broadcast
from ecgprune.codegen.lowering.checks import quantization, require
from ecgprune.codegen.requant import operand_factor, quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_LEFT_SHIFT = 7  # headroom that TFLM gives both operands before it scales them


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call; the square is commutative, so the constant or the smaller operand comes second."""
    pair = broadcast.pair(graph, op)
    (scale_a, zero_a), (scale_b, zero_b), (scale_y, zero_y) = (quantization(t) for t in (pair.a, pair.b, pair.y))
    common = 2.0 * max(scale_a, scale_b)
    multiplier_a, shift_a = operand_factor(scale_a / common)
    multiplier_b, shift_b = operand_factor(scale_b / common)
    factor = common * common / ((1 << 2 * _LEFT_SHIFT) * scale_y)
    require(graph, op, factor < 1.0, f"output scale {scale_y} for input scales {scale_a} and {scale_b}",
            "output scales above 2^-12 of the larger input scale's square")
    multiplier, shift = quantize_multiplier(factor)
    params: Params = {
        "a_zero_point": zero_a,
        "a_multiplier": multiplier_a,
        "a_shift": shift_a,
        "b_zero_point": zero_b,
        "b_multiplier": multiplier_b,
        "b_shift": shift_b,
        "output_zero_point": zero_y,
        "output_multiplier": multiplier,
        "output_shift": shift,
    }
    arguments = pair.of_call("squared_difference", params, "operand")
    return [KernelCall(op=op.index, header="ecgp_squared_difference.h", **arguments)]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, 1, cases.log_uniform(rng, 2, 60), cases.log_uniform(rng, 2, 40))
    other = shape if number % 3 else (1, 1, 1, shape[-1])
    values = rng.integers(-128, 128, other).astype(np.int8)
    b = net.constant(values, np.array([0.03], np.float32)) if number % 2 else net.tensor(other, (0.03, 5))
    net.apply("SQUARED_DIFFERENCE", [net.tensor(shape), b], net.tensor(shape, (0.07, 1)))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="SQUARED_DIFFERENCE",
        variants=single(_lower),
        limits="Two int8 tensors of any scales, one of which may be constant. Broadcasting in at most 3 runs of "
        "dimensions that broadcast alike.",
        tflm=TflmRegistration("AddSquaredDifference"),
        costs=dict.fromkeys(("ecgp_squared_difference_s8", "ecgp_squared_difference_constant_s8"), broadcast.features),
        calibration=CalibrationCases(_case, 18),
    ),
)
