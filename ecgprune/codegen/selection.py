"""Kernel selection: which of its kernel variants every operator takes.

A plan is judged as a whole, because layers share the arena and the kernels' code. Its score is a weighted sum of the
logarithms of predicted time, RAM and flash: optimizing for flash, one percent of flash counts as much as eight percent
of time. Time is cycles; instructions on the cores outside `cost.CYCLES`. The search starts from several plans (every
layer with the fastest variant, the least scratch memory, the smallest constants, and one kernel wherever it can be
used), improves each by changing one operator at a time, and takes the best.

Optimizing for speed, no sparse variant is taken that is slower than the dense one, however many bytes it would save.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ecgprune.codegen import cost
from ecgprune.codegen.arena import assign
from ecgprune.codegen.call import KernelCall, Variant
from ecgprune.codegen.target import Optimize, Target
from ecgprune.graph.graph import Graph

__all__ = ["WEIGHTS", "score", "select"]

WEIGHTS: dict[Optimize, tuple[float, float, float]] = {
    "speed": (6.0, 1.0, 1.0),
    "ram": (1.0, 8.0, 0.5),
    "flash": (1.0, 0.5, 8.0),
}
"""What one percent of (time, arena, flash) counts in a plan's score."""


def select(graph: Graph, variants: Sequence[Sequence[Variant]], target: Target) -> list[Variant]:
    """One variant per operator; an operator that the one before it does as well gets no calls.

    Args:
        graph: the graph whose tensors the calls read and write.
        variants: those of each operator, in the graph's order, at least one each.
        target: the core and the objective.

    Raises:
        CodegenError: a kernel was not measured on the target's core.
    """
    search = _Search(graph, variants, target)
    return search.calls(min((search.improved(start) for start in search.starts()), key=search.score))


class _Search:
    """A plan here is a list of indices, one of `variants` for each operator."""

    def __init__(self, graph: Graph, variants: Sequence[Sequence[Variant]], target: Target) -> None:
        self.variants, self.target = variants, target
        self.ops = [op.index for op in graph.ops]
        self.place = {op: place for place, op in enumerate(self.ops)}
        self.figures = _Figures(graph, target)
        if target.optimize == "speed":
            self.variants = [self.no_slower_than_dense(of_op) for of_op in variants]

    def starts(self) -> list[list[int]]:
        """The plans that the search starts from."""
        kernels = sorted({call.kernel for of_op in self.variants for variant in of_op for call in variant})
        same = [self.each(lambda variant, k=kernel: _without(variant, k)) for kernel in kernels]  # type: ignore[misc]
        return [self.each(self.time), self.each(_scratch), self.each(_constants), *same]

    def score(self, plan: Sequence[int]) -> float:
        return self.figures.score(self.calls(plan))

    def time(self, variant: Variant) -> float:
        """Of a variant, and of the following operator where it leaves that to be done and others do not."""
        total = sum(self.figures.of(call)[1] for call in variant)
        of_op = self.variants[self.place[variant[0].op]]
        fusing = {c.fused for other in of_op for c in other if c.fused is not None}
        left = fusing - {c.fused for c in variant}
        return total + sum(self.time(self.variants[self.place[op]][0]) for op in left)

    def no_slower_than_dense(self, of_op: Sequence[Variant]) -> Sequence[Variant]:
        """The dense variants, and the sparse ones that are faster than all of them."""
        dense = [self.time(variant) for variant in of_op if not _is_sparse(variant)]
        limit = min(dense, default=math.inf)
        return [variant for variant in of_op if not _is_sparse(variant) or self.time(variant) < limit]

    def each(self, value: Callable[[Variant], float]) -> list[int]:
        """The variant of the least value for every operator, the first of equals."""
        return [min(range(len(v)), key=lambda i, v=v: value(v[i])) for v in self.variants]  # type: ignore[misc]

    def calls(self, plan: Sequence[int]) -> list[Variant]:
        """The selected variants; none for an operator that the one before it does as well."""
        fused: set[int] = set()
        selected: list[Variant] = []
        for op, of_op, chosen in zip(self.ops, self.variants, plan, strict=True):
            variant = [] if op in fused else of_op[chosen]
            fused.update(i for c in variant if c.fused is not None for i in (*c.passed, c.fused))
            selected.append(variant)
        return selected

    def improved(self, plan: list[int]) -> list[int]:
        """The plan after changing one operator at a time, as long as that makes its score less."""
        best = self.score(plan)
        before = math.inf
        while best < before:
            before = best
            for place, of_op in enumerate(self.variants):
                for i in range(len(of_op)):
                    other = [*plan[:place], i, *plan[place + 1 :]]
                    if self.score(other) < best:
                        plan, best = other, self.score(other)
        return plan


class _Figures:
    """What plans of one graph cost. The figures of calls and arenas are kept, because they occur in many plans."""

    def __init__(self, graph: Graph, target: Target) -> None:
        self.graph, self.target = graph, target
        self._calls: dict[int, tuple[KernelCall, float, int]] = {}  # by identity; kept, so that the id stays its own
        self._arenas: dict[tuple[object, ...], int] = {}

    def of(self, call: KernelCall) -> tuple[KernelCall, float, int]:
        """(the call, its time, the bytes of its constants)."""
        known = self._calls.get(id(call))
        if known is None:
            known = self._calls[id(call)] = (call, cost.time(call, self.target), call.weight_bytes)
        return known

    def arena(self, calls: Sequence[KernelCall]) -> int:
        key = tuple((c.inputs, c.states, c.outputs, c.scratch_bytes, c.in_place, not c.kernel) for c in calls)
        if key not in self._arenas:
            self._arenas[key] = assign(self.graph, calls).nbytes
        return self._arenas[key]

    def score(self, variants: Sequence[Variant]) -> float:
        calls = [call for variant in variants for call in variant]
        time = sum(self.of(c)[1] for c in calls)
        flash = sum(self.of(c)[2] for c in calls)
        flash += sum(cost.code_bytes(kernel, self.target) for kernel in {c.kernel for c in calls})
        figures = (time, self.arena(calls), flash)
        return sum(w * math.log(1 + x) for w, x in zip(WEIGHTS[self.target.optimize], figures, strict=True))


def score(graph: Graph, variants: Sequence[Variant], target: Target) -> float:
    """What plans are compared by, even those of different graphs: the least is the best.

    Args:
        graph: the graph whose tensors the calls read and write.
        variants: one for each operator, none where another does it as well.
        target: the core and the objective.
    """
    return _Figures(graph, target).score(variants)


def _is_sparse(variant: Variant) -> bool:
    return any(call.is_sparse for call in variant)


def _scratch(variant: Variant) -> float:
    return max(call.scratch_bytes for call in variant) - 0.5 * any(call.fused is not None for call in variant)


def _constants(variant: Variant) -> float:
    return sum(call.weight_bytes for call in variant)


def _without(variant: Variant, kernel: str) -> float:
    return float(all(call.kernel != kernel for call in variant))
