"""An exact integer model of the fixed-point functions that TFLM's int8 kernels are defined by.

TFLM takes them from gemmlowp (https://github.com/google/gemmlowp, fixedpoint/fixedpoint.h): numbers of the format
Qm.n are int32 values with n = 31 - m fractional bits. Where a function's domain is 256 bytes, ecgprune evaluates it
here, once, and ships the table. Pure Python integers: nothing here depends on a float or a platform.
"""

from __future__ import annotations

__all__ = [
    "exp_of_negative",
    "inverse_square_root",
    "logistic",
    "one_over_one_plus",
    "rounding_doubling_high",
    "rounding_shift",
    "tanh",
]

INT32_MIN = -(1 << 31)
INT32_MAX = (1 << 31) - 1
ONE = INT32_MAX  # 1.0 in Q0.31, as near as the format comes


def rounding_doubling_high(a: int, b: int) -> int:
    """round(a * b / 2^31), ties towards plus infinity, saturated: the product of two Q0.31 numbers."""
    return min((a * b + (1 << 30)) >> 31, INT32_MAX)


def rounding_shift(x: int, bits: int) -> int:
    """round(x / 2^bits), ties away from zero."""
    half = (1 << bits) >> 1
    return (x + half) >> bits if x >= 0 else -((-x + half) >> bits)


def exp_of_negative(x: int, integer_bits: int) -> int:
    """exp(x) in Q0.31: a polynomial on [-1/4, 0), then one multiplication by a constant for each bit of the rest.

    Args:
        x: not above 0, in Q<integer_bits>.
        integer_bits: 5 at most.
    """
    if x == 0:
        return ONE
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    reduced = (x & (quarter - 1)) - quarter
    value = _exp_between_minus_quarter_and_0(reduced << integer_bits)
    rest = reduced - x
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)  # exp(-2^e), e = -2 .. 4
    for exponent, factor in zip(range(-2, integer_bits), factors, strict=False):
        if rest & (1 << (fraction_bits + exponent)):
            value = rounding_doubling_high(value, factor)
    return value


def _exp_between_minus_quarter_and_0(a: int) -> int:
    """Taylor's polynomial of exp around -1/8, to the fourth power; a and the result in Q0.31."""
    exp_minus_eighth, third = 1895147668, 715827883
    x = a + (1 << 28)
    x2 = rounding_doubling_high(x, x)
    x3 = rounding_doubling_high(x2, x)
    x4 = rounding_doubling_high(x2, x2)
    higher = rounding_shift(rounding_doubling_high(rounding_shift(x4, 2) + x3, third) + x2, 1)
    return exp_minus_eighth + rounding_doubling_high(exp_minus_eighth, x + higher)


def one_over_one_plus(a: int) -> int:
    """1 / (1 + a) for a in [0, 1), both Q0.31."""
    return _saturating_left_shift(_two_over_one_plus(a), 1)


def _two_over_one_plus(a: int) -> int:
    """2 / (1 + a) in Q2.29 for a in Q0.31: three Newton-Raphson steps from a straight line."""
    half_denominator = (a + ONE + 1) >> 1
    x = 1515870810 + rounding_doubling_high(half_denominator, -1010580540)  # 48/17 - 32/17 * half_denominator
    for _ in range(3):
        error = (1 << 29) - rounding_doubling_high(half_denominator, x)
        x += _saturating_left_shift(rounding_doubling_high(x, error), 2)
    return x


def _saturating_left_shift(x: int, bits: int) -> int:
    limit = (1 << (31 - bits)) - 1
    if x > limit:
        return INT32_MAX
    return INT32_MIN if x < -limit else x << bits


def logistic(x: int, integer_bits: int) -> int:
    """1 / (1 + exp(-x)) in Q0.31 for x in Q<integer_bits>."""
    if x == 0:
        return 1 << 30
    positive = one_over_one_plus(exp_of_negative(-abs(x), integer_bits))
    return positive if x > 0 else ONE - positive


def tanh(x: int, integer_bits: int) -> int:
    """(1 - exp(-2x)) / (1 + exp(-2x)) in Q0.31 for x in Q<integer_bits>, 4 integer bits at most."""
    if x == 0:
        return 0
    doubled = exp_of_negative(-abs(x), integer_bits + 1)  # the same bits with one integer bit more: times 2
    value = _saturating_left_shift(_two_over_one_plus(doubled) - (1 << 29), 2)
    return value if x > 0 else -value


def inverse_square_root(x: int) -> tuple[int, int]:
    """(multiplier, left shift) of 1 / sqrt(x), as `requant.multiply` takes them: five Newton-Raphson steps in Q3.28.

    Source: tflite::GetInvSqrtQuantizedMultiplierExp with a reverse shift.

    Args:
        x: 1 to 2^29 - 1.
    """
    if x == 1:
        return ONE, 0
    pairs = (32 - x.bit_length() - 1) // 2 - 1  # of bits that x is shifted up by, to below 2^29
    right = 11 - pairs
    half = rounding_shift(x << 2 * pairs >> 1, 1)
    estimate = 1 << 28
    for _ in range(5):
        cube = rounding_doubling_high(rounding_doubling_high(estimate, estimate), estimate)
        difference = rounding_doubling_high((1 << 28) + (1 << 27), estimate)
        difference -= rounding_doubling_high(half, _saturating_left_shift(cube, 6))
        estimate = _saturating_left_shift(difference, 3)
    value = rounding_doubling_high(estimate, 1518500250)  # sqrt(2) / 2
    return (value << -right, 0) if right < 0 else (value, -right)
