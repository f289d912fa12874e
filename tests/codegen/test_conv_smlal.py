"""Sparse convolutions with SMLAL: bounds of packing and rescaling, chunks, and max pooling in the same call."""

import itertools
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import conv_cases
import cores
import numpy as np
import pytest
import weighted
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact
from smlal_cases import SMLAL, add_pooled, at_the_limit, kernels

from ecgprune.codegen import generate, ops
from ecgprune.codegen.features import integer
from ecgprune.codegen.kernels import smlal
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

KERNELS = Path(__file__).parents[2] / "firmware" / "lib" / "nn"


pooled = st.tuples(conv_cases.geometries(), weighted.drawn, conv_cases.small, conv_cases.small)


@conv_cases.EXAMPLES
@given(st.lists(pooled, min_size=4, max_size=8))
def test_any_convolution_with_max_pooling_equals_tflm_bit_for_bit(cases):
    net = Net()
    for geometry, *rest in cases:
        width = geometry["shape"][2] + 9 * geometry["stride"][1]  # at least four columns are left to pool
        add_pooled(net, {**geometry, "shape": (*geometry["shape"][:2], width)}, *rest)
    with weighted.preferring(SMLAL):
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases))


@pytest.mark.parametrize("width", [4, 5, 7, 8, 9, 63, 64, 65, 190])
def test_rows_of_any_length_are_cut_into_chunks(width):
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 1, width))
    conv_cases.add_conv(net, geometry, conv_cases.a_case(), 1, 20, 5)
    add_pooled(net, geometry, conv_cases.a_case(seed=2), 20, 5)
    with weighted.preferring(SMLAL):
        assert kernels(net) == [SMLAL, SMLAL, ""]
        assert_bit_exact(net.blob())


def test_sums_up_to_the_bound_are_exact_and_one_more_is_left_to_another_kernel():
    net, vectors = at_the_limit(1)  # 128 * 32767 = 2^22 - 128
    with weighted.preferring(SMLAL):
        assert kernels(net) == [SMLAL]
        assert_bit_exact(net.blob(), vectors)
        net, vectors = at_the_limit(2)
        assert kernels(net) != [SMLAL]
        assert_bit_exact(net.blob(), vectors)


@pytest.mark.parametrize("exponent", [-3, -19])  # factors to 2^-3 of it: shifts -5 to -2, -21 to -18
def test_factors_up_to_the_bounds_are_exact(exponent):
    net = Net()
    case = conv_cases.a_case(exponent=exponent, tie=True, bias="large", activation="NONE", output_zero=-128)
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 12)
    with weighted.preferring(SMLAL):
        assert kernels(net) == [SMLAL]
        assert_bit_exact(net.blob(), 6)


@pytest.mark.parametrize("exponent", [0, -22])
def test_factors_beyond_the_bounds_are_left_to_another_kernel(exponent):
    net = Net()
    case = conv_cases.a_case(exponent=exponent, tie=True, activation="NONE")
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 12)
    with weighted.preferring(SMLAL):
        assert kernels(net) != [SMLAL]


@pytest.mark.parametrize("activation", ["NONE", "RELU6"])
def test_a_channel_without_weights_keeps_its_output_whatever_its_factor(activation):
    net = Net()
    case = conv_cases.a_case(activation=activation, output_zero=11)
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 4)
    values, weights, bias = net.tensors[1].data, net.tensors[1], net.tensors[2]
    values[:3] = 0
    scales = (1e-11, 1e-9, 1e-3, weights.scales[3])
    net.tensors[1] = type(weights)(**{**vars(weights), "scales": scales})
    bias.data[:3] = 2**30, -(2**29), -1000
    with weighted.preferring(SMLAL):
        assert kernels(net) == [SMLAL]
        assert_bit_exact(net.blob())


@pytest.mark.parametrize(
    "pool",
    [
        {"filter_width": 3},
        {"stride_w": 1},
        {"stride_w": 3, "filter_width": 3},
        {"fused_activation_function": "RELU_N1_TO_1"},
    ],
)
def test_another_max_pooling_stays_a_call_of_its_own(pool):
    net = Net()
    add_pooled(net, conv_cases.a_geometry(), conv_cases.a_case(), 4, 4, **pool)
    with weighted.preferring(SMLAL):
        assert kernels(net) == [SMLAL, "ecgp_max_pool_s8"]
        assert_bit_exact(net.blob())


def test_a_convolution_that_others_read_is_not_pooled_in_the_same_call():
    net = Net()
    add_pooled(net, conv_cases.a_geometry(), conv_cases.a_case(), 4, 4)
    net.outputs.append(net.ops[0].outputs[0])
    with weighted.preferring(SMLAL):
        assert kernels(net) == [SMLAL, "ecgp_max_pool_s8"]
        assert_bit_exact(net.blob())


