"""What the counting plugin, firmware/tools/insn_count.c, wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ecgprune.errors import FirmwareError

__all__ = ["Counts", "read_counts"]


@dataclass(frozen=True)
class Counts:
    """What the counting plugin wrote.

    Attributes:
        invocations: how many were counted.
        least: instructions of the shortest invocation.
        most: instructions of the longest invocation.
        total: instructions of all invocations.
        per_call: instructions of all invocations by call, up to its return; what follows the last return is missing.
        by_address: how often each address ran in all invocations.
        by_call: the same of each call, from the return of the call before it.
        conflicts: pairs of a gather's elements in one bank but not in one word, by the instruction's address.
        conflicts_by_call: the same of each call.
    """

    invocations: int
    least: int
    most: int
    total: int
    per_call: tuple[int, ...]
    by_address: dict[int, int]
    by_call: tuple[dict[int, int], ...] = ()
    conflicts: Mapping[int, int] = field(default_factory=dict)
    conflicts_by_call: tuple[dict[int, int], ...] = ()


def read_counts(path: Path) -> Counts:
    """Reads the plugin's file.

    Raises:
        FirmwareError: it is not whole, or no invocation was counted.
    """
    try:
        words = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
        (_, invocations), (_, least), (_, most), (_, total) = words[:4]
        per_call = tuple(int(line[1]) for line in words[4:] if line[0] == "call")
        by_call: list[dict[int, int]] = [{} for _ in per_call]
        conflicts_by_call: list[dict[int, int]] = [{} for _ in per_call]
        by_address: dict[int, int] = {}
        conflicts: dict[int, int] = {}
        whole, of_call = {"conflict": conflicts}, {"in": by_call, "conflict_in": conflicts_by_call}
        for line in words[4 + len(per_call) :]:
            calls = of_call.get(line[0])
            where = calls[int(line[1])] if calls is not None else whole.get(line[0], by_address)
            where[int(line[-2], 16)] = int(line[-1])
        counts = Counts(
            int(invocations), int(least), int(most), int(total), per_call, by_address, tuple(by_call), conflicts,
            tuple(conflicts_by_call),
        )
    except (OSError, ValueError, IndexError) as error:
        raise FirmwareError(f"the counting plugin left no whole result: {error}") from None
    if counts.invocations == 0 or sum(counts.by_address.values()) != counts.total:
        raise FirmwareError("the counting plugin saw no invocation: the image's markers never ran")
    return counts
