"""RELU and RELU6 of int8 or int16, where the converter could not fuse them: kernels ecgp_relu_* and ecgp_clamp_*."""

from __future__ import annotations

import numpy as np

from ecgprune.codegen import cases
from ecgprune.codegen.call import KernelCall, Params
from ecgprune.codegen.features import elementwise
from ecgprune.codegen.lowering.checks import (
    activation,
    quantization,
    require,
    rescaling_fields,
    result,
    same_quantization,
)
from ecgprune.codegen.requant import activation_range
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS"]

_SUFFIXES = {"int8": "_s8", "int16": "_s16"}
_CLAMPS = ("ecgp_clamp_s8", "ecgp_clamp_s16")
_MOST_LEFT = {"int8": 22, "int16": 15}  # bits that an input can be shifted left in an int32


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call: a clamp, which RELU precedes with a rescaling where input and output are quantized differently."""
    x = activation(graph, op, 0, *_SUFFIXES)
    dtype = x.dtype.name
    y = result(graph, op, x.shape, dtype)
    low, high = activation_range(op.name, *quantization(y), dtype)
    params: Params = {"size": x.size}
    kernel, params_type = "ecgp_clamp", "ecgp_clamp_params"
    if not same_quantization(x, y):
        require(graph, op, op.name == "RELU", "input and output differ in scale or zero point",
                "equal ones (TFLM would not rescale)")
        kernel, params_type = "ecgp_relu", "ecgp_relu_params"
        # In double, as TFLM since 2026. Older TFLM and the interpreter divide in float32, so ties can fall otherwise.
        params = rescaling_fields(graph, op, x, y, _MOST_LEFT[dtype])
    return [
        KernelCall(
            op=op.index,
            kernel=kernel + _SUFFIXES[dtype],
            header="ecgp_relu.h",
            params_type=params_type,
            params={**params, "min": low, "max": high},
            inputs=(x.index,),
            outputs=(y.index,),
            in_place=True,
        )
    ]


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    shape = (1, cases.log_uniform(rng, 4, 2000))
    net.apply("RELU", [net.tensor(shape)], net.tensor(shape, (0.07, 3) if number % 2 else (cases.SCALE, -7)))
    return net.graph()


SPECS = (
    OperatorSpec(
        name="RELU",
        variants=single(_lower),
        limits="int8 or int16, from any scale to any whose ratio is less than 2^22, of int16 2^15.",
        tflm=TflmRegistration("AddRelu"),
        costs=dict.fromkeys(("ecgp_relu_s8", "ecgp_relu_s16", *_CLAMPS), elementwise),
        calibration=CalibrationCases(_case, 12, int16=12),
        interpreter_deviates=True,
    ),
    OperatorSpec(
        name="RELU6",
        variants=single(_lower),
        limits="int8 or int16, input and output of the same scale and zero point.",
        tflm=TflmRegistration("AddRelu6"),
        costs=dict.fromkeys(_CLAMPS, elementwise),
    ),
)
