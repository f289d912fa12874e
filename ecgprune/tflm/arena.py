"""The arena that a model needs on TensorFlow Lite Micro, as TFLM itself measures it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable

from ecgprune.errors import CodegenError

__all__ = ["arena_bytes"]

_TOTAL = re.compile(rb"Arena allocation total (\d+) bytes")
_LOCK = threading.Lock()


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
    from tflite_micro.python.tflite_micro import runtime

    interpreter: list[runtime.Interpreter] = []

    def measure() -> None:
        interpreter.append(runtime.Interpreter.from_bytes(tflite))
        interpreter[0].print_allocations()

    try:
        printed = _captured_stderr(measure)
    except RuntimeError as error:
        raise CodegenError(f"TFLM cannot load the model, so its arena cannot be measured: {error}") from error
    found = _TOTAL.search(printed)
    if not found:
        raise CodegenError("TFLM printed no 'Arena allocation total'; this version of tflite-micro is not supported")
    return -(-int(found[1]) // 16) * 16


def _captured_stderr(call: Callable[[], None]) -> bytes:
    """What `call` writes to file descriptor 2; TFLM's C++ writes there, past sys.stderr."""
    with _LOCK, tempfile.TemporaryFile() as file:
        sys.stderr.flush()
        saved = os.dup(2)
        try:
            os.dup2(file.fileno(), 2)
            call()
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        file.seek(0)
        return file.read()
