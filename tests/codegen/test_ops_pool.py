"""MAX_POOL_2D, AVERAGE_POOL_2D and MEAN: generated C against TFLM and the interpreter."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net, activations, quants
from oracle import assert_bit_exact

EXAMPLES = settings(max_examples=10, deadline=None)


@st.composite
def poolings(draw):
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    filter_h, filter_w = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    least_h, least_w = (filter_h, filter_w) if padding == "VALID" else (1, 1)
    return {
        "name": draw(st.sampled_from(["MAX_POOL_2D", "AVERAGE_POOL_2D"])),
        "shape": (
            draw(st.integers(1, 2)),
            draw(st.integers(least_h, 7)),
            draw(st.integers(least_w, 9)),
            draw(st.integers(1, 5)),
        ),
        "quant": draw(quants),
        "options": {
            "padding": padding,
            "filter_height": filter_h,
            "filter_width": filter_w,
            "stride_h": draw(st.integers(1, 3)),
            "stride_w": draw(st.integers(1, 3)),
            "fused_activation_function": draw(activations),
        },
    }


def output_size(size, window, stride, padding):
    return -(-size // stride) if padding == "SAME" else -(-(size - window + 1) // stride)


def add_pooling(net, case, x=None, output=True):
    batches, height, width, channels = case["shape"]
    options = case["options"]
    shape = (
        batches,
        output_size(height, options["filter_height"], options["stride_h"], options["padding"]),
        output_size(width, options["filter_width"], options["stride_w"], options["padding"]),
        channels,
    )
    x = net.input(case["shape"], case["quant"]) if x is None else x
    return net.apply(case["name"], x, shape, case["quant"], output=output, **options)


@EXAMPLES
@given(st.lists(poolings(), min_size=4, max_size=8))
def test_any_pooling_equals_tflm_bit_for_bit(cases):
    net = Net()
    for case in cases:
        add_pooling(net, case)
    assert_bit_exact(net.blob(), vectors=3)


@st.composite
def means(draw):
    shape = draw(st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple))
    first = draw(st.integers(0, len(shape) - 1))
    last = draw(st.integers(first, len(shape) - 1))
    axes = draw(st.permutations(range(first, last + 1)))
    return shape, [a - draw(st.sampled_from([0, len(shape)])) for a in axes], draw(st.booleans())


def reduced(shape, axes, keep):
    gone = {a % len(shape) for a in axes}
    return tuple(1 if i in gone else n for i, n in enumerate(shape) if keep or i not in gone)


@EXAMPLES
@given(st.lists(st.tuples(means(), quants, quants), min_size=4, max_size=8))
def test_mean_over_neighbouring_axes_equals_tflm_bit_for_bit(cases):
    net = Net()
    for (shape, axes, keep), before, after in cases:
        x = net.input(shape, before)
        net.apply("MEAN", [x, net.constant(axes)], reduced(shape, axes, keep), after, keep_dims=keep)
    assert_bit_exact(net.blob(), vectors=4)


def test_global_mean_equals_tflm_for_short_long_and_tiny_factors():
    net = Net()
    for count in (1, 2, 3, 7, 45, 180, 1000):
        for scale in (0.004, 0.01, 0.5, 3.0, 200.0, 2.0**29):
            x = net.input((1, 1, count, 2), (0.5, -3))
            net.apply("MEAN", [x, net.constant([1, 2])], (1, 2), (scale, 5), keep_dims=False)
    assert_bit_exact(net.blob(), vectors=6)


def test_mean_truncates_its_multiplier_as_tflm():
    """7/8 over 3 is 7/12, whose 31 bits would round up; a sum of 18 is a tie that only truncation rounds down."""
    sums = np.arange(-384, 382)
    rows = np.stack([sums // 3, (sums + 1) // 3, (sums + 2) // 3], axis=1).astype(np.int8)
    net = Net()
    x = net.input(rows.shape, (0.875, 0))
    net.apply("MEAN", [x, net.constant([1])], (len(sums),), (1.0, 0), keep_dims=False)
    assert_bit_exact(net.blob(), [[rows]])
