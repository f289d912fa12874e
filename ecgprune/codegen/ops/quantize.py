"""QUANTIZE of float32, int8 or int16 to int8 or int16: kernels ecgp_quantize_<from>_<to>; of uint8: ecgp_lookup_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.lowering.lookup import COSTS, requantized
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]
_SUFFIXES = {"float32": "f32", "int8": "s8", "int16": "s16"}
_INT8_CASES = 12
_MOST_LEFT = {"int8": 22, "int16": 15}  # bits that an input can be shifted left in an int32


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    types = [graph.tensor(i).dtype.name for i in (*op.inputs, *op.outputs)]
    if "uint8" in types and not {"float32", "int16"} & set(types):
        return requantized(graph, op)
    x = activation(graph, op, 0, "float32", *_MOST_LEFT)
    name = graph.tensor(op.outputs[0]).dtype.name
    y = result(graph, op, x.shape, name if name in _MOST_LEFT else "int8")
    scale, zero_point = quantization(y)
    kernel = f"ecgp_quantize_{_SUFFIXES[x.dtype.name]}_{_SUFFIXES[y.dtype.name]}"
    params: dict[str, int | str]
    if x.dtype.name == "float32":
        params_type = "ecgp_quantize_f32_params"
        params = {"size": x.size, "scale": f"{np.float32(scale)!s}f", "zero_point": zero_point}
    else:
        params_type, most = "ecgp_quantize_s8_params", _MOST_LEFT[x.dtype.name]
        input_scale, input_zero_point = quantization(x)
        multiplier, shift = quantize_multiplier(input_scale / scale)
        require(graph, op, shift <= most, f"input scale {input_scale} over output scale {scale}", f"less than 2^{most}")
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
            in_place=x.dtype == y.dtype,
        )
    ]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 600))
    if number >= _INT8_CASES:  # one side of int16, or both, the other of either type
        narrow, wide = (shape, (0.07, 3)), (shape, (0.0003, 0), "int16")
        sides = ((narrow, wide), (wide, narrow), (wide, wide), ((shape, None, "float32"), wide))[number % 4]
        net.apply("QUANTIZE", [net.tensor(*sides[0])], net.tensor(*sides[1]))
    elif number % 2:
        net.apply("QUANTIZE", [net.tensor(shape)], net.tensor(shape, (0.07, 3)))
    else:
        net.apply("QUANTIZE", [net.tensor(shape, None, "float32")], net.tensor(shape))
    return net.graph()


_KERNELS = [f"ecgp_quantize_{a}_{b}" for a in _SUFFIXES.values() for b in ("s8", "s16")]
SPECS = (
    OperatorSpec(
        name="QUANTIZE",
        variants=single(_lower),
        limits="float32, int8 or int16 to int8 or int16, and between int8 and uint8; scale ratios less than 2^22, from "
        "int16 2^15.",
        tflm=TflmRegistration("AddQuantize"),
        costs={**dict.fromkeys(_KERNELS, elementwise), **COSTS},
        calibration=CalibrationCases(_case, _INT8_CASES + 20),
    ),
)
