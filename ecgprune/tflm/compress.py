"""Pruned tensors stored small: the encoder for TFLM's decoder of pruned tensors.

TFLM's custom operator TFLM_DECODE (tensorflow/lite/micro/kernels/decode_state_prune.cc at 90b983c) makes a tensor from
two constants when the model runs: a bit for each element, the first of a byte its highest, and a table of the elements
whose bit is 1, behind a header of 16 bytes. An element whose bit is 0 is the tensor's zero point. The decoder is
upstream, and so is the code that inserts the operator; upstream's encoder of pruned tensors is a stub.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.errors import CodegenError

__all__ = ["DECODER_FLASH", "DECODE_INSTRUCTIONS", "CompressedTensor", "Compression", "compress", "encode"]

DECODER_FLASH = 21_796
"""Bytes of code that TFLM's decoders take of the image (one operator for pruning, look-up tables and Huffman codes)."""
DECODE_INSTRUCTIONS = 17
"""Instructions for an element that is decoded.

Both measured on firmware/models/reference with `ecgprune bench --runtime tflm`, with and without --compress: TFLM
90b983c, its kernels at -O2, GCC 12.2, Cortex-M4; 404 920 instructions for 23 744 elements.
"""

_OPERATOR = "TFLM_DECODE"
_HEADER = bytes([2, 1, 0, 0, 1]) + bytes(11)
"""Decode type 2 (pruning), version 1 of the header, two reserved bytes, version 1 of the pruning data."""
_DTYPES = ("bool", "float32", "int8", "int16", "int32", "int64")
"""What the decoder can write."""


@dataclass(frozen=True)
class CompressedTensor:
    """A tensor that is stored small.

    Attributes:
        name: its name in the .tflite.
        index: its index in the plain .tflite.
        readers: how many operators read it; it is decoded once for each.
        elements: their number.
        kept: those that are not the zero point.
        bytes_before: of its values.
        bytes_after: of its bits, header and table.
    """

    name: str
    index: int
    readers: int
    elements: int
    kept: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True)
class Compression:
    """What compressing a model gave.

    Attributes:
        tflite: the compressed file; the plain one where it pays for no tensor.
        tensors: those stored small, in the order of the plain file.
    """

    tflite: bytes
    tensors: tuple[CompressedTensor, ...]


def encode(values: npt.NDArray[Any], zero_points: Sequence[int] = (0,), axis: int = 0) -> tuple[bytes, bytes]:
    """The two constants of a pruned tensor.

    Args:
        values: the tensor, of a type in bool, float32, int8, int16, int32, int64.
        zero_points: one, or one for each slice of `axis`.
        axis: the first or the last dimension.

    Returns:
        (bits, header and table of the elements that are kept).
    """
    points = np.asarray(zero_points, np.int64)
    if points.size > 1:
        points = points.reshape([-1 if d == axis else 1 for d in range(values.ndim)])
    stored = values.view(np.int32) if values.dtype == np.float32 else values  # so that -0.0 is kept
    kept = np.asarray(stored != points).reshape(-1)
    table = values.reshape(-1)[kept]
    return np.packbits(kept).tobytes(), _HEADER + table.astype(table.dtype.newbyteorder("<")).tobytes()


def compress(tflite: bytes) -> Compression:
    """A .tflite in which every constant for which it pays is decoded by TFLM_DECODE.

    It pays where the whole file is smaller with it, descriptions of operators and tensors counted. All operators give
    the same bytes as before. A decoded tensor lives in the arena while its operator runs.

    Args:
        tflite: content of a plain .tflite file.

    Raises:
        CodegenError: the file holds a TFLM_DECODE already.
    """
    model = _opened(tflite)
    if any(op.custom_code == _OPERATOR for graph in model.subgraphs for op in graph.operators):
        raise CodegenError(f"the model holds a {_OPERATOR} already; compress the plain .tflite")
    chosen = _encodings(model)
    size = len(_written(tflite, chosen))
    for place in sorted(chosen, key=lambda p: _saving(chosen[p])):
        without = {other: encoding for other, encoding in chosen.items() if other != place}
        smaller = len(_written(tflite, without))
        if smaller <= size:
            chosen, size = without, smaller
    compressed = _written(tflite, chosen) if chosen else tflite
    return Compression(compressed, tuple(encoding.tensor for encoding in chosen.values()))


