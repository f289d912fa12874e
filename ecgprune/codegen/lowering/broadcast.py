"""Elementwise operators on two tensors: their operands, and the loops that broadcast them (ecgp_broadcast.h)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params, within
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import activation, constant, operand, require, result
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["LIMITS", "Pair", "features", "pair"]

LIMITS = (
    "Two int8, or two int16, tensors of any scales, one of which may be constant. Broadcasting in at most 3 runs of "
    "dimensions that broadcast alike. Fused activations NONE, RELU, RELU6, RELU_N1_TO_1."
)
"""What `pair` takes, as the specification of such an operator states it."""


@dataclass(frozen=True)
class Pair:
    """The operands of a commutative operator and its output.

    Attributes:
        a: a computed tensor.
        b: computed too, or a constant; never larger than a where it is computed.
        values: int8 or int16, those of b where it is a constant; else None.
        y: the output.
        loops: the fields of the C struct ecgp_broadcast, as "loops.<field>".
    """

    a: Tensor
    b: Tensor
    values: npt.NDArray[Any] | None
    y: Tensor
    loops: Params

    def of_call(self, name: str, params: Params, suffix: str, *, one_struct: bool = False) -> dict[str, Any]:
        """Arguments of the KernelCall: kernel, parameters, tensors, and whether it may be done in place.

        Args:
            name: "add" for the kernels ecgp_add_s8 and ecgp_add_constant_s8, or _s16. The parameters of the latter hold
                those of the former as `name`, and b as `constant`.
            params: the fields of ecgp_<name>_params behind `loops`.
            suffix: what b's array is called in the generated file, where it is a constant.
            one_struct: whether int16 takes the parameters of int8 where b is no constant.
        """
        found: dict[str, Any] = {"outputs": (self.y.index,), "in_place": self.a.size == self.y.size}
        dtype, params = self.a.dtype.name, {**self.loops, **params}
        if self.values is not None:
            params = {**within(name, params), "constant": Array(suffix, f"{dtype}_t", self.values.reshape(-1))}
            name += "_constant"
        alike = dtype == "int8" or (one_struct and self.values is None)
        found["kernel"] = f"ecgp_{name}_s16" if dtype == "int16" else f"ecgp_{name}_s8"
        found["params_type"] = f"ecgp_{name}_params" if alike else f"ecgp_{name}_s16_params"
        found["inputs"] = (self.a.index,) if self.values is not None else (self.a.index, self.b.index)
        return found | {"params": params}


def pair(graph: Graph, op: Op, *dtypes: str) -> Pair:
    """The operands of an operator: two tensors of one type and of shapes that broadcast, of which one may be constant.

    Args:
        graph: the graph of the operator.
        op: the operator.
        *dtypes: numpy's names of the element types that are supported; int8 where none is given.

    Raises:
        UnsupportedOperatorError: other operands, or more than three runs of dimensions that broadcast alike.
    """
    require(graph, op, len(op.inputs) == 2, f"{len(op.inputs)} inputs", "2")
    a, b = (operand(graph, op, i) for i in range(2))
    first, second = (1, 0) if a.is_constant or (a.size < b.size and not b.is_constant) else (0, 1)
    a = activation(graph, op, first, *dtypes)
    b = operand(graph, op, second)
    dtype = a.dtype.name
    values = constant(graph, op, second, dtype) if b.is_constant else None
    if values is None:
        activation(graph, op, second, dtype)
    loops, shape = _loops(graph, op, a, b)
    return Pair(a, b, values, result(graph, op, shape, dtype), loops)


def _loops(graph: Graph, op: Op, a: Tensor, b: Tensor) -> tuple[Params, tuple[int, ...]]:
    """Three nested loops with the elements that each operand moves (0: broadcast), and the output's shape.

    Neighbouring dimensions in which the same operands advance are one loop; equal shapes are a single loop.
    """
    dims = list(zip_longest(reversed(a.shape), reversed(b.shape), fillvalue=1))[::-1]
    require(graph, op, all(m == n or 1 in (m, n) for m, n in dims), f"shapes {list(a.shape)} and {list(b.shape)}",
            "equal shapes, or dimensions of 1 where they differ")
    advancing = groupby((d for d in dims if d != (1, 1)), key=lambda d: (d[0] > 1, d[1] > 1))
    groups = [np.prod(list(group), axis=0, dtype=int).tolist() for _, group in advancing]
    require(graph, op, len(groups) <= 3, f"broadcasting of {list(a.shape)} and {list(b.shape)}",
            "at most 3 runs of dimensions that broadcast alike")
    groups = [[1, 1]] * (3 - len(groups)) + groups
    loops: Params = {}
    for i, name in enumerate(("outer", "middle", "inner")):
        loops[f"loops.{name}"] = max(groups[i])
        for which, letter in enumerate("ab"):
            distance = math.prod(g[which] for g in groups[i + 1 :])
            loops[f"loops.{letter}_{name}"] = distance if groups[i][which] > 1 else 0
    return loops, tuple(max(d) for d in dims)


def features(call: KernelCall) -> Features:
    """Cost rule: by element, or four of them at once, and by turn of the two outer loops."""
    outer, middle, inner = (integer(call, f"loops.{name}") for name in ("outer", "middle", "inner"))
    rows = outer * middle
    return {"row": rows, "element": rows * inner, "four": rows * -(-inner // 4), "rest": rows * (inner % 4 != 0)}
