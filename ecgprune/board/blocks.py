"""Basic blocks of an image, how often each ran, and how often its branch was taken."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecgprune.board.elf import Function, Insn

__all__ = ["Block", "executed", "is_branch", "is_conditional", "untaken"]

_CONDITIONAL = re.compile(r"^(b(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)|cbn?z)$")
_BRANCH = re.compile(r"^(b(l|lx|x|xns|lxns)?(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)?|cbn?z|tb[bh])$")
_LOOP = re.compile(r"^(le|letp|wls|wlstp)$")
_TARGET = re.compile(r"\b([0-9a-f]+) <[^>]+>")
_NONE: Mapping[int, int] = {}


@dataclass(frozen=True)
class Block:
    """A basic block that ran.

    Attributes:
        function: name of the function that it belongs to.
        instructions: they follow one another; only the last may branch.
        before: the one at the address before.
        count: how often it ran.
        taken: how often the branch at its end was taken; loop ends of Armv8.1-M do not count.
        conflicts: of elements of its gathers and scatters in one bank, in all passes.
    """

    function: str
    instructions: tuple[Insn, ...]
    before: Insn | None
    count: int
    taken: int
    conflicts: int = 0


def is_branch(insn: Insn) -> bool:
    """Whether an instruction may leave the straight line: a branch, a call, a load into pc, a loop start or end."""
    base, operands = insn.mnemonic.split(".")[0], insn.operands
    if _BRANCH.match(base) or _LOOP.match(base):
        return True
    loads_list = base.startswith(("pop", "ldm")) and re.search(r"\bpc\b", operands) is not None
    return loads_list or (base.startswith(("ldr", "mov", "add")) and operands.startswith("pc,"))


def is_conditional(insn: Insn) -> bool:
    """Whether an instruction is a branch that may fall through by its own condition, and no loop end."""
    return bool(_CONDITIONAL.match(insn.mnemonic.split(".")[0]))


def executed(function: Function, counts: Mapping[int, int], conflicts: Mapping[int, int] = _NONE) -> list[Block]:
    """The basic blocks of a function that ran, in the order of their addresses.

    Args:
        function: as disassembled.
        counts: how often each address ran; those of a block's instructions are all the same.
        conflicts: of its gathers and scatters, by address.
    """
    instructions = function.instructions
    leaders = _targets(instructions)
    fell = untaken(instructions, counts)
    found: list[Block] = []
    here: list[Insn] = []
    before: Insn | None = None  # the block
    for insn, behind in itertools.zip_longest(instructions, instructions[1:]):
        here.append(insn)
        count = counts.get(insn.address, 0)
        ends = is_branch(insn) or behind is None or behind.address in leaders
        if ends or (behind is not None and counts.get(behind.address, 0) != count):
            if count:
                stalls = sum(conflicts.get(one.address, 0) for one in here) if conflicts else 0
                found.append(Block(function.name, tuple(here), before, count, _taken(insn, count, fell), stalls))
            here, before = [], insn
    return found


def _taken(insn: Insn, count: int, fell: Mapping[int, int]) -> int:
    if not is_branch(insn) or _LOOP.match(insn.mnemonic.split(".")[0]):
        return 0
    return count - fell.get(insn.address, 0)


def _targets(instructions: Sequence[Insn]) -> set[int]:
    found = set()
    for insn in instructions:
        if is_branch(insn) and (target := _TARGET.search(insn.operands)):
            found.add(int(target[1], 16))
    return found


def untaken(instructions: Sequence[Insn], counts: Mapping[int, int]) -> dict[int, int]:
    """How often each conditional branch fell through, by address, as far as the counts decide it.

    An instruction runs as often as it is fallen into plus jumped to. Where one of these is unknown it follows from the
    others; that is repeated until nothing new follows. A branch that stays open counts as taken.
    """
    jumps: dict[int, list[int]] = {}  # target -> branches to it, by index
    for index, insn in enumerate(instructions):
        if insn.mnemonic.startswith(("b", "cb", "le")) and not insn.mnemonic.startswith(("bl.", "bic", "bf")):
            target = _TARGET.search(insn.operands)
            if target and insn.mnemonic != "bl":
                jumps.setdefault(int(target[1], 16), []).append(index)
    found: dict[int, int] = {}
    changed = True
    while changed:
        changed = False
        for index in range(len(instructions) - 1):
            changed |= _decide(instructions, counts, jumps, found, index)
    return found


def _decide(
    instructions: Sequence[Insn],
    counts: Mapping[int, int],
    jumps: Mapping[int, list[int]],
    found: dict[int, int],
    index: int,
) -> bool:
    """Solves the balance of the instruction behind `index` for its one unknown. True when there was just one."""
    at, behind = instructions[index], instructions[index + 1].address
    conditional = is_conditional(at)
    if not conditional and at.mnemonic.split(".")[0] in ("b", "bx", "pop", "tbb", "tbh", "ldr", "ldmia"):
        return False
    sources = [instructions[source] for source in jumps.get(behind, [])]
    unknown = [s for s in sources if _is_open(s, found)]
    taken = sum(counts.get(s.address, 0) - found.get(s.address, 0) for s in sources if s not in unknown)
    inflow = counts.get(behind, 0) - taken
    if conditional and at.address not in found:
        if not unknown:
            found[at.address] = max(0, min(inflow, counts.get(at.address, 0)))
            return True
    elif len(unknown) == 1:
        source = unknown[0]
        fallen = found[at.address] if conditional else counts.get(at.address, 0)
        count = counts.get(source.address, 0)
        found[source.address] = max(0, min(count - (inflow - fallen), count))
        return True
    return False


def _is_open(insn: Insn, found: Mapping[int, int]) -> bool:
    return is_conditional(insn) and insn.address not in found
