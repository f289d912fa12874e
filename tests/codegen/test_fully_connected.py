"""FULLY_CONNECTED: generated C, dense and sparse, against TFLM (the interpreter rounds once, see
docs/internals/verification.md)."""


import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matrix_cases import ANY, DUAL, EXAMPLES, KERNELS, SPARSE, a_case, add, cases, preferring
from networks import Net
from oracle import assert_bit_exact
from tflite_builder import tensor

from ecgprune.codegen import generate
from ecgprune.codegen.kernels import matrix_streams
from ecgprune.codegen.requant import multiply, quantize_multiplier
from ecgprune.errors import CodegenError, UnsupportedOperatorError
from ecgprune.graph.reader import read


def chosen(net):
    return [layer.kernel for layer in generate(read(net.blob()), "m").plan.layers]


@pytest.mark.parametrize("kernel", KERNELS)
@EXAMPLES
@given(st.lists(cases, min_size=5, max_size=10))
def test_any_fully_connected_equals_tflm_bit_for_bit(kernel, cases):
    net = Net()
    for case in cases:
        add(net, *case)
    with preferring(kernel):
        assert_bit_exact(net.blob(), vectors=3, interpreter=False)


def telling_bias(one, other):
    """An accumulator that two factors scale to different integers, or None."""
    for n in range(60, 1, -1):
        middle = int((n + 0.5) / (one[0] * 2.0 ** (one[1] - 31)))
        near = np.arange(middle - 64, min(middle + 64, 2**30))
        told = near[multiply(near, *one) != multiply(near, *other)]
        if told.size:
            return int(told[0])
    return None


def add_scalar(net, scales, bias, activation="NONE"):
    """One weight of value 1 with the (input, weight, output) scales."""
    a, b, c = scales
    x = net.input((1, 1), (float(a), 0))
    weight, offset = f"t{len(net.tensors)}", f"t{len(net.tensors) + 1}"
    net.tensors.append(tensor((1, 1), "int8", b, 0, [[1]], name=weight))
    net.tensors.append(tensor((1,), "int32", a * b, 0, [bias], name=offset))
    net.apply("FULLY_CONNECTED", [x, weight, offset], (1, 1), (float(c), 0), fused_activation_function=activation)


def test_scales_are_multiplied_in_double_also_when_per_tensor():
    net = Net()
    rng = np.random.default_rng(0)
    while len(net.outputs) < 8:
        a, b = (np.float32(v) for v in rng.uniform(0.0005, 0.001, 2))
        c = np.float32(rng.uniform(8, 16))
        in_float32 = quantize_multiplier(float(a * b) / float(c))
        bias = telling_bias(in_float32, quantize_multiplier(float(a) * float(b) / float(c)))
        if bias is not None:
            add_scalar(net, (a, b, c), bias)
    assert_bit_exact(net.blob(), vectors=[[np.zeros((1, 1), np.int8)] * 8], interpreter=False)


def test_the_end_of_an_activation_is_rounded_in_float32():
    net = Net()
    rng = np.random.default_rng(0)
    while len(net.outputs) < 8:
        scale = np.nextafter(np.float32(6 / (rng.integers(20, 100) + 0.5)), np.float32(rng.choice([0, 9])))
        in_float32, in_double = np.float32(6) / scale, 6 / float(scale)
        if np.floor(in_float32 + np.float32(0.5)) != np.floor(in_double + 0.5):
            add_scalar(net, (np.float32(1), np.float32(1), scale), 10000, "RELU6")
    assert_bit_exact(net.blob(), vectors=[[np.zeros((1, 1), np.int8)] * 8], interpreter=False)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("exponent", [-2, -29])  # factors to 2^-3 of it: shifts -4 to -1, -31 to -28
def test_factors_up_to_the_bounds_are_exact(kernel, exponent):
    net = Net()
    for seed in range(4):
        add(net, a_case(seed=seed, exponent=exponent, tie=True, bias="large", per_channel=True), (1,), 40, 9)
    with preferring(kernel):
        assert chosen(net) == [kernel] * 4
        assert_bit_exact(net.blob(), 6, interpreter=False)


@pytest.mark.parametrize("exponent", [1, -40])
def test_factors_beyond_the_bounds_are_left_to_the_kernel_for_any(exponent):
    net = Net()
    add(net, a_case(exponent=exponent, tie=True), (1,), 4, 12)
    for kernel in KERNELS:
        with preferring(kernel):
            assert chosen(net) == [ANY]
    assert_bit_exact(net.blob(), interpreter=False)


