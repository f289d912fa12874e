"""Reads a .tflite into a frozen `Graph`, and checks what the file says."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ecgprune.artifacts import sha256_bytes
from ecgprune.errors import GraphError, reading
from ecgprune.graph.enums import enum_name
from ecgprune.graph.graph import Graph, Op, Quantization, Tensor
from ecgprune.graph.state import check_states, initial_values
from ecgprune.graph.tflite import DTYPES, WEIGHTED, StoredOperator, StoredTensor, TfliteFile
from ecgprune.graph.variables import resolve_variables, subgraphs_run
from ecgprune.graph.verifier import check_options_type, verify

__all__ = ["read"]

SCHEMA_VERSION = 3
# Numbers that tensors and operators may hold in all, for each byte of the file: in a damaged file every tensor may name
# the same vector of a million dimensions.
MOST_SHARED = 16
# Option field -> the schema enum that its number stands for.
ENUMS = {
    "mode": "MirrorPadMode",
    "padding": "Padding",
    "fused_activation_function": "ActivationFunctionType",
    "weights_format": "FullyConnectedOptionsWeightsFormat",
    "quantized_bias_type": "TensorType",
    "in_data_type": "TensorType",
    "out_data_type": "TensorType",
}
# What TFLM takes for the options that a file leaves out, where zeros are options: old converters did for some.
LEFT_OUT: dict[str, dict[str, Any]] = {
    name: options
    for names, options in (
        ("ADD MUL SUB", {"fused_activation_function": "NONE"}),
        ("MEAN REDUCE_MAX REDUCE_MIN SUM", {"keep_dims": False}),
        ("RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR", {"align_corners": False, "half_pixel_centers": False}),
        ("BATCH_MATMUL", {"adj_x": False, "adj_y": False}),
        ("CONCATENATION", {"axis": 0, "fused_activation_function": "NONE"}),
        ("FULLY_CONNECTED", {"fused_activation_function": "NONE", "keep_num_dims": False, "weights_format": "DEFAULT"}),
        ("GATHER", {"axis": 0, "batch_dims": 0}),
        ("SQUEEZE", {"squeeze_dims": None}),
    )
    for name in names.split()
}
# What the flatbuffers package, which has no verifier, raises when it follows an offset of a damaged file.
DAMAGE = (struct.error, IndexError, KeyError, ValueError, TypeError, OverflowError, AttributeError)


def read(source: Path | str | bytes) -> Graph:
    """The graph of a .tflite.

    Args:
        source: a path, or the bytes of the file.

    Raises:
        GraphError: the file is missing, is no .tflite, is truncated or damaged, has another schema version or a
            subgraph that no operator runs, or stores tensors or variables in a way that no supported operator uses. The
            message is one line.
    """
    if isinstance(source, bytes):
        data, name = source, "model"
    else:
        name = str(source)
        with reading(name, GraphError):
            data = Path(source).read_bytes()
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise GraphError(f"{name}: not a .tflite file: expected the identifier TFL3 at byte 4, found {data[4:8]!r}")
    try:
        graph = _read(data)
        verify(graph)
        return graph
    except GraphError as error:
        raise GraphError(f"{name}: {error}") from None
    except DAMAGE as error:
        raise GraphError(f"{name}: truncated or damaged .tflite of {len(data)} bytes; export it again") from error


def _read(data: bytes) -> Graph:
    """The first subgraph, with state tensors for the variables that others may initialize."""
    reader = _Reader(data)
    graph = reader.graph()
    run, count = subgraphs_run(graph), reader.file.subgraphs
    if any(not 0 < number < count for number in run):
        raise GraphError(f"an operator runs subgraph {max(run)} of {count}: the file is damaged")
    if len(run) != count - 1:
        raise GraphError(f"found {count} subgraphs, expected one: export a single inference function")
    graph = resolve_variables(graph, lambda number: _Reader(data, number).graph())
    check_states(graph)
    return graph


class _Reader:
    """One subgraph being read; raises GraphError without the file's name, or one of DAMAGE."""

    def __init__(self, data: bytes, subgraph: int = 0) -> None:
        self.sha256 = sha256_bytes(data)
        self.copied = 0
        self.buffers: dict[tuple[int, int], bytes] = {}
        self.file = TfliteFile(data, subgraph)
        if self.file.version != SCHEMA_VERSION:
            raise GraphError(f".tflite schema version is {self.file.version}, expected {SCHEMA_VERSION}")

    def graph(self) -> Graph:
        return Graph(
            tensors=tuple(self.tensor(self.file.tensor(i)) for i in range(self.file.tensor_count)),
            ops=tuple(self.op(self.file.operator(i)) for i in range(self.file.operator_count)),
            inputs=self.indices(self.file.input_indices, "the graph's inputs"),
            outputs=self.indices(self.file.output_indices, "the graph's outputs"),
            sha256=self.sha256,
            description=self.file.description,
            any_batch=self.file.any_batch,
        )

    def spend(self, *vectors: Any) -> None:
        """Counts the numbers that are copied out of the file; constants of equal data are copied once."""
        self.copied += sum(len(vector) for vector in vectors if vector is not None)
        if self.copied > MOST_SHARED * len(self.file.content):
            raise GraphError("tensors or operators share more bytes than models do: the file is damaged")

    def tensor(self, stored: StoredTensor) -> Tensor:
        self.spend(stored.shape, stored.name, stored.scale)
        name = stored.name or f"tensor_{stored.index}"
        where = f"tensor {stored.index} ({name!r})"
        if stored.kind == "INT4" and stored.raw is not None:
            self.spend(stored.raw)
            stored = replace(stored, kind="INT8", raw=_unpacked(stored, where))
        if stored.kind not in DTYPES:
            raise GraphError(f"{where} has type {stored.kind}, expected one of {', '.join(DTYPES)}")
        if stored.storage:
            raise GraphError(f"{where} is {stored.storage}, which is not supported; export plain tensors")
        if any(n < 0 for n in stored.shape):
            raise GraphError(f"{where} has shape {stored.shape}, expected sizes >= 0")
        tensor = Tensor(
            index=stored.index,
            name=name,
            shape=stored.shape,
            dtype=np.dtype(stored.dtype),
            quantization=_quantization(stored, where),
            data=self.constant(stored, where),
        )
        return replace(tensor, initial=initial_values(tensor)) if stored.variable else tensor

    def constant(self, stored: StoredTensor, where: str) -> np.ndarray[Any, np.dtype[Any]] | None:
        """A read-only copy of a constant's values; None where the tensor is computed."""
        if stored.raw is None:
            return None
        dtype = np.dtype(stored.dtype)
        expected = math.prod(stored.shape) * dtype.itemsize
        if stored.raw.size != expected:
            raise GraphError(f"{where} stores {stored.raw.size} bytes, expected {expected}: damaged")
        key = stored.buffer, expected  # int4 values take more bytes here than in the file
        if key not in self.buffers:
            self.buffers[key] = stored.raw.tobytes()
        array = np.frombuffer(self.buffers[key], dtype=dtype.newbyteorder("<"))
        array = array.astype(dtype, copy=False).reshape(stored.shape)
        array.flags.writeable = False
        return array

    def op(self, stored: StoredOperator) -> Op:
        index, name = stored.index, stored.name
        self.spend(stored.input_indices, stored.output_indices, vars(stored.options) if stored.options else None)
        where = f"operator {index} ({name})"
        check_options_type(where, name, type(stored.options).__name__[:-1] if stored.options is not None else "")
        inputs = self.indices(stored.input_indices, f"operator {index}'s inputs", optional=True)
        _check_int4(stored)
        for output in stored.outputs if name == "QUANTIZE" else ():  # folding may drop it before it is lowered
            if output.scale.size > 1:
                raise GraphError(f"{where} has {output.scale.size} scales of its output, expected one, as TFLM")
        return Op(
            index=index,
            name=name,
            version=stored.version,
            inputs=inputs,
            outputs=self.indices(stored.output_indices, f"operator {index}'s outputs"),
            options=MappingProxyType(_options(where, name, stored.options)),
            intermediates=self.indices(stored.intermediates, f"operator {index}'s intermediates"),
        )

    def indices(self, stored: tuple[int, ...], what: str, optional: bool = False) -> tuple[int, ...]:
        count = self.file.tensor_count
        for i in stored:
            if not (0 <= i < count or (optional and i == -1)):
                raise GraphError(f"{what} name tensor {i} of {count}: the file is damaged")
        return stored


