"""Which of its forms every operator takes.

A plan is judged as a whole, for layers share the arena and the kernels' code. Its score weighs the logarithms of
instructions, RAM and flash: for flash, one percent of flash is worth eight percent of instructions, for they are to be
spared, but not at any price. The search starts from several plans (every layer the fastest, the leanest, the smallest,
of one kernel wherever there is one), improves each by one operator at a time, and takes the best.

For speed, no sparse form is taken that is slower than the dense one, however many bytes it would save.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ecgprune.codegen import cost
from ecgprune.codegen.arena import assign
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.target import Optimize, Target
from ecgprune.graph.graph import Graph

__all__ = ["WEIGHTS", "Form", "choose", "score"]

Form = list[KernelCall]
"""The calls that do one operator, and the next one too where a call says so (KernelCall.fused)."""

WEIGHTS: dict[Optimize, tuple[float, float, float]] = {
    "speed": (6.0, 1.0, 1.0),
    "ram": (1.0, 8.0, 0.5),
    "flash": (1.0, 0.5, 8.0),
}
"""What one percent of (instructions, arena, flash) counts in a plan's score."""


def choose(graph: Graph, forms: Sequence[Sequence[Form]], target: Target) -> list[Form]:
    """One form per operator; an operator that is done by the one before gets no calls.

    forms: the alternatives of each operator, in the graph's order, at least one each.
    """
    search = _Search(graph, forms, target)
    return search.calls(min((search.improved(start) for start in search.starts()), key=search.score))


class _Search:
    """A plan here is a list of indices, one of `forms` for each operator."""

    def __init__(self, graph: Graph, forms: Sequence[Sequence[Form]], target: Target) -> None:
        self.forms, self.target = forms, target
        self.figures = _Figures(graph, target)
        if target.optimize == "speed":
            self.forms = [self.no_slower_than_dense(alternatives) for alternatives in forms]

    def starts(self) -> list[list[int]]:
        kernels = sorted({call.kernel for alternatives in self.forms for form in alternatives for call in form})
        same = [self.each(lambda form, k=kernel: _without(form, k)) for kernel in kernels]  # type: ignore[misc]
        return [self.each(self.instructions), self.each(_scratch), self.each(_constants), *same]

    def score(self, plan: Sequence[int]) -> float:
        return self.figures.score(self.calls(plan))

    def instructions(self, form: Form) -> float:
        """Of a form, and of the operator that it leaves to be done where others do it too."""
        total = sum(self.figures.of(call)[1] for call in form)
        fusing = {c.fused for other in self.forms[form[0].op] for c in other if c.fused is not None}
        left = fusing - {c.fused for c in form}
        return total + sum(self.instructions(self.forms[op][0]) for op in left)

    def no_slower_than_dense(self, alternatives: Sequence[Form]) -> Sequence[Form]:
        dense = [self.instructions(form) for form in alternatives if not _is_sparse(form)]
        limit = min(dense, default=math.inf)
        return [form for form in alternatives if not _is_sparse(form) or self.instructions(form) < limit]

    def each(self, value: Callable[[Form], float]) -> list[int]:
        """The form of the least value for every operator, the first of equals."""
        return [min(range(len(a)), key=lambda i, a=a: value(a[i])) for a in self.forms]  # type: ignore[misc]

    def calls(self, plan: Sequence[int]) -> list[Form]:
        fused: set[int] = set()
        chosen: list[Form] = []
        for op, alternatives in enumerate(self.forms):
            form = [] if op in fused else alternatives[plan[op]]
            fused.update(i for c in form if c.fused is not None for i in (*c.passed, c.fused))
            chosen.append(form)
        return chosen

    def improved(self, plan: list[int]) -> list[int]:
        """The plan after as many changes of one operator as make its score less."""
        best = self.score(plan)
        before = math.inf
        while best < before:
            before = best
            for op, alternatives in enumerate(self.forms):
                for i in range(len(alternatives)):
                    other = [*plan[:op], i, *plan[op + 1 :]]
                    if self.score(other) < best:
                        plan, best = other, self.score(other)
        return plan


class _Figures:
    """What plans of one graph cost; calls and arenas that occur again are not worked out again."""

    def __init__(self, graph: Graph, target: Target) -> None:
        self.graph, self.target = graph, target
        self._calls: dict[int, tuple[KernelCall, float, int]] = {}  # by identity; kept, so that the id stays its own
        self._arenas: dict[tuple[object, ...], int] = {}

    def of(self, call: KernelCall) -> tuple[KernelCall, float, int]:
        """(the call, its instructions, the bytes of its constants)."""
        known = self._calls.get(id(call))
        if known is None:
            known = self._calls[id(call)] = (call, cost.instructions(call, self.target), call.weight_bytes)
        return known

    def arena(self, calls: Sequence[KernelCall]) -> int:
        key = tuple((c.inputs, c.outputs, c.scratch_bytes, c.in_place, not c.kernel) for c in calls)
        if key not in self._arenas:
            self._arenas[key] = assign(self.graph, calls).nbytes
        return self._arenas[key]

    def score(self, forms: Sequence[Form]) -> float:
        calls = [call for form in forms for call in form]
        instructions = sum(self.of(c)[1] for c in calls)
        flash = sum(self.of(c)[2] for c in calls)
        flash += sum(cost.code_bytes(kernel, self.target) for kernel in {c.kernel for c in calls})
        figures = (instructions, self.arena(calls), flash)
        return sum(w * math.log(1 + x) for w, x in zip(WEIGHTS[self.target.optimize], figures, strict=True))


def score(graph: Graph, forms: Sequence[Form], target: Target) -> float:
    """What plans are compared by, even those of different graphs: the least is the best."""
    return _Figures(graph, target).score(forms)


def _is_sparse(form: Form) -> bool:
    return any(call.is_sparse for call in form)


def _scratch(form: Form) -> float:
    return max(call.scratch_bytes for call in form) - 0.5 * any(call.fused is not None for call in form)


def _constants(form: Form) -> float:
    return sum(call.weight_bytes for call in form)


def _without(form: Form, kernel: str) -> float:
    return float(all(call.kernel != kernel for call in form))
