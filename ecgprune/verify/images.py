"""Compares generated C with the oracle: on the host, and on emulated boards."""

from __future__ import annotations

import re
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.board import BuildOptions, Calls, Image, RunResult, build_image, run_on_board
from ecgprune.errors import ArtifactError, FirmwareError, VerificationError
from ecgprune.graph.graph import Graph
from ecgprune.verify import vectors as vector_files
from ecgprune.verify.layers import Difference, Mismatch, differing, first_mismatch, measure
from ecgprune.verify.oracles import Layers
from ecgprune.verify.substitute import oracle

__all__ = ["Model", "Outcome", "arena_bytes", "read_trace", "run_image"]

_RECORD = struct.Struct("<III")
_SECONDS_PER_VECTOR = 5.0  # far more than any emulated board needs; only a hang reaches it


@dataclass(frozen=True)
class Model:
    """What is verified: the .tflite's bytes, its graph, and the folder of C that was generated from it."""

    tflite: bytes
    graph: Graph
    sources: Path


@dataclass(frozen=True)
class Outcome:
    """One image's run: how far it lies from the oracle, the first difference, and what firmware measured."""

    difference: Difference
    first: Mismatch | None
    result: RunResult

    def ram_bytes(self, given: int) -> int | None:
        """Measured RAM with an arena of just what the model takes, where it was given `given` bytes."""
        ram = self.result.ram_bytes
        return None if ram is None else ram - (given - self.result.arena_bytes)

    def passes(self, graph: Graph, tolerance: float) -> bool:
        """Whether outputs are equal, or all float32 and at most `tolerance` apart.

        Integer outputs have no tolerance. Floats depend on the C library and on fused multiply-adds.
        """
        floats = all(graph.tensor(t).dtype == np.float32 for t in graph.outputs)
        return self.first is None or (floats and self.difference.largest <= tolerance)


