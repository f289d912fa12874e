"""Kinds of values that configs hold, and how strictly they are read."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from ecgprune.c_names import name_problem

__all__ = ["STRICT", "Count", "NotNegative", "Positive", "Score", "Share", "Sparsity", "usable_name"]

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

Sparsity = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Score = Annotated[float, Field(ge=0, le=1)]


def usable_name(name: str) -> str:
    """`name`, the C prefix of generated code.

    Raises:
        ValueError: saying why it cannot be one.
    """
    problem = name_problem(name)
    if problem is not None:
        raise ValueError(problem)
    return name
