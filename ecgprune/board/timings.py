"""How long instructions take: the tables behind the estimates of cycles, each entry with its source.

Two models. The scheduling model is LLVM's for the core, which llvm-mca runs over basic blocks; `CORES` names it, and
what it leaves out is corrected by `RULES`. The class model, `class_cycles`, adds up one figure per instruction from the
timing tables that Arm publishes for the Cortex-M0, M3 and M4; it has no dependencies and no dual issue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ecgprune.board.elf import Insn
from ecgprune.board.stack import register_bytes

__all__ = ["CORES", "REFILL", "RULES", "Core", "Rule", "class_cycles", "has_classes"]

REFILL = 2
"""Cycles to refill the pipeline after a taken branch; Arm gives 1 to 3."""

_LONG_MULTIPLY = re.compile(r"^[su]mul?l[a-z]*$|^[su]mull")
_LONG_ACCUMULATE = re.compile(r"^([su]mlal|umaal)")


@dataclass(frozen=True)
class Rule:
    """A correction of the scheduling model.

    Attributes:
        what: the instructions.
        cycles: what they take.
        source: who says so.
    """

    what: str
    cycles: str
    source: str


RULES = {
    "list": Rule(
        "LDM, STM, PUSH, POP, LDRD, STRD, VLDM, VSTM of N words on the M3, M4, M33",
        "1 + N",
        "Arm DDI 0439, table 3-1 and 3.3.2; the M3's DDI 0337 the same; for the M33, of which Arm publishes no table, "
        "the M4's",
    ),
    "pairs": Rule(
        "LDM, STM, PUSH, POP of N words on the M7, M55; LDRD, STRD of the M55",
        "N / 2, at most N",
        "both have 64 bits to the data TCM and cache (Arm DDI 0489, Arm 101051); how many words a cycle a list moves "
        "is not published: the upper end of the interval",
    ),
    "branch": Rule(
        "taken branch, call, return on the M3, M4, M33",
        f"1 + {REFILL}",
        "Arm DDI 0439, table 3-1: 1 + P, with P 1 to 3; the M33's is not published",
    ),
    "predicted": Rule(
        "taken branch on the M7, M55",
        "as the scheduling model issues it",
        "the M7 predicts (Arm DDI 0489), the M55 refills for a time that is not published: both a lower bound",
    ),
    "loop": Rule(
        "LE, LETP of the M55",
        "0",
        "Armv8.1-M's low-overhead branch: after the first pass the core branches back without executing LE",
    ),
    "gather": Rule(
        "gather and scatter of N elements on the M55",
        "N / 2, at least 2; 1 more for each conflict",
        "Arm-Examples/Helium-Optimization 955e0e7, processor_specific.md: two accesses of at most 32 bits a cycle to "
        "the data TCM, but not to different words of one of its four banks, bits 3:2 of the address: such pairs are "
        "counted on QEMU; through the cache, one access a cycle",
    ),
    "multiply": Rule(
        "MLA, MLS 2; SMULL, UMULL 5; SMLAL, UMLAL 7 on the M3",
        "as named",
        "Arm DDI 0337, table 3-1: the shortest to longest are 3 to 7, the longest count",
    ),
    "product": Rule("SMULL, UMULL, UMLAL on the M4, M33", "1", "Arm DDI 0439, table 3-1; LLVM's model takes 2"),
    "divide": Rule("SDIV, UDIV on the M3, M4, M33", "12", "Arm DDI 0439, table 3-1: 2 to 12, the longest counts"),
}
"""What is corrected in the scheduling models, by name."""


@dataclass(frozen=True)
class Core:
    """How the cycles of a core are estimated.

    Attributes:
        cpu: LLVM's scheduling model, an -mcpu of llvm-mca; "" for none: the class model serves.
        substitute: in words, why another core's model stands for this one; "" where it is its own.
        lists: words a cycle of a list of registers: 0 for the rule "list" (1 + N cycles), 2 for "pairs".
        refill: cycles beyond its own of a taken branch.
        slow_multiply: whether the rule "multiply" holds.
        interval: whether "pairs" leaves an interval.
    """

    cpu: str
    substitute: str = ""
    lists: int = 0
    refill: int = REFILL
    slow_multiply: bool = False

    @property
    def interval(self) -> bool:
        return self.lists > 0


CORES = {
    "Cortex-M0": Core("", "LLVM has no scheduling model; one instruction at a time, so Arm's table is the model"),
    "Cortex-M3": Core("cortex-m4", "LLVM takes the M4's model for it; the M3's multiplications are corrected",
                      slow_multiply=True),
    "Cortex-M4": Core("cortex-m4"),
    "Cortex-M7": Core("cortex-m7", lists=2, refill=0),
    "Cortex-M33": Core("cortex-m33", "LLVM takes the M4's model for it; the M33's dual issue of some 16-bit "
                       "instructions is left out"),
    "Cortex-M55": Core("cortex-m55", lists=2, refill=0),
}  # fmt: skip
"""By the name that a board gives its core."""


def has_classes(core: str) -> bool:
    """Whether the class model knows the core."""
    return core in ("Cortex-M0", "Cortex-M3", "Cortex-M4")


def class_cycles(core: str, insn: Insn, before: Insn | None) -> int:
    """Cycles of one instruction by the class model, with no wait states; a conditional branch as if not taken.

    - Cortex-M4: Arm DDI 0439, "Instruction set summary" (table 3-1) and "Load/store timings" (3.3.2): one cycle but for
      loads (2, or 1 right behind another single load), stores with a register offset (2), LDRD/STRD and lists of N
      registers (1 + N), taken branches (1 + REFILL), divisions (12, the longest), VDIV and VSQRT (14), VFMA and VMLA
      (3). All integer multiplications take one.
    - Cortex-M3: Arm DDI 0337, table 3-1: the same, but MLA and MLS 2, long multiplications 5, long
      multiply-accumulates 7.
    - Cortex-M0: Arm DDI 0432, table 3-1: loads and stores 2, lists 1 + N (4 + N into pc), taken branches 3, BL 4, MULS
      1 (the nRF51's fast multiplier).

    Args:
        core: one that `has_classes`; any other is timed as the M4.
        insn: the instruction.
        before: the one at the address before.
    """
    base = insn.mnemonic.split(".")[0]
    if core == "Cortex-M0":
        return _m0(base, insn.operands)
    return _m3_m4(core, base, insn.operands, before.mnemonic.split(".")[0] if before else "")


def _m0(base: str, operands: str) -> int:
    if base in ("push", "pop") or base.startswith(("ldm", "stm")):
        return register_bytes(operands) // 4 + (4 if base == "pop" and "pc" in operands else 1)
    if base.startswith(("ldr", "str")):
        return 2
    if base == "bl":
        return 4
    return 3 if base in ("b", "bx", "blx") or operands.startswith("pc,") else 1


def _m3_m4(core: str, base: str, operands: str, before: str) -> int:
    if base in ("push", "pop", "vpush", "vpop") or base.startswith(("ldm", "stm", "vldm", "vstm")):
        return 1 + register_bytes(operands) // 4 + (REFILL if "pc" in operands else 0)
    if base.startswith(("ldrd", "strd")):
        return 3
    if base.startswith("ldr"):
        if operands.startswith("pc"):
            return 2 + REFILL
        return 1 if before.startswith("ldr") and not before.startswith("ldrd") else 2
    if base.startswith("str"):
        return 2 if re.search(r"\[\w+, [a-z]", operands) else 1
    if base in ("b", "bl", "bx", "blx"):
        return 1 + REFILL
    if base in ("tbb", "tbh"):
        return 2 + REFILL
    if base in ("sdiv", "udiv"):
        return 12
    if base.startswith("v"):
        slow = {"vldr": 2, "vstr": 2, "vdiv": 14, "vsqrt": 14, "vmla": 3, "vmls": 3, "vfma": 3, "vfms": 3}
        return slow.get(base, 1)
    return long_multiply(base) if core == "Cortex-M3" else 1


def long_multiply(base: str) -> int:
    """Cycles of an instruction of the Cortex-M3 if it is a multiplication that takes more than one, else 1."""
    if base.startswith(("mla", "mls")):
        return 2
    if _LONG_ACCUMULATE.match(base):
        return 7
    return 5 if _LONG_MULTIPLY.match(base) else 1
