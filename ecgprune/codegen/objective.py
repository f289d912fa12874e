"""What plans of a model are compared by: predicted time, arena and flash, weighed by the objective.

The score of a plan is a weighted sum of the logarithms of the three: with weights 1 and 8, one percent of the one
counts as much as eight percent of the other. Optimizing for speed and balanced, a plan may take only little more time
than the fastest one; see SLACK.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecgprune.codegen import cost
from ecgprune.codegen.arena import assign, call_bytes, reach
from ecgprune.codegen.call import KernelCall, Variant
from ecgprune.codegen.order import Overlap
from ecgprune.codegen.target import Optimize, Target
from ecgprune.graph.graph import Graph

__all__ = ["SLACK", "WEIGHTS", "Figures", "Option", "limit"]

WEIGHTS: dict[Optimize, tuple[float, float, float]] = {
    "balanced": (0.1, 1.0, 1.0),
    "speed": (0.1, 1.0, 1.0),
    "ram": (1.0, 8.0, 0.5),
    "flash": (1.0, 0.5, 8.0),
}
"""What one percent of (time, arena, flash) counts in a plan's score."""

SLACK: dict[Optimize, float] = {"balanced": 1.05, "speed": 1.01}
"""How many times as long as the fastest plan's time a plan may take. The other objectives have no such limit."""

_TRIALS = 24
"""Of the arena of every plan; the one that is taken gets more."""
_MOST_CALLS = 400
"""Where trials times calls would be more, there are fewer trials, for a change of a long order takes long."""

_TOO_SLOW = 1e6
"""What the logarithm of the time beyond the limit counts: more than all the rest, and the less the better."""


@dataclass(frozen=True)
class Option:
    """A variant with its figures.

    Attributes:
        variant: the calls.
        time: predicted cycles.
        flash: bytes of its constants.
        scratch: bytes of working memory, of the call that takes most.
        nbytes: of working memory and the tensors that a call reads and writes, at least, of the call with most.
        kernels: the functions that it calls.
        is_sparse: whether one of them skips zeros.
        layout: number of what it means to the arena beside scratch.
        does: the operators behind its own that it does as well.
    """

    variant: Variant
    time: float
    flash: int
    scratch: int
    nbytes: int
    kernels: frozenset[str]
    is_sparse: bool
    layout: int
    does: tuple[int, ...]


class Figures:
    """What plans of one graph cost. Arenas are kept, because many plans have the same."""

    def __init__(self, graph: Graph, target: Target) -> None:
        self.graph, self.target = graph, target
        self._layouts: dict[tuple[object, ...], int] = {}
        self._arenas: dict[tuple[tuple[int, int], ...], int] = {}
        self._code: dict[frozenset[str], int] = {}
        self._reach: dict[int, tuple[KernelCall, Mapping[int, Overlap]]] = {}  # by id; the call is kept for that

    def option(self, variant: Variant) -> Option:
        """The variant's figures.

        Raises:
            CodegenError: a kernel was not measured on the target's core.
        """
        key = tuple(
            (c.inputs, c.states, c.outputs, not c.kernel, c.scratch_over_input, tuple(self.reach(c).items()))
            for c in variant
        )
        return Option(
            variant=variant,
            time=sum(cost.time(call, self.target) for call in variant),
            flash=sum(call.weight_bytes for call in variant),
            scratch=max((call.scratch_bytes for call in variant), default=0),
            nbytes=max((call_bytes(self.graph, call) for call in variant), default=0),
            kernels=frozenset(call.kernel for call in variant),
            is_sparse=any(call.is_sparse for call in variant),
            layout=self._layouts.setdefault(key, len(self._layouts)),
            does=tuple(i for call in variant if call.fused is not None for i in (*call.passed, call.fused)),
        )

    def score(self, plan: Sequence[Option], limit: float, below: float = math.inf, arena: int = 0) -> float:
        """What plans are compared by: a sum of logarithms of time, arena and flash. The less the better.

        Args:
            plan: the options of the operators that have one of their own, in the graph's order.
            limit: the time that a plan may take, infinite where there is no limit.
            below: a score that is to be bettered. Where that cannot be, the result is infinite, which takes less time.
            arena: bytes that the arena has at least.
        """
        time, flash = sum(option.time for option in plan), sum(option.flash for option in plan)
        kernels = frozenset().union(*[option.kernels for option in plan])
        if self.of_sums(time, flash, kernels, limit, arena) >= below:
            return math.inf
        return self.of_sums(time, flash, kernels, limit, self.arena(plan))

    def of_sums(self, time: float, flash: int, kernels: frozenset[str], limit: float, arena: int) -> float:
        """The score of a plan by what its options add up to. With a larger arena it is larger.

        Args:
            time: of its options.
            flash: of its options, without the code.
            kernels: that it calls.
            limit: as of `score`.
            arena: bytes of its arena.
        """
        if kernels not in self._code:
            self._code[kernels] = sum(cost.code_bytes(kernel, self.target) for kernel in kernels)
        of_time, of_arena, of_flash = WEIGHTS[self.target.optimize]
        score = of_time * math.log(1 + time) + of_flash * math.log(1 + flash + self._code[kernels])
        if time > limit * (1 + 1e-9):
            score += _TOO_SLOW * math.log((1 + time) / (1 + limit))
        return score + of_arena * math.log(1 + arena)

    def reach(self, call: KernelCall) -> Mapping[int, Overlap]:
        """What `arena.reach` says of the call, which is asked once."""
        if id(call) not in self._reach:
            self._reach[id(call)] = (call, reach(self.graph, call))
        return self._reach[id(call)][1]

    def arena(self, plan: Sequence[Option]) -> int:
        """Bytes of the plan's arena."""
        key = tuple([(option.layout, option.scratch) for option in plan])
        if key not in self._arenas:
            calls = [call for option in plan for call in option.variant]
            trials = min(_TRIALS, _MOST_CALLS // max(1, len(calls)))
            self._arenas[key] = assign(self.graph, calls, trials, self.reach).nbytes
        return self._arenas[key]


def limit(target: Target, fastest: float) -> float:
    """The time that a plan may take.

    Args:
        target: the core and the objective.
        fastest: time of the fastest plan there is.
    """
    return fastest * SLACK.get(target.optimize, math.inf)
