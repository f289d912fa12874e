"""QUANTIZE of float32 or int8 to int8: kernels ecgp_quantize_f32_s8 and ecgp_quantize_s8_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.graph.graph import Graph, Op

__all__ = ["lower"]


def lower(graph: Graph, op: Op) -> list[KernelCall]:
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
