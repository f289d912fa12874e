"""Instruction counts per function, and an estimate of cycles from them.

Timing rules, in cycles, with P = 2 to refill the pipeline (Arm gives 1 to 3) and no wait states:

- Cortex-M4: Arm DDI 0439, "Instruction set summary" (table 3-1) and "Load/store timings" (3.3.2): one cycle but for
  loads (2, or 1 right behind another single load), stores with a register offset (2), LDRD/STRD and lists of N
  registers (1 + N), taken branches (1 + P), divisions (12, the longest), VDIV and VSQRT (14), VFMA and VMLA (3).
  All integer multiplications take one.
- Cortex-M3: Arm DDI 0337, table 3-1: the same, but MLA and MLS 2, long multiplications 5, long multiply-accumulates 7.
- Cortex-M0: Arm DDI 0432, table 3-1: loads and stores 2, lists 1 + N (4 + N into pc), taken branches 3, BL 4, MULS 1
  (the nRF51's fast multiplier).
- Cortex-M7, M33, M55: Arm publishes no such table (they issue two at a time, or overlap), so there is no estimate.

Whether a conditional branch was taken follows from the counts around it; where they leave it open it counts as taken.
QEMU counts instructions, not cycles: nothing here was checked on silicon.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from pathlib import Path

from ecgprune.board.elf import Function, Insn
from ecgprune.board.stack import register_bytes
from ecgprune.errors import FirmwareError

__all__ = ["Counts", "FunctionCost", "profile", "read_counts"]

_REFILL = 2
_CONDITIONAL = re.compile(r"^(b(eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)|cbn?z)$")
_LONG_MULTIPLY = re.compile(r"^[su]mul?l[a-z]*$|^[su]mull")
_LONG_ACCUMULATE = re.compile(r"^([su]mlal|umaal)")
_TARGET = re.compile(r"\b([0-9a-f]+) <[^>]+>")


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
    """

    invocations: int
    least: int
    most: int
    total: int
    per_call: tuple[int, ...]
    by_address: dict[int, int]


@dataclass(frozen=True)
class FunctionCost:
    """A function's own share of one invocation, callees left out.

    Attributes:
        function: its name.
        instructions: executed, the mean of all invocations.
        cycles: estimated; None for a core without a timing table.
    """

    function: str
    instructions: float
    cycles: float | None


def read_counts(path: Path) -> Counts:
    """Reads the plugin's file.

    Raises:
        FirmwareError: it is not whole, or no invocation was counted.
    """
    try:
        words = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
        (_, invocations), (_, least), (_, most), (_, total) = words[:4]
        per_call = tuple(int(n) for name, n in words[4:] if name == "call")
        by_address = {int(at, 16): int(n) for at, n in words[4 + len(per_call) :]}
        counts = Counts(int(invocations), int(least), int(most), int(total), per_call, by_address)
    except (OSError, ValueError) as error:
        raise FirmwareError(f"the counting plugin left no whole result: {error}") from None
    if counts.invocations == 0 or sum(counts.by_address.values()) != counts.total:
        raise FirmwareError("the counting plugin saw no invocation: the image's markers never ran")
    return counts


def profile(core: str, functions: list[Function], counts: Counts) -> list[FunctionCost]:
    """The cost of one invocation by function, the most expensive first.

    Args:
        core: as a board names it.
        functions: the image's, in the order of their addresses.
        counts: what the plugin counted.
    """
    found: list[FunctionCost] = []
    starts = [function.address for function in functions]
    ran = {starts[bisect.bisect_right(starts, address) - 1] for address in counts.by_address}
    for function in functions:
        if function.address in ran:
            here = [counts.by_address.get(insn.address, 0) for insn in function.instructions]
            cycles = _cycles(core, function.instructions, counts.by_address)
            found.append(
                FunctionCost(
                    function.name,
                    sum(here) / counts.invocations,
                    None if cycles is None else cycles / counts.invocations,
                )
            )
    return sorted(found, key=lambda cost: (-cost.instructions, cost.function))


def _cycles(core: str, instructions: list[Insn], counts: dict[int, int]) -> int | None:
    """Cycles of one function in all invocations, or None for a core without a timing table."""
    if core not in ("Cortex-M0", "Cortex-M3", "Cortex-M4"):
        return None
    untaken = _untaken(instructions, counts)
    total = 0
    before = ""
    for insn in instructions:
        base = insn.mnemonic.split(".")[0]
        count = counts.get(insn.address, 0)
        if _CONDITIONAL.match(base):
            total += count + (count - untaken.get(insn.address, 0)) * _REFILL
        elif core == "Cortex-M0":
            total += count * _m0(base, insn.operands)
        else:
            total += count * _m3_m4(core, base, insn, before)
        before = base
    return total


