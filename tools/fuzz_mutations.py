"""Ways to spoil a .tflite: bytes of the file, and fields of the schema's objects. All are drawn from one generator."""

from __future__ import annotations

import copy
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from schema_objects import packed, unpacked

__all__ = ["REFUSED", "mutant"]

INTEGERS = (-(2**31), -(2**30), -65536, -32768, -129, -128, -2, -1, 0, 1, 2, 3, 4, 5, 7, 8, 16, 127, 128, 255, 256,
            1000, 32767, 32768, 65535, 65536, 2**20, 2**24, 2**30, 2**31 - 1)  # fmt: skip
SCALES = (0.0, -0.0, -1.0, 1e-45, 1e-38, 1e-30, 1e-12, 1e-6, 1e-3, 0.5, 1.0, 256.0, 1e6, 1e12, 1e30, 3e38,
          float("inf"), float("nan"))  # fmt: skip
NAMES = ("", "x", "*/", "/*", "a\n#error b", "\\", '"', "%s%n", "int", "1st", "_x", "ecg", "t0", "\u00e9\u0000",
         "\x1b[2J", "??/", "-" * 300, "a b", "A_B", "a.b", "a/b:0", "serving_default_x:0")  # fmt: skip
TYPES = tuple(value for name, value in vars(schema.TensorType).items() if name[0] != "_")

REFUSED = (struct.error, TypeError, ValueError, OverflowError, AttributeError, IndexError)
"""What the schema's objects raise for values that they cannot hold, and for files that they cannot read."""

Rng = np.random.Generator
Mutation = Callable[[Rng, Any], None]


def mutant(blob: bytes, rng: Rng) -> bytes:
    """The file with one to three mutations; another file than `blob`."""
    while True:
        found = _bytes(blob, rng) if rng.random() < 0.15 else _objects(blob, rng)
        if found is not None and found != blob:
            return found


def _bytes(blob: bytes, rng: Rng) -> bytes:
    """Some bytes overwritten, or a part left out, doubled or cut off."""
    data = bytearray(blob)
    for _ in range(int(rng.integers(1, 5))):
        at, kind = int(rng.integers(len(data))), int(rng.integers(8))
        if kind < 3:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind < 6:
            word = struct.pack("<i", _pick(rng, INTEGERS))
            at = at & ~3
            data[at : at + 4] = word
        elif kind == 6:
            size = int(rng.integers(1, 64))
            data[at : at + size] = data[at : at + size] * int(rng.integers(0, 3))
        elif rng.random() < 0.3:
            del data[max(at, 16) :]
    return bytes(data)


def _objects(blob: bytes, rng: Rng) -> bytes | None:
    """Fields of the objects changed; None where the schema cannot hold the values drawn."""
    model = unpacked(blob)
    for _ in range(_pick(rng, (1, 1, 1, 1, 2, 2, 3))):
        _pick(rng, MUTATIONS)(rng, model)
    try:
        return packed(model)
    except REFUSED:
        return None


