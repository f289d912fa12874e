"""The arena that a model needs on TensorFlow Lite Micro, as TFLM itself measures it."""

from __future__ import annotations

import re

from ecgprune.errors import CodegenError
from ecgprune.runtimes import Child

__all__ = ["arena_bytes"]

_TOTAL = re.compile(r"Arena allocation total (\d+) bytes")


def arena_bytes(tflite: bytes) -> int:
    """Bytes of arena that TFLM uses for the model, rounded up to 16.

    Measured on the 64-bit host with TFLM's reference kernels, by TFLM's own recording allocator. A 32-bit core's
    pointers are half as wide, so with the same kernels it needs less (DESIGN.md's model A: 5 696 here, 4 676 on a
    Cortex-M). An optimized kernel library may add scratch buffers of its own, which this figure does not know.

    Args:
        tflite: content of the .tflite file.

    Raises:
        CodegenError: TFLM cannot load the model or does not report its use.
    """
    printed = Child("tflm", tflite, error=CodegenError).allocations()
    found = _TOTAL.search(printed)
    if not found:
        raise CodegenError("TFLM printed no 'Arena allocation total'; this version of tflite-micro is not supported")
    return -(-int(found[1]) // 16) * 16