def _untaken(instructions: list[Insn], counts: dict[int, int]) -> dict[int, int]:
    """How often each conditional branch fell through, by address, as far as the counts decide it.

    An instruction runs as often as it is fallen into plus jumped to. Where one of these is unknown it follows from the
    others; that is repeated until nothing new follows.
    """
    jumps: dict[int, list[int]] = {}  # target -> branches to it, by index
    for index, insn in enumerate(instructions):
        if insn.mnemonic.startswith(("b", "cb", "le")) and not insn.mnemonic.startswith(("bl.", "bic", "bf")):
            target = _TARGET.search(insn.operands)
            if target and insn.mnemonic != "bl":
                jumps.setdefault(int(target[1], 16), []).append(index)
    untaken: dict[int, int] = {}
    changed = True
    while changed:
        changed = False
        for index in range(len(instructions) - 1):
            changed |= _decide(instructions, counts, jumps, untaken, index)
    return untaken


def _decide(
    instructions: list[Insn], counts: dict[int, int], jumps: dict[int, list[int]], untaken: dict[int, int], index: int
) -> bool:
    """Solves the balance of the instruction behind `index` for its one unknown. True when there was just one."""
    at, behind = instructions[index], instructions[index + 1].address
    conditional = bool(_CONDITIONAL.match(at.mnemonic.split(".")[0]))
    if not conditional and at.mnemonic.split(".")[0] in ("b", "bx", "pop", "tbb", "tbh", "ldr", "ldmia"):
        return False
    sources = [instructions[source] for source in jumps.get(behind, [])]
    unknown = [s for s in sources if _is_open(s, untaken)]
    taken = sum(counts.get(s.address, 0) - untaken.get(s.address, 0) for s in sources if s not in unknown)
    inflow = counts.get(behind, 0) - taken
    if conditional and at.address not in untaken:
        if not unknown:
            untaken[at.address] = max(0, min(inflow, counts.get(at.address, 0)))
            return True
    elif len(unknown) == 1:
        source = unknown[0]
        fallen = untaken[at.address] if conditional else counts.get(at.address, 0)
        count = counts.get(source.address, 0)
        untaken[source.address] = max(0, min(count - (inflow - fallen), count))
        return True
    return False


def _is_open(insn: Insn, untaken: dict[int, int]) -> bool:
    return bool(_CONDITIONAL.match(insn.mnemonic.split(".")[0])) and insn.address not in untaken


def _registers(operands: str) -> int:
    return register_bytes(operands) // 4


def _m0(base: str, operands: str) -> int:
    if base in ("push", "pop") or base.startswith(("ldm", "stm")):
        return _registers(operands) + (4 if base == "pop" and "pc" in operands else 1)
    if base.startswith(("ldr", "str")):
        return 2
    if base == "bl":
        return 4
    return 3 if base in ("b", "bx", "blx") or operands.startswith("pc,") else 1


def _m3_m4(core: str, base: str, insn: Insn, before: str) -> int:
    """Cycles of an unconditional instruction; `before` is the one at the address before."""
    operands = insn.operands
    if base in ("push", "pop", "vpush", "vpop") or base.startswith(("ldm", "stm", "vldm", "vstm")):
        return 1 + _registers(operands) + (_REFILL if "pc" in operands else 0)
    if base.startswith(("ldrd", "strd")):
        return 3
    if base.startswith("ldr"):
        if operands.startswith("pc"):
            return 2 + _REFILL
        return 1 if before.startswith("ldr") and not before.startswith("ldrd") else 2
    if base.startswith("str"):
        return 2 if re.search(r"\[\w+, [a-z]", operands) else 1
    if base in ("b", "bl", "bx", "blx"):
        return 1 + _REFILL
    if base in ("tbb", "tbh"):
        return 2 + _REFILL
    if base in ("sdiv", "udiv"):
        return 12
    if base.startswith("v"):
        slow = {"vldr": 2, "vstr": 2, "vdiv": 14, "vsqrt": 14, "vmla": 3, "vmls": 3, "vfma": 3, "vfms": 3}
        return slow.get(base, 1)
    if core == "Cortex-M3":
        if base.startswith(("mla", "mls")):
            return 2
        if _LONG_ACCUMULATE.match(base):
            return 7
        if _LONG_MULTIPLY.match(base):
            return 5
    return 1
