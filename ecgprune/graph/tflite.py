"""A .tflite as the published flatbuffer schema lays it out. This is the one place that parses the file.

`reader.read` makes the frozen `Graph` that code is generated from. Training looks at the converter's output through
`TfliteFile` itself, whose arrays are views: what is written to them is written to the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import GraphError
from ecgprune.graph.enums import enum_name

__all__ = ["DTYPES", "StoredOperator", "StoredTensor", "TfliteFile"]

DTYPES = {
    "FLOAT16": np.float16, "FLOAT32": np.float32, "FLOAT64": np.float64, "INT8": np.int8, "INT16": np.int16,
    "INT32": np.int32, "INT64": np.int64, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32,
    "UINT64": np.uint64, "BOOL": np.bool_, "RESOURCE": np.int32,
}  # fmt: skip
"""Element types by their name in the schema, a resource by its number; others hold nothing that an operator takes."""

WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


@dataclass(frozen=True)
class StoredTensor:
    """A tensor as stored. Nothing is checked beyond what is needed to read it.

    Attributes:
        kind: the element type's name in the schema, "INT8".
        name: "" where there is none.
        scale: float32 view: one value, one per channel along `axis`, or none.
        zero_point: int64 view of the same shape.
        raw: uint8 view of the data; None where the tensor is computed.
        buffer: index of the data; tensors with equal data may share one.
        storage: "" or how else the values are stored, in words.
        variable: whether it keeps its values from one invocation to the next.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    kind: str
    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]
    axis: int
    raw: NDArray[np.uint8] | None
    buffer: int
    storage: str
    variable: bool

    @property
    def dtype(self) -> Any:
        """numpy's type; None for a type that is not in DTYPES."""
        return DTYPES.get(self.kind)

    @property
    def data(self) -> NDArray[Any] | None:
        """The constant's values as a view into the file; None where the tensor is computed."""
        return None if self.raw is None or self.dtype is None else self.raw.view(self.dtype).reshape(self.shape)


@dataclass(frozen=True)
class StoredOperator:
    """An operator as stored.

    Attributes:
        name: TFLite's; "CUSTOM <name>" for a custom one.
        index: its place in the order of execution.
        input_indices: of tensors; -1 is an optional input left out.
        output_indices: of tensors.
        options: the schema's object, or None.
        intermediates: of tensors; empty for nearly all operators.
    """

    name: str
    index: int
    version: int
    input_indices: tuple[int, ...]
    output_indices: tuple[int, ...]
    options: Any
    file: TfliteFile = field(repr=False)
    intermediates: tuple[int, ...] = ()

    @property
    def inputs(self) -> tuple[StoredTensor, ...]:
        """The input tensors; optional ones that are left out are missing here."""
        return tuple(self.file.tensor(i) for i in self.input_indices if i >= 0)

    @property
    def outputs(self) -> tuple[StoredTensor, ...]:
        """The output tensors."""
        return tuple(self.file.tensor(i) for i in self.output_indices)

    @property
    def weighted(self) -> bool:
        """Whether it multiplies by a kernel: inputs are then (input, kernel[, bias])."""
        return self.name in WEIGHTED


