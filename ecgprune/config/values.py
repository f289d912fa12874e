"""Kinds of values that configs hold, and how strictly they are read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from ecgprune.c_names import name_problem

__all__ = ["STRICT", "BeatTable", "Count", "NotNegative", "Positive", "Score", "Share", "Sparsity", "usable_name"]

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

Sparsity = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=1)]


def _each_code_once(table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    codes = [code for group in table.values() for code in group]
    twice = sorted({code for code in codes if codes.count(code) > 1 or not code})
    if twice:
        raise ValueError(f"beats names the code '{twice[0]}' twice, or it is empty; each code is of one class")
    if table and not codes:
        raise ValueError("beats names no code; leave it out for the standard's table")
    return table


BeatTable = Annotated[
    dict[Literal["N", "S", "V", "F", "Q"], tuple[str, ...]], AfterValidator(_each_code_once)
]
"""AAMI class -> codes of its beats."""


def usable_name(name: str) -> str:
    """`name`, the C prefix of generated code.

    Raises:
        ValueError: saying why it cannot be one.
    """
    problem = name_problem(name)
    if problem is not None:
        raise ValueError(problem)
    return name
