"""PRELU of an int8 tensor: kernels ecgp_prelu_s8 and ecgp_prelu_constant_s8, a table where alpha is one number."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params
from ecgprune.codegen.lowering import broadcast
from ecgprune.codegen.lowering.checks import quantization, require
from ecgprune.codegen.lowering.lookup import COSTS, lookup, rescaled, steps
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_MOST_LEFT = (22, 15)  # bits that a difference of bytes, and a product of two, can be shifted left in an int32


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    pair = broadcast.pair(graph, op)
    found = f"input of shape {list(pair.b.shape)} and alpha of {list(pair.a.shape)}"
    require(graph, op, pair.a.index == op.inputs[0], found, "a computed input that is no smaller than alpha")
    (scale_x, zero_x), (scale_a, zero_a), (scale_y, zero_y) = (quantization(t) for t in (pair.a, pair.b, pair.y))
    factors = scale_x / scale_y, scale_x * scale_a / scale_y
    if pair.values is not None and pair.values.size == 1 and pair.a.size == pair.y.size:
        step = steps(pair.a)
        alpha = int(pair.values.reshape(-1)[0]) - zero_a
        below = rescaled(graph, op, np.minimum(step, 0) * alpha, factors[1])
        answers = np.where(step >= 0, rescaled(graph, op, np.maximum(step, 0), factors[0]), below) + zero_y
        return lookup(op, pair.a, pair.y, answers, "prelu")
    (multiplier, shift), (alpha_multiplier, alpha_shift) = (quantize_multiplier(factor) for factor in factors)
    for bits, most in zip((shift, alpha_shift), _MOST_LEFT, strict=True):
        require(graph, op, bits <= most, f"output scale {scale_y} for the scales {scale_x} and {scale_a}",
                f"less than 2^{most} times the output's")
    params: Params = {
        "input_zero_point": zero_x,
        "alpha_zero_point": zero_a,
        "output_zero_point": zero_y,
        "multiplier": multiplier,
        "shift": shift,
        "alpha_multiplier": alpha_multiplier,
        "alpha_shift": alpha_shift,
    }
    return [KernelCall(op=op.index, header="ecgp_prelu.h", **pair.of_call("prelu", params, "alpha"))]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, 1, cases.log_uniform(rng, 2, 60), cases.log_uniform(rng, 2, 40))
    other = shape if number % 3 else (1, 1, 1, shape[-1])
    values = rng.integers(-128, 128, other).astype(np.int8)
    b = net.constant(values, np.array([0.003], np.float32)) if number % 2 else net.tensor(other, (0.003, 5))
    net.apply("PRELU", [net.tensor(shape, (cases.SCALE, 0)), b], net.tensor(shape, (0.06, 1)))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="PRELU",
        variants=single(_lower),
        limits="int8 input and alpha of any scales; alpha may be constant, and is no larger than the input. "
        "Broadcasting in at most 3 runs of dimensions that broadcast alike.",
        tflm=TflmRegistration("AddPrelu"),
        costs={**dict.fromkeys(("ecgp_prelu_s8", "ecgp_prelu_constant_s8"), broadcast.features), **COSTS},
        interpreter_deviates=True,
        calibration=CalibrationCases(_case, 18),
    ),
)
