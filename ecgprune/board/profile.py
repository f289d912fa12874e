"""What one invocation costs: instructions and estimated cycles, by function and by kernel call."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ecgprune.board import blocks, cycles
from ecgprune.board.counts import Counts
from ecgprune.board.elf import Function

__all__ = ["FunctionCost", "Profile", "profile"]


@dataclass(frozen=True)
class FunctionCost:
    """A function's own share of one invocation, callees left out.

    Attributes:
        function: its name.
        instructions: executed, the mean of all invocations.
        cycles: estimated; None where nothing estimates them.
    """

    function: str
    instructions: float
    cycles: float | None

    def figures(self) -> dict[str, int | str | None]:
        """What `ecgprune bench` says of it."""
        cycles = None if self.cycles is None else round(self.cycles)
        return {"function": self.function, "instructions": round(self.instructions), "cycles_estimate": cycles}


@dataclass(frozen=True)
class Profile:
    """One invocation, the mean of all that were counted.

    Attributes:
        functions: the most expensive first.
        cycles: estimated; None where nothing estimates them.
        cycles_high: the upper end of the interval that begins at `cycles`; None where there is none.
        cycles_classes: by the class model, as a check; None for a core without a timing table.
        cycles_model: what estimated them, see `cycles.Cycles`; None for nothing.
        cycles_per_call: of each kernel call, from the return of the call before; None where nothing estimates them.
    """

    functions: list[FunctionCost]
    cycles: float | None = None
    cycles_high: float | None = None
    cycles_classes: float | None = None
    cycles_model: str | None = None
    cycles_per_call: tuple[float, ...] | None = None

    def figures(self) -> dict[str, int | str | None]:
        """What reports say of the cycles of one invocation."""
        whole = {
            "cycles_estimate": self.cycles,
            "cycles_high": self.cycles_high,
            "cycles_classes": self.cycles_classes,
        }
        found: dict[str, int | str | None] = {name: None if n is None else round(n) for name, n in whole.items()}
        return {**found, "cycles_model": self.cycles_model}


def profile(core: str, functions: Sequence[Function], counts: Counts, wait_states: int = 0) -> Profile:
    """The cost of one invocation.

    Args:
        core: as a board names it.
        functions: the image's, in the order of their addresses.
        counts: what the plugin counted.
        wait_states: of the flash, see `cycles.estimate`.

    Raises:
        FirmwareError: llvm-mca fails.
    """
    each = 1 / counts.invocations
    none: dict[int, int] = {}
    ran = _ran(functions, counts.by_address)
    of_function = [(f, blocks.executed(f, counts.by_address, counts.conflicts)) for f in ran]
    found = cycles.estimate(core, [block for _, own in of_function for block in own], wait_states)
    costs: list[FunctionCost] = []
    at = 0
    for function, own in of_function:
        instructions = sum(counts.by_address.get(insn.address, 0) for insn in function.instructions)
        spent = sum(found.blocks[at : at + len(own)]) * each if found else None
        costs.append(FunctionCost(function.name, instructions * each, spent))
        at += len(own)
    costs.sort(key=lambda cost: (-cost.instructions, cost.function))
    if found is None:
        return Profile(costs)
    return Profile(
        costs,
        found.total * each,
        None if found.high is None else found.high * each,
        None if found.classes is None else found.classes * each,
        found.model,
        tuple(
            _call(core, functions, of_call, conflicts, wait_states) * each
            for of_call, conflicts in zip_longest(counts.by_call, counts.conflicts_by_call, fillvalue=none)
        ),
    )


def _call(
    core: str,
    functions: Sequence[Function],
    of_call: Mapping[int, int],
    conflicts: Mapping[int, int],
    wait_states: int,
) -> float:
    """Cycles of a kernel call in all invocations."""
    ran = [block for f in _ran(functions, of_call) for block in blocks.executed(f, of_call, conflicts)]
    found = cycles.estimate(core, ran, wait_states)
    return found.total if found else 0.0


def _ran(functions: Sequence[Function], by_address: Mapping[int, int]) -> list[Function]:
    """The functions of which something ran."""
    starts = [function.address for function in functions]
    ran = sorted({bisect.bisect_right(starts, address) - 1 for address in by_address})
    return [functions[place] for place in ran]
