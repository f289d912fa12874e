"""What one run of an image over its vectors showed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from ecgprune.board.profile import FunctionCost, Profile

__all__ = ["RunResult"]


@dataclass(frozen=True)
class RunResult:
    """What a run showed.

    Attributes:
        outputs: the raw outputs, vector after vector.
        vectors: how many ran.
        mismatches: vectors with an unexpected byte.
        instructions: of one invocation, the mean; None on the host.
        instructions_min: the least of all invocations.
        instructions_max: the most of all invocations.
        method: how they were counted.
        stack_bytes: the deepest use of the stack, measured; None on the host.
        ram_bytes: data + bss + measured stack, net of the same of an empty image; None on the host.
        arena_bytes: of the arena, what the model takes; TFLM may take less than it is given.
        profile: of one invocation, by function, and its estimated cycles.
        per_call: instructions of one invocation by kernel call, each from the return of the call before; None: not
            counted exactly, or no calls were given.
    """

    outputs: bytes
    vectors: int
    mismatches: int
    instructions: int | None
    instructions_min: int | None
    instructions_max: int | None
    method: str
    stack_bytes: int | None
    ram_bytes: int | None
    arena_bytes: int
    profile: Profile
    per_call: tuple[float, ...] | None = None

    @property
    def cycles_estimate(self) -> int | None:
        """Estimated cycles of one invocation; None where nothing estimates them."""
        return None if self.profile.cycles is None else round(self.profile.cycles)

    def by_op(self, ops: Sequence[int]) -> dict[int, tuple[int, int | None]] | None:
        """What each operator takes of one invocation: {operator: (instructions, estimated cycles)}, whole numbers.

        Args:
            ops: the operator of each kernel call.

        Returns:
            None where the calls were not counted one by one. Cycles are None where nothing estimates them.
        """
        if self.per_call is None:
            return None
        cycles = self.profile.cycles_per_call
        spent = [None] * len(ops) if cycles is None else _whole(cycles)
        found: dict[int, tuple[int, int | None]] = {}
        for op, count, own in zip(ops, _whole(self.per_call), spent, strict=True):
            instructions, before = found.get(op, (0, 0))
            found[op] = instructions + count, None if own is None or before is None else before + own
        return found

    @property
    def functions(self) -> list[FunctionCost]:
        """The profile by function, the most expensive first; empty where there is none."""
        return self.profile.functions


def _whole(shares: Sequence[float]) -> list[int]:
    """Means over the vectors as whole numbers that still make the rounded total."""
    ends = [0, *(round(end) for end in itertools.accumulate(shares))]
    return [b - a for a, b in itertools.pairwise(ends)]