@pytest.mark.parametrize(("bias", "fast"), [(2**30 - 128 * 254 - 1, True), (2**30 - 128 * 254, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_sums_up_to_the_bound_are_exact_and_one_more_is_left_to_another_kernel(bias, fast, sign):
    net = Net()
    add(net, a_case(zeros=0.0, exponent=-23, input_zero=0, per_channel=False), (1,), 2, 3)
    net.tensors[1].data[:] = 127 * sign
    net.tensors[2].data[:] = bias * sign
    for kernel in KERNELS[1:]:
        with preferring(kernel):
            assert chosen(net) == [kernel if fast else ANY]
            assert_bit_exact(net.blob(), [[np.full((1, 2), v, np.int8)] for v in (-128, 127)], interpreter=False)


@pytest.mark.parametrize("activation", ["NONE", "RELU6"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_an_output_without_weights_is_constant_whatever_its_factor(kernel, activation):
    net = Net()
    add(net, a_case(activation=activation, output_zero=11, per_channel=True), (1,), 4, 4)
    values, weights, bias = net.tensors[1].data, net.tensors[1], net.tensors[2]
    values[:3] = 0
    net.tensors[1] = type(weights)(**{**vars(weights), "scales": (1e-11, 1e-9, 1e-3, weights.scales[3])})
    bias.data[:3] = 2**30, -(2**29), -1000
    with preferring(kernel):
        assert_bit_exact(net.blob(), interpreter=False)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("gap", [252, 253, 254, 255, 256, 257, 511, 1020, 1900])
def test_inputs_far_from_one_another_are_bridged(kernel, gap):
    net = Net()
    for seed in range(3):
        add(net, a_case(seed=seed, zeros=0.3 * seed), (1,), 2000, 6)
        net.tensors[-3].data[:4, 1 + seed : 1 + seed + gap] = 0
        net.tensors[-3].data[4, :-1] = 0
        net.tensors[-3].data[5] = 0
        net.tensors[-3].data[:] //= 8  # the sums of 2000 are within every kernel's bound
    with preferring(kernel):
        assert chosen(net) == [kernel] * 3
        assert_bit_exact(net.blob(), interpreter=False)


def rows_of(zeros, size):
    rng = np.random.default_rng(0)
    return np.where(rng.random(size) < zeros, 0, rng.integers(-128, 128, size)).astype(np.int8)


@pytest.mark.parametrize("zeros", [0.0, 0.5, 0.97, 0.999, 1.0])
def test_a_stream_of_groups_gives_the_weights_back(zeros):
    rows = rows_of(zeros, (7, 3000))
    stream = matrix_streams.groups(rows)
    groups = stream.words[: 2 * stream.counts.sum()].astype("<i4").view(np.uint8).reshape(-1, 8)
    found, start = np.zeros(rows.shape, np.int32), 0
    for row, count in enumerate(stream.counts.tolist()):
        before = 0
        for group in groups[start : start + count]:
            for distance, weight in zip(group[:4], group[4:].view(np.int8), strict=True):
                found[row, before + int(distance)] += int(weight)
            before += int(group[3])
        start += count
    np.testing.assert_array_equal(found, rows)


@pytest.mark.parametrize("zeros", [0.0, 0.5, 0.97, 0.999, 1.0])
@pytest.mark.parametrize("depth", [3, 299, 3000])
def test_a_stream_of_blocks_gives_the_weights_back(zeros, depth):
    rows = rows_of(zeros, (7, depth)) // 8
    words = matrix_streams.blocks(rows).astype("<i4")
    found, at = np.zeros((7, -(-depth // 4), 4), np.int8), 0
    for row in range(7):
        left, place, at = 4 * (words[at] // 20) + 2 * (words[at] & 1), 0, at + 1
        while left:
            size = left % 4 or 4
            for distance, block in zip(words[at : at + 1].view(np.uint8), words[at + 1 : at + 1 + size], strict=False):
                place += int(distance) // 4
                both = block.reshape(1).view("<i2").astype(np.int32)
                minus = both.astype(np.int8)  # a halfword is 256 * even - odd
                found[row, place] += np.stack([(both - minus) >> 8, -minus], axis=1).reshape(4).astype(np.int8)
            at, left = at + 1 + size, left - size
    assert at == len(words) - matrix_streams.READ_BEHIND
    np.testing.assert_array_equal(found.reshape(7, -1)[:, :depth], rows)


def test_bitmap_and_nonzero_weights_have_the_order_of_the_kernel():
    rows = np.array([[0, 2, 3, 4, 5, 0, 7, 8, 9, 10, 0, 12]], np.int8)
    present, weights = matrix_streams.bitmap(rows)
    assert present.tolist() == [[0b11011110, 0b1011, matrix_streams.ROW_END]]
    assert weights.tolist() == [2, 3, 4, 5, 8, 7, 10, 9, 12, 0, 0, 0]


def test_auto_takes_the_sparse_variant_from_high_sparsity_on():
    for zeros, kernel in ((0.3, DUAL), (0.9, SPARSE)):
        net = Net()
        add(net, a_case(zeros=zeros), (1,), 100, 20)
        assert chosen(net) == [kernel]


def test_weights_of_another_layout_are_refused():
    net = Net()
    add(net, a_case(), (1,), 4, 4, weights_format="SHUFFLED4x16INT8")
    message = r"operator 0 \(FULLY_CONNECTED, .*\): weights format SHUFFLED4x16INT8; supported: DEFAULT"
    with pytest.raises(UnsupportedOperatorError, match=message):
        generate(read(net.blob()), "m")


def test_weights_with_a_zero_point_are_refused():
    net = Net()
    add(net, a_case(), (1,), 4, 4)
    spec = net.tensors[1]
    net.tensors[1] = type(spec)(**{**vars(spec), "zero_points": (9,)})
    with pytest.raises(UnsupportedOperatorError, match="weights with zero point 9; supported: zero point 0"):
        generate(read(net.blob()), "m")


def test_a_bias_of_another_scale_is_refused_as_tflm_does():
    net = Net()
    add(net, a_case(), (1,), 4, 4)
    spec = net.tensors[2]
    net.tensors[2] = type(spec)(**{**vars(spec), "scales": (1.0,)})
    with pytest.raises(CodegenError, match=r"operator 0 \(FULLY_CONNECTED\): the bias's scale is 1.0, expected 0.00"):
        generate(read(net.blob()), "m")