def _pick(rng: Rng, values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


def _graph(rng: Rng, model: Any) -> Any:
    return _pick(rng, model.subgraphs)


def _tensor(rng: Rng, model: Any) -> Any:
    return _pick(rng, _graph(rng, model).tensors)


def _operator(rng: Rng, model: Any) -> Any:
    return _pick(rng, _graph(rng, model).operators)


def _near(rng: Rng, value: int) -> int:
    """Another integer: a neighbour, a multiple, or an extreme."""
    near = (value - 1, value + 1, value * 2, value // 2, -value, value + 16, 1)
    return int(_pick(rng, near if rng.random() < 0.6 else INTEGERS))


def _spoil(rng: Rng, values: Any) -> Any:
    """A vector of integers with one changed, left out, doubled or added, or two swapped."""
    found = [] if values is None else [int(v) for v in values]
    kind = int(rng.integers(8))
    at = int(rng.integers(len(found))) if found else 0
    if not found or kind == 0:
        found.insert(at, int(_pick(rng, INTEGERS)))
    elif kind == 1:
        del found[at]
    elif kind == 2:
        found.insert(at, found[at])
    elif kind == 3:
        other = int(rng.integers(len(found)))
        found[at], found[other] = found[other], found[at]
    else:
        found[at] = _near(rng, found[at])
    return np.array(found, np.int64).astype(np.int32)


def _shape(rng: Rng, model: Any) -> None:
    tensor = _tensor(rng, model)
    tensor.shape = _spoil(rng, tensor.shape)


def _same_shape(rng: Rng, model: Any) -> None:
    """All tensors that have a dimension of one size get another one: many such models hold together."""
    tensors = [t for t in _graph(rng, model).tensors if t.shape is not None and len(t.shape)]
    if tensors:
        old = int(_pick(rng, _pick(rng, tensors).shape))
        new = _near(rng, old)
        for tensor in tensors:
            tensor.shape = np.where(np.asarray(tensor.shape) == old, new, tensor.shape).astype(np.int32)


def _indices(rng: Rng, model: Any) -> None:
    """An operator, or the graph, is connected otherwise."""
    graph = _graph(rng, model)
    owner, field = (_pick(rng, graph.operators) if rng.random() < 0.8 else graph), _pick(rng, ("inputs", "outputs"))
    found = [int(v) for v in (getattr(owner, field) if getattr(owner, field) is not None else ())]
    if not found or rng.random() < 0.3:
        setattr(owner, field, _spoil(rng, found))
        return
    found[int(rng.integers(len(found)))] = int(rng.integers(-1, len(graph.tensors) + 1))
    setattr(owner, field, np.array(found, np.int32))


def _option(rng: Rng, model: Any) -> None:
    operator = _operator(rng, model)
    options = operator.builtinOptions
    if options is None or rng.random() < 0.05:
        operator.builtinOptions, operator.builtinOptionsType = None, 0
        return
    fields = sorted(vars(options))
    field = _pick(rng, fields) if fields else ""
    value = getattr(options, field, None)
    if isinstance(value, bool):
        value = not value
    elif isinstance(value, int | np.integer):
        value = _near(rng, int(value)) if rng.random() < 0.8 else int(rng.integers(0, 8))
    elif isinstance(value, float):
        value = value * _pick(rng, (0.5, 2.0, -1.0)) if rng.random() < 0.5 else _pick(rng, SCALES)
    elif value is None or isinstance(value, np.ndarray | list):
        value = _spoil(rng, value)
    if field:
        setattr(options, field, value)


def _options_type(rng: Rng, model: Any) -> None:
    """The options of another operator."""
    ours, theirs = _operator(rng, model), _operator(rng, model)
    ours.builtinOptions, ours.builtinOptionsType = copy.deepcopy(theirs.builtinOptions), theirs.builtinOptionsType


def _scale(rng: Rng, model: Any) -> None:
    quantization = _tensor(rng, model).quantization
    if quantization is None or quantization.scale is None or not len(quantization.scale):
        return
    scales = np.array(quantization.scale, np.float64)
    at, kind = int(rng.integers(len(scales))), int(rng.integers(10))
    if kind < 6:
        scales[at] *= _pick(rng, (0.5, 2.0, 0.9, 1.1, 1 / 3, 1.0000001, 1 + 2**-20, 100.0, 0.01))
    elif kind < 9:
        scales[at] = _pick(rng, SCALES)
    else:
        scales = np.delete(scales, at) if rng.random() < 0.5 else np.append(scales, scales[at])
    with np.errstate(over="ignore"):
        quantization.scale = scales.astype(np.float32)


def _zero_point(rng: Rng, model: Any) -> None:
    quantization = _tensor(rng, model).quantization
    if quantization is None or quantization.zeroPoint is None or not len(quantization.zeroPoint):
        return
    points = np.array(quantization.zeroPoint, np.int64)
    points[int(rng.integers(len(points)))] = _pick(rng, (*range(-130, 131, 13), -128, 127, 128, 2**31, -(2**40), 2**62))
    quantization.zeroPoint = points if rng.random() < 0.9 else points[1:]


def _kind(rng: Rng, model: Any) -> None:
    """Another type, axis of the scales, or a variable."""
    tensor, kind = _tensor(rng, model), int(rng.integers(3))
    if kind == 0:
        tensor.type = _pick(rng, TYPES)
    elif kind == 1 and tensor.quantization is not None:
        tensor.quantization.quantizedDimension = _near(rng, tensor.quantization.quantizedDimension)
    else:
        tensor.isVariable = not tensor.isVariable


def _rank(rng: Rng, model: Any) -> None:
    """All computed tensors of one rank get dimensions of 1."""
    tensors = [t for t in _graph(rng, model).tensors if t.shape is not None and not t.buffer]
    if tensors:
        rank, more = len(_pick(rng, tensors).shape), int(rng.integers(1, 5))
        for tensor in [t for t in tensors if len(t.shape) == rank]:
            tensor.shape = np.array([*[1] * more, *tensor.shape], np.int32)


def _code(rng: Rng, model: Any) -> None:
    """An operator becomes another one, of the model or of all."""
    if rng.random() < 0.6:
        _operator(rng, model).opcodeIndex = int(rng.integers(len(model.operatorCodes) + 1))
        return
    code = _pick(rng, model.operatorCodes)
    code.builtinCode = int(rng.integers(0, 160))
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = int(rng.integers(0, 8))


def _buffer(rng: Rng, model: Any) -> None:
    """A tensor with the data of another, or with none."""
    _tensor(rng, model).buffer = int(rng.integers(len(model.buffers) + 1))


def _data(rng: Rng, model: Any) -> None:
    """Values of a constant: bytes, or int32 such as axes, shapes and biases."""
    buffers = [b for b in model.buffers if b.data is not None and len(b.data)]
    if not buffers:
        return
    buffer = _pick(rng, buffers)
    data = bytearray(np.asarray(buffer.data, np.uint8).tobytes())
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(data)))
        if rng.random() < 0.5 and len(data) % 4 == 0:
            at &= ~3
            data[at : at + 4] = struct.pack("<I", _near(rng, struct.unpack_from("<i", data, at)[0]) % 2**32)
        else:
            data[at] = int(rng.integers(256))
    if rng.random() < 0.1:
        data = data[: int(rng.integers(len(data)))]
    elif rng.random() < 0.3:  # sums at the ends of their range
        ends = _pick(rng, ((128, 127), (0, 127), (128, 0), (0, 0)))
        data = bytearray(rng.choice(np.array(ends, np.uint8), len(data)).tobytes())
    buffer.data = np.frombuffer(bytes(data), np.uint8)


