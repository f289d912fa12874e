"""MAXIMUM and MINIMUM of two int8 tensors, one of which may be a constant: kernels of ecgp_maximum.h."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import Features
from ecgprune.codegen.lowering import broadcast
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_FOUR, _VECTOR = 4, 16  # bytes that are compared at once where a core can, as in firmware/lib/nn/ecgp_maximum.c


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call. TFLM compares the bytes, whatever their scales are."""
    arguments = broadcast.pair(graph, op).of_call("maximum", {}, "operand")
    arguments["kernel"] = arguments["kernel"].replace("maximum", op.name.lower())
    return [KernelCall(op=op.index, header="ecgp_maximum.h", **arguments)]


def _features(call: KernelCall) -> Features:
    """Cost rule: by row, and in each by vectors, words, and the bytes that are left over."""
    found = broadcast.features(call)
    rows, inner = found["row"], int(found["element"] / found["row"])
    return {"row": rows, "vector": rows * -(-inner // _VECTOR), "four": rows * (inner // _FOUR),
            "rest": rows * (inner % _FOUR)}  # fmt: skip


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, 1, cases.log_uniform(rng, 2, 60), cases.log_uniform(rng, 2, 60))
    other = cases.pick(rng, shape, (1, 1, 1, shape[-1]), (1,))
    values = rng.integers(-128, 128, other).astype(np.int8)
    b = net.constant(values, np.array([cases.SCALE], np.float32)) if number % 2 else net.tensor(other)
    net.apply(("MAXIMUM", "MINIMUM")[number // 2 % 2], [net.tensor(shape), b], net.tensor(shape))
    return net.graph()


_LIMITS = (
    "Two int8 tensors, one of which may be constant; their bytes are compared. Broadcasting in at most 3 runs of "
    "dimensions that broadcast alike."
)
SPECS = tuple(
    OperatorSpec(
        name=name.upper(),
        variants=single(_lower),
        limits=_LIMITS,
        tflm=TflmRegistration(f"Add{name}", f"Register_{name.upper()}_INT8", "maximum_minimum.h"),
        costs=dict.fromkeys((f"ecgp_{name.lower()}_s8", f"ecgp_{name.lower()}_constant_s8"), _features),
        calibration=calibration,
    )
    for name, calibration in (("Maximum", CalibrationCases(_case, 48)), ("Minimum", None))
)
