"""ADD and SUB of two int8 or int16 tensors, of which one may be constant.

Kernels ecgp_add_* and ecgp_add_constant_* take all; ecgp_add_linear_s8 takes two int8 tensors of one shape.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params, Variant
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering import broadcast
from ecgprune.codegen.lowering.checks import activation_clamp, quantization, require
from ecgprune.codegen.lowering.linear_sum import linear_sum
from ecgprune.codegen.requant import RANGES, operand_factor, quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_LEFT_SHIFT = {"int8": 20, "int16": 15}  # headroom that TFLM gives both operands before it scales them
_LINEAR = "ecgp_add_linear_s8"
_KERNELS = ("ecgp_add_s8", "ecgp_add_constant_s8", "ecgp_add_s16", "ecgp_add_constant_s16")


def _variants(graph: Graph, op: Op, target: Target) -> list[Variant]:
    """The constant or the smaller operand comes second, whichever is subtracted."""
    pair = broadcast.pair(graph, op, "int8", "int16")
    params = _rescaling(graph, op, pair)
    header = "ecgp_add.h" if pair.a.dtype.name == "int8" else "ecgp_add_s16.h"
    found = KernelCall(op=op.index, header=header, **pair.of_call("add", params, "operand", one_struct=True))
    return [[found], *_linear(pair, params, found)]


def _linear(pair: broadcast.Pair, params: Params, found: KernelCall) -> list[Variant]:
    """The variant with one linear rule, or nothing where none has the same bits."""
    alike = pair.loops["loops.inner"] == pair.y.size and pair.loops["loops.a_inner"] == pair.loops["loops.b_inner"] == 1
    if found.kernel != "ecgp_add_s8" or not alike:
        return []
    scale_a, scale_b, scale_y = (quantization(t)[0] for t in (pair.a, pair.b, pair.y))
    rule = linear_sum(params, (scale_a, scale_b, scale_y))
    if rule is None:
        return []
    fields = {"size": pair.y.size, **rule, "min": params["min"], "max": params["max"]}
    return [[replace(found, kernel=_LINEAR, header="ecgp_add_linear.h", params_type="ecgp_add_linear_params",
                     params=fields)]]  # fmt: skip


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


def _linear_features(call: KernelCall) -> Features:
    """Cost rule: four elements at once, or one after the other; with Helium eight, and the rest by fours."""
    size = integer(call, "size")
    fours = size // 4 if (integer(call, "min"), integer(call, "max")) == RANGES["int8"] else 0
    return {"four": fours, "element": size - 4 * fours, "eight": size // 8, "last_four": -(-(size % 8) // 4)}


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
        variants=_variants,
        limits=broadcast.LIMITS,
        tflm=registration,
        costs={**dict.fromkeys(_KERNELS, _features), _LINEAR: _linear_features},
        calibration=calibration,
    )
    for name, registration, calibration in (
        ("ADD", TflmRegistration("AddAdd", "Register_ADD_INT8", "add.h"), CalibrationCases(_case, 24, int16=24)),
        ("SUB", TflmRegistration("AddSub"), None),
    )
)
