"""REDUCE_MAX, SUM, MEAN, ARG_MAX, L2_NORMALIZATION and LOG_SOFTMAX: generated C against TFLM and the interpreter."""

import itertools

import numpy as np
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate

SHAPE = (2, 3, 5, 4, 2)
AXES = [axes for count in range(1, 6) for axes in itertools.combinations(range(5), count)]


def reduced(axes, keep):
    return tuple(1 if i in axes else n for i, n in enumerate(SHAPE) if keep or i not in axes)


def test_reduce_max_equals_tflm_and_the_interpreter_over_any_set_of_axes():
    """Of five dimensions; as negative axes too, and a single one as a scalar."""
    net = Net()
    x = net.input(SHAPE, (0.1, 3))
    for number, axes in enumerate(AXES):
        given = [a - 5 if number % 2 else a for a in axes]
        keep = number % 3 == 0
        constant = net.constant(given[0] if len(given) == 1 else given)
        net.apply("REDUCE_MAX", [x, constant], reduced(axes, keep), (0.1, 3), keep_dims=keep)
    assert_bit_exact(net.blob(), vectors=2)


def test_sum_equals_tflm_over_any_set_of_axes():
    """With ratios of scales that are ties, that saturate, and that differ from 1."""
    net = Net()
    scales = itertools.cycle([1.0, 0.5, 0.25, 4.0, 1 / 3, 9.7, 60.0])
    for number, (axes, scale) in enumerate(zip(AXES, scales, strict=False)):
        keep = number % 3 == 0
        x = net.input(SHAPE, (0.5, number * 8 - 128))
        net.apply("SUM", [x, net.constant(list(axes))], reduced(axes, keep), (scale, -9), keep_dims=keep)
    graph = assert_bit_exact(net.blob(), vectors=2, interpreter=False)
    kernels = {layer.kernel for layer in generate(graph, "m").plan.layers}
    assert kernels == {"ecgp_mean_s8", "ecgp_reduce_sum_s8"}


def test_mean_equals_tflm_and_the_interpreter_over_any_set_of_axes():
    """Scattered axes in any order, negative or given twice; ratios of scales as above."""
    net = Net()
    scales = itertools.cycle([1.0, 0.5, 0.25, 0.004, 1 / 3, 9.7, 60.0])
    for number, (axes, scale) in enumerate(zip(AXES, scales, strict=False)):
        keep = number % 3 == 0
        x = net.input(SHAPE, (0.5, number * 8 - 128))
        given = [*reversed(axes), axes[0] - 5]
        net.apply("MEAN", [x, net.constant(given)], reduced(axes, keep), (scale, -9), keep_dims=keep)
    graph = assert_bit_exact(net.blob(), vectors=2)
    kernels = {layer.kernel for layer in generate(graph, "m").plan.layers}
    assert kernels == {"ecgp_mean_s8", "ecgp_reduce_sum_s8"}


def test_the_largest_of_one_byte_is_that_byte_and_four_at_a_time_are_the_largest_each():
    net = Net()
    for inner in (1, 3, 4, 17, 33):
        x = net.input((3, inner), (0.1, 0))
        net.apply("REDUCE_MAX", [x, net.constant([0])], (inner,), (0.1, 0), keep_dims=False)
    every = [np.random.default_rng(n).permutation(np.resize(np.arange(-128, 128), 3 * n)) for n in (1, 3, 4, 17, 33)]
    assert_bit_exact(net.blob(), [[v.astype(np.int8).reshape(3, -1) for v in every]])


def test_log_softmax_equals_tflm_and_the_interpreter():
    """All differences of two classes, and rows of many; scales up to where Q5.26 ends."""
    net = Net()
    pairs = np.stack([np.full(256, 127), np.arange(-128, 128)], axis=1).astype(np.int8)
    rng = np.random.default_rng(1)
    vector = []
    for scale in (1e-7, 0.001, 1 / 16, 0.1, 0.33, 1.0, 4.0, 15.9):
        for rows in (pairs, rng.integers(-128, 128, (30, 9)), rng.integers(90, 128, (2, 700)), np.full((1, 4000), 5)):
            net.apply("LOG_SOFTMAX", net.input(rows.shape, (scale, -3)), rows.shape, (1 / 16, 127))
            vector.append(rows.astype(np.int8))
    assert_bit_exact(net.blob(), [vector])


def test_places_of_the_largest_and_smallest_equal_tflm_and_the_interpreter():
    """Of the first among equals, along each dimension."""
    net = Net()
    x = net.input(SHAPE, (0.1, 3))
    for axis in range(-2, 3):
        left = SHAPE[: axis % 5] + SHAPE[axis % 5 + 1 :]
        for operator in ("ARG_MAX", "ARG_MIN"):
            net.apply(operator, [x, net.constant([axis])], left, None, "int32", output_type=2)
    assert_bit_exact(net.blob(), vectors=4)


def test_l2_normalization_equals_tflm_and_the_interpreter():
    """For sums of squares of every size, 0 and 1 among them."""
    net = Net()
    rng = np.random.default_rng(1)
    vector = []
    for zero_point in (-128, 0, 5):
        rows = np.clip(zero_point + rng.integers(-3, 4, (60, 5)) * 3 ** (np.arange(60)[:, None] // 12), -128, 127)
        rows[:2] = zero_point
        rows[1, 2] += 1
        for values in (rows, rng.choice([-128, 127], (1, 33025)), rng.integers(-128, 128, (2, 3, 4, 16))):
            net.apply("L2_NORMALIZATION", net.input(values.shape, (0.1, zero_point)), values.shape, (1 / 128, 0))
            vector.append(values.astype(np.int8))
    assert_bit_exact(net.blob(), [vector])
