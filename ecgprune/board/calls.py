"""The kernel calls of an invocation, found in the image: what the counting plugin tells apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ecgprune.board.elf import Function
from ecgprune.errors import FirmwareError

__all__ = ["Calls", "returns"]

_TARGET = re.compile(r"^([0-9a-f]+) <[^>]+>$")


@dataclass(frozen=True)
class Calls:
    """The kernel calls of one invocation.

    Attributes:
        invoke: the C function that makes them.
        kernels: their names, in the order of the calls.
    """

    invoke: str
    kernels: tuple[str, ...]


def returns(functions: Sequence[Function], calls: Calls) -> list[int]:
    """The address that each kernel call of the image returns to.

    Raises:
        FirmwareError: the image makes other calls.
    """
    starts = {function.address: function.name for function in functions}
    invoke = next((f for f in functions if f.name == calls.invoke), None)
    if invoke is None:
        raise FirmwareError(f"the image has no function {calls.invoke}, whose calls are to be counted one by one")
    made: list[str] = []
    found: list[int] = []
    for insn, behind in itertools.pairwise(invoke.instructions):
        target = _TARGET.match(insn.operands)
        name = starts.get(int(target[1], 16)) if insn.mnemonic == "bl" and target else None
        if name in calls.kernels:
            made.append(name)
            found.append(behind.address)
    if made != list(calls.kernels):
        raise FirmwareError(
            f"{calls.invoke} calls {', '.join(made) or 'no kernel'}, expected {', '.join(calls.kernels) or 'none'}: "
            "the layers' instructions cannot be told apart"
        )
    return found
