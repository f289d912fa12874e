"""SUB of two int8 tensors, one of which may be a constant: kernels ecgp_sub_s8 and ecgp_sub_constant_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering import broadcast
from ecgprune.codegen.ops import add
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call; where the first operand comes second, the difference changes its sign."""
    pair = broadcast.pair(graph, op)
    sign = 1 if pair.a.index == op.inputs[0] else -1
    params = {"sign": sign, **add.rescaling(graph, op, pair.a, pair.b, pair.y)}
    return [KernelCall(op=op.index, header="ecgp_sub.h", **pair.of_call("sub", params, "operand"))]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, 1, cases.log_uniform(rng, 2, 60), cases.log_uniform(rng, 2, 40))
    other = shape if number % 3 else (1, 1, 1, shape[-1])
    a = net.tensor(shape)
    values = rng.integers(-128, 128, other).astype(np.int8)
    b = net.constant(values, np.array([0.03], np.float32)) if number % 2 else net.tensor(other, (0.03, 5))
    net.apply("SUB", [a, b], net.tensor(shape, (0.07, 1)), fused_activation_function="NONE")
    return net.graph()


SPECS = (
    OperatorSpec(
        name="SUB",
        variants=single(_lower),
        limits="Two int8 tensors of any scales, one of which may be constant. Broadcasting in at most 3 runs of "
        "dimensions that broadcast alike. Fused activations NONE, RELU, RELU6, RELU_N1_TO_1.",
        tflm=TflmRegistration("AddSub"),
        costs=dict.fromkeys(("ecgp_sub_s8", "ecgp_sub_constant_s8"), broadcast.features),
        calibration=CalibrationCases(_case, 18),
    ),
)
