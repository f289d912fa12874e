"""QUANTIZE between float32, int8, int16 and int32: kernels ecgp_quantize_<from>_<to>; of uint8: ecgp_lookup_s8."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.lowering.checks import activation, quantization, require, rescaling_fields, result
from ecgprune.codegen.lowering.lookup import COSTS, requantized
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]
_SUFFIXES = {"float32": "f32", "int8": "s8", "int16": "s16", "int32": "s32"}
_MOST_LEFT = {"int8": 22, "int16": 15}  # bits that an input can be shifted left in an int32
_MOST_LEFT_INT32 = 13  # to int32: so that a difference of 17 bits, and a zero point, stay within int32
_MOST_LEFT_OF_INT32 = -2  # from int32


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    types = [graph.tensor(i).dtype.name for i in (*op.inputs, *op.outputs)]
    if "uint8" in types and not {"float32", "int16"} & set(types):
        return requantized(graph, op)
    if "int32" in types:
        return _int32(graph, op)
    x = activation(graph, op, 0, "float32", *_MOST_LEFT)
    name = graph.tensor(op.outputs[0]).dtype.name
    y = result(graph, op, x.shape, name if name in _MOST_LEFT else "int8")
    scale, zero_point = quantization(y)
    kernel = f"ecgp_quantize_{_SUFFIXES[x.dtype.name]}_{_SUFFIXES[y.dtype.name]}"
    params: Params
    if x.dtype.name == "float32":
        params_type = "ecgp_quantize_f32_params"
        params = {"size": x.size, "scale": f"{np.float32(scale)!s}f", "zero_point": zero_point}
    else:
        params_type, params = "ecgp_quantize_s8_params", rescaling_fields(graph, op, x, y, _MOST_LEFT[x.dtype.name])
    return [
        KernelCall(
            op=op.index,
            kernel=kernel,
            header="ecgp_quantize.h",
            params_type=params_type,
            params=params,
            inputs=(x.index,),
            outputs=(y.index,),
            in_place=x.dtype == y.dtype,
        )
    ]


def _int32(graph: Graph, op: Op) -> list[KernelCall]:
    """To or from int32, where TFLM takes any zero points."""
    x = activation(graph, op, 0, "int8", "int16", "int32", any_zero_point=True)
    name = graph.tensor(op.outputs[0]).dtype.name
    known = ("int32",) if x.dtype.name != "int32" else ("int8", "int16")
    require(graph, op, name in known, f"{x.dtype} to {name}", f"{x.dtype} to {' or '.join(known)}")
    y = result(graph, op, x.shape, name, any_zero_point=True)
    (_, input_zero_point), (_, zero_point) = quantization(x), quantization(y)
    most = _MOST_LEFT_INT32 if name == "int32" else _MOST_LEFT_OF_INT32
    params = rescaling_fields(graph, op, x, y, most)
    fits = abs(zero_point) <= 2**30 and (x.dtype.name != "int32" or input_zero_point == 0)
    require(graph, op, fits, f"zero points {input_zero_point} and {zero_point}", "0 of an int32 input, 2^30 at most")
    return [
        KernelCall(
            op=op.index,
            kernel=f"ecgp_quantize_{_SUFFIXES[x.dtype.name]}_{_SUFFIXES[name]}",
            header="ecgp_quantize.h",
            params_type="ecgp_quantize_s32_params",
            params=params,
            inputs=(x.index,),
            outputs=(y.index,),
        )
    ]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 600))
    kind, number = number % 3, number // 3
    if kind == 0:  # one side of int32
        narrow, wide, widest = (shape, (0.07, 3)), (shape, (0.0003, 0), "int16"), (shape, (0.0001, 0), "int32")
        coarse = (shape, (0.003, 0), "int16")
        pair = ((narrow, widest), (wide, widest), (widest, narrow), (widest, coarse))[number % 4]
        net.apply("QUANTIZE", [net.tensor(*pair[0])], net.tensor(*pair[1]))
    elif kind == 1:  # one side of int16, or both, the other of either type
        narrow, wide = (shape, (0.07, 3)), (shape, (0.0003, 0), "int16")
        sides = ((narrow, wide), (wide, narrow), (wide, wide), ((shape, None, "float32"), wide))[number % 4]
        net.apply("QUANTIZE", [net.tensor(*sides[0])], net.tensor(*sides[1]))
    elif number % 2:
        net.apply("QUANTIZE", [net.tensor(shape)], net.tensor(shape, (0.07, 3)))
    else:
        net.apply("QUANTIZE", [net.tensor(shape, None, "float32")], net.tensor(shape))
    return net.graph()


_KERNELS = [
    *(f"ecgp_quantize_{a}_{b}" for a in ("f32", "s8", "s16") for b in ("s8", "s16")),
    "ecgp_quantize_s8_s32", "ecgp_quantize_s16_s32", "ecgp_quantize_s32_s8", "ecgp_quantize_s32_s16",
]  # fmt: skip
SPECS = (
    OperatorSpec(
        name="QUANTIZE",
        variants=single(_lower),
        limits="float32, int8 or int16 to int8 or int16, between int8 and uint8, between int32 and int8 or int16; "
        "scale ratios less than 2^22, from int16 2^15, to int32 2^13, from int32 1/4.",
        tflm=TflmRegistration("AddQuantize"),
        costs={**dict.fromkeys(_KERNELS, elementwise), **COSTS},
        calibration=CalibrationCases(_case, 48),
    ),
)
