"""PACK: kernel ecgp_copy for each computed tensor, ecgp_concatenation_constant_s8 for each constant."""

from __future__ import annotations

import math

from ecgprune.codegen.call import Array, KernelCall, within
from ecgprune.codegen.lowering import movement
from ecgprune.codegen.lowering.checks import activation, constant, normalized_axis, operand, option, require, result
from ecgprune.codegen.lowering.movement import Loop, copy_call
from ecgprune.codegen.ops import concatenation
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call per input: it copies the input's slices to their places in each slice of the output."""
    count = option(graph, op, "values_count")
    require(graph, op, 1 <= count == len(op.inputs), f"{len(op.inputs)} inputs for {count} values", "as many")
    first = operand(graph, op, 0)
    axis = normalized_axis(graph, op, option(graph, op, "axis"), len(first.shape) + 1)
    y = result(graph, op, (*first.shape[:axis], count, *first.shape[axis:]), first.dtype.name)
    require(graph, op, y.size > 0, f"shape {list(y.shape)}", "sizes of 1 and more")
    return [_part(graph, op, number, first, y, axis) for number in range(count)]


def _part(graph: Graph, op: Op, number: int, first: Tensor, y: Tensor, axis: int) -> KernelCall:
    x = operand(graph, op, number)
    require(graph, op, x.shape == first.shape, f"input {number} of shape {list(x.shape)} beside {list(first.shape)}",
            "equal shapes")
    slices, size = math.prod(first.shape[:axis]), math.prod(first.shape[axis:])
    note = f"input {number} of {len(op.inputs)}"
    require(graph, op, x.dtype == y.dtype, f"input {number} is {x.dtype}", f"{y.dtype}, as input 0")
    if not x.is_constant:
        activation(graph, op, number, "int8", "int16", "int32", "float32")
        loops = [Loop(slices, size, len(op.inputs) * size), Loop(size, 1, 1)]
        return copy_call(op, x, y, loops, (0, number * size), note=note)
    values = constant(graph, op, number, "int8")
    part = within("part", {"slices": slices, "slice_bytes": size, "output_slice_bytes": len(op.inputs) * size,
                           "output_offset": number * size})  # fmt: skip
    return KernelCall(
        op=op.index,
        kernel=concatenation.CONSTANT,
        header="ecgp_concatenation.h",
        params_type="ecgp_concatenation_constant_params",
        params={**part, "constant": Array(f"part{number}", "int8_t", values.reshape(-1))},
        inputs=(),
        outputs=(y.index,),
        note=note,
    )


SPECS = (
    OperatorSpec(
        name="PACK",
        variants=single(_lower),
        limits="int8, int16, int32 and float32 tensors of one shape, along any axis. int8 ones may be constant.",
        tflm=TflmRegistration("AddPack"),
        costs={**movement.COSTS, concatenation.CONSTANT: concatenation.features},
    ),
)