def arena_bytes(sources: Path) -> int:
    """The arena that the generated header asks for.

    Raises:
        ArtifactError: there is none.
    """
    for header in sorted(sources.glob("*.h")):
        found = re.search(r"^#define \w+_ARENA_BYTES (\d+)u\b", header.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return int(found[1])
    raise ArtifactError(f"no generated C in {sources}; 'ecgprune export' writes it there")


def run_image(
    model: Model,
    image: Image,
    inputs: Sequence[npt.NDArray[Any]],
    expected: Sequence[npt.NDArray[Any]],
    vectors: Path,
    layers: int = 0,
    calls: Calls | None = None,
    wait_states: int = 0,
) -> Outcome:
    """Runs a vectors file on an image, and compares the outputs with the expected ones.

    Where outputs differ, the first differing layer is searched with an image that traces every operator.

    Args:
        model: the model of the image.
        image: the image to run.
        inputs: [n, size] per input, as in the vectors file.
        expected: [n, size] per output.
        vectors: the vectors file.
        layers: number of vectors whose operators are all compared too; the image must be built with trace.
        calls: the kernel calls to count one by one, see `run_on_board`.
        wait_states: of the flash, for the estimate of cycles.

    Raises:
        VerificationError: the image's own verdict contradicts the comparison here.
        FirmwareError: the image hangs or fails.
    """
    count = len(inputs[0])
    timeout = 60 + _SECONDS_PER_VECTOR * count
    with tempfile.TemporaryDirectory(prefix="ecgprune-verify-") as name:
        trace = Path(name) / "trace.bin" if layers else None
        result = run_on_board(image, vectors, timeout, trace, layers or None, calls=calls, wait_states=wait_states)
        got = _outputs(model.graph, result.outputs, count, image.board.name)
        wrong = np.logical_or.reduce([differing(e, g).any(axis=1) for e, g in zip(expected, got, strict=True)])
        _check_verdict(image, result, count, int(wrong.sum()))
        first = None
        if trace:
            seen = [rows[:layers] for rows in inputs]
            right = oracle(model.tflite, model.graph, all_layers=True).layers(seen)
            first = first_mismatch(model.graph, right, read_trace(model.graph, trace))
    if first is None and wrong.any():
        vector = int(wrong.argmax())
        begin = 0 if model.graph.states else vector  # with a state, what comes before is needed
        first = _locate(model, image, [rows[begin : vector + 1] for rows in inputs], begin)
    if first is None and wrong.any():  # the traced build is right where the plain one is wrong
        outputs = [dict(zip(model.graph.outputs, rows, strict=True)) for rows in (expected, got)]
        first = first_mismatch(model.graph, outputs[0], outputs[1])
    return Outcome(measure(list(expected), got), first, result)


def _locate(
    model: Model, image: Image, inputs: Sequence[npt.NDArray[Any]], vector: int
) -> Mismatch | None:
    """The first differing layer of some vectors, from a build that traces all operators. vector: the first one."""
    right = oracle(model.tflite, model.graph, all_layers=True).layers(inputs)
    with tempfile.TemporaryDirectory(prefix="ecgprune-verify-") as name:
        folder = Path(name)
        one = folder / "vector.bin"
        vector_files.write(one, inputs, [right[i] for i in model.graph.outputs], {})
        traced = image
        if not image.trace:
            options = BuildOptions(image.runtime, trace=True)
            traced = build_image(model.sources, image.board, folder / "image", options)
        run_on_board(traced, one, 60 + _SECONDS_PER_VECTOR * len(inputs[0]), folder / "trace.bin", count=False)
        return first_mismatch(model.graph, right, read_trace(model.graph, folder / "trace.bin"), vector)


def read_trace(graph: Graph, path: Path) -> Layers:
    """The operators' outputs that an image wrote (u32 op, u32 tensor, u32 bytes, data; little endian).

    Args:
        graph: the image's model.
        path: the trace.

    Returns:
        {tensor: [n, size]}. A tensor that never exists, because one call does its operator and the next, is left out.

    Raises:
        FirmwareError: the file does not hold whole vectors of this model.
    """
    data = path.read_bytes()
    rows: dict[int, list[npt.NDArray[Any]]] = {i: [] for op in graph.ops for i in op.outputs}
    offset = 0
    while offset + _RECORD.size <= len(data):
        _, index, size = _RECORD.unpack_from(data, offset)
        offset += _RECORD.size
        if index not in rows or size != graph.tensor(index).nbytes or offset + size > len(data):
            raise FirmwareError(f"the trace of the image is not this model's: tensor {index} of {size} bytes")
        rows[index].append(np.frombuffer(data, graph.tensor(index).dtype, graph.tensor(index).size, offset))
        offset += size
    counts = {len(r) for index, r in rows.items() if r or index in graph.outputs}
    if len(counts) != 1 or offset != len(data):
        raise FirmwareError("the trace of the image ends within a vector; the run was cut short")
    return {index: np.stack(r) for index, r in rows.items() if r}


def _outputs(graph: Graph, data: bytes, count: int, board: str) -> list[npt.NDArray[Any]]:
    tensors = [graph.tensor(i) for i in graph.outputs]
    each = sum(t.nbytes for t in tensors)
    if len(data) != count * each:
        raise FirmwareError(f"{board} wrote {len(data)} bytes of output, and {count} vectors have {count * each}")
    rows = np.frombuffer(data, np.uint8).reshape(count, each)
    ends = np.cumsum([t.nbytes for t in tensors])
    parts = np.split(rows, ends[:-1], axis=1)
    return [np.ascontiguousarray(p).view(t.dtype) for p, t in zip(parts, tensors, strict=True)]


def _check_verdict(image: Image, result: RunResult, count: int, wrong: int) -> None:
    """The image compared its outputs with the vectors file by itself: it must have found what we find."""
    if (result.vectors, result.mismatches) != (count, wrong):
        raise VerificationError(
            f"{image.board.name} reports {result.mismatches} wrong of {result.vectors} vectors, and by its outputs "
            f"{wrong} of {count} are wrong; the vectors file is damaged, or the firmware's own comparison is"
        )
