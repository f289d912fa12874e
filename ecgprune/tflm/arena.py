"""The arena that a model needs on TensorFlow Lite Micro, as TFLM itself measures it."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ecgprune.errors import CodegenError
from ecgprune.graph.tflite import TfliteFile
from ecgprune.runtimes import Child

__all__ = ["Allocations", "allocations", "arena_bytes"]

_PART = re.compile(r"Arena allocation (total|head|tail) (\d+) bytes")
_KIND = re.compile(r"'([^']+)' used (\d+) bytes")


@dataclass(frozen=True)
class Allocations:
    """What TFLM's recording allocator tells of a model on the 64-bit host; all in bytes.

    Attributes:
        total: the whole arena that it used.
        planned: of it, tensors and scratch buffers, which share bytes over time.
        bookkeeping: of it, what lives for ever, by TFLM's own names.
    """

    total: int
    planned: int
    bookkeeping: Mapping[str, int]


_SUMMED = ("FULLY_CONNECTED", "SVDF")
"""Operators of which CMSIS-NN keeps the sum of each output's weights in the arena where the core has Helium
(arm_fully_connected_s8_get_buffer_size_mve, arm_svdf_s8_get_buffer_size_mve); their weights are input 1."""


def arena_bytes(tflite: bytes, *, helium: bool = False) -> int:
    """Bytes of arena to give TFLM for the model, a multiple of 16: a quarter more than it uses on the host.

    Measured on the 64-bit host with TFLM's reference kernels, by TFLM's own recording allocator. A 32-bit core's
    pointers are half as wide, so with the same kernels it needs less (model A of docs/results/bench.md: 5 696 here,
    4 676 on a Cortex-M). The quarter is for what TFLM's planner needs for a while when it starts, and for scratch
    buffers of an optimized kernel library.

    Args:
        tflite: content of the .tflite file.
        helium: the core has Helium: CMSIS-NN then keeps sums of weights, which the host does not show.

    Raises:
        CodegenError: TFLM cannot load the model or does not report its use.
    """
    used = -(-allocations(tflite).total * 5 // 64) * 16
    return used + (_sums(tflite) if helium else 0)


def _sums(tflite: bytes) -> int:
    """Bytes of the sums of weights: an int32 for each output, each operator's a multiple of 16."""
    operators = [op for op in TfliteFile(tflite).operators if op.name in _SUMMED and len(op.inputs) > 1]
    return sum(-(-4 * op.inputs[1].shape[0] // 16) * 16 for op in operators if op.inputs[1].shape)


@functools.lru_cache(maxsize=4)  # an export asks for every core, and once more for the header
def allocations(tflite: bytes) -> Allocations:
    """What TFLM allocates for the model, with its reference kernels on the host.

    Args:
        tflite: content of the .tflite file.

    Raises:
        CodegenError: TFLM cannot load the model or does not report its use.
    """
    printed = Child("tflm", tflite, error=CodegenError, arena=_room(tflite)).allocations()
    parts = {part: int(nbytes) for part, nbytes in _PART.findall(printed)}
    if len(parts) != 3:
        raise CodegenError("TFLM printed no 'Arena allocation total'; this version of tflite-micro is not supported")
    return Allocations(parts["total"], parts["head"], {kind: int(nbytes) for kind, nbytes in _KIND.findall(printed)})


def _room(tflite: bytes) -> int:
    """Bytes that are enough for any plan: every tensor of 8-byte elements by itself, and the bookkeeping."""
    return 2**18 + 10 * len(tflite) + 8 * sum(math.prod(tensor.shape) for tensor in TfliteFile(tflite).tensors)
