"""ELU of an int8 tensor: a table of all 256 answers, kernel ecgp_lookup_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering.checks import quantization, require
from ecgprune.codegen.lowering.lookup import COSTS, endpoints, lookup, steps
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """TFLM makes the same table when it starts, in float32.

    exp() is rounded to float32 from double: that is what C's expf() gives, which numpy's own is some units in the last
    place off.
    """
    x, y = endpoints(graph, op)
    (input_scale, _), (output_scale, zero_point) = quantization(x), quantization(y)
    with np.errstate(over="ignore"):
        real = np.float32(input_scale) * steps(x).astype(np.float32)
        below = np.exp(np.minimum(real, 0.0).astype(np.float64)).astype(np.float32) - np.float32(1)
        rescaled = np.where(real < 0, below, real) * (np.float32(1) / np.float32(output_scale))
    largest = float(np.abs(rescaled).max())
    require(graph, op, largest < 2.0**30, f"input scale {input_scale} over output scale {output_scale}",
            "outputs of less than 2^30 steps")
    rounded = np.copysign(np.floor(np.abs(rescaled.astype(np.float64)) + 0.5), rescaled)
    return lookup(op, x, y, (rounded.astype(np.float32) + np.float32(zero_point)).astype(np.int64), "elu")


SPECS = (
    OperatorSpec(
        name="ELU",
        variants=single(_lower),
        limits="int8, from any scale to any in which the output has less than 2^30 steps.",
        tflm=TflmRegistration("AddElu"),
        costs=COSTS,
    ),
)