@pytest.mark.parametrize("shape", [[(1, 30, 4), (1, 30, 1, 4)], [(1, 1, 30, 4)]])
def test_max_pooling_behind_reshapes_is_done_in_the_same_call(shape):
    """Conv1D and MaxPooling1D reach TFLite as such a chain."""
    net = Net()
    case = conv_cases.a_case()
    x = conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 1, 30)), case, 1, 3, 4)
    net.outputs.pop()
    for s in shape:
        x = net.apply("RESHAPE", [x, net.constant(s)], s, (1.0, case.output_zero), output=False)
    tall = shape[-1][2] == 1
    window = {"filter_height": 2, "filter_width": 1} if tall else {"filter_height": 1, "filter_width": 2}
    stride = {"stride_h": 2, "stride_w": 1} if tall else {"stride_h": 1, "stride_w": 2}
    out = (1, 15, 1, 4) if tall else (1, 1, 15, 4)
    net.apply("MAX_POOL_2D", x, out, (1.0, case.output_zero), **window, **stride, padding="VALID")
    with weighted.preferring(SMLAL):
        first, *others = kernels(net)
        assert (first, set(others)) == (SMLAL, {""})
        assert_bit_exact(net.blob())


def test_max_pooling_of_other_rows_than_the_convolution_has_stays_a_call_of_its_own():
    net = Net()
    case = conv_cases.a_case()
    x = conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 1, 30)), case, 1, 3, 4)
    net.outputs.pop()
    y = net.apply("RESHAPE", [x, net.constant((1, 3, 10, 4))], (1, 3, 10, 4), (1.0, case.output_zero), output=False)
    pool = {"filter_height": 1, "filter_width": 2, "stride_h": 1, "stride_w": 2, "padding": "VALID"}
    net.apply("MAX_POOL_2D", y, (1, 3, 5, 4), (1.0, case.output_zero), **pool)
    with weighted.preferring(SMLAL):
        assert kernels(net) == [SMLAL, "", "ecgp_max_pool_s8"]
        assert_bit_exact(net.blob())


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("stride", [1, 2])
def test_an_image_one_pixel_wide_is_taken_as_a_row(stride, padding):
    net = Net()
    tall = {"shape": (2, 47, 1), "kernel": (5, 1), "stride": (stride, 1), "dilation": (2, 1), "padding": padding}
    case = conv_cases.a_case(input_zero=9)
    pool = {"filter_height": 2, "filter_width": 1, "stride_h": 2, "stride_w": 1}
    conv_cases.add_conv(net, tall, case, 2, 3, 4)
    conv_cases.add_depthwise(net, tall, case, 3, 2)
    add_pooled(net, tall, case, 3, 4, **pool)
    with weighted.preferring(SMLAL):
        assert kernels(net)[:4] == [SMLAL, SMLAL, SMLAL, ""]
        assert_bit_exact(net.blob())
    with weighted.preferring("ecgp_conv_s8"):
        assert_bit_exact(net.blob())


def test_pooling_in_the_same_call_needs_no_room_for_the_convolution():
    net = Net()
    add_pooled(net, conv_cases.a_geometry(shape=(1, 1, 400)), conv_cases.a_case(zeros=0.8), 1, 16)
    plan = generate(read(net.blob()), "m").plan
    assert [layer.kernel for layer in plan.layers] == [SMLAL, ""]
    assert plan.arena_bytes < 400 * 16


def test_python_and_c_agree_on_the_words_of_a_tile():
    assert f"#define ECGP_SMLAL_WORDS {smlal.WORDS}\n" in (KERNELS / "ecgp_smlal.h").read_text()


@contextmanager
def preferring_chunks(index):
    """Selection takes the SMLAL kernel in chunks of the index-th size of those that are offered, wherever it can."""
    sizes = smlal.Packing.sizes
    with (
        mock.patch.object(smlal.Packing, "sizes", lambda at: [sizes(at)[min(index, len(sizes(at)) - 1)]]),
        weighted.preferring(SMLAL),
    ):
        yield


@pytest.mark.parametrize("index", [1, 2, 9])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_chunks_of_any_size_give_the_same_bits(stride, index):
    net = Net()
    for width in (30, 67, 133):
        geometry = conv_cases.a_geometry(shape=(2, 1, width), stride=(1, stride), dilation=(1, 2))
        add_pooled(net, geometry, conv_cases.a_case(seed=width, input_zero=127), 5, 6)
        conv_cases.add_conv(net, geometry, conv_cases.a_case(seed=width, activation="NONE"), 1, 3, 6)
    with preferring_chunks(index):
        assert set(kernels(net)) == {SMLAL, ""}
        assert_bit_exact(net.blob())


