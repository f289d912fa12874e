"""TFLM's table of the sigmoid, which its int16 kernels interpolate in."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

__all__ = ["sigmoids"]


@functools.cache
def sigmoids() -> npt.NDArray[np.uint16]:
    """1 / (1 + exp(-i / 24)) for i = 0 to 255 in Q0.16, 65535 for the last: tflite::sigmoid_table_uint16.

    Each value makes up for half of the error that interpolation has in the middle.
    """
    exact = 65536.0 / (1.0 + np.exp(-np.arange(0, 256, 0.5) / 24.0))
    value, middle = exact[:-2:2], exact[1:-2:2]
    table = np.floor(value + (middle - (value + exact[2::2]) / 2) / 2 + 0.5)
    return np.asarray(np.append(table, 65535).astype(np.uint16))
