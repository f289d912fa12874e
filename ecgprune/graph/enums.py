"""Names of the .tflite schema's enums."""

from __future__ import annotations

import functools

from ecgprune.errors import GraphError

__all__ = ["enum_name"]


def enum_name(enum: str, number: int) -> str:
    """The schema's name for a number of `enum`.

    Raises:
        GraphError: for a number that it does not know.
    """
    name = _names(enum).get(int(number))
    if name is None:
        raise GraphError(f"{enum} {number} is not known to this schema: the file is damaged or too new")
    return name


@functools.cache
def _names(enum: str) -> dict[int, str]:
    from ai_edge_litert import schema_py_generated as schema

    found: dict[int, str] = {}
    for name, value in vars(getattr(schema, enum)).items():
        if isinstance(value, int) and not name.startswith("_"):
            found.setdefault(value, name)
    return found
