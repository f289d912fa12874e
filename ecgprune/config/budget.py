"""[budget] of a config: limits that CI holds a model to. Values are written as people write them: 32K, 0.5M, 98%."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic.dataclasses import dataclass

from ecgprune.config.values import STRICT

__all__ = ["BoardBudget", "BudgetConfig", "byte_count", "cycle_count", "share"]

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z%]*)")
_BYTES = {"": 1, "B": 1, "K": 1024, "KiB": 1024, "M": 1024**2, "MiB": 1024**2}
_CYCLES = {"": 1, "K": 1000, "k": 1000, "M": 10**6, "G": 10**9}


def byte_count(value: Any) -> int | None:
    """A number of bytes: 32768, "32K" or "32KiB" (1024 bytes each), "1M" or "1MiB"; None stays None.

    Raises:
        ValueError: it is something else; "32KB" means two things and is none.
    """
    return _counted(value, _BYTES, "bytes as 32768, 32K or 32KiB (of 1024 bytes)")


def cycle_count(value: Any) -> int | None:
    """A number of cycles: 500000, "500K" (1000 each), "0.5M"; None stays None.

    Raises:
        ValueError: it is something else.
    """
    return _counted(value, _CYCLES, "cycles as 500000, 500K (of 1000) or 0.5M")


def share(value: Any) -> float | None:
    """A share of 1: 0.98 or "98%"; None stays None.

    Raises:
        ValueError: it is something else, or not from 0 to 1.
    """
    if value is None:
        return None
    found = _NUMBER.fullmatch(str(value).strip())
    if isinstance(value, bool) or not found or found[2] not in ("", "%"):
        raise ValueError(f"found {value!r}, expected a share as 0.98 or 98%")
    number = float(found[1]) / (100 if found[2] else 1)
    if number > 1:
        raise ValueError(f"found {value!r}, which is more than 1; write {found[1]}%" if not found[2]
                         else f"found {value!r}, expected at most 100%")  # fmt: skip
    return number


def _counted(value: Any, units: dict[str, int], expected: str) -> int | None:
    if value is None:
        return None
    found = _NUMBER.fullmatch(str(value).strip())
    if isinstance(value, bool) or not found or found[2] not in units:
        raise ValueError(f"found {value!r}, expected {expected}")
    return int(float(found[1]) * units[found[2]])


Bytes = Annotated[int | None, BeforeValidator(byte_count)]
Cycles = Annotated[int | None, BeforeValidator(cycle_count)]
Least = Annotated[Annotated[float, Field(ge=0, le=1)] | None, BeforeValidator(share)]


@dataclass(frozen=True, config=STRICT)
class BoardBudget:
    """What a model may take on one board, in place of what `[budget]` says for all.

    Attributes:
        max_flash: bytes of code and constants, net of an empty image; as 32768, "32K" or "32KiB".
        max_ram: bytes of RAM with arena and stack, net of an empty image.
        max_stack: bytes of stack at worst; where no analysis knows it, the deepest that was measured.
        max_cycles: estimated cycles of one inference; as 500000 or "0.5M".
    """

    max_flash: Bytes = None
    max_ram: Bytes = None
    max_stack: Bytes = None
    max_cycles: Cycles = None


@dataclass(frozen=True, config=STRICT)
class BudgetConfig(BoardBudget):
    """Limits for CI. Where one is broken, `run`, `report` and `build` write all they make and exit with code 7.

    A limit may change from run to run without --update; nothing is computed anew for it.

    Attributes:
        max_flash: bytes of code and constants on each board, net of an empty image; as 32768, "32K" or "32KiB".
        max_ram: bytes of RAM on each board, with arena and stack, net of an empty image.
        max_stack: bytes of stack at worst; where no analysis knows it, the deepest that was measured.
        max_cycles: estimated cycles of one inference on each board; as 500000 or "0.5M".
        min_accuracy: the int8 model's accuracy on test beats; as 0.98 or "98%".
        min_f1: the int8 model's macro-F1 on test beats.
        boards: other limits for some boards: `[budget.boards.NAME]` with max_flash, max_ram, max_stack, max_cycles.
    """

    min_accuracy: Least = None
    min_f1: Least = None
    boards: dict[str, BoardBudget] = field(default_factory=dict)

    def on(self, board: str) -> BoardBudget:
        """The limits on a board."""
        own = self.boards.get(board, BoardBudget())
        keys = ("max_flash", "max_ram", "max_stack", "max_cycles")
        merged = {key: getattr(self, key) if getattr(own, key) is None else getattr(own, key) for key in keys}
        return BoardBudget(**merged)
