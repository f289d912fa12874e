"""Operators that reduce axes of a tensor: the loops over what is left, and over what is reduced.

Sums have two kernels: ecgp_mean_s8 and ecgp_mean_s16 where the axes follow one another, ecgp_reduce_sum_s8 for any.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

from ecgprune.codegen.call import KernelCall, Params
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.checks import (
    activation,
    constant,
    normalized_axis,
    option,
    quantization,
    require,
    result,
)
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SUM_COSTS", "Reduction", "call", "reduction", "sizes", "sums"]

_SIDE_BY_SIDE = 4  # means that are made at once, as in firmware/lib/nn/ecgp_mean.c
_KEPT = ("outer", "middle", "inner")
_REDUCED = ("first", "second", "third")


@dataclass(frozen=True)
class Reduction:
    """A tensor and its reduction.

    Attributes:
        x: the input.
        y: the output.
        count: elements that make one output.
        runs: (size, distance in elements, whether it is reduced) of the input's runs of dimensions; none of size 1.
    """

    x: Tensor
    y: Tensor
    count: int
    runs: tuple[tuple[int, int, bool], ...]

    @property
    def contiguous(self) -> tuple[int, int, int] | None:
        """The input as (outer, count, inner); None where axes between are kept."""
        where = [i for i, (_, _, reduced) in enumerate(self.runs) if reduced]
        if len(where) > 1:
            return None
        first = where[0] if where else len(self.runs)
        sizes = [size for size, _, _ in self.runs]
        return math.prod(sizes[:first]), self.count, math.prod(sizes[first + 1 :])

    def loops(self) -> Params:
        """The fields of the C struct ecgp_reduce_loops, as "loops.<field>"."""
        found: Params = {}
        for names, reduced in ((_KEPT, False), (_REDUCED, True)):
            runs = [(size, step) for size, step, is_reduced in self.runs if is_reduced == reduced]
            if not reduced and (not self.runs or self.runs[-1][2]):
                runs.append((1, 1))  # outputs do not lie side by side in the input
            for name, (size, step) in zip(names, [(1, 0)] * (3 - len(runs)) + runs, strict=True):
                found |= {f"loops.{name}": size, f"loops.{name}_step": step}
        return found


def reduction(graph: Graph, op: Op, *dtypes: str) -> Reduction:
    """The input and output of the operator, whose axes are constant: a scalar or a list, negative or repeated.

    Args:
        graph: the graph of the operator.
        op: the operator.
        *dtypes: numpy's names of the element types that are supported; int8 where none is given.

    Raises:
        UnsupportedOperatorError: other tensors, or more runs of dimensions than there are loops for.
    """
    x = activation(graph, op, 0, *dtypes)
    rank = len(x.shape)
    axes = {normalized_axis(graph, op, int(a), rank) for a in constant(graph, op, 1, "int32").reshape(-1)}
    keep = bool(option(graph, op, "keep_dims"))
    left = tuple(1 if i in axes else n for i, n in enumerate(x.shape) if keep or i not in axes)
    y = result(graph, op, left, x.dtype.name)
    runs: list[tuple[int, int, bool]] = []
    distance = x.size
    sizes = ((i in axes, n) for i, n in enumerate(x.shape) if n != 1)
    for reduced, group in groupby(sizes, key=lambda d: d[0]):
        size = math.prod(n for _, n in group)
        distance //= size
        runs.append((size, distance, reduced))
    kept = sum(not reduced for _, _, reduced in runs)
    fits = len(runs) - kept <= len(_REDUCED) and kept + bool(runs and runs[-1][2]) <= len(_KEPT)
    require(graph, op, fits, f"axes {sorted(axes)} of shape {list(x.shape)}", "at most 5 dimensions")
    return Reduction(x, y, math.prod(size for size, _, reduced in runs if reduced), tuple(runs))


def sums(graph: Graph, op: Op, found: Reduction, multiplier: int, shift: int) -> list[KernelCall]:
    """One call for the sums of a reduction, each times a factor.

    Args:
        graph: the graph of the operator.
        op: the operator.
        found: its reduction; sums of its elements are within int32.
        multiplier: of the factor.
        shift: of the factor.

    Raises:
        UnsupportedOperatorError: int16 over axes that do not follow one another.
    """
    (_, input_zero_point), (_, output_zero_point) = quantization(found.x), quantization(found.y)
    params: Params = {
        "bias": -input_zero_point * found.count,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": output_zero_point,
    }
    kind = "s8" if found.x.dtype.name == "int8" else "s16"
    if found.contiguous is not None:
        shape = dict(zip(("outer", "count", "inner"), found.contiguous, strict=True))
        return [call(op, found, f"ecgp_mean_{kind}", "ecgp_mean_params", "ecgp_mean.h", {**shape, **params})]
    require(graph, op, kind == "s8", f"int16 of shape {list(found.x.shape)} to {list(found.y.shape)}",
            "int16 over axes that follow one another")  # fmt: skip
    params = {**found.loops(), **params}
    return [call(op, found, "ecgp_reduce_sum_s8", "ecgp_reduce_sum_params", "ecgp_reduce.h", params)]


def call(op: Op, found: Reduction, kernel: str, params_type: str, header: str, params: Params) -> KernelCall:
    """A call of one of the kernels over a reduction.

    Args:
        op: the operator.
        found: its input, its output and how many elements each output has.
        kernel: the C function.
        params_type: its parameter struct.
        header: the header that declares both.
        params: all fields of the struct, in its order.
    """
    return KernelCall(
        op=op.index,
        kernel=kernel,
        header=header,
        params_type=params_type,
        params=params,
        inputs=(found.x.index,),
        outputs=(found.y.index,),
        note=f"of {found.count} elements each",
    )


def sizes(call: KernelCall) -> tuple[int, int, int, int]:
    """(rows, outputs of a row, columns of inputs to an output, inputs in a column) of ecgp_reduce_loops."""
    outer, middle, inner, first, second, third = (
        integer(call, f"loops.{name}") for name in ("outer", "middle", "inner", "first", "second", "third")
    )
    return outer * middle, inner, first * second, third


def _contiguous_features(call: KernelCall) -> Features:
    """Cost rule: sums that are made four at a time where a core can, and those that are fewer or left over.

    A single four is by itself: the Cortex-M55 makes eight at a time.
    """
    outer, inner, count = (integer(call, name) for name in ("outer", "inner", "count"))
    whole, rest = inner // _SIDE_BY_SIDE, inner % _SIDE_BY_SIDE
    amounts = {
        "few": 0 if whole else inner,
        "single_four": whole if whole == 1 else 0,
        "four": whole if whole > 1 else 0,
        "rest": rest if whole else 0,
        "tail": int(rest > 0 < whole),
    }
    found: Features = {name: outer * amount for name, amount in amounts.items()}
    return found | {f"{name}_element": count * amount for name, amount in found.items()}


def _int16_features(call: KernelCall) -> Features:
    """Cost rule: by group of sums, sum, and element of it."""
    groups, inner = integer(call, "outer"), integer(call, "inner")
    return {"group": groups, "mean": groups * inner, "element": groups * inner * integer(call, "count")}


def _scattered_features(call: KernelCall) -> Features:
    """Cost rule: by row, output, column and input."""
    rows, inner, columns, inputs = sizes(call)
    outputs = rows * inner
    return {"row": rows, "output": outputs, "column": outputs * columns, "input": outputs * columns * inputs}


SUM_COSTS = {
    "ecgp_mean_s8": _contiguous_features,
    "ecgp_mean_s16": _int16_features,
    "ecgp_reduce_sum_s8": _scattered_features,
}
"""`OperatorSpec.costs` of an operator that calls `sums`."""
