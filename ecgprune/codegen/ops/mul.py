"""MUL of two int8 or int16 tensors, one of which may be a constant: kernels ecgp_mul_* and ecgp_mul_constant_*."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, path
from ecgprune.codegen.lowering import broadcast
from ecgprune.codegen.lowering.checks import activation_clamp, quantization, require
from ecgprune.codegen.requant import INT8_MAX, INT8_MIN, quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_FAST_RIGHT = (2, 22)
"""Bits of the right shift that ecgp_rescale.h can do. Of more than 22 nothing is left of any product (below 2^16)."""
_MOST_LEFT = 15
"""Bits that a product, at most 255 * 255, can be shifted left in an int32, with room for the output's zero point."""


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call; the product is commutative, so the constant or the smaller factor comes second."""
    pair = broadcast.pair(graph, op, "int8", "int16")
    (scale_a, zero_a), (scale_b, zero_b), (scale_y, zero_y) = (quantization(t) for t in (pair.a, pair.b, pair.y))
    multiplier, shift = quantize_multiplier(scale_a * scale_b / scale_y)
    if pair.a.dtype.name == "int16":
        return [_int16(graph, op, pair, multiplier, shift)]
    require(graph, op, shift <= _MOST_LEFT, f"output scale {scale_y} for input scales {scale_a} and {scale_b}",
            f"output scales above 2^-{_MOST_LEFT} of the input scales' product")
    shift = -_FAST_RIGHT[1] if multiplier == 0 else max(shift, -_FAST_RIGHT[1])
    low, high = activation_clamp(graph, op, pair.y)
    requant: Params = {
        "requant.bias": Array("bias", "int32_t", np.zeros(1, np.int32)),
        "requant.multiplier": Array("multiplier", "int32_t", np.array([multiplier], np.int32)),
        "requant.shift": Array("shift", "int8_t", np.array([shift], np.int8)),
        "requant.per_channel": 0,
        "requant.zero_point": zero_y,
        "requant.min": low,
        "requant.max": high,
    }
    fast = -shift >= _FAST_RIGHT[0]
    loop = "ECGP_MUL_ANY" if not fast else "ECGP_MUL_FULL" if (low, high) == (INT8_MIN, INT8_MAX) else "ECGP_MUL_CLAMP"
    params: Params = {"a_zero_point": zero_a, "b_zero_point": zero_b, **requant, "loop": loop}
    return [
        KernelCall(
            op=op.index,
            header="ecgp_mul.h",
            **pair.of_call("mul", params, "factor"),
        )
    ]


def _int16(graph: Graph, op: Op, pair: broadcast.Pair, multiplier: int, shift: int) -> KernelCall:
    """The call for int16, of which no product may leave int32 where it is shifted left."""
    largest = 2**15 * (2**15 if pair.values is None else int(np.abs(pair.values.astype(np.int64)).max(initial=0)))
    require(graph, op, largest << max(shift, 0) < 2**31, "an output scale that is too small for the input scales",
            "products that stay below 2^31 where they are scaled up")
    low, high = activation_clamp(graph, op, pair.y)
    params: Params = {"multiplier": multiplier, "shift": shift, "min": low, "max": high}
    return KernelCall(op=op.index, header="ecgp_mul.h", **pair.of_call("mul", params, "factor"))


def _features(call: KernelCall) -> Features:
    """Cost rule: by row, and by element of each of the three inner loops, or four of them at once."""
    found = broadcast.features(call)
    loop = str(call.params[path(call, "loop") or ""]).removeprefix("ECGP_MUL_").lower()
    inner = {f"{loop}_{what}": found[what] for what in ("element", "four")}
    return {"row": found["row"], "rest": found["rest"], **inner}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, 1, cases.log_uniform(rng, 2, 60), cases.log_uniform(rng, 2, 40))
    other = cases.pick(rng, shape, (1, 1, 1, shape[-1]))
    a = net.tensor(shape)
    values = rng.integers(-128, 128, other).astype(np.int8)
    b = net.constant(values, np.array([0.03], np.float32)) if number % 2 else net.tensor(other, (0.03, 5))
    scale, activation = ((0.02, "NONE"), (0.02, "RELU"), (0.001, "NONE"))[number % 3]
    net.apply("MUL", [a, b], net.tensor(shape, (scale, 1)), fused_activation_function=activation)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="MUL",
        variants=single(_lower),
        limits=broadcast.LIMITS,
        tflm=TflmRegistration("AddMul", "Register_MUL_INT8", "mul.h"),
        interpreter_deviates=True,
        costs={
            **dict.fromkeys(("ecgp_mul_s8", "ecgp_mul_constant_s8"), _features),
            **dict.fromkeys(("ecgp_mul_s16", "ecgp_mul_constant_s16"), broadcast.features),
        },
        calibration=CalibrationCases(_case, 36, int16=18),
    ),
)
