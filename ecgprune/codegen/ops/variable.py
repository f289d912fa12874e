"""READ_VARIABLE and ASSIGN_VARIABLE of any type, after graph/variables.py: kernels of ecgp_variable.h."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import operand
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_COPY, _CONSTANT = "ecgp_variable_copy", "ecgp_variable_copy_constant"
_LIMITS = (
    "Variables of any type and of one size, which begin with zeros, the zero point, or constants that the subgraph of "
    "a CALL_ONCE assigns."
)


def _read(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    state, y = graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0])
    return [
        KernelCall(
            op=op.index,
            kernel=_COPY,
            header="ecgp_variable.h",
            params_type="ecgp_variable_params",
            params={"bytes": y.nbytes},
            inputs=(),
            outputs=(y.index,),
            states=(state.index,),
        )
    ]


def _assign(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    value = operand(graph, op, 1)
    constant = None
    if value.data is not None:
        constant = Array("assigned", "uint8_t", np.frombuffer(value.data.tobytes(), np.uint8))
    return [
        KernelCall(
            op=op.index,
            kernel=_COPY if constant is None else _CONSTANT,
            header="ecgp_variable.h",
            params_type="ecgp_variable_params" if constant is None else "ecgp_variable_constant_params",
            params={"bytes": value.nbytes} | ({} if constant is None else {"constant": constant}),
            inputs=(value.index,) if constant is None else (),
            outputs=(),
            states=(op.inputs[0],),
        )
    ]


def _features(call: KernelCall) -> Features:
    """Cost rule: by word and byte."""
    size = integer(call, "bytes")
    return {"word": size // 4, "byte": size % 4}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 2000))
    state = net.state(shape, (cases.SCALE, 0))
    if number % 2:
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
        costs={_COPY: _features},
        calibration=CalibrationCases(_case, 16),
    ),
    OperatorSpec(
        name="ASSIGN_VARIABLE",
        variants=single(_assign),
        limits=_LIMITS,
        tflm=TflmRegistration("AddAssignVariable"),
        costs=dict.fromkeys((_COPY, _CONSTANT), _features),
    ),
)