@pytest.mark.parametrize("counts", [(0, 1, 2, 3, 4), (5, 6, 7, 8, 9)])
def test_channels_of_any_count_of_weights_are_exact(counts):
    net = Net()
    case = conv_cases.a_case(zeros=0.0, activation="RELU6", output_zero=-128)
    add_pooled(net, conv_cases.a_geometry(padding="VALID"), case, 2, len(counts))
    for channel, count in zip(net.tensors[1].data, counts, strict=True):
        channel.reshape(-1)[count:] = 0
    with weighted.preferring(SMLAL):
        assert kernels(net) == [SMLAL, ""]
        assert_bit_exact(net.blob())


@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an500"])
def test_any_numbers_of_pairs_and_of_single_weights_are_exact_on_a_core(board, tmp_path):
    """No pair, or two of them and more, each with no single weight and up to two turns, odd and even numbers."""
    net = Net()
    case = conv_cases.a_case(zeros=0.0, extreme=True)
    add_pooled(net, conv_cases.a_geometry(shape=(1, 1, 23), kernel=(1, 5)), case, 20, 54)
    conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 1, 23), kernel=(1, 5)), case, 1, 20, 54)
    for tensor in [t for t in net.tensors if t.data is not None and t.data.ndim == 4]:
        counts = itertools.product((0, 2, 3, 4, 5, 8), (0, 1, 2, 5, 7, 8, 9, 16, 17))
        for channel, (pairs, singles) in enumerate(counts):
            row = tensor.data[channel].reshape(5, 20)
            row[:] = 0
            row[0, :pairs], row[1, :pairs], row[3, :singles] = -127, 100 + channel % 28, 77
    with weighted.preferring(SMLAL):
        plan = generate(read(net.blob()), "m").plan
        counts = plan.calls[0].call.params["counts"].data
        assert {(0, 1), (0, 17), (2, 0), (8, 17)} <= {tuple(row) for row in counts.tolist()}
        assert_bit_exact(net.blob())
    cores.assert_core_answers(net.blob(), SMLAL, board, tmp_path)


@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an385"])
def test_sums_near_ties_are_exact_on_a_core_for_any_shift(board, tmp_path):
    """Shifts from -2 to -22, on both sides of -12, with outputs below the zero point and without."""
    net = Net()
    for zero, exponent in itertools.product((-128, 0), (-3, -7, -9, -10, -12, -18)):  # factors to 2^-3 of it
        case = conv_cases.a_case(
            seed=-exponent, exponent=exponent, tie=True, bias="large", activation="NONE", output_zero=zero
        )
        add_pooled(net, conv_cases.a_geometry(shape=(1, 1, 33)), case, 3, 8)
        weights, bias = (t for t in net.tensors[-5:] if t.data is not None)
        halves = np.array([-90.5, -7.5, -1.5, -0.5, 0.5, 1.5, 20.5, 100.5])
        bias.data[:] = np.clip(halves / (0.5 * np.array(weights.scales)), -(2**28), 2**28)
    with weighted.preferring(SMLAL):
        assert set(kernels(net)) == {SMLAL, ""}
    cores.assert_core_answers(net.blob(), SMLAL, board, tmp_path)


@pytest.mark.parametrize(("width", "expected"), [(3, False), (4, True)])
def test_rows_shorter_than_half_a_tile_are_left_to_another_kernel(width, expected):
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 5, width), kernel=(3, 3)), conv_cases.a_case(), 1, 4, 4)
    with weighted.preferring(SMLAL):
        assert (kernels(net) == [SMLAL]) is expected
        assert_bit_exact(net.blob())


def test_chunks_of_one_tile_are_offered_last_and_scratch_is_within_its_limit_otherwise():
    for channels, width in ((1, 2000), (30, 500), (300, 64)):
        net = Net()
        geometry = conv_cases.a_geometry(shape=(1, 1, width))
        conv_cases.add_conv(net, geometry, conv_cases.a_case(zeros=0.8), 1, channels, 4)
        graph = read(net.blob())
        calls = [calls[0] for calls in ops.variants(graph, graph.ops[0], Target()) if calls[0].kernel == SMLAL]
        assert calls[-1].params["distance"] == smlal.WORDS
        assert all(call.scratch_bytes <= smlal.SCRATCH_BYTES[1] for call in calls[:-1])
        assert [c.scratch_bytes for c in calls] == sorted((c.scratch_bytes for c in calls), reverse=True)


def test_pixels_by_themselves_are_one_row_whatever_the_image():
    net = Net()
    geometry = conv_cases.a_geometry(shape=(2, 3, 5), kernel=(1, 1))
    conv_cases.add_conv(net, geometry, conv_cases.a_case(zeros=0.3), 1, 6, 7)
    graph = read(net.blob())
    call = ops.variants(graph, graph.ops[0], Target())[0][0]
    assert [integer(call, f"window.{name}") for name in ("batches", "output_h", "output_w")] == [1, 1, 30]
    for kernel in ("ecgp_conv_s8", SMLAL):
        with weighted.preferring(kernel):
            assert kernels(net) == [kernel]
            assert_bit_exact(net.blob())
