"""Worst-case stack depth of an image: the deepest chain of calls from Reset_Handler.

Frames of C functions are the compiler's own (-fstack-usage); those of assembly and of library routines (memcpy, libgcc)
are read off their instructions. Calls are the image's own BL and B to other functions, so inlining and dropped sections
are right. A tail call counts its caller's frame too, so the figure errs on the high side. Interrupts are not in it: the
images use none, and whoever adds one adds its frame. A call through a pointer may reach every function whose address is
taken.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ecgprune.board.elf import Function, Insn

__all__ = ["StackDepth", "callees", "frames", "register_bytes", "worst_case"]

_TARGET = re.compile(r"\b([0-9a-f]+) <[^>]+>")
_CALL = re.compile(r"^b(l|lx|eq|ne|cs|hs|cc|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|al)?(\.[nw])?$")
_IMMEDIATE = re.compile(r"#(-?\d+)")
_PLACE = re.compile(r"^.*?:\d+:(\d+:)?")
_REGISTER = re.compile(r"\b([rsd])(\d+)-[rsd](\d+)|\b(?:([sd])\d+|r\d+|sl|fp|ip|sp|lr|pc)\b")


@dataclass(frozen=True)
class StackDepth:
    """How deep the stack may go.

    Attributes:
        bytes: the worst case; None where it is unknown.
        path: the functions of the deepest chain of calls.
        reason: why it is unknown, or "".
    """

    bytes: int | None
    path: tuple[str, ...] = ()
    reason: str = ""


def frames(objects: Iterable[Path]) -> dict[str, int | None]:
    """Frame size in bytes by function name from .su files; None where it depends on data (alloca, variable arrays).

    GCC's lines begin with file:line:column:function, clang's have no column. Of several static functions with one name
    the largest frame counts.
    """
    found: dict[str, int | None] = {}
    for file in objects:
        for line in file.read_text(encoding="utf-8").splitlines():
            where, size, kind = line.split("\t")
            name = re.split(r"[(<]", _PLACE.sub("", where), maxsplit=1)[0].split(" ")[-1].split("::")[-1]
            before = found.get(name, 0)
            bounded = kind in ("static", "dynamic,bounded")
            found[name] = max(before, int(size)) if bounded and before is not None else None
    return found


def register_bytes(operands: str) -> int:
    """Bytes of a register list such as {r4, r5, lr} or {d8-d11}."""
    total = 0
    for kind, low, high, single in _REGISTER.findall(operands[operands.find("{") :]):
        if kind:
            total += (int(high) - int(low) + 1) * (8 if kind == "d" else 4)
        else:
            total += 8 if single == "d" else 4
    return total


def worst_case(
    functions: list[Function], known: dict[str, int | None], pointed_to: set[str], entry: str = "Reset_Handler"
) -> StackDepth:
    """The deepest chain of calls from `entry`.

    Args:
        functions: the image's, in the order of their addresses.
        known: the frames of -fstack-usage, see `frames`.
        pointed_to: names of the functions that a call through a pointer may reach.
        entry: name of the first function.
    """
    deepest: dict[int, StackDepth] = {}

    def visit(function: Function, above: tuple[int, ...]) -> StackDepth:
        if function.address in above:
            return StackDepth(None, reason=f"{function.name} calls itself")
        if function.address not in deepest:
            deepest[function.address] = depth(function, (*above, function.address))
        return deepest[function.address]

    def depth(function: Function, above: tuple[int, ...]) -> StackDepth:
        plain = function.name.split(".", 1)[0]  # a compiler's clone: read_all.constprop.0
        own = known.get(plain, 0)
        if own == 0:  # GCC knows no frame of assembly (naked functions)
            own = _frame(function.instructions)
        naked = known.get(plain) == 0 and own != 0
        if own is None:
            return StackDepth(None, reason=f"the frame of {function.name} depends on data")
        below = callees(function, functions)
        if _calls_through_pointer(function, naked):
            reachable = [one for one in functions if one.name.split(".", 1)[0] in pointed_to]
            if not reachable:
                return StackDepth(None, reason=f"{function.name} calls through a pointer")
            below += reachable
        chains = [visit(callee, above) for callee in below]
        unknown = [one for one in chains if one.bytes is None]
        worst = max(chains, key=lambda one: one.bytes or 0, default=StackDepth(0))
        return unknown[0] if unknown else StackDepth(own + (worst.bytes or 0), (function.name, *worst.path))

    start = [function for function in functions if function.name == entry]
    return visit(start[0], ()) if start else StackDepth(None, reason=f"there is no {entry}")


def callees(function: Function, functions: list[Function]) -> list[Function]:
    """Functions that this one calls, and others that it jumps to. `functions` are in the order of their addresses."""
    found: dict[int, Function] = {}
    for insn in function.instructions:
        if _CALL.match(insn.mnemonic) and (target := _TARGET.search(insn.operands)):
            callee = functions[bisect.bisect_right(functions, int(target[1], 16), key=lambda one: one.address) - 1]
            if callee is not function or insn.mnemonic in ("bl", "blx"):  # a B to oneself is a loop, a BL recursion
                found[callee.address] = callee
    return list(found.values())


def _calls_through_pointer(function: Function, naked: bool) -> bool:
    """Whether there is a BLX to a register, or a BX to one that is neither lr nor just popped (a return).

    A BX in a naked function that has pushed registers is a jump within it: it would leave them on the stack otherwise.
    """
    before = ""
    for insn in function.instructions:
        base, register = insn.mnemonic.split(".")[0], insn.operands.strip()
        if base.startswith("blx") and not _TARGET.search(insn.operands):
            return True
        if base.startswith("bx") and not naked and register != "lr" and not re.search(rf"^pop.*\b{register}\b", before):
            return True
        before = f"{base} {insn.operands}"
    return False


def _frame(instructions: list[Insn]) -> int | None:
    """Bytes that a routine pushes and subtracts from sp, all of it added up; None when sp moves by a register."""
    total = 0
    for insn in instructions:
        base, operands = insn.mnemonic.split(".")[0], insn.operands
        if base in ("push", "vpush") or (base in ("stmdb", "stmfd", "vstmdb") and operands.startswith("sp!")):
            total += register_bytes(operands)
        elif base in ("sub", "subw") and operands.startswith("sp"):
            amount = _IMMEDIATE.search(operands)
            if amount is None:
                return None
            total += int(amount[1])
        elif base in ("str", "strd") and (pre := re.search(r"\[sp, #-(\d+)\]!", operands)):
            total += int(pre[1])
    return total
