"""READ_VARIABLE and ASSIGN_VARIABLE of any type, as graph/variables.py leaves them: ecgp_copy, ecgp_variable_assign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import operand
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_CONSTANT = "ecgp_variable_assign"
_LIMITS = (
    "Variables of any type and of one size, which begin with zeros, the zero point, or constants that the subgraph of "
    "a CALL_ONCE assigns."
)


def _read(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    call = _copy(op, graph.tensor(op.outputs[0]).nbytes)
    return [replace(call, outputs=op.outputs, states=op.inputs)]


def _assign(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    value = operand(graph, op, 1)
    if value.data is None:
        return [replace(_copy(op, value.nbytes), inputs=(value.index,), states=op.inputs[:1])]
    constant = Array("assigned", "uint8_t", np.frombuffer(value.data.tobytes(), np.uint8))
    params: Params = {"bytes": value.nbytes, "constant": constant}
    return [
        KernelCall(op.index, _CONSTANT, "ecgp_variable.h", "ecgp_variable_params", params, (), (), states=op.inputs[:1])
    ]


def _copy(op: Op, nbytes: int) -> KernelCall:
    """The call that copies that many bytes; what from and to is not yet said."""
    params = movement.copy_params([movement.Loop(nbytes, 1, 1)])
    return KernelCall(op.index, movement.COPY, "ecgp_copy.h", "ecgp_copy_params", params, (), ())


def _features(call: KernelCall) -> Features:
    """Cost rule: by word and byte."""
    size = integer(call, "bytes")
    return {"word": size // 4, "byte": size % 4}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 2000))
    state = net.state(shape, (cases.SCALE, 0))
    value = net.constant(rng.integers(-9, 9, shape).astype(np.int8), np.array([cases.SCALE], np.float32))
    net.ops.append(Op(0, "ASSIGN_VARIABLE", 1, (state, value), (), {}))
    net.apply("READ_VARIABLE", [state], net.tensor(shape, (cases.SCALE, 0)))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="READ_VARIABLE",
        variants=single(_read),
        limits=_LIMITS,
        tflm=TflmRegistration("AddReadVariable"),
        costs={movement.COPY: movement.COSTS[movement.COPY]},
    ),
    OperatorSpec(
        name="ASSIGN_VARIABLE",
        variants=single(_assign),
        limits=_LIMITS,
        tflm=TflmRegistration("AddAssignVariable"),
        costs={movement.COPY: movement.COSTS[movement.COPY], _CONSTANT: _features},
        calibration=CalibrationCases(_case, 8),
    ),
)
