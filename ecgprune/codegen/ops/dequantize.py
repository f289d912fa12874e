"""DEQUANTIZE of int8 to float32: kernel ecgp_dequantize_s8_f32."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering.checks import activation, quantization, result
from ecgprune.graph.graph import Graph, Op

__all__ = ["lower"]


def lower(graph: Graph, op: Op) -> list[KernelCall]:
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
