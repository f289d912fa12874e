"""DEQUANTIZE of int8 to float32: kernel ecgp_dequantize_s8_f32."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.lowering.checks import activation, quantization, result
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    x = activation(graph, op)
    y = result(graph, op, x.shape, "float32")
    scale, zero_point = quantization(x)
    return [
        KernelCall(
            op=op.index,
            kernel="ecgp_dequantize_s8_f32",
            header="ecgp_dequantize.h",
            params_type="ecgp_dequantize_params",
            params={"size": x.size, "zero_point": zero_point, "scale": f"{np.float32(scale)!s}f"},
            inputs=(x.index,),
            outputs=(y.index,),
        )
    ]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 600))
    net.apply("DEQUANTIZE", [net.tensor(shape)], net.tensor(shape, None, "float32"))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="DEQUANTIZE",
        variants=single(_lower),
        limits="int8 to float32.",
        tflm=TflmRegistration("AddDequantize"),
        costs={"ecgp_dequantize_s8_f32": elementwise},
        calibration=CalibrationCases(_case, 6),
    ),
)
