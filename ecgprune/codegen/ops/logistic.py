"""LOGISTIC of an int8 tensor: a table of all 256 answers, kernel ecgp_lookup_s8."""

from __future__ import annotations

from ecgprune.codegen import cases
from ecgprune.codegen.fixedpoint import logistic
from ecgprune.codegen.lowering.lookup import COSTS, case, sigmoidal
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single

__all__ = ["SPECS"]

SPECS = (
    OperatorSpec(
        name="LOGISTIC",
        variants=single(lambda graph, op: sigmoidal(graph, op, logistic, cases.PROBABILITY)),
        limits="int8 of an input scale from 2^-27 to less than 8, to the output scale 1/256 and zero point -128.",
        tflm=TflmRegistration("AddLogistic"),
        costs=COSTS,
        calibration=CalibrationCases(case("LOGISTIC", cases.PROBABILITY), 12),
        interpreter_deviates=True,
    ),
)
