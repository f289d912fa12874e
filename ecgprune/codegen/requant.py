"""Real scales as integers: the only copy of scale -> (multiplier, shift), as TensorFlow Lite Micro computes it.

A real factor r is held as r = multiplier * 2**(shift - 31) with 2**30 <= multiplier < 2**31. The C side,
`ecgp_multiply()` in firmware/lib/nn/ecgp_requant.h, applies it to an accumulator with two roundings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ecgprune.errors import CodegenError

__all__ = [
    "ACTIVATIONS",
    "INT8_MAX",
    "INT8_MIN",
    "RANGES",
    "activation_range",
    "constant_output",
    "multiply",
    "operand_factor",
    "quantize_multiplier",
    "reduced_multiplier",
    "weight_multipliers",
]

INT8_MIN, INT8_MAX = -128, 127
RANGES = {"int8": (INT8_MIN, INT8_MAX), "int16": (-(2**15), 2**15 - 1)}
"""The lowest and the highest value of each type that activations may have."""

ACTIVATIONS: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}
"""Fused activation -> the real values it clamps to, None for no clamp (tflite::CalculateActivationRangeQuantized)."""


def quantize_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift) of a real factor, rounded half away from zero to 31 bits.

    Source: tflite::QuantizeMultiplier.

    Args:
        real: 0 and more. 0, or a factor so small that every product is shifted out (shift < -31), gives (0, 0).

    Raises:
        CodegenError: the factor is negative, not finite, or 2**30 and above, which no int32 shift can hold.
    """
    if not math.isfinite(real) or real < 0.0:
        raise CodegenError(f"requantization factor is {real}, expected a finite number >= 0: check the model's scales")
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)  # 0.5 <= fraction < 1
    multiplier = math.floor(fraction * 2.0**31 + 0.5)  # exact in double: 31 bits plus one
    if multiplier == 2**31:
        multiplier, shift = 2**30, shift + 1
    if shift < -31:
        return 0, 0
    if shift > 30:
        raise CodegenError(f"requantization factor is {real}, expected less than 2**30: check the model's scales")
    return multiplier, shift


def operand_factor(real: float) -> tuple[int, int]:
    """(multiplier, shift) of a factor of at most 1/2, as ecgp_operand_factor() takes it: the shift is 0 for 1/2 alone.

    Args:
        real: 0 to 1/2. What has the multiplier 0 gets the shift -1, which makes no difference.
    """
    multiplier, shift = quantize_multiplier(real)
    return multiplier, shift if multiplier else -1


def weight_multipliers(
    input_scale: float, weight_scales: npt.NDArray[np.float32], output_scale: float
) -> list[tuple[int, int]]:
    """One (multiplier, shift) per weight scale: input * weight / output, in double from float32 scales.

    Source: tflite::PopulateConvolutionQuantizationParams, and for FULLY_CONNECTED its own twin of it. (With per-tensor
    weights, TFLM at 90b983c multiplied FULLY_CONNECTED's scales in float32; the oracle, at 8f6596d, does not.)

    Args:
        input_scale: of the input.
        weight_scales: float32, one or one per output channel.
        output_scale: of the output, above 0.

    Raises:
        CodegenError: a factor is out of range.
    """
    if not output_scale > 0.0:
        raise CodegenError(f"output scale is {output_scale}, expected a number > 0: check the model's quantization")
    return [quantize_multiplier(input_scale * float(scale) / output_scale) for scale in weight_scales]


def reduced_multiplier(multiplier: int) -> int:
    """A multiplier of 31 bits as the 15 that are left of it where an accumulator of 64 bits is scaled.

    Source: tflite::MultiplyByQuantizedMultiplier for int64, which ecgp_scaled_s16() of ecgp_requant_s16.h is.

    Args:
        multiplier: 0 to 2**31 - 1.
    """
    return (multiplier + (1 << 15)) >> 16 if multiplier < 0x7FFF0000 else 0x7FFF


def activation_range(activation: str, scale: float, zero_point: int, dtype: str = "int8") -> tuple[int, int]:
    """(min, max) that an output with this quantization is clamped to by a fused activation.

    Source: tflite::CalculateActivationRangeQuantized, which rounds the quotient in float32, half away from zero.

    Args:
        activation: a key of ACTIVATIONS.
        scale: the float32 as stored.
        zero_point: of the output.
        dtype: its type, a key of RANGES.

    Raises:
        CodegenError: TFLM does not know the activation, or the scale is too small for it.
    """
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise CodegenError(f"fused activation {activation} is not supported, expected one of {known}")
    low, high = ACTIVATIONS[activation]
    lowest, highest = RANGES[dtype]
    return (
        lowest if low is None else max(lowest, zero_point + _quantize(low, scale)),
        highest if high is None else min(highest, zero_point + _quantize(high, scale)),
    )


def _quantize(value: float, scale: float) -> int:
    if not scale > 0.0:
        raise CodegenError(f"output scale is {scale}, expected a number > 0: check the model's quantization")
    with np.errstate(over="ignore"):
        quotient = float(np.float32(value) / np.float32(scale))
    if abs(quotient) > 2.0**31:
        raise CodegenError(f"output scale {scale} is too small: {value} does not fit an int32 when quantized with it")
    return int(math.copysign(math.floor(abs(quotient) + 0.5), quotient))


def constant_output(bias: int, multiplier: int, shift: int, zero_point: int, limits: tuple[int, int]) -> int:
    """What an output channel without weights always gives.

    Args:
        bias: int32, |bias| * 2**max(shift, 0) < 2**31.
        multiplier: 0 to 2**31 - 1.
        shift: -31 to 30.
        zero_point: of the output.
        limits: (min, max) of the output under its fused activation.

    Raises:
        CodegenError: the bias would leave int32.
    """
    low, high = limits
    return min(max(int(multiply(bias, multiplier, shift)) + zero_point, low), high)


def multiply(values: int | Sequence[int] | npt.NDArray[np.int64], multiplier: int, shift: int) -> npt.NDArray[np.int64]:
    """values * multiplier * 2**(shift - 31) with TFLM's two roundings; what `ecgp_multiply()` does, for tables.

    The first rounding (to 2**-31 of the product) is half up, the second (by -shift bits) half away from zero.
    Source: tflite::MultiplyByQuantizedMultiplier without TFLITE_SINGLE_ROUNDING.

    Args:
        values: int32 accumulators, any shape, |value| * 2**max(shift, 0) < 2**31.
        multiplier: 0 to 2**31 - 1.
        shift: -31 to 30.

    Returns:
        int64 of the same shape.

    Raises:
        CodegenError: a value would leave int32.
    """
    x = np.asarray(values, dtype=np.int64) << max(shift, 0)
    if np.any(np.abs(x) >= 2**31):
        raise CodegenError(f"a value shifted left by {shift} bits leaves int32; no kernel may do that")
    high = (x * multiplier + (1 << 30)) >> 31
    right = max(-shift, 0)
    half = (1 << right) >> 1
    return np.asarray(np.where(high >= 0, (high + half) >> right, -((-high + half) >> right)), dtype=np.int64)
