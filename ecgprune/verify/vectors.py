"""Test vectors: int8 inputs and the oracle's outputs, in the file that firmware reads.

Everywhere in `verify` a tensor of n vectors is one array [n, size]: row-major, batch dimension left out. The vectors of
a model with state are one sequence: every runtime begins with the state as after a reset, and runs them in their order.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.artifacts import replacing, write_json
from ecgprune.errors import ArtifactError, DataError
from ecgprune.graph.graph import Graph

__all__ = ["Vectors", "arrange", "choose", "random_inputs", "read", "write"]

_NARROW = (np.dtype(np.int8), np.dtype(np.uint8), np.dtype(np.int16))
_MAGIC = b"EPV1"
_HEADER = struct.Struct("<4sIII")


@dataclass(frozen=True)
class Vectors:
    """Inputs and expected outputs of a model, all tensors of a vector concatenated in the model's order.

    Attributes:
        inputs: uint8 [n, bytes].
        outputs: uint8 [n, bytes].
    """

    inputs: npt.NDArray[np.uint8]
    outputs: npt.NDArray[np.uint8]


def arrange(graph: Graph, arrays: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    """Orders arrays as the model's inputs.

    An array is found by the input's name; "ecg" is the name of "serving_default_ecg:0" too. A model with one input
    takes the only array whatever its name. Arrays that the model has no input for are left out.

    Args:
        graph: the model.
        arrays: {name: [n, ...]}.

    Returns:
        One array [n, size] of the input's type for each input.

    Raises:
        DataError: an input has no array, or one of another size or type.
    """
    arranged = []
    for index in graph.inputs:
        tensor = graph.tensor(index)
        short = re.sub(r"^serving_default_|:\d+$", "", tensor.name)
        array = arrays.get(tensor.name, arrays.get(short))
        if array is None and len(arrays) == len(graph.inputs) == 1:
            array = next(iter(arrays.values()))
        if array is None:
            raise DataError(f"no vectors for the model's input '{tensor.name}'; there are {', '.join(arrays)}")
        flat = array.reshape(len(array), -1)
        if flat.dtype != tensor.dtype or flat.shape[1] != tensor.size:
            raise DataError(
                f"the vectors for input '{tensor.name}' are {flat.shape[1]} x {flat.dtype} each, "
                f"and the model takes {tensor.size} x {tensor.dtype}"
            )
        arranged.append(np.ascontiguousarray(flat))
    return arranged


def random_inputs(graph: Graph, count: int, seed: int) -> dict[str, npt.NDArray[Any]]:
    """Random vectors for a model without data, {input name: [n, size]}.

    int8, uint8 and int16 inputs cover the whole range, from random walks to white noise; positions of a GATHER are all
    inside; others are normal around 0.

    Args:
        graph: the model.
        count: number of vectors.
        seed: draws them.
    """
    rng = np.random.default_rng(seed)
    rows = _rows(graph)
    found: dict[str, npt.NDArray[Any]] = {}
    for index in graph.inputs:
        tensor = graph.tensor(index)
        if index in rows:
            found[tensor.name] = rng.integers(0, rows[index], (count, tensor.size)).astype(tensor.dtype)
            continue
        if tensor.dtype not in _NARROW:
            found[tensor.name] = rng.normal(size=(count, tensor.size)).astype(tensor.dtype)
            continue
        noise = rng.normal(0, rng.uniform(1, 90, (count, 1)), (count, tensor.size))
        noise[::2] = noise[::2].cumsum(axis=1) / 4
        ends = np.iinfo(tensor.dtype)
        values = noise * ((ends.max - ends.min + 1) // 256) + (ends.max + ends.min + 1) // 2
        found[tensor.name] = np.clip(np.rint(values), ends.min, ends.max).astype(tensor.dtype)
    return found


def _rows(graph: Graph) -> dict[int, int]:
    """{input that a GATHER takes positions from: rows that there are}."""
    found: dict[int, int] = {}
    for op in graph.ops:
        if op.name == "GATHER" and op.has(2) and op.inputs[1] in graph.inputs:
            rows = graph.tensor(op.inputs[0]).shape[int(op.options.get("axis", 0))]
            found[op.inputs[1]] = min(rows, found.get(op.inputs[1], rows))
    return found


def choose(labels: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.intp]:
    """Indices of at most `count` beats, taken from the classes in turn, so that few vectors hold every class."""
    turn = np.empty(len(labels), np.intp)
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        turn[mine] = np.arange(len(mine))
    return np.lexsort((labels, turn))[:count]


def write(
    path: Path, inputs: Sequence[npt.NDArray[Any]], outputs: Sequence[npt.NDArray[Any]], about: Mapping[str, Any]
) -> None:
    """Writes vectors to `path` (format EPV1, little endian), and `about` to the .json file beside it.

    Args:
        path: the file.
        inputs: one array [n, size] per input of the model.
        outputs: one array [n, size] per output: the expected ones.
        about: oracle, resolver, versions and source of the vectors.
    """
    packed_in, packed_out = _packed(inputs), _packed(outputs)
    count, input_bytes = packed_in.shape
    output_bytes = packed_out.shape[1]
    with replacing(path) as new:
        new.write_bytes(
            _HEADER.pack(_MAGIC, count, input_bytes, output_bytes) + np.hstack([packed_in, packed_out]).tobytes()
        )
    sizes = {"vectors": count, "input_bytes": input_bytes, "output_bytes": output_bytes}
    write_json(path.with_suffix(".json"), {"format": "EPV1", **sizes, **about})


def read(path: Path) -> Vectors:
    """Reads vectors.

    Raises:
        ArtifactError: there is no such file, or it is not EPV1, or its size is wrong.
    """
    if not path.is_file():
        raise ArtifactError(f"no vectors at {path}; 'ecgprune verify' writes them")
    data = path.read_bytes()
    if len(data) < _HEADER.size or data[:4] != _MAGIC:
        raise ArtifactError(f"{path} is not a vectors file (it does not begin with EPV1); 'ecgprune verify' writes one")
    _, count, input_bytes, output_bytes = _HEADER.unpack_from(data)
    expected = _HEADER.size + count * (input_bytes + output_bytes)
    if len(data) != expected:
        raise ArtifactError(f"{path} has {len(data)} bytes, and its header says {expected}; it is damaged")
    body = np.frombuffer(data, np.uint8, offset=_HEADER.size).reshape(count, input_bytes + output_bytes)
    return Vectors(body[:, :input_bytes], body[:, input_bytes:])


def _packed(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.uint8]:
    return np.hstack([np.ascontiguousarray(a).view(np.uint8) for a in arrays])
