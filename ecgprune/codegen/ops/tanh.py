"""TANH of an int8 tensor: a table of all 256 answers, kernel ecgp_lookup_s8."""

from __future__ import annotations

from ecgprune.codegen.fixedpoint import tanh
from ecgprune.codegen.lowering.lookup import COSTS, sigmoidal
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single

__all__ = ["SPECS"]

SPECS = (
    OperatorSpec(
        name="TANH",
        variants=single(lambda graph, op: sigmoidal(graph, op, tanh, (1 / 128, 0))),
        limits="int8 of an input scale from 2^-27 to less than 8, to the output scale 1/128 and zero point 0.",
        tflm=TflmRegistration("AddTanh"),
        costs=COSTS,
        interpreter_deviates=True,
    ),
)
