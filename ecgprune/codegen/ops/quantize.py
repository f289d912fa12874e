"""QUANTIZE of float32 or int8 to int8: kernels ecgp_quantize_f32_s8 and ecgp_quantize_s8_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    x = activation(graph, op, 0, "float32", "int8")
    y = result(graph, op, x.shape)
    scale, zero_point = quantization(y)
    params: dict[str, int | str]
    if x.dtype.name == "float32":
        kernel, params_type = "ecgp_quantize_f32_s8", "ecgp_quantize_f32_params"
        params = {"size": x.size, "scale": f"{np.float32(scale)!s}f", "zero_point": zero_point}
    else:
        kernel, params_type = "ecgp_quantize_s8_s8", "ecgp_quantize_s8_params"
        input_scale, input_zero_point = quantization(x)
        multiplier, shift = quantize_multiplier(input_scale / scale)
        require(graph, op, shift <= 22, f"input scale {input_scale} over output scale {scale}", "less than 2^22")
        params = {
            "size": x.size,
            "input_zero_point": input_zero_point,
            "multiplier": multiplier,
            "shift": shift,
            "output_zero_point": zero_point,
        }
    return [
        KernelCall(
            op=op.index,
            kernel=kernel,
            header="ecgp_quantize.h",
            params_type=params_type,
            params={**params},
            inputs=(x.index,),
            outputs=(y.index,),
            in_place=x.dtype.name == "int8",
        )
    ]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 600))
    if number % 2:
        net.apply("QUANTIZE", [net.tensor(shape)], net.tensor(shape, (0.07, 3)))
    else:
        net.apply("QUANTIZE", [net.tensor(shape, None, "float32")], net.tensor(shape))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="QUANTIZE",
        variants=single(_lower),
        limits="float32 or int8 to int8; between int8 scales whose ratio is less than 2^22.",
        tflm=TflmRegistration("AddQuantize"),
        costs=dict.fromkeys(("ecgp_quantize_f32_s8", "ecgp_quantize_s8_s8"), elementwise),
        calibration=CalibrationCases(_case, 12),
    ),
)
