"""CONCATENATION of int8 or int16 tensors: one ecgp_concatenation_s8 or ecgp_concatenation_constant_s8 per input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params, within
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import (
    activation,
    constant,
    normalized_axis,
    operand,
    option,
    require,
    result,
    same_quantization,
)
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["CONSTANT", "SPECS", "features"]

CONSTANT = "ecgp_concatenation_constant_s8"

_DTYPES = ("int8", "int16")
_MOST_INPUTS = 10  # TFLM's kMaxInputNum


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call per input: it copies the input's slices to their places in each slice of the output."""
    require(graph, op, 1 <= len(op.inputs) <= _MOST_INPUTS, f"{len(op.inputs)} inputs", f"1 to {_MOST_INPUTS}, as TFLM")
    function = op.options.get("fused_activation_function", "NONE")
    require(graph, op, function == "NONE", f"fused activation {function}", "NONE, as TFLM")
    inputs = [operand(graph, op, i) for i in range(len(op.inputs))]
    shape = inputs[0].shape
    rank = len(shape)
    axis = normalized_axis(graph, op, option(graph, op, "axis"), rank)
    for i, x in enumerate(inputs):
        alike = len(x.shape) == rank and _without(x.shape, axis) == _without(shape, axis)
        require(graph, op, alike, f"input {i} of shape {list(x.shape)} beside {list(shape)}",
                f"shapes that differ in axis {axis} only")
    dtype = inputs[0].dtype.name if inputs[0].dtype.name in _DTYPES else "int8"
    y = result(graph, op, (*shape[:axis], sum(x.shape[axis] for x in inputs), *shape[axis + 1 :]), dtype)
    calls: list[KernelCall] = []
    offset = 0
    for i, x in enumerate(inputs):
        calls.append(_copy(graph, op, i, x, y, axis, offset))
        offset += math.prod(x.shape[axis:])
    return calls


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])


def _copy(graph: Graph, op: Op, position: int, x: Tensor, y: Tensor, axis: int, offset: int) -> KernelCall:
    values = constant(graph, op, position, y.dtype.name) if x.is_constant else None
    if values is None:
        activation(graph, op, position, y.dtype.name)
    require(graph, op, same_quantization(x, y), f"input {position} and the output differ in scale or zero point",
            "equal ones, as TFLM")
    size = y.dtype.itemsize
    params: Params = {
        "slices": math.prod(y.shape[:axis]),
        "slice_bytes": math.prod(x.shape[axis:]) * size,
        "output_slice_bytes": math.prod(y.shape[axis:]) * size,
        "output_offset": offset * size,
    }
    return KernelCall(
        op=op.index,
        kernel="ecgp_concatenation_s8" if values is None else CONSTANT,
        header="ecgp_concatenation.h",
        params_type="ecgp_concatenation_params" if values is None else "ecgp_concatenation_constant_params",
        params=params
        if values is None
        else {**within("part", params), "constant": Array(f"part{position}", "int8_t", _bytes(values))},
        inputs=(x.index,) if values is None else (),
        outputs=(y.index,),
        as_bytes=True,
        note=f"input {position} of {len(op.inputs)}",
    )


def _bytes(values: npt.NDArray[Any]) -> npt.NDArray[np.int8]:
    return np.ascontiguousarray(values).reshape(-1).view(np.int8)


def features(call: KernelCall) -> Features:
    """Cost rule: by slice, and by word and byte of the slices."""
    slices, size = integer(call, "slices"), integer(call, "slice_bytes")
    return {"slice": slices, "slice_word": slices * (size // 4), "slice_byte": slices * (size % 4)}


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    rows, sizes = cases.log_uniform(rng, 1, 40), [cases.log_uniform(rng, 1, 100) for _ in range(2)]
    values = rng.integers(-128, 128, (rows, sizes[1])).astype(np.int8)
    first = net.tensor((rows, sizes[0]), (cases.SCALE, 0))
    scales = np.array([cases.SCALE], np.float32)
    second = net.constant(values, scales) if number % 2 else net.tensor((rows, sizes[1]), (cases.SCALE, 0))
    y = net.tensor((rows, sum(sizes)), (cases.SCALE, 0))
    net.apply("CONCATENATION", [first, second], y, axis=1, fused_activation_function="NONE")
    return net.graph()


SPECS = (
    OperatorSpec(
        name="CONCATENATION",
        variants=single(_lower),
        limits=f"1 to {_MOST_INPUTS} tensors of int8, or of int16, along any axis, constant ones too, all of the "
        "output's scale and zero point. No fused activation.",
        tflm=TflmRegistration("AddConcatenation"),
        costs=dict.fromkeys(("ecgp_concatenation_s8", CONSTANT), features),
        calibration=CalibrationCases(_case, 24),
    ),
)
