"""LOGISTIC of an int8 tensor: a table of all 256 answers, kernel ecgp_lookup_s8. Of an int16 one: ecgp_logistic_s16."""

from __future__ import annotations

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.fixedpoint import logistic
from ecgprune.codegen.lowering import sigmoid_s16
from ecgprune.codegen.lowering.checks import element_type
from ecgprune.codegen.lowering.lookup import COSTS, case, sigmoidal
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_INT16 = "ecgp_logistic_s16"


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    if element_type(graph, op) == "int16":
        return [sigmoid_s16.call(graph, op, _INT16, (0,))]
    return sigmoidal(graph, op, logistic, cases.PROBABILITY)


SPECS = (
    OperatorSpec(
        name="LOGISTIC",
        variants=single(_lower),
        limits="int8 of an input scale from 2^-27 to less than 8, to the output scale 1/256 and zero point -128. "
        + sigmoid_s16.LIMITS,
        tflm=TflmRegistration("AddLogistic"),
        costs={**COSTS, _INT16: elementwise},
        calibration=CalibrationCases(case("LOGISTIC", cases.PROBABILITY), 12, int16=6),
        interpreter_deviates=True,
    ),
)
