"""Kernel selection: which of its kernel variants every operator takes.

A plan is judged as a whole, because layers share the arena and the kernels' code: see objective.py for its score. The
search starts from several plans and improves the best of them, by changing one operator at a time, and in small
networks two. It starts from:

- every operator with the fastest variant, the least scratch memory, the smallest constants;
- one kernel wherever it can be used;
- for a number of sizes of the arena and exchange rates between bytes and time, every operator with the variant of the
  least time and flash at that rate among those that keep the arena that small.

Optimizing for speed, no sparse variant is taken that is slower than the dense one, however many bytes it would save.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ecgprune.codegen.arena import bytes_beside
from ecgprune.codegen.call import Variant
from ecgprune.codegen.objective import SLACK, Figures, Option, limit
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph

__all__ = ["select", "select_graph"]

Offer = tuple[Graph, Sequence[Sequence[Variant]]]
"""A graph and the variants of each of its operators, in its order."""

_IMPROVED = 6
"""So many of the plans that the search starts from are improved, the best ones."""
_MOST_PAIRS = 10_000
"""Two operators are changed at a time where that gives at most so many plans."""
_RATES = tuple(10.0 ** (step / 4) for step in range(-8, 9))
"""Exchange rates: a share of the flash for the same share of the time, times these."""
_ARENAS = 12
_ROUNDED = 1e-12
"""A sum of times in another order differs by less than this share."""


def select(graph: Graph, variants: Sequence[Sequence[Variant]], target: Target) -> list[Variant]:
    """One variant per operator; an operator that the one before it does as well gets no calls.

    Args:
        graph: the graph whose tensors the calls read and write.
        variants: those of each operator, in the graph's order, at least one each.
        target: the core and the objective.

    Raises:
        CodegenError: a kernel was not measured on the target's core.
    """
    return select_graph([(graph, variants)], target)[1]


def select_graph(offers: Sequence[Offer], target: Target) -> tuple[Graph, list[Variant]]:
    """The graph of the best plan among those that compute the same, and one variant per operator; see `select`.

    Args:
        offers: the graphs with their variants; of equally good plans the first one's is taken.
        target: the core and the objective.

    Raises:
        CodegenError: a kernel was not measured on the target's core.
    """
    searches = [_Search(graph, variants, target) for graph, variants in offers]
    most = limit(target, min(search.fastest() for search in searches))
    found = [(search.best(most), search) for search in searches]
    (_, plan), search = min(found, key=lambda one: one[0][0])
    return search.figures.graph, search.variants(plan)


class _Search:
    """The search for the best plan of one graph. A plan here is a list of indices, one of `options` for each operator.

    Attributes:
        figures: what plans cost.
        target: the core and the objective.
        ops: the operators' indices in the .tflite, in the graph's order.
        place: {index in the .tflite: place in the graph's order}.
        times: what `time` has found, by the option's id.
        options: of each operator, those that are worth a try.
        least: the options of the least scratch memory.
        beside: {operator: bytes of tensors that live while it runs and that it does not touch}.
        needs: {id of an option: `need` of it}.
        most: the time that a plan may take.
    """

    def __init__(self, graph: Graph, variants: Sequence[Sequence[Variant]], target: Target) -> None:
        self.figures, self.target = Figures(graph, target), target
        self.ops = [op.index for op in graph.ops]
        self.place = {op: place for place, op in enumerate(self.ops)}
        self.times: dict[int, float] = {}  # by identity of the option
        self.options: list[list[Option]] = [[self.figures.option(variant) for variant in of_op] for of_op in variants]
        if target.optimize == "speed":
            self.options = [self.no_slower_than_dense(of_op) for of_op in self.options]
        self.options = [_undominated(of_op) for of_op in self.options]
        self.least = self.taken(self.each(_scratch))
        self.beside = bytes_beside(graph, [call for option in self.least for call in option.variant])
        self.needs = {id(option): self.need(option) for of_op in self.options for option in of_op}
        self.most = math.inf

    def fastest(self) -> float:
        """The time of the plan with the fastest option for every operator."""
        return sum(option.time for option in self.taken(self.each(self.time)))

    def best(self, most: float) -> tuple[float, list[int]]:
        """(score, plan) of the best plan found that takes at most the time `most`."""
        self.most = most
        starts = {tuple(plan): self.score(plan) for plan in self.starts()}
        first = sorted(starts, key=lambda plan: (starts[plan], plan))[:_IMPROVED]
        return min(self.improved(list(plan)) for plan in first)

    def score(self, plan: Sequence[int], below: float = math.inf) -> float:
        """The plan's score; infinite where it cannot be less than `below`."""
        taken = self.taken(plan)
        return self.figures.score(taken, self.most, below, max([self.needs[id(option)] for option in taken], default=0))

    def need(self, option: Option) -> int:
        """Bytes that the arena has at least, where the option is taken."""
        return option.nbytes + (self.beside.get(option.variant[0].op, 0) if option.variant else 0)

    def starts(self) -> Iterator[list[int]]:
        """The plans that the search starts from."""
        yield from (self.each(value) for value in (self.time, _scratch, lambda option: option.flash))
        kernels = sorted({kernel for of_op in self.options for option in of_op for kernel in option.kernels})
        yield from (self.each(lambda option, k=kernel: k not in option.kernels) for kernel in kernels)  # type: ignore[misc]
        if self.target.optimize in SLACK:
            fastest = self.taken(self.each(self.time))
            time, flash = sum(option.time for option in fastest), sum(option.flash for option in fastest)
            for most in self.arenas():
                yield from (self.each(self.at_rate(rate * time / (1 + flash), most)) for rate in _RATES)

    def arenas(self) -> list[float]:
        """Sizes of the arena worth a try, the least one first, and no limit."""
        floor = self.figures.arena(self.least)
        sizes = sorted({n for of_op in self.options for n in map(self.need, of_op) if n > floor})
        return [floor, *sizes[:: -(-len(sizes) // _ARENAS) or 1], math.inf]

    def at_rate(self, per_byte: float, most: float) -> Callable[[Option], tuple[bool, float]]:
        """Time and flash of an option at an exchange rate, after whether it needs more than the arena `most`."""

        def value(option: Option) -> tuple[bool, float]:
            return self.needs[id(option)] > most, self.time(option) + per_byte * option.flash

        return value

    def time(self, option: Option) -> float:
        """Of an option, and of the operators behind it where it leaves those to be done and others do not."""
        if id(option) not in self.times:
            done = {op for other in self.options_of(option) for op in other.does} - set(option.does)
            left = sum(min(map(self.time, self.options[self.place[op]])) for op in done)
            self.times[id(option)] = option.time + left
        return self.times[id(option)]

    def options_of(self, option: Option) -> Sequence[Option]:
        """All of the operator that it is one of."""
        return self.options[self.place[option.variant[0].op]] if option.variant else ()

    def no_slower_than_dense(self, of_op: list[Option]) -> list[Option]:
        """The dense options, and the sparse ones that are faster than all of them."""
        dense = min((self.time(option) for option in of_op if not option.is_sparse), default=math.inf)
        return [option for option in of_op if not option.is_sparse or self.time(option) < dense]

    def each(self, value: Callable[[Option], Any]) -> list[int]:
        """The option of the least value for every operator, the first of equals."""
        return [min(range(len(of_op)), key=lambda i, of=of_op: value(of[i])) for of_op in self.options]  # type: ignore[misc]

    def taken(self, plan: Sequence[int]) -> list[Option]:
        """The selected options; none for an operator that the one before it does as well."""
        return [option for option in self._options(plan) if option is not None]

    def variants(self, plan: Sequence[int]) -> list[Variant]:
        """One variant per operator; no calls for an operator that the one before it does as well."""
        return [[] if option is None else option.variant for option in self._options(plan)]

    def _options(self, plan: Sequence[int]) -> Iterator[Option | None]:
        """The selected option of every operator; None where the one before it does it as well."""
        done: set[int] = set()
        for op, of_op, chosen in zip(self.ops, self.options, plan, strict=True):
            option = None if op in done else of_op[chosen]
            if option is not None and option.does:
                done.update(option.does)
            yield option

    def improved(self, plan: list[int]) -> tuple[float, list[int]]:
        """(score, plan) after changing one operator at a time, or two, as long as its score gets less."""
        best = self.score(plan)
        before = math.inf
        while best < before:
            before = best
            for count in (1, 2):
                if best == before:
                    for places in self.changes(count):
                        best, plan = self.changed(plan, best, places)
        return best, plan

    def changes(self, at_once: int) -> list[tuple[int, ...]]:
        """The sets of operators that are changed at once; none where that would give too many plans."""
        open_ = [place for place, of_op in enumerate(self.options) if len(of_op) > 1]
        found = list(itertools.combinations(open_, at_once))
        plans = sum(math.prod(len(self.options[place]) for place in places) for places in found)
        return found if at_once == 1 or plans <= _MOST_PAIRS else []

    def changed(self, plan: list[int], best: float, places: Sequence[int]) -> tuple[float, list[int]]:
        """The best plan that differs from this one at the places, or this one."""
        for other in self.promising(plan, best, places):
            found = self.score(other, below=best)
            if found < best:
                best, plan = found, other
        return best, plan

    def promising(self, plan: Sequence[int], best: float, places: Sequence[int]) -> Iterator[list[int]]:
        """The plans that differ from this one at the places and may have a score below `best`.

        Most are left out by sums: what all other operators add depends only on what the options at the places do.
        """
        rests: dict[tuple[tuple[int, ...], ...], _Rest] = {}
        at_places = [self.options[place] for place in places]
        indices = itertools.product(*(range(len(of_op)) for of_op in at_places))
        for options, chosen in zip(itertools.product(*at_places), indices, strict=True):
            does = tuple([option.does for option in options])
            if does not in rests:
                rests[does] = self.rest(_with(plan, places, chosen), places)
            time, flash, kernels, need, taken = rests[does]
            for option, is_taken in zip(options, taken, strict=True):
                if is_taken:
                    time, flash, kernels = time + option.time, flash + option.flash, kernels | option.kernels
                    need = max(need, self.needs[id(option)])
            # Sums in another order are rounded otherwise.
            if self.figures.of_sums(time * (1 - _ROUNDED), flash, kernels, self.most, need) < best:
                yield _with(plan, places, chosen)

    def rest(self, plan: Sequence[int], places: Sequence[int]) -> _Rest:
        """The sums of a plan without the options at the places."""
        options = list(self._options(plan))
        others = [option for place, option in enumerate(options) if option is not None and place not in places]
        return _Rest(
            time=sum(option.time for option in others),
            flash=sum(option.flash for option in others),
            kernels=frozenset().union(*[option.kernels for option in others]),
            need=max([self.needs[id(option)] for option in others], default=0),
            taken=tuple(options[place] is not None for place in places),
        )


class _Rest(NamedTuple):
    """What the options of a plan add up to without those at some places.

    Attributes:
        time: the sum.
        flash: the sum.
        kernels: that they call.
        need: bytes that the arena has at least.
        taken: of the options at the places, whether each one is taken, and not done by one before it.
    """

    time: float
    flash: int
    kernels: frozenset[str]
    need: int
    taken: tuple[bool, ...]


def _with(plan: Sequence[int], places: Sequence[int], chosen: Sequence[int]) -> list[int]:
    """The plan with other options at the places."""
    other = list(plan)
    for place, index in zip(places, chosen, strict=True):
        other[place] = index
    return other


def _undominated(of_op: Sequence[Option]) -> list[Option]:
    """Without those that are nowhere better than another one of the same kernels and tensors."""
    kept: list[Option] = []
    for option in sorted(of_op, key=lambda o: (o.time, o.flash, o.scratch)):
        rivals = (o for o in kept if (o.kernels, o.does, o.layout) == (option.kernels, option.does, option.layout))
        if not any(o.flash <= option.flash and o.scratch <= option.scratch for o in rivals):
            kept.append(option)
    return kept


def _scratch(option: Option) -> float:
    """Bytes of scratch memory; of equal ones, an option that does several operators comes first."""
    return option.scratch - 0.5 * bool(option.does)
