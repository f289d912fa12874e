"""A .tflite in memory, as the published flatbuffer schema describes it, for checking and for small repairs in place.

`graph.reader` reads the finished file for code generation; this looks at the converter's output before it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

__all__ = ["Operator", "Tensor", "TfliteFile"]

_OPERATORS = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}
_TYPES = {
    schema.TensorType.FLOAT32: np.float32,
    schema.TensorType.INT8: np.int8,
    schema.TensorType.INT32: np.int32,
    schema.TensorType.INT64: np.int64,
    schema.TensorType.BOOL: np.bool_,
}


@dataclass(frozen=True)
class Tensor:
    """A tensor. The arrays are views into the file: what is written to them is written to it.

    dtype: None for a type that no supported model holds. data: None where it is computed.
    scale, zero_point: one value, one per channel, or none.
    buffer: index of the data; tensors with equal data may share one.
    """

    name: str
    shape: tuple[int, ...]
    dtype: Any
    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]
    data: NDArray[Any] | None
    buffer: int


@dataclass(frozen=True)
class Operator:
    """An operator: its name in the schema, its place in the model, and its tensors; absent inputs are left out."""

    name: str
    index: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    @property
    def weighted(self) -> bool:
        """Whether it multiplies by a kernel: inputs are then (input, kernel[, bias])."""
        return self.name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


class TfliteFile:
    """The main subgraph of a .tflite, in `content`, a private copy of the bytes given."""

    def __init__(self, content: bytes) -> None:
        self.content = bytearray(content)
        self._model = schema.Model.GetRootAs(self.content, 0)
        self._graph = self._model.Subgraphs(0)

    @property
    def inputs(self) -> list[Tensor]:
        return [self._tensor(self._graph.Inputs(i)) for i in range(self._graph.InputsLength())]

    @property
    def outputs(self) -> list[Tensor]:
        return [self._tensor(self._graph.Outputs(i)) for i in range(self._graph.OutputsLength())]

    @property
    def operators(self) -> list[Operator]:
        """In the order of execution."""
        return [self._operator(i) for i in range(self._graph.OperatorsLength())]

    def users(self, buffer: int) -> int:
        """Tensors whose data lie in `buffer`."""
        return sum(self._graph.Tensors(i).Buffer() == buffer for i in range(self._graph.TensorsLength()))

    def _operator(self, index: int) -> Operator:
        op = self._graph.Operators(index)
        code = self._model.OperatorCodes(op.OpcodeIndex())
        name = _OPERATORS.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()), "unknown")
        custom = code.CustomCode()
        return Operator(
            name if custom is None else custom.decode(),
            index,
            tuple(self._tensor(t) for t in op.InputsAsNumpy() if t >= 0),
            tuple(self._tensor(t) for t in op.OutputsAsNumpy() if t >= 0),
        )

    def _tensor(self, index: int) -> Tensor:
        tensor = self._graph.Tensors(index)
        shape = tuple(int(n) for n in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
        dtype = _TYPES.get(tensor.Type())
        quantized = tensor.Quantization()
        has_scale = quantized is not None and quantized.ScaleLength() > 0
        raw = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
        return Tensor(
            name=tensor.Name().decode(),
            shape=shape,
            dtype=dtype,
            scale=quantized.ScaleAsNumpy() if has_scale else np.zeros(0, np.float32),
            zero_point=quantized.ZeroPointAsNumpy() if has_scale else np.zeros(0, np.int64),
            data=raw.view(dtype).reshape(shape) if isinstance(raw, np.ndarray) and dtype is not None else None,
            buffer=tensor.Buffer(),
        )
