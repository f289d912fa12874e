"""Operators that reduce axes of a tensor: the loops over what is left, and over what is reduced (ecgp_reduce.h)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby

from ecgprune.codegen.call import Params
from ecgprune.codegen.lowering.checks import activation, constant, normalized_axis, option, require, result
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["Reduction", "reduction"]

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


def reduction(graph: Graph, op: Op) -> Reduction:
    """The int8 input and output of the operator, whose axes are constant: a scalar or a list, negative or repeated.

    Raises:
        UnsupportedOperatorError: other tensors, or more runs of dimensions than there are loops for.
    """
    x = activation(graph, op)
    rank = len(x.shape)
    axes = {normalized_axis(graph, op, int(a), rank) for a in constant(graph, op, 1, "int32").reshape(-1)}
    keep = bool(option(graph, op, "keep_dims"))
    y = result(graph, op, tuple(1 if i in axes else n for i, n in enumerate(x.shape) if keep or i not in axes))
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