@dataclass(frozen=True)
class _Encoding:
    bits: bytes
    table: bytes
    tensor: CompressedTensor


_Place = tuple[int, int]
"""(subgraph, tensor)"""


def _opened(tflite: bytes) -> Any:
    """The file in upstream's editor, which is imported late, for it takes a while."""
    from tflite_micro.tensorflow.lite.micro.compression import model_editor

    model = model_editor.read(tflite)
    for code in model.operator_codes:  # old files have the code in the old field alone, which the editor does not read
        code.builtin_code = max(code.builtin_code, code._fb.deprecatedBuiltinCode)
    for operator in (op for graph in model.subgraphs for op in graph.operators):
        operator.opcode = model.operator_codes[operator.opcode_index].builtin_code
    return model


def _saving(encoding: _Encoding) -> int:
    return encoding.tensor.bytes_before - encoding.tensor.bytes_after


def _encodings(model: Any) -> dict[_Place, _Encoding]:
    """The constants whose values alone take less when they are encoded."""
    from tflite_micro.tensorflow.lite.micro.compression import constant_inputs

    found = {}
    for g, graph in enumerate(model.subgraphs):
        for t, tensor in enumerate(graph.tensors):
            readers = graph.consumers_of(tensor)
            if not readers or tensor.buffer is None or not tensor.buffer.data or tensor in graph.outputs:
                continue
            encoding = _encoding(tensor, t, len(readers))
            if encoding and _saving(encoding) > 0 and not constant_inputs.find_uses(graph, tensor):
                found[g, t] = encoding
    return found


def _encoding(tensor: Any, index: int, readers: int) -> _Encoding | None:
    """None for a tensor that the decoder does not make."""
    if tensor.numpy_dtype.name not in _DTYPES or tensor._fb.sparsity is not None:
        return None
    quantization = tensor.quantization
    points = [0] if quantization is None else list(np.atleast_1d(quantization.zero_points))
    axis = 0 if quantization is None or quantization.axis is None else int(quantization.axis)
    scales = 1 if quantization is None else np.size(quantization.scales)
    last = len(tensor.shape) - 1
    if len(points) != scales or axis not in (0, last) or (scales == 1 and axis != 0):
        return None
    if tensor.numpy_dtype != np.int8 and any(points):
        return None
    values = tensor.array
    bits, table = encode(values, points, axis)
    kept = (len(table) - len(_HEADER)) // values.dtype.itemsize
    sizes = values.nbytes, len(bits) + len(table)
    return _Encoding(bits, table, CompressedTensor(tensor.name or "", index, readers, values.size, kept, *sizes))


def _written(tflite: bytes, encodings: Mapping[_Place, _Encoding]) -> bytes:
    """The file with these tensors encoded, aligned as the schema wants it."""
    from tflite_micro.tensorflow.lite.micro.compression import compressor, decode_insert

    model = _opened(tflite)
    results = {place: compressor.CompressionResult(e.bits, e.table) for place, e in encodings.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tensors that share their data with others, which stay as they are
        decode_insert.insert_decode_operators(model, results)
    for graph, tensor in results:  # the bits have no scales; the editor writes those that were read
        if model.subgraphs[graph].tensors[tensor].quantization is None:
            model.subgraphs[graph].tensors[tensor]._fb.quantization = None
    return _aligned(bytes(model.build()))


def _aligned(tflite: bytes) -> bytes:
    """The same file with buffers at multiples of 16 bytes: Python's flatbuffers knows no force_align."""
    from tflite_micro.tensorflow.lite.micro.tools import tflite_flatbuffer_align_wrapper as wrapper

    with tempfile.TemporaryDirectory(prefix="ecgprune-compress-") as folder:
        before, after = Path(folder) / "in.tflite", Path(folder) / "out.tflite"
        before.write_bytes(tflite)
        wrapper.align_tflite_model(str(before), str(after))
        return after.read_bytes()
