"""Which of its forms every operator takes.

A plan is judged as a whole, for layers share the arena and the kernels' code. For RAM or flash, that counts first and
instructions second: the search starts from several plans (every layer the fastest, the leanest, the smallest, of one
kernel wherever there is one), improves each by one operator at a time, and takes the best.

For speed, the fastest form of every operator makes the fastest plan. SLACK of its instructions are then traded for
bytes, as two forms that close are told apart by the estimate's error more than by the core; but a layer that is
fastest dense stays dense.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ecgprune.codegen import cost
from ecgprune.codegen.arena import assign
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph

__all__ = ["SLACK", "Form", "choose", "worth"]

Form = list[KernelCall]
"""The calls that do one operator, and the next one too where a call says so (KernelCall.fused)."""

SLACK = 0.02
"""Share of the instructions that may be given for flash and RAM when the target is speed."""

_Score = tuple[float, ...]


def choose(graph: Graph, forms: Sequence[Sequence[Form]], target: Target) -> list[Form]:
    """One form per operator; an operator that is done by the one before gets no calls.

    forms: the alternatives of each operator, in the graph's order, at least one each.
    """
    judge = _Judge(graph, forms, target)
    if target.optimize == "speed":
        return judge.calls(judge.improved(judge.fastest()))
    kernels = sorted({call.kernel for alternatives in forms for form in alternatives for call in form})
    starts = [judge.each(judge.instructions), judge.each(_scratch), judge.each(_constants)]
    starts += [judge.each(lambda form, k=kernel: _without(form, k)) for kernel in kernels]  # type: ignore[misc]
    return judge.calls(min((judge.improved(start) for start in starts), key=judge.score))


class _Judge:
    """A plan here is a list of indices, one of `forms` for each operator."""

    def __init__(self, graph: Graph, forms: Sequence[Sequence[Form]], target: Target) -> None:
        self.graph, self.forms, self.target = graph, forms, target
        self.limit = math.inf  # of instructions
        self.dense: set[int] = set()  # operators that must be dense

    def instructions(self, form: Form) -> float:
        """Of a form, and of the operator that it leaves to be done where others do it too."""
        total = sum(cost.instructions(call, self.target) for call in form)
        fusing = {c.fused for other in self.forms[form[0].op] for c in other if c.fused is not None}
        left = fusing - {c.fused for c in form}
        return total + sum(self.instructions(self.forms[op][0]) for op in left)

    def fastest(self) -> list[int]:
        """The plan of the fewest instructions, which is from now on what others may exceed by SLACK."""
        plan = self.each(self.instructions)
        self.limit = (1 + SLACK) * sum(cost.instructions(c, self.target) for form in self.calls(plan) for c in form)
        self.dense = {op for op, form in enumerate(plan) if not _is_sparse(self.forms[op][form])}
        return plan

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

    def score(self, plan: Sequence[int]) -> _Score:
        chosen = self.calls(plan)
        instructions, arena, flash = _figures(self.graph, chosen, self.target)
        if self.target.optimize != "speed":
            return _ranked(instructions, arena, flash, self.target)
        barred = instructions > self.limit or any(_is_sparse(chosen[op]) for op in self.dense)
        return (math.inf if barred else flash + arena, instructions)

    def improved(self, plan: list[int]) -> list[int]:
        """The plan after as many changes of one operator as make it better."""
        best = self.score(plan)
        before: _Score = (math.inf,)
        while best < before:
            before = best
            for op, alternatives in enumerate(self.forms):
                for i in range(len(alternatives)):
                    other = [*plan[:op], i, *plan[op + 1 :]]
                    score = self.score(other)
                    if score < best:
                        plan, best = other, score
        return plan


def worth(graph: Graph, forms: Sequence[Form], target: Target) -> tuple[float, ...]:
    """What plans are compared by, even those of different graphs; the least is the best."""
    return _ranked(*_figures(graph, forms, target), target)


def _ranked(instructions: float, arena: float, flash: float, target: Target) -> _Score:
    if target.optimize == "ram":
        return (arena, instructions, flash)
    if target.optimize == "flash":
        return (flash, instructions, arena)
    return (instructions, flash + arena)


def _figures(graph: Graph, forms: Sequence[Form], target: Target) -> tuple[float, float, float]:
    """(instructions, bytes of arena, bytes of flash) by the cost model."""
    calls = [call for form in forms for call in form]
    flash = sum(c.weight_bytes for c in calls)
    flash += sum(cost.code_bytes(kernel, target) for kernel in {c.kernel for c in calls})
    return sum(cost.instructions(c, target) for c in calls), assign(graph, calls).nbytes, flash


def _is_sparse(form: Form) -> bool:
    return any(call.is_sparse for call in form)


def _scratch(form: Form) -> float:
    return max(call.scratch_bytes for call in form) - 0.5 * any(call.fused is not None for call in form)


def _constants(form: Form) -> float:
    return sum(call.weight_bytes for call in form)


def _without(form: Form, kernel: str) -> float:
    return float(all(call.kernel != kernel for call in form))
