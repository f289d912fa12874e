"""Reads a .tflite into a frozen `Graph`, with the published flatbuffer schema."""

from __future__ import annotations

import math
import re
import struct
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ecgprune.artifacts import sha256_bytes
from ecgprune.errors import GraphError
from ecgprune.graph.graph import Graph, Op, Quantization, Tensor

__all__ = ["read"]

SCHEMA_VERSION = 3
DTYPES = {
    "FLOAT32": np.float32, "FLOAT64": np.float64, "INT8": np.int8, "INT16": np.int16, "INT32": np.int32,
    "INT64": np.int64, "UINT8": np.uint8, "UINT32": np.uint32, "BOOL": np.bool_,
}  # fmt: skip
# Option field -> the schema enum that its number stands for.
ENUMS = {
    "padding": "Padding",
    "fused_activation_function": "ActivationFunctionType",
    "weights_format": "FullyConnectedOptionsWeightsFormat",
    "quantized_bias_type": "TensorType",
    "in_data_type": "TensorType",
    "out_data_type": "TensorType",
}
# Fields that mark a tensor whose values are not simply in its buffer.
STORAGE = {"isVariable": "a variable", "sparsity": "stored sparse", "externalBuffer": "stored outside the file"}
# What the flatbuffers package raises when it follows an offset out of a damaged file: it has no verifier.
DAMAGE = (struct.error, IndexError, KeyError, ValueError, TypeError, OverflowError, AttributeError, MemoryError)


def read(source: Path | str | bytes) -> Graph:
    """The graph of a .tflite, given as a path or as the file's bytes.

    Raises GraphError, in one line, for a file that is missing, no .tflite, truncated or damaged, of another schema
    version, with more than one subgraph, or with storage that no supported operator uses.
    """
    if isinstance(source, bytes):
        data, name = source, "model"
    else:
        name = str(source)
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise GraphError(f"{name}: cannot be read: {error.strerror}") from None
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise GraphError(f"{name}: not a .tflite file: expected the identifier TFL3 at byte 4, found {data[4:8]!r}")
    try:
        return _Reader(data).graph()
    except GraphError as error:
        raise GraphError(f"{name}: {error}") from None
    except DAMAGE as error:
        raise GraphError(f"{name}: truncated or damaged .tflite ({type(error).__name__}); export it again") from None


