"""DEQUANTIZE of int8 or int16 to float32: kernels ecgp_dequantize_s8_f32 and ecgp_dequantize_s16_f32."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.lowering.checks import activation, quantization, result
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_KERNELS = {"int8": "ecgp_dequantize_s8_f32", "int16": "ecgp_dequantize_s16_f32"}


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    x = activation(graph, op, 0, "int8", "int16")
    y = result(graph, op, x.shape, "float32")
    scale, zero_point = quantization(x)
    return [
        KernelCall(
            op=op.index,
            kernel=_KERNELS[x.dtype.name],
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
        limits="int8 or int16 to float32.",
        tflm=TflmRegistration("AddDequantize"),
        costs=dict.fromkeys(_KERNELS.values(), elementwise),
        calibration=CalibrationCases(_case, 6, int16=6),
    ),
)