def _name(rng: Rng, model: Any) -> None:
    """Names become C identifiers, comments and keys; two tensors may have the same."""
    graph, name = _graph(rng, model), _pick(rng, NAMES)
    ports = [*(graph.inputs if graph.inputs is not None else ()), *(graph.outputs if graph.outputs is not None else ())]
    for tensor in [graph.tensors[i % len(graph.tensors)] for i in ports] if rng.random() < 0.5 else graph.tensors:
        if rng.random() < 0.7:
            tensor.name = name
    if rng.random() < 0.2:
        model.description = name


def _order(rng: Rng, model: Any) -> None:
    """Operators or tensors swapped, doubled or left out."""
    graph = _graph(rng, model)
    items = graph.operators if rng.random() < 0.7 else graph.tensors
    a, b, kind = int(rng.integers(len(items))), int(rng.integers(len(items))), int(rng.integers(3))
    if kind == 0:
        items[a], items[b] = items[b], items[a]
    elif kind == 1:
        items.insert(b, copy.deepcopy(items[a]))
    elif len(items) > 1:
        del items[a]


def _model(rng: Rng, model: Any) -> None:
    kind = int(rng.integers(4))
    if kind == 0:
        model.version = _near(rng, 3)
    elif kind == 1:
        model.subgraphs.append(copy.deepcopy(model.subgraphs[0]))
    elif kind == 2:
        model.operatorCodes.pop(int(rng.integers(len(model.operatorCodes))))
        model.operatorCodes = model.operatorCodes or [schema.OperatorCodeT()]
    else:
        graph = model.subgraphs[0]
        graph.inputs, graph.outputs = (graph.outputs, graph.inputs) if rng.random() < 0.3 else (None, graph.outputs)


MUTATIONS: tuple[Mutation, ...] = (
    *[_shape] * 3, *[_same_shape] * 3, *[_indices] * 5, *[_option] * 6, *[_scale] * 5, *[_zero_point] * 4, *[_data] * 5,
    *[_order] * 2, *[_code] * 2, *[_name] * 2, _options_type, _buffer, _model, *[_kind] * 3, _rank, _rank,
)  # fmt: skip
