"""ADD and SUB of two int8 or int16 tensors, of which one may be constant: kernels ecgp_add_*, ecgp_add_constant_*."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering import broadcast
from ecgprune.codegen.lowering.checks import activation_clamp, quantization, require
from ecgprune.codegen.requant import RANGES, operand_factor, quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_LEFT_SHIFT = {"int8": 20, "int16": 15}  # headroom that TFLM gives both operands before it scales them
_KERNELS = ("ecgp_add_s8", "ecgp_add_constant_s8", "ecgp_add_s16", "ecgp_add_constant_s16")


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call; the constant or the smaller operand comes second, whichever is subtracted."""
    pair = broadcast.pair(graph, op, "int8", "int16")
    return [
        KernelCall(
            op=op.index,
            header="ecgp_add.h" if pair.a.dtype.name == "int8" else "ecgp_add_s16.h",
            **pair.of_call("add", _rescaling(graph, op, pair), "operand", one_struct=True),
        )
    ]


def _rescaling(graph: Graph, op: Op, pair: broadcast.Pair) -> Params:
    """Both operands go to the scale 2 * max(scale a, scale b) / 2^20 (int16: 2^15), their sum to the output's."""
    left_shift = _LEFT_SHIFT[pair.a.dtype.name]
    (scale_a, zero_a), (scale_b, zero_b), (scale_y, zero_y) = (quantization(t) for t in (pair.a, pair.b, pair.y))
    common = 2.0 * max(scale_a, scale_b)
    multiplier_a, shift_a = operand_factor(scale_a / common)
    multiplier_b, shift_b = operand_factor(scale_b / common)
    multiplier_y, shift_y = quantize_multiplier(min(common / ((1 << left_shift) * scale_y), 1.0))
    # 1.0, and what rounds up to it, has the shift 1, which TFLM refuses.
    require(graph, op, shift_y <= 0, f"output scale {scale_y} for input scales {scale_a} and {scale_b}",
            f"output scales above 2^-{left_shift - 1} of the larger input scale")
    low, high = activation_clamp(graph, op, pair.y)
    swapped = pair.a.index != op.inputs[0]
    return {
        "a_sign": -1 if op.name == "SUB" and swapped else 1,
        "a_zero_point": zero_a,
        "a_multiplier": multiplier_a,
        "a_shift": shift_a,
        "b_sign": -1 if op.name == "SUB" and not swapped else 1,
        "b_zero_point": zero_b,
        "b_multiplier": multiplier_b,
        "b_shift": shift_b,
        "output_zero_point": zero_y,
        "output_multiplier": multiplier_y,
        "output_shift": shift_y,
        "min": low,
        "max": high,
    }


def _features(call: KernelCall) -> Features:
    """Cost rule: by row, and by element, or four, of each of the two inner loops."""
    found = broadcast.features(call)
    whole = (integer(call, "min"), integer(call, "max")) == RANGES["int16" if call.kernel.endswith("s16") else "int8"]
    advancing = integer(call, "loops.a_inner") + integer(call, "loops.b_inner") == 2
    plain = whole and advancing and integer(call, "output_shift") != 0
    loop = "plain_" if plain else ""
    return {"row": found["row"], f"{loop}element": found["element"], f"{loop}four": found["four"]}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, 1, cases.log_uniform(rng, 2, 60), cases.log_uniform(rng, 2, 40))
    other = shape if number % 3 else (1, 1, 1, shape[-1])
    a = net.tensor(shape)
    values = rng.integers(-128, 128, other).astype(np.int8)
    b = net.constant(values, np.array([0.03], np.float32)) if number % 2 else net.tensor(other, (0.03, 5))
    activation = ("NONE", "RELU")[number // 6 % 2]
    net.apply("ADD", [a, b], net.tensor(shape, (0.07, 1)), fused_activation_function=activation)
    return net.graph()


SPECS = tuple(
    OperatorSpec(
        name=name,
        variants=single(_lower),
        limits=broadcast.LIMITS,
        tflm=registration,
        costs=dict.fromkeys(_KERNELS, _features),
        calibration=calibration,
    )
    for name, registration, calibration in (
        ("ADD", TflmRegistration("AddAdd", "Register_ADD_INT8", "add.h"), CalibrationCases(_case, 24, int16=24)),
        ("SUB", TflmRegistration("AddSub"), None),
    )
)
