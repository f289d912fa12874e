"""Quantizations that operators on one tensor are tried with: round ones, drawn ones, and those known to be critical."""

import itertools

import numpy as np
from networks import PROBABILITY

ROUND = [1.0, 0.5, 0.25, 1 / 16, 1 / 3, 0.1, 0.7, 0.2]  # where ties are frequent
ZERO_POINTS = [-128, 127, 0, -77, 3, 60, -1]


def pairs(count):
    """`count` pairs of quantizations: of round scales, then of drawn ones."""
    rng = np.random.default_rng(count)
    of_round = list(itertools.product(ROUND, ROUND))[:: 64 // (count // 2)]
    drawn = [tuple(float(s) for s in 2.0 ** rng.uniform(-9, 2, 2)) for _ in range(count - len(of_round))]
    zero_points = itertools.cycle(itertools.product(ZERO_POINTS, ZERO_POINTS[:5]))
    return [((a, p), (b, q)) for (a, b), (p, q) in zip(of_round + drawn, zero_points, strict=False)]


def leaky_relu():
    alphas = itertools.cycle([0.1, 0.2, 0.3, 0.01, 1.0, 2.5, -0.3, 0.0])
    return [(x, y, {"alpha": alpha}) for (x, y), alpha in zip(pairs(32), alphas, strict=False)]


def tanh():
    scales = [2.0**-27, 1e-5, 0.0626, 2.0, 4.0, 7.9, *ROUND, *np.geomspace(2.0**-9, 7.9, 10)]
    return [((s, z), (1 / 128, 0), {}) for s, z in zip(scales, itertools.cycle(ZERO_POINTS), strict=False)]


def hard_swish():
    """The second line holds scales at which float32 quotients give other bytes."""
    near = [(1.71, 1.111), (1.893, 1.693), (0.897, 1.412), (0.823, 0.727), (1.383, 1.919), (0.508, 0.51)]
    edges = [(2.0**-22, 2.0**-14), (1e-6, 1e-6), (64.0, 0.51), (300.0, 40.0)]
    found = [(x, y, {}) for x, y in pairs(40) if 1 / 256 < x[0] / y[0] < 100]
    return found + [((a, 0), (b, 0), {}) for a, b in near + edges]


def rsqrt():
    """Below are two scales at which a float32 root gives another byte."""
    near = [(0.09765625, 0.0125), (0.390625, 0.00625), (1e-6, 3.0), (900.0, 0.001)]
    found = [((x[0], -128), (y[0], y[1]), {}) for x, y in pairs(24)]
    return found + [((a, -128), (b, -128), {}) for a, b in near]


CASES = {
    "ABS": [(x, y, {}) for x, y in pairs(28)] + [((0.3, 5), (0.3, -9), {})],
    "ELU": [(x, y, {}) for x, y in pairs(28)],
    "HARD_SWISH": hard_swish(),
    "LEAKY_RELU": leaky_relu(),
    "LOGISTIC": [(x, PROBABILITY, {}) for x, _, _ in tanh()],
    "RSQRT": rsqrt(),
    "TANH": tanh(),
}
"""{operator: [(input quantization, output quantization, options)]}"""
