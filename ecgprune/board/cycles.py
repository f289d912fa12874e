"""Estimates the cycles of counted instructions: basic blocks times their counts.

With llvm-mca, a block takes what LLVM's scheduling model of the core says (`mca`), corrected by `timings.RULES`.
Without it, or for a core that LLVM has no model of, every instruction takes what Arm's timing table says (`timings`).
QEMU counts instructions, not cycles: nothing here was checked on silicon.

Code and data are in memory without wait states, unless flash wait states are asked for. They then count once for every
taken branch, whose target a prefetch buffer has not read ahead; straight code is read ahead in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecgprune.board.blocks import Block, is_conditional
from ecgprune.board.mca import pass_cycles
from ecgprune.board.timings import CORES, REFILL, class_cycles, has_classes
from ecgprune.board.tools import Mca, find_mca

__all__ = ["Cycles", "estimate"]

CLASSES = "instruction classes"


@dataclass(frozen=True)
class Cycles:
    """Estimated cycles of all passes through some blocks.

    Attributes:
        blocks: of each block, in their order.
        model: "llvm-mca 19.1.7 cortex-m4", or "instruction classes".
        high: the upper end of the interval, where a rule leaves one; `blocks` add up to its lower end.
        classes: by the class model, as a check; None for a core without a timing table.
    """

    blocks: tuple[float, ...]
    model: str
    high: float | None
    classes: int | None

    @property
    def total(self) -> float:
        """The estimate."""
        return sum(self.blocks)


def estimate(core: str, blocks: Sequence[Block], wait_states: int = 0) -> Cycles | None:
    """Estimates the cycles of blocks that ran.

    Args:
        core: as a board names it.
        blocks: as `blocks.executed` found them.
        wait_states: of the flash, for every taken branch.

    Returns:
        The estimate; None for a core that neither model knows, or has no llvm-mca and no timing table.

    Raises:
        FirmwareError: llvm-mca fails.
    """
    known, mca = CORES.get(core), find_mca()
    if known is None:
        return None
    by_class = [_by_class(core, block) for block in blocks] if has_classes(core) else None
    classes = sum(by_class) if by_class is not None else None
    waits = [wait_states * block.taken for block in blocks]
    if mca and known.cpu:
        found = _by_mca(mca, core, blocks, slowest=False)
        high = sum(_by_mca(mca, core, blocks, slowest=True)) + sum(waits) if known.interval else None
        model = f"llvm-mca {mca.version} {known.cpu}"
    elif by_class is not None:
        found, high, model = [float(n) for n in by_class], None, CLASSES
    else:
        return None
    return Cycles(tuple(n + wait for n, wait in zip(found, waits, strict=True)), model, high, classes)


def _by_mca(mca: Mca, core: str, blocks: Sequence[Block], *, slowest: bool) -> list[float]:
    known = CORES[core]
    passes = pass_cycles(mca, known, [block.instructions for block in blocks], slowest=slowest)
    return [
        one * block.count + known.refill * block.taken + block.conflicts
        for one, block in zip(passes, blocks, strict=True)
    ]


def _by_class(core: str, block: Block) -> int:
    befores = (block.before, *block.instructions)
    one = sum(class_cycles(core, insn, before) for insn, before in zip(block.instructions, befores, strict=False))
    return one * block.count + (REFILL * block.taken if is_conditional(block.instructions[-1]) else 0)
