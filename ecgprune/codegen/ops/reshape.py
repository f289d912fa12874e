"""RESHAPE, EXPAND_DIMS and SQUEEZE: the bytes stay as they are, so no code is generated."""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.lowering.checks import activation, constant, normalized_axis, require, result
from ecgprune.codegen.spec import OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """A call without a kernel: the output is the input's memory."""
    x = activation(graph, op, 0, "int8", "int16", "int32", "float32")
    y = result(graph, op, _shape(graph, op, x), x.dtype.name)
    require(graph, op, x.size == y.size, f"{x.size} elements in, {y.size} out", "as many out as in")
    return [
        KernelCall(
            op=op.index,
            kernel="",
            header="",
            params_type="",
            params={},
            inputs=(x.index,),
            outputs=(y.index,),
            in_place=True,
            note=f"{list(x.shape)} to {list(y.shape)}",
        )
    ]


def _shape(graph: Graph, op: Op, x: Tensor) -> tuple[int, ...] | None:
    """The output's shape as the operator defines it; None for RESHAPE, whose output tensor carries it."""
    rank = len(x.shape)
    if op.name == "EXPAND_DIMS":
        axis = normalized_axis(graph, op, int(constant(graph, op, 1, "int32").reshape(-1)[0]), rank + 1)
        return (*x.shape[:axis], 1, *x.shape[axis:])
    if op.name == "SQUEEZE":
        given = op.options.get("squeeze_dims")
        listed = [] if given is None else [int(d) for d in given]
        axes = {normalized_axis(graph, op, d, rank) for d in listed} or {i for i in range(rank) if x.shape[i] == 1}
        found = f"axes {sorted(axes)} of shape {list(x.shape)}"
        require(graph, op, all(x.shape[i] == 1 for i in axes), found, "axes of size 1")
        return tuple(n for i, n in enumerate(x.shape) if i not in axes)
    return None  # TFLM takes RESHAPE's from the output too, whatever a second input says


SPECS = (
    OperatorSpec(
        name="RESHAPE",
        variants=single(_lower),
        limits="int8, int16, int32 or float32, to the shape that the model states for the output. Needs no code.",
        tflm=TflmRegistration("AddReshape"),
    ),
    OperatorSpec(
        name="EXPAND_DIMS",
        variants=single(_lower),
        limits="int8, int16, int32 or float32, with a constant axis. Needs no code.",
        tflm=TflmRegistration("AddExpandDims"),
    ),
    OperatorSpec(
        name="SQUEEZE",
        variants=single(_lower),
        limits="int8, int16, int32 or float32. Needs no code.",
        tflm=TflmRegistration("AddSqueeze"),
    ),
)
