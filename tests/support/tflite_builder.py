"""Builds small .tflite models from numpy with the published flatbuffer schema, without TensorFlow.

    blob = model(
        tensors=[
            tensor((1, 1, 8, 2), scale=0.5, zero_point=3, name="x"),
            tensor((1, 1, 4, 2), scale=0.5, zero_point=3, name="y"),
        ],
        ops=[op("MAX_POOL_2D", "x", "y", padding="VALID", stride_w=2, stride_h=1, filter_width=2, filter_height=1)],
        inputs="x",
        outputs="y",
    )

Tensors are referred to by name; several names are a list; None is an optional input left out. Options are the
schema's field names in snake_case, enums by their schema names, as in `ecgprune.graph.Op.options`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

__all__ = ["OpSpec", "TensorSpec", "model", "op", "tensor"]

Names = str | Sequence[str | None]

# The schema's options table where it is not the operator's name in CamelCase; "" for none.
_OPTIONS = {
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "PADV2": "PadV2Options",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_MIN": "ReducerOptions",
    "SPLIT_V": "SplitVOptions",
    "REVERSE_V2": "ReverseV2Options",
    "SUM": "ReducerOptions",
    "SVDF": "SVDFOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
}
# The first version that knows int8 where the interpreter asks for it; 1 for all others.
_VERSIONS = dict.fromkeys(
    (
        "ADD", "AVERAGE_POOL_2D", "BROADCAST_TO", "CONCATENATION", "DEQUANTIZE", "LOGISTIC", "MAX_POOL_2D", "MEAN",
        "MUL", "PAD", "PADV2", "QUANTIZE", "RELU", "RELU6", "SOFTMAX", "TANH",
    ),
    2,
) | {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 4}  # fmt: skip
_ENUMS = {
    "mode": schema.MirrorPadMode,
    "padding": schema.Padding,
    "fused_activation_function": schema.ActivationFunctionType,
    "weights_format": schema.FullyConnectedOptionsWeightsFormat,
    "quantized_bias_type": schema.TensorType,
}
_TYPES = {
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
    "int16": schema.TensorType.INT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "float16": schema.TensorType.FLOAT16,
    "float32": schema.TensorType.FLOAT32,
    "resource": schema.TensorType.RESOURCE,
}


@dataclass(frozen=True)
class TensorSpec:
    """A tensor to build; see `tensor`."""

    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int
    data: npt.NDArray[Any] | None
    name: str
    variable: bool = False


@dataclass(frozen=True)
class OpSpec:
    """An operator to build; see `op`."""

    name: str
    inputs: tuple[str | None, ...]
    outputs: tuple[str | None, ...]
    version: int
    options: dict[str, Any]
    intermediates: tuple[str | None, ...] = ()


def tensor(
    shape: Sequence[int],
    dtype: str = "int8",
    scale: float | Sequence[float] | npt.NDArray[Any] | None = None,
    zero_point: int | Sequence[int] | None = None,
    data: npt.ArrayLike | None = None,
    axis: int = 0,
    name: str = "",
    variable: bool = False,
) -> TensorSpec:
    """A tensor. `scale` None: not quantized; a sequence: one scale per slice of `axis`. `data` None: an activation, or
    state where it is `variable`."""
    scales = () if scale is None else tuple(float(s) for s in np.atleast_1d(np.asarray(scale, np.float32)))
    points = np.zeros(len(scales), int) if zero_point is None else np.atleast_1d(np.asarray(zero_point))
    values = None if data is None else np.ascontiguousarray(np.asarray(data).astype(dtype)).reshape(tuple(shape))
    return TensorSpec(tuple(shape), dtype, scales, tuple(int(z) for z in points), axis, values, name, variable)


def op(
    name: str, inputs: Names, outputs: Names, *, version: int | None = None, intermediates: Names = (), **options: Any
) -> OpSpec:
    """An operator. `name` is TFLite's builtin name; `version` defaults to the first that knows int8."""
    version = version or _VERSIONS.get(name, 1)
    return OpSpec(name, _names(inputs), _names(outputs), version, options, _names(intermediates))