def _check_int4(stored: StoredOperator) -> None:
    """int4 becomes int8 in the graph, so what TFLM refuses of it is refused here."""
    for position, tensor in enumerate(stored.inputs):
        if tensor.kind != "INT4":
            continue
        where = f"operator {stored.index} ({stored.name}): input {position} is int4"
        if not stored.weighted or position != 1:
            raise GraphError(f"{where}; supported are weights of {', '.join(WEIGHTED)}")
        if stored.name == "FULLY_CONNECTED" and tensor.scale.size > 1:
            raise GraphError(f"{where} with a scale per channel; TFLM takes one scale for FULLY_CONNECTED in int4")


def _unpacked(stored: StoredTensor, where: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The bytes of an int4 constant as int8: two in a byte, the first in its low half."""
    assert stored.raw is not None
    count = math.prod(stored.shape)
    if stored.raw.size != -(-count // 2):
        raise GraphError(f"{where} stores {stored.raw.size} bytes, expected {-(-count // 2)} for int4: damaged")
    packed = stored.raw.view(np.int8)
    halves = np.stack([np.left_shift(packed, 4) >> 4, packed >> 4], axis=-1)
    return halves.reshape(-1)[:count].astype(np.int8).view(np.uint8)


def _quantization(stored: StoredTensor, where: str) -> Quantization | None:
    """As TFLM takes it (tflite::internal::InitializeTfLiteTensorFromFlatbuffer and the kernels).

    Without zero points there is no quantization at all; where their number is not that of the scales, the first is
    that of all. Only constants have a scale per channel. Along which dimension is checked where it matters, for
    weights: old converters wrote any number there for biases, and TFLM ignores it.
    """
    if stored.scale.size == 0 or stored.zero_point.size == 0:
        return None
    count = stored.scale.size if stored.raw is not None else 1
    scales, zero_points = stored.scale[:count].copy(), stored.zero_point[:count].copy()
    if stored.zero_point.size != stored.scale.size:
        zero_points = np.full(count, stored.zero_point[0], dtype=np.int64)
    if np.any((zero_points < -(2**31)) | (zero_points >= 2**31)) or not np.all(np.isfinite(scales)):
        raise GraphError(f"{where} has a scale or zero point that is no number: damaged")
    return Quantization(scales, zero_points.astype(np.int32), stored.axis if count > 1 else 0)


def _options(operator: str, name: str, stored: Any) -> dict[str, Any]:
    options = _Options(operator)
    if stored is None:
        options.update(LEFT_OUT.get(name, {}))
    for field, value in sorted(vars(stored).items()) if stored is not None else ():
        key = re.sub(r"(?<=.)(?=[A-Z])", "_", field).lower()
        options[key] = enum_name(ENUMS[key], value) if key in ENUMS else _plain(value)
    return options


class _Options(dict[str, Any]):
    """An operator's options; asking for one that the file lacks is the file's fault."""

    def __init__(self, operator: str) -> None:
        super().__init__()
        self.operator = operator

    def __missing__(self, key: str) -> Any:
        raise GraphError(f"{self.operator} has no option {key}: the file is damaged")


def _plain(value: Any) -> Any:
    """An option as a bool, number, string, tuple or None."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray | list):
        return tuple(_plain(v) for v in value)
    return value.item() if isinstance(value, np.generic) else value
