"""ABS of an int8 tensor: a table of all 256 answers, kernel ecgp_lookup_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering.checks import quantization
from ecgprune.codegen.lowering.lookup import COSTS, endpoints, lookup, rescaled, steps
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """Rescaled; TFLM leaves that out for equal scales, of which a factor of 1 makes the same."""
    x, y = endpoints(graph, op)
    (input_scale, _), (output_scale, zero_point) = quantization(x), quantization(y)
    return lookup(op, x, y, rescaled(graph, op, np.abs(steps(x)), input_scale / output_scale) + zero_point, "abs")


SPECS = (
    OperatorSpec(
        name="ABS",
        variants=single(_lower),
        limits="int8, from any scale to any whose ratio is less than 2^22.",
        tflm=TflmRegistration("AddAbs"),
        costs=COSTS,
        interpreter_deviates=True,
    ),
)