def model(
    ops: Sequence[OpSpec],
    tensors: Sequence[TensorSpec],
    inputs: Names,
    outputs: Names,
    description: str = "built by tests/tflite_builder.py",
    initializer: tuple[Sequence[OpSpec], Sequence[TensorSpec]] | None = None,
) -> bytes:
    """The .tflite file of one subgraph, or of another one behind it that CALL_ONCE runs: (operators, tensors)."""
    parts = [(ops, tensors, inputs, outputs)] + ([(*initializer, (), ())] if initializer else [])
    built = schema.ModelT()
    built.version = 3
    built.description = description
    built.buffers = [schema.BufferT()]  # buffer 0 is the empty one, by convention
    codes = sorted({(o.name, o.version) for part in parts for o in part[0]})
    built.operatorCodes = [_operator_code(name, version) for name, version in codes]
    built.subgraphs = [_subgraph(*part, codes, built.buffers) for part in parts]
    builder = flatbuffers.Builder(1024)
    builder.Finish(built.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _subgraph(
    ops: Sequence[OpSpec], tensors: Sequence[TensorSpec], inputs: Names, outputs: Names, codes: list[tuple[str, int]],
    buffers: list[Any],
) -> Any:  # fmt: skip
    index = {t.name: i for i, t in enumerate(tensors)}
    if len(index) != len(tensors) or "" in index:
        raise ValueError("every tensor needs a name of its own")
    graph = schema.SubGraphT()
    graph.name = "main"
    graph.tensors = [_tensor(t, buffers) for t in tensors]
    graph.operators = [_operator(o, codes.index((o.name, o.version)), index) for o in ops]
    graph.inputs = _indices(_names(inputs), index)
    graph.outputs = _indices(_names(outputs), index)
    return graph


def options_table(name: str) -> str:
    """The schema's options table of a builtin operator, "Conv2DOptions"; "" where it has none."""
    table = _OPTIONS.get(name, "".join(part.capitalize() for part in name.split("_")) + "Options")
    return table if hasattr(schema.BuiltinOptions, table) else ""


def _names(names: Names) -> tuple[str | None, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _indices(names: tuple[str | None, ...], index: dict[str, int]) -> npt.NDArray[np.int32]:
    return np.array([-1 if n is None else index[n] for n in names], np.int32)


def _operator_code(name: str, version: int) -> Any:
    code = schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, name)
    code.deprecatedBuiltinCode = min(code.builtinCode, schema.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES)
    code.version = version
    return code


def _tensor(spec: TensorSpec, buffers: list[Any]) -> Any:
    built = schema.TensorT()
    built.name = spec.name
    built.shape = np.array(spec.shape, np.int32)
    built.type = _TYPES[spec.dtype]
    built.hasRank = True
    built.isVariable = spec.variable
    if spec.scales:
        built.quantization = schema.QuantizationParametersT()
        built.quantization.scale = np.array(spec.scales, np.float32)
        built.quantization.zeroPoint = np.array(spec.zero_points, np.int64)
        built.quantization.quantizedDimension = spec.axis
    if spec.data is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(spec.data.tobytes(), np.uint8)
        built.buffer = len(buffers)
        buffers.append(buffer)
    return built


def _operator(spec: OpSpec, code: int, index: dict[str, int]) -> Any:
    built = schema.OperatorT()
    built.opcodeIndex = code
    built.inputs = _indices(spec.inputs, index)
    built.outputs = _indices(spec.outputs, index)
    if spec.intermediates:
        built.intermediates = _indices(spec.intermediates, index)
    table = options_table(spec.name)
    if table:
        built.builtinOptionsType = getattr(schema.BuiltinOptions, table)
        built.builtinOptions = getattr(schema, table + "T")()
    for key, value in spec.options.items():
        field = re.sub(r"_([a-z])", lambda m: m[1].upper(), key)
        if not table or not hasattr(built.builtinOptions, field):
            raise ValueError(f"{spec.name} has no option {key}")
        if key in _ENUMS:
            value = getattr(_ENUMS[key], value)
        elif isinstance(value, (list, tuple)):
            value = np.array(value, np.int32)
        setattr(built.builtinOptions, field, value)
    return built