class _Reader:
    """One file being read; raises GraphError without the file's name, or one of DAMAGE."""

    def __init__(self, data: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.schema = schema
        self.sha256 = sha256_bytes(data)
        self.model = schema.ModelT.InitFromPackedBuf(data, 0)
        if self.model.version != SCHEMA_VERSION:
            raise GraphError(f".tflite schema version is {self.model.version}, expected {SCHEMA_VERSION}")
        count = len(self.model.subgraphs or [])
        if count != 1:
            raise GraphError(f"found {count} subgraphs, expected one: export a single inference function")
        self.subgraph = self.model.subgraphs[0]

    def graph(self) -> Graph:
        tensors = tuple(self.tensor(i, t) for i, t in enumerate(_items(self.subgraph.tensors)))
        ops = tuple(self.op(i, o) for i, o in enumerate(_items(self.subgraph.operators)))
        return Graph(
            tensors=tensors,
            ops=ops,
            inputs=self.indices(self.subgraph.inputs, "the graph's inputs"),
            outputs=self.indices(self.subgraph.outputs, "the graph's outputs"),
            sha256=self.sha256,
            description=_text(self.model.description),
        )

    def tensor(self, index: int, stored: Any) -> Tensor:
        name = _text(stored.name) or f"tensor_{index}"
        kind = self.enum_name("TensorType", stored.type)
        if kind not in DTYPES:
            raise GraphError(f"tensor {index} ({name!r}) has type {kind}, expected one of {', '.join(DTYPES)}")
        for field, what in STORAGE.items():
            if getattr(stored, field, None):
                raise GraphError(f"tensor {index} ({name!r}) is {what}, which is not supported; export plain tensors")
        shape = tuple(int(n) for n in _items(stored.shape))
        if any(n < 0 for n in shape):
            raise GraphError(f"tensor {index} ({name!r}) has shape {shape}, expected sizes >= 0")
        dtype = np.dtype(DTYPES[kind])
        return Tensor(
            index=index,
            name=name,
            shape=shape,
            dtype=dtype,
            quantization=self.quantization(index, name, shape, stored.quantization),
            data=self.constant(index, name, shape, dtype, stored.buffer),
        )

    def constant(
        self, index: int, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], buffer: int
    ) -> np.ndarray[Any, np.dtype[Any]] | None:
        buffers = self.model.buffers
        if not 0 <= buffer < len(buffers):
            raise GraphError(f"tensor {index} ({name!r}) names buffer {buffer} of {len(buffers)}: the file is damaged")
        stored = buffers[buffer]
        if stored.offset > 1 or stored.size > 1:
            raise GraphError(f"tensor {index} ({name!r}) lies outside the flatbuffer, which is not supported")
        if stored.data is None or len(stored.data) == 0:
            return None
        expected = math.prod(shape) * dtype.itemsize
        if len(stored.data) != expected:
            raise GraphError(f"tensor {index} ({name!r}) stores {len(stored.data)} bytes, expected {expected}: damaged")
        array = np.frombuffer(bytes(stored.data), dtype=dtype.newbyteorder("<")).astype(dtype).reshape(shape)
        array.flags.writeable = False
        return array

    def quantization(self, index: int, name: str, shape: tuple[int, ...], stored: Any) -> Quantization | None:
        if stored is None or stored.scale is None or len(stored.scale) == 0:
            return None
        scales = np.array(stored.scale, dtype=np.float32)
        zero_points = np.array(_items(stored.zeroPoint), dtype=np.int64)
        if zero_points.size in (0, 1):  # left out, or one for all channels
            zero_points = np.full(scales.shape, zero_points[0] if zero_points.size else 0, dtype=np.int64)
        axis = int(stored.quantizedDimension)
        per_channel = scales.size > 1
        fits = 0 <= axis < len(shape) and shape[axis] == scales.size if per_channel else True
        if zero_points.size != scales.size or not fits:
            raise GraphError(
                f"tensor {index} ({name!r}) of shape {shape} has {scales.size} scales and {zero_points.size} "
                f"zero points along dimension {axis}: damaged"
            )
        if np.any(np.abs(zero_points) >= 2**31) or not np.all(np.isfinite(scales)):
            raise GraphError(f"tensor {index} ({name!r}) has a scale or zero point that is no number: damaged")
        return Quantization(scales, zero_points.astype(np.int32), axis if per_channel else 0)

    def op(self, index: int, stored: Any) -> Op:
        code = self.model.operatorCodes[stored.opcodeIndex]
        # Files written before the 128th builtin hold the code in the old field only.
        number = max(code.builtinCode, code.deprecatedBuiltinCode)
        name = self.enum_name("BuiltinOperator", number)
        if name == "CUSTOM":
            name = f"CUSTOM {_text(code.customCode)}"
        return Op(
            index=index,
            name=name,
            version=int(code.version),
            inputs=self.indices(stored.inputs, f"operator {index}'s inputs", optional=True),
            outputs=self.indices(stored.outputs, f"operator {index}'s outputs"),
            options=MappingProxyType(self.options(f"operator {index} ({name})", stored.builtinOptions)),
        )

    def options(self, operator: str, stored: Any) -> dict[str, Any]:
        options = _Options(operator)
        for field, value in sorted(vars(stored).items()) if stored is not None else ():
            key = re.sub(r"(?<=.)(?=[A-Z])", "_", field).lower()
            options[key] = self.enum_name(ENUMS[key], value) if key in ENUMS else _plain(value)
        return options

    def indices(self, stored: Any, what: str, optional: bool = False) -> tuple[int, ...]:
        indices = tuple(int(i) for i in _items(stored))
        count = len(self.subgraph.tensors)
        for i in indices:
            if not (0 <= i < count or (optional and i == -1)):
                raise GraphError(f"{what} name tensor {i} of {count}: the file is damaged")
        return indices

    def enum_name(self, enum: str, number: int) -> str:
        for name, value in vars(getattr(self.schema, enum)).items():
            if value == number and not name.startswith("_"):
                return str(name)
        raise GraphError(f"{enum} {number} is not known to this schema: the file is damaged or too new")


class _Options(dict[str, Any]):
    """An operator's options; asking for one that the file lacks is the file's fault."""

    def __init__(self, operator: str) -> None:
        super().__init__()
        self.operator = operator

    def __missing__(self, key: str) -> Any:
        raise GraphError(f"{self.operator} has no option {key}: the file is damaged")


def _items(stored: Any) -> list[Any]:
    return [] if stored is None else list(stored)


def _text(stored: Any) -> str:
    if stored is None:
        return ""
    return stored.decode("utf-8", "replace") if isinstance(stored, bytes) else str(stored)


def _plain(value: Any) -> Any:
    """An option as a bool, number, string, tuple or None."""
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, np.ndarray | list):
        return tuple(_plain(v) for v in value)
    return value.item() if isinstance(value, np.generic) else value
