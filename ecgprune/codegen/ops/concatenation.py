"""CONCATENATION of int8 tensors: one ecgp_concatenation_s8 or ecgp_concatenation_constant_s8 per input."""

from __future__ import annotations

import math

from ecgprune.codegen.call import Array, KernelCall
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
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["lower"]

_MOST_INPUTS = 10  # TFLM's kMaxInputNum


def lower(graph: Graph, op: Op) -> list[KernelCall]:
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
    y = result(graph, op, (*shape[:axis], sum(x.shape[axis] for x in inputs), *shape[axis + 1 :]))
    calls: list[KernelCall] = []
    offset = 0
    for i, x in enumerate(inputs):
        calls.append(_copy(graph, op, i, x, y, axis, offset))
        offset += math.prod(x.shape[axis:])
    return calls


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])


def _copy(graph: Graph, op: Op, position: int, x: Tensor, y: Tensor, axis: int, offset: int) -> KernelCall:
    values = constant(graph, op, position, "int8") if x.is_constant else None
    if values is None:
        activation(graph, op, position)
    require(graph, op, same_quantization(x, y), f"input {position} and the output differ in scale or zero point",
            "equal ones, as TFLM")
    return KernelCall(
        op=op.index,
        kernel="ecgp_concatenation_s8" if values is None else "ecgp_concatenation_constant_s8",
        header="ecgp_concatenation.h",
        params_type="ecgp_concatenation_params",
        params={
            "slices": math.prod(y.shape[:axis]),
            "slice_bytes": math.prod(x.shape[axis:]),
            "output_slice_bytes": math.prod(y.shape[axis:]),
            "output_offset": offset,
            "constant": None if values is None else Array(f"part{position}", "int8_t", values.reshape(-1)),
        },
        inputs=(x.index,) if values is None else (),
        outputs=(y.index,),
        note=f"input {position} of {len(op.inputs)}",
    )
