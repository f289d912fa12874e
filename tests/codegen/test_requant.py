"""Scale -> (multiplier, shift), and the two roundings, against exact rational arithmetic."""

from __future__ import annotations

import ctypes
import math
import subprocess
from fractions import Fraction

import numpy as np
import pytest
from hostmodel import INCLUDES, WARNINGS
from hypothesis import given
from hypothesis import strategies as st

from ecgprune.codegen.requant import (
    activation_range,
    multiply,
    quantize_multiplier,
    weight_multipliers,
)
from ecgprune.errors import CodegenError

INT32 = st.one_of(st.integers(-(2**31) + 1, 2**31 - 1), st.integers(-4096, 4096))
MULTIPLIER = st.one_of(st.integers(2**30, 2**31 - 1), st.sampled_from([2**30, 2**31 - 1]))


def half_away(value: Fraction) -> int:
    return int(math.copysign(math.floor(abs(value) + Fraction(1, 2)), value)) if value else 0


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def exact_multiply(value, multiplier, shift):
    """gemmlowp's definition in rationals: product / 2**31 to nearest, ties up; then / 2**right, ties away from 0."""
    high = half_up(Fraction(value * 2 ** max(shift, 0) * multiplier, 2**31))
    return half_away(Fraction(high, 2 ** max(-shift, 0)))


@pytest.fixture(scope="module")
def ecgp_multiply(tmp_path_factory):
    """The C function, built with UBSan."""
    folder = tmp_path_factory.mktemp("requant")
    source = '#include "ecgp_requant.h"\nint32_t f(int32_t, int32_t, int32_t);\n'
    source += "int32_t f(int32_t v, int32_t m, int32_t s)\n{\n    return ecgp_multiply(v, m, s);\n}\n"
    (folder / "f.c").write_text(source)
    flags = [*WARNINGS, "-O2", "-fsanitize=undefined", "-fno-sanitize-recover=all", "-fPIC", "-shared"]
    subprocess.run(["gcc", *flags, *INCLUDES, str(folder / "f.c"), "-o", str(folder / "f.so")], check=True)
    function = ctypes.CDLL(str(folder / "f.so")).f
    function.argtypes = [ctypes.c_int32] * 3
    function.restype = ctypes.c_int32
    return function


@given(value=INT32, multiplier=MULTIPLIER, shift=st.integers(-31, 0))
def test_c_and_python_multiply_as_defined(ecgp_multiply, value, multiplier, shift):
    expected = exact_multiply(value, multiplier, shift)
    assert ecgp_multiply(value, multiplier, shift) == expected
    assert int(multiply(value, multiplier, shift)) == expected


@given(value=st.integers(-(2**20), 2**20), multiplier=MULTIPLIER, shift=st.integers(0, 10))
def test_factors_above_one_shift_left_first(ecgp_multiply, value, multiplier, shift):
    expected = exact_multiply(value, multiplier, shift)
    assert ecgp_multiply(value, multiplier, shift) == expected
    assert int(multiply(value, multiplier, shift)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    # x * 0.25 = (x * 0.5) * 0.5; even x: the first step is exact and the second rounds ties away from zero;
    # odd x: the first step is a tie itself and goes up, so that 1 gives 1 (0.5 -> 1 -> 0.5 -> 1) and -1 gives 0
    [(2, 1), (-2, -1), (6, 2), (-6, -2), (4, 1), (-4, -1), (1, 1), (-1, 0), (3, 1), (-3, -1), (5, 2), (-5, -1)],
)
def test_ties_of_the_first_rounding_go_up_and_of_the_second_away_from_zero(ecgp_multiply, value, expected):
    multiplier, shift = quantize_multiplier(0.25)
    assert (multiplier, shift) == (2**30, -1)
    assert ecgp_multiply(value, multiplier, shift) == expected


@pytest.mark.parametrize(("value", "twice", "once"), [(1, 1, 0), (-1, -1, 0), (3, 1, 1), (9, 4, 3), (-9, -4, -3)])
def test_two_roundings_differ_from_one(ecgp_multiply, value, twice, once):
    multiplier, shift = quantize_multiplier(0.375)  # 0.75 / 2: 0.75 -> 1, 1 / 2 -> 1
    assert ecgp_multiply(value, multiplier, shift) == twice
    assert half_away(Fraction(3 * value, 8)) == once


@given(st.floats(2.0**-31, 2.0**29, exclude_min=True))
def test_a_multiplier_has_31_significant_bits_rounded_half_away(real):
    multiplier, shift = quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    exact = Fraction(real) * Fraction(2) ** (31 - shift)
    assert abs(exact - multiplier) <= Fraction(1, 2)


def test_rounding_up_to_a_power_of_two_moves_the_shift():
    assert quantize_multiplier(math.nextafter(1.0, 0.0)) == (2**30, 1)
    assert quantize_multiplier(1.0) == (2**30, 1)
    assert quantize_multiplier(0.5) == (2**30, 0)


def test_zero_and_factors_that_shift_everything_out_are_zero():
    assert quantize_multiplier(0.0) == (0, 0)
    assert quantize_multiplier(2.0**-33) == (0, 0)
    assert quantize_multiplier(2.0**-32) == (2**30, -31)


@pytest.mark.parametrize("real", [-0.5, math.nan, math.inf, 2.0**30])
def test_impossible_factors_are_refused(real):
    with pytest.raises(CodegenError, match=r"requantization factor is .*, expected .*: check the model's scales"):
        quantize_multiplier(real)


def test_one_factor_per_weight_scale():
    scales = np.array([0.5, 0.25, 2.0], np.float32)
    assert weight_multipliers(0.5, scales, 0.125) == [(2**30, 2), (2**30, 1), (2**30, 4)]


def test_an_output_scale_of_zero_is_refused():
    with pytest.raises(CodegenError, match=r"output scale is 0.0, expected a number > 0"):
        weight_multipliers(0.5, np.array([1.0], np.float32), 0.0)


@pytest.mark.parametrize(
    ("activation", "scale", "zero_point", "expected"),
    [
        ("NONE", 0.1, 5, (-128, 127)),
        ("RELU", 0.1, 5, (5, 127)),
        ("RELU6", 0.1, -128, (-128, -68)),
        ("RELU6", 0.1, 100, (100, 127)),
        ("RELU_N1_TO_1", 0.1, 0, (-10, 10)),
        ("RELU_N1_TO_1", 2.0, 0, (-1, 1)),  # 0.5 rounds away from zero
        ("RELU6", 12.0, 0, (0, 1)),
    ],
)
def test_activation_ranges(activation, scale, zero_point, expected):
    assert activation_range(activation, scale, zero_point) == expected


def test_an_unknown_activation_lists_the_known_ones():
    with pytest.raises(CodegenError, match="fused activation TANH is not supported, expected one of NONE, RELU, RELU6"):
        activation_range("TANH", 0.1, 0)