class TfliteFile:
    """A subgraph of a .tflite, by default the first, in `content`, a private copy of the bytes given.

    The flatbuffers package has no verifier: in a damaged file it follows any offset, and raises what that leads to.
    """

    def __init__(self, content: bytes, subgraph: int = 0) -> None:
        from ai_edge_litert import schema_py_generated as schema

        self.content = bytearray(content)
        self._schema = schema
        self._model = schema.Model.GetRootAs(self.content, 0)
        self._graph: Any = self._model.Subgraphs(subgraph) if self.subgraphs else None

    @property
    def version(self) -> int:
        """Version of the schema."""
        return int(self._model.Version())

    @property
    def subgraphs(self) -> int:
        """How many there are."""
        return self._count(self._model.SubgraphsLength())

    @property
    def any_batch(self) -> bool:
        """Whether an input has a dimension of any size."""
        found = (self._graph.Tensors(i).ShapeSignatureAsNumpy() for i in self.input_indices if i < self.tensor_count)
        return any(-1 in _integers(signature) for signature in found)

    @property
    def description(self) -> str:
        """What the file says of itself."""
        return _text(self._model.Description())

    @property
    def inputs(self) -> list[StoredTensor]:
        """The model's inputs."""
        return [self.tensor(i) for i in self.input_indices]

    @property
    def outputs(self) -> list[StoredTensor]:
        """The model's outputs."""
        return [self.tensor(i) for i in self.output_indices]

    @property
    def input_indices(self) -> tuple[int, ...]:
        """Tensor indices of the model's inputs."""
        return _integers(self._graph.InputsAsNumpy())

    @property
    def output_indices(self) -> tuple[int, ...]:
        """Tensor indices of the model's outputs."""
        return _integers(self._graph.OutputsAsNumpy())

    @property
    def tensors(self) -> list[StoredTensor]:
        """All tensors by index."""
        return [self.tensor(i) for i in range(self.tensor_count)]

    @property
    def tensor_count(self) -> int:
        """How many tensors there are."""
        return self._count(self._graph.TensorsLength())

    def follow_signature(self, inputs: Sequence[str]) -> None:
        """Puts the model's inputs and outputs into the order of its signature; the converter keeps to no order.

        Args:
            inputs: all names of the signature's inputs, in the order wanted; outputs are named output_0, output_1, ...
        """
        signature = self._model.SignatureDefs(0)
        named = {_text(i.Name()): i.TensorIndex() for i in map(signature.Inputs, range(signature.InputsLength()))}
        results = [signature.Outputs(i) for i in range(signature.OutputsLength())]
        results.sort(key=lambda result: int(_text(result.Name()).rpartition("_")[2]))
        self._graph.InputsAsNumpy()[:] = [named[name] for name in inputs]
        self._graph.OutputsAsNumpy()[:] = [result.TensorIndex() for result in results]

    @property
    def operators(self) -> list[StoredOperator]:
        """In the order of execution."""
        return [self.operator(i) for i in range(self.operator_count)]

    @property
    def operator_count(self) -> int:
        """How many operators there are."""
        return self._count(self._graph.OperatorsLength())

    @property
    def operator_names(self) -> set[str]:
        """TFLite's names of the operators of all subgraphs."""
        graphs = [self._model.Subgraphs(g) for g in range(self.subgraphs)]
        places = {graph.Operators(i).OpcodeIndex() for graph in graphs for i in range(graph.OperatorsLength())}
        return {self._operator_name(place) for place in places}

    def users(self, buffer: int) -> int:
        """How many tensors have their data in `buffer`."""
        return sum(self._graph.Tensors(i).Buffer() == buffer for i in range(self.tensor_count))

    def tensor(self, index: int) -> StoredTensor:
        """The tensor at `index`.

        Raises:
            GraphError: for an index that the file does not have.
        """
        if not 0 <= index < self.tensor_count:
            raise GraphError(f"tensor {index} of {self.tensor_count} is asked for: the file is damaged")
        stored = self._graph.Tensors(index)
        name = _text(stored.Name())
        quantized = stored.Quantization()
        has_scale = quantized is not None and quantized.ScaleLength() > 0
        has_zero_point = has_scale and quantized.ZeroPointLength() > 0
        return StoredTensor(
            index=index,
            name=name,
            shape=_integers(stored.ShapeAsNumpy()),
            kind=enum_name("TensorType", stored.Type()),
            scale=quantized.ScaleAsNumpy() if has_scale else np.zeros(0, np.float32),
            zero_point=quantized.ZeroPointAsNumpy() if has_zero_point else np.zeros(0, np.int64),
            axis=int(quantized.QuantizedDimension()) if has_scale else 0,
            raw=self._raw(stored.Buffer(), f"tensor {index} ({name or f'tensor_{index}'!r})"),
            buffer=int(stored.Buffer()),
            storage=_storage(stored),
            variable=bool(stored.IsVariable()),
        )

    def _count(self, length: int) -> int:
        """The length of a vector of tables, each of which the file names in four bytes."""
        if 4 * length > len(self.content):
            raise GraphError(f"a vector of {length} entries in a file of {len(self.content)} bytes: damaged")
        return int(length)

    def _raw(self, buffer: int, whose: str) -> NDArray[np.uint8] | None:
        count = self._count(self._model.BuffersLength())
        if not 0 <= buffer < count:
            raise GraphError(f"{whose} names buffer {buffer} of {count}: the file is damaged")
        stored = self._model.Buffers(buffer)
        if stored.Offset() > 1 or stored.Size() > 1:
            raise GraphError(f"{whose} lies outside the flatbuffer, which is not supported")
        data = stored.DataAsNumpy()
        return data if isinstance(data, np.ndarray) and data.size else None

    def operator(self, index: int) -> StoredOperator:
        """The operator at `index` in the order of execution."""
        stored = self._graph.Operators(index)
        place = stored.OpcodeIndex()
        return StoredOperator(
            name=self._operator_name(place),
            index=index,
            version=int(self._model.OperatorCodes(place).Version()),
            input_indices=_integers(stored.InputsAsNumpy()),
            output_indices=_integers(stored.OutputsAsNumpy()),
            options=self._schema.BuiltinOptionsCreator(stored.BuiltinOptionsType(), stored.BuiltinOptions()),
            file=self,
            intermediates=_integers(stored.IntermediatesAsNumpy()),
        )

    def _operator_name(self, place: int) -> str:
        count = self._model.OperatorCodesLength()
        if not 0 <= place < count:
            raise GraphError(f"an operator names operator code {place} of {count}: the file is damaged")
        code = self._model.OperatorCodes(place)
        # Files written before the 128th builtin hold the code in the old field only.
        name = enum_name("BuiltinOperator", max(code.BuiltinCode(), code.DeprecatedBuiltinCode()))
        return f"CUSTOM {_text(code.CustomCode())}" if name == "CUSTOM" else name


def _storage(stored: Any) -> str:
    """How a tensor's values are stored, where they are not simply in its buffer."""
    if stored.Sparsity() is not None:
        return "stored sparse"
    external = getattr(stored, "ExternalBuffer", None)  # newer schemas only
    return "stored outside the file" if external is not None and external() else ""


def _integers(stored: Any) -> tuple[int, ...]:
    """A vector of the file; the flatbuffers package gives 0 for one that is left out."""
    return tuple(int(n) for n in stored) if isinstance(stored, np.ndarray) else ()


def _text(stored: bytes | None) -> str:
    """Names and descriptions, which stand in messages and in C comments: what cannot be printed becomes ?."""
    text = "" if stored is None else stored.decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "?" for c in text)
