"""A .tflite changed through the schema's objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

__all__ = ["changed", "packed", "schema", "unpacked"]


def unpacked(blob: bytes) -> Any:
    """The file as a tree of objects (schema.ModelT)."""
    return schema.ModelT.InitFromPackedBuf(blob, 0)


def packed(model: Any) -> bytes:
    """The file of a tree of objects."""
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def changed(blob: bytes, change: Callable[[Any], object]) -> bytes:
    """The file after `change` of its objects."""
    model = unpacked(blob)
    change(model)
    return packed(model)
