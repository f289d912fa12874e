"""Integer arithmetic that Python and firmware/lib/ecg (ecgp_integers.h and others) do alike, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOG2_STEPS", "about_mean", "log2_ratio", "quotient", "to_int8", "towards_zero"]

LOG2_STEPS = 32
"""Units per octave of `log2_ratio`."""


def about_mean(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [rows, values]: each row less its mean, rounded down."""
    about: NDArray[np.int64] = x - x.sum(axis=1, keepdims=True) // x.shape[1]
    return about


def quotient(numerator: NDArray[Any], divisor: NDArray[Any]) -> NDArray[np.int8]:
    """numerator / divisor to nearest, halves away from zero, clipped to int8; divisor > 0."""
    size = (np.abs(numerator) + divisor // 2) // divisor
    return to_int8(np.where(numerator < 0, -size, size))


def to_int8(values: NDArray[Any]) -> NDArray[np.int8]:
    """The values, clipped to -128 ... 127."""
    clipped: NDArray[np.int8] = np.clip(values, -128, 127).astype(np.int8)
    return clipped


def towards_zero(numerator: Any, divisor: Any) -> Any:
    """numerator / divisor as C divides: rounded towards zero; divisor > 0."""
    return np.sign(numerator) * (np.abs(numerator) // divisor)


def log2_ratio(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.int64]:
    """LOG2_STEPS * log2(a / b), for a and b from 1 to 2**31 - 1; straight between powers of two: up to 0.09 off."""
    return _log2(a) - _log2(b)


def _log2(x: NDArray[Any]) -> NDArray[np.int64]:
    x = np.asarray(x, dtype=np.int64)
    octave = np.frexp(x.astype(np.float64))[1].astype(np.int64) - 1  # exact: below 2**53
    digits = np.where(octave >= 5, x >> np.maximum(octave - 5, 0), x << np.maximum(5 - octave, 0))
    return LOG2_STEPS * octave + digits - LOG2_STEPS
