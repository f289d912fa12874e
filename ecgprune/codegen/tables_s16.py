"""The tables that TFLM's int16 kernels interpolate functions in, as it computes them in float32 when a model is loaded.

Every table is the same for all models.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["exponentials", "reciprocals", "sigmoid_factor"]

_F = np.float32
_STEPS = 512
_RANGE = _F(65535)  # of an int16


@functools.cache
def exponentials() -> npt.NDArray[np.int16]:
    """exp of -10 to 0 in Q0.15, 513 values.

    Source: tflite::LUTPopulate, as micro/kernels/softmax_common.cc calls it. The exponential is rounded to float32 from
    double, for numpy's own in float32 is some units in the last place off.
    """
    return _populated(_F(10) / _RANGE, 2**15 - 1, lambda x: _F(math.exp(float(x))))


@functools.cache
def reciprocals() -> npt.NDArray[np.int16]:
    """1 / (1 + x) of 0 to 1 in Q0.15, 513 values. Source: as of `exponentials`."""
    return _populated(_F(1) / _RANGE, -(2**15), lambda x: _F(1) / (_F(1) + x))


def sigmoid_factor(scale: float, exact_shifts: tuple[int, ...]) -> tuple[int, int]:
    """(multiplier, bits to the right) from an input to steps of 1/12288, as LOGISTIC and TANH of int16 scale it.

    Source: Prepare of micro/kernels/logistic_common.cc and tanh.cc.

    Args:
        scale: of the input, less than 32767.5 / 12288.
        exact_shifts: of the powers of two 2^(shift - 12) that the operator takes without a multiplication.
    """
    log2 = _F(math.log(scale)) * (_F(1) / _F(math.log(2.0)))
    rounded = _F(np.trunc(log2 + np.copysign(_F(0.5), log2)))
    shift = 12 + int(rounded)
    if abs(log2 - rounded) < _F(1e-3) and shift in exact_shifts:
        return 3 << shift, 0
    multiplier, right = scale * 4096.0 * 3.0, 0
    while multiplier <= 32767.0 / 2.0 and right <= 30:
        multiplier, right = multiplier * 2.0, right + 1
    return int(multiplier), right


def _populated(
    scale: np.float32, zero_point: int, function: Callable[[np.float32], np.float32]
) -> npt.NDArray[np.int16]:
    """A table over the int16 of this quantization, to a scale of 2/65535: tflite::detail::LUTPopulateInt16."""
    low, high = scale * _F(-(2**15) - zero_point), scale * _F(2**15 - 1 - zero_point)
    unit = _F(2) / _RANGE
    step = (high - low) / _F(_STEPS)
    half_step = step / _F(2)
    inverse = _F(65536) / (unit * _F(2**15 - 1) - unit * _F(-(2**15)))
    table = np.empty(_STEPS + 1, np.int16)
    for i in range(_STEPS):
        at = low + _F(i) * step
        value, middle, following = function(at), function(at + half_step), function(low + _F(i + 1) * step)
        sample = _rounded(value * inverse)
        interpolated = _rounded((following * inverse + sample) / _F(2))
        error = interpolated - _rounded(middle * inverse)
        table[i] = np.clip(sample - _rounded(error / _F(2)), -(2**15), 2**15 - 1)
    table[_STEPS] = np.clip(_rounded(function(high) * inverse), -(2**15), 2**15 - 1)
    return table


def _rounded(value: np.float32) -> np.float32:
    """Half away from zero, as TfLiteRound."""
    return _F(math.copysign(math.floor(abs(float(value)) + 0.5), float(value)))
