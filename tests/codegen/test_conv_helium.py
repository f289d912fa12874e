"""Convolutions on Helium: on the host the C beside the vectors, on an emulated Cortex-M55 the vectors themselves."""

import dataclasses
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import conv_cases
import cores
import numpy as np
import pytest
import smlal_cases
import weighted
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate
from ecgprune.codegen.kernels import gather, helium, helium_dense, planes, row_helium
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

KERNELS = Path(__file__).parents[2] / "firmware" / "lib" / "nn"
M55 = Target("Cortex-M55")
DENSE = "ecgp_conv_helium_s8"
PLANES = "ecgp_conv_sparse_planes_s8"
BLOCKS = "ecgp_conv_sparse_blocks_gather_s8"
DEPTHWISE = "ecgp_depthwise_conv_helium_s8"
VARIANTS = [DENSE, BLOCKS]
BOARD = "mps3_an547"

channels = st.one_of(st.integers(1, 9), st.sampled_from([16, 17, 40]))
convs = st.tuples(conv_cases.geometries(), weighted.drawn, channels, channels)


@contextmanager
def preferring(kernel):
    """The planner takes this kernel wherever it can, that of single weights also where few are zero."""
    with weighted.preferring(kernel), mock.patch.object(planes, "ZEROS", 0):
        yield


def add_all(cases, pooled):
    net = Net()
    for geometry, case, inputs, outputs in cases:
        if pooled:
            width = geometry["shape"][2] + 5 * geometry["stride"][1]  # at least two columns are left to pool
            shape = (*geometry["shape"][:2], width)
            smlal_cases.add_pooled(net, {**geometry, "shape": shape}, case, inputs, outputs)
        else:
            conv_cases.add_conv(net, geometry, case, 1, inputs, outputs)
    return net


def kernels(net):
    return [layer.kernel for layer in generate(read(net.blob()), "m", target=M55).plan.layers]


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("kernel", VARIANTS)
@conv_cases.EXAMPLES
@given(st.lists(convs, min_size=3, max_size=6))
def test_any_convolution_equals_tflm_bit_for_bit(kernel, pooled, cases):
    with preferring(kernel):
        assert_bit_exact(add_all(cases, pooled).blob(), interpreter=conv_cases.interpreted(cases), target=M55)


def drawn_cases(seed, count):
    """What hypothesis draws above, drawn by a seed, as an image is built once for all."""
    rng = np.random.default_rng(seed)

    def one(*values):
        return values[int(rng.integers(len(values)))]

    for _ in range(count):
        flat = bool(rng.integers(2))
        kernel = (1 if flat else one(1, 2, 3), int(rng.integers(1, 6)))
        dilation = one((1, 1), (1, 1), (2, 1), (1, 2))
        height = (kernel[0] - 1) * dilation[0] + one(1, 2, 5)
        width = (kernel[1] - 1) * dilation[1] + int(one(1, 2, 5, 6, 7, 12, 13, 37))
        yield (
            conv_cases.a_geometry(
                shape=(one(1, 1, 2), height, width), kernel=kernel, stride=(one(1, 2), one(1, 2, 3)),
                dilation=dilation, padding=one("SAME", "VALID"),
            ),
            conv_cases.a_case(
                seed=int(rng.integers(2**32)), zeros=one(0.0, 0.6, 0.9, 1.0), extreme=one(True, False),
                exponent=one(-24, -13, -10, -9, -8, -6), tie=one(True, False), per_channel=one(True, False),
                bias=one("small", "large"), input_zero=one(-128, -7, 127), output_zero=one(-128, 3, 127),
                activation=one("NONE", "RELU", "RELU6"),
            ),
            one(1, 2, 3, 4, 5, 8, 10, 16, 17, 32, 40),
            one(1, 2, 3, 4, 5, 7, 8, 10, 16, 33),
        )  # fmt: skip


def in_rows(cases):
    """The cases as the kernel of one input channel takes them: no output below the zero point, long rows."""
    for geometry, case, _, outputs in in_planes(cases):
        kernel = (1, min(geometry["kernel"][1], row_helium.TAPS))
        shape = (*geometry["shape"][:2], geometry["shape"][2] + 12)
        yield {**geometry, "kernel": kernel, "dilation": (1, 1), "shape": shape}, \
            dataclasses.replace(case, activation="RELU"), 1, outputs


@pytest.mark.parametrize("pooled", [False, True])
@settings(max_examples=4, deadline=None)
@given(st.lists(convs, min_size=3, max_size=6))
def test_any_convolution_of_one_input_channel_equals_tflm_bit_for_bit(pooled, cases):
    cases = list(in_rows(cases))
    with preferring(row_helium.KERNEL):
        net = add_all(cases, pooled)
        assert {kernel for kernel in kernels(net) if "conv" in kernel} == {row_helium.KERNEL}
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases), target=M55)


@settings(deadline=None)
@given(st.lists(st.integers(-128, 127), min_size=5, max_size=5), st.integers(-70000, 70000))
def test_sums_of_sixteen_bits_do_not_wrap(row, bias):
    found = row_helium.halves(row, bias)
    if found is None:
        return
    plus, minus, *weights = found
    p, n = np.array([*weights[:3], 0, 0]), np.array([0, 0, *weights[3:]])
    assert (p - n).tolist() == row
    assert plus - minus == bias
    for begin, halved in ((plus, p), (minus, n)):
        assert begin + np.minimum(-128 * halved, 127 * halved).sum() >= 0
        assert begin + np.maximum(-128 * halved, 127 * halved).sum() <= 65535


def test_large_weights_and_factors_of_one_input_channel_take_words_of_32_bits():
    rows = np.array([[127, 127, -127, 10, 3], [127, 127, 127, 127, 127], [1, 0, 0, 0, 0]], np.int32)
    _, wide, _ = row_helium.pack(rows, np.array([[0, 0, -2], [0, 0, -2], [0, 1 << 30, -1]], np.int32))
    assert wide.tolist() == [[1, 127, 127, 127, 127, 127, 0, 0, -2], [2, 1, 0, 0, 0, 0, 0, 1 << 30, -1]]


def test_channels_without_weights_are_no_part_of_the_stream():
    rows, factors = np.zeros((4100, 5), np.int32), np.full((4100, 3), -2, np.int32)
    taken = [1, 2, 4099]
    rows[taken] = 3
    stream, wide, fixed = row_helium.pack(rows, factors)
    entries = stream[: -row_helium.AHEAD].reshape(-1, 10)
    begins = np.array([row_helium.halves([3] * 5, -2)[0]] * 3)
    assert (entries[:, 0] & 0xFFFF).tolist() == begins.tolist()
    assert (np.cumsum(entries[:, 0].view(np.uint32) >> 16) - 8).tolist() == [8 * number for number in taken]
    assert not len(wide)
    assert sorted([*fixed, *taken]) == list(range(4100))


@pytest.mark.parametrize("bias", ["small", "large"])
def test_channels_without_weights_have_the_output_of_their_bias(bias):
    net = Net()
    case = conv_cases.a_case(zeros=0.9, bias=bias, tie=True, activation="RELU6", input_zero=-7, output_zero=3)
    geometry = conv_cases.a_geometry(shape=(2, 2, 37), kernel=(1, 5), dilation=(1, 1))
    conv_cases.add_conv(net, geometry, case, 1, 1, 17)
    with preferring(row_helium.KERNEL):
        call = generate(read(net.blob()), "m", target=M55).plan.calls[0].call
        assert call.kernel == row_helium.KERNEL
        assert 0 < call.params["channels"] + call.params["wide"] < 17
        assert_bit_exact(net.blob(), target=M55)


@pytest.mark.slow
def test_the_vectors_of_a_core_take_one_input_channel_as_tflm_does(tmp_path):
    for pooled in (False, True):
        blob = add_all(list(in_rows(drawn_cases(5 + pooled, 24))), pooled).blob()
        with preferring(row_helium.KERNEL):
            cores.assert_core_answers(blob, row_helium.KERNEL, BOARD, tmp_path / str(pooled))


@pytest.mark.slow
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("kernel", VARIANTS)
def test_the_vectors_of_a_core_answer_what_tflm_answers(kernel, pooled, tmp_path):
    deep = conv_cases.a_geometry(shape=(1, 1, 9)), conv_cases.a_case(zeros=0.6, exponent=-13, extreme=True), 412, 7
    for seed in range(2):
        blob = add_all([*drawn_cases(seed + 10 * pooled, 24), deep], pooled).blob()  # of 2060 taps: three segments
        with preferring(kernel):
            cores.assert_core_answers(blob, kernel, BOARD, tmp_path / str(seed))


def below_one_half(case):
    """The case with factors that shift right, as all vectors of factors must."""
    return dataclasses.replace(case, exponent=min(case.exponent, -3))


def in_planes(cases):
    """The cases as the kernel of single weights takes them: one row high, a stride of 1, small biases."""
    for geometry, case, *channels in cases:
        flat = {"kernel": (1, geometry["kernel"][1]), "stride": (1, 1)}
        bias = "small" if case.bias == "large" else case.bias
        yield {**geometry, **flat}, dataclasses.replace(below_one_half(case), bias=bias), *channels


@pytest.mark.parametrize("pooled", [False, True])
@conv_cases.EXAMPLES
@given(st.lists(convs, min_size=3, max_size=6))
def test_any_convolution_by_single_weights_equals_tflm_bit_for_bit(pooled, cases):
    cases = list(in_planes(cases))
    with preferring(PLANES):
        net = add_all(cases, pooled)
        assert {kernel for kernel in kernels(net) if "conv" in kernel} == {PLANES}
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases), target=M55)


@pytest.mark.slow
@pytest.mark.parametrize("pooled", [False, True])
def test_the_vectors_of_a_core_answer_what_tflm_answers_for_single_weights(pooled, tmp_path):
    with preferring(PLANES):
        blob = add_all(list(in_planes(drawn_cases(3 + pooled, 24))), pooled).blob()
        cores.assert_core_answers(blob, PLANES, BOARD, tmp_path / "image")


@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.sampled_from([1, 40, 128]))
def test_groups_hold_every_weight_once_and_do_not_overflow(seed, taps, largest):
    row = np.random.default_rng(seed).integers(-largest, largest, taps, endpoint=largest < 128).astype(np.int8)
    found = planes.groups(row)
    assert sorted(i for group in found for i in group) == np.flatnonzero(row).tolist()
    for group in found:
        assert len(group) == 1 or np.abs(row[group].astype(int)).sum() <= planes.SUM
        assert len(group) <= planes.GROUP


def test_single_weights_are_left_to_other_kernels_where_few_are_zero_or_a_bound_does_not_hold():
    for changed, kernel in (({"zeros": 0.6}, PLANES), ({"zeros": 0.1}, ""), ({"zeros": 0.6, "bias": "large"}, "")):
        net = Net()
        case = conv_cases.a_case(**{"bias": "small", "extreme": True, "activation": "NONE", **changed})
        conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 40, 8)
        with weighted.preferring(PLANES):
            assert (PLANES in kernels(net)) == (kernel == PLANES), changed


depthwises = st.tuples(
    conv_cases.geometries(), weighted.drawn, st.one_of(st.integers(4, 9), st.sampled_from([16, 21, 35])), st.just(1)
)


@conv_cases.EXAMPLES
@given(st.lists(depthwises, min_size=3, max_size=6))
def test_any_depthwise_convolution_equals_tflm_bit_for_bit(cases):
    net = Net()
    cases = [(geometry, below_one_half(case), *rest) for geometry, case, *rest in cases]
    for case in cases:
        conv_cases.add_depthwise(net, *case)
    with preferring(DEPTHWISE):
        assert set(kernels(net)) == {DEPTHWISE}
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases), target=M55)


@pytest.mark.slow
def test_the_vectors_of_a_core_answer_what_tflm_answers_for_depthwise_convolutions(tmp_path):
    net = Net()
    for number, (geometry, case, *_) in enumerate(drawn_cases(7, 24)):
        conv_cases.add_depthwise(net, geometry, below_one_half(case), (4, 5, 7, 8, 16, 17, 33)[number % 7], 1)
    cores.assert_core_answers(net.blob(), DEPTHWISE, BOARD, tmp_path / "image")


@pytest.mark.parametrize(("channels", "multiplier"), [(3, 1), (8, 2)])
def test_few_channels_or_several_outputs_of_each_are_left_to_another_kernel(channels, multiplier):
    net = Net()
    conv_cases.add_depthwise(net, conv_cases.a_geometry(), conv_cases.a_case(), channels, multiplier)
    with preferring(DEPTHWISE):
        assert kernels(net) != [DEPTHWISE]


@pytest.mark.parametrize("width", [1, 2, 5, 6, 7, 11, 12, 13, 90])
def test_rows_of_any_length_are_cut_into_tiles(width):
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 1, width))
    conv_cases.add_conv(net, geometry, conv_cases.a_case(), 1, 20, 5)
    conv_cases.add_conv(net, {**geometry, "kernel": (1, 1)}, conv_cases.a_case(seed=3), 1, 20, 5)
    if width > 4:
        smlal_cases.add_pooled(net, geometry, conv_cases.a_case(seed=2), 20, 5)
    for kernel in VARIANTS:
        with preferring(kernel):
            assert kernels(net) == [kernel] * (2 + (width > 4)) + [""] * (width > 4)
            assert_bit_exact(net.blob(), target=M55)


@pytest.mark.parametrize("exponent", [-2, -28])  # factors to 2^-3 of it: shifts -4 to -1, -30 to -27
def test_factors_up_to_the_bounds_are_exact(exponent):
    net = Net()
    case = conv_cases.a_case(exponent=exponent, tie=True, bias="large", activation="NONE", output_zero=-128)
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 12)
    with preferring(DENSE):
        assert kernels(net) == [DENSE]
        assert_bit_exact(net.blob(), 6, target=M55)


def test_larger_factors_are_left_to_another_kernel():
    net = Net()
    case = conv_cases.a_case(exponent=1, tie=True, activation="NONE")
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 12)
    conv_cases.add_depthwise(net, conv_cases.a_geometry(), case, 16, 1)
    for kernel in (DENSE, DEPTHWISE):
        with preferring(kernel):
            assert kernel not in kernels(net)


def test_other_cores_are_not_offered_vectors():
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(), conv_cases.a_case(), 1, 4, 12)
    with preferring(DENSE):
        assert generate(read(net.blob()), "m").plan.layers[0].kernel != DENSE


@pytest.mark.parametrize("zeros", [0.0, 0.6, 0.95, 1.0])
@pytest.mark.parametrize("inputs", [12, 40, 208])  # fields of 60, 200 and 1040 taps: of one segment and of two
def test_long_fields_are_cut_into_segments(inputs, zeros):
    net = Net()
    case = conv_cases.a_case(zeros=zeros, exponent=-13, extreme=True)
    conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 1, 9)), case, 1, inputs, 7)
    with preferring(BLOCKS):
        layers = generate(read(net.blob()), "m", target=M55).plan.layers
        assert [layer.kernel for layer in layers] == [BLOCKS]
        assert_bit_exact(net.blob(), target=M55)


def test_blocks_are_gathered_of_positions_that_lie_far_apart():
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 1, 40), stride=(1, 5))  # 1040 bytes between fields
    conv_cases.add_conv(net, geometry, conv_cases.a_case(zeros=0.6, exponent=-13), 1, 208, 3)
    with preferring(BLOCKS):
        assert generate(read(net.blob()), "m", target=M55).plan.layers[0].kernel == BLOCKS
        assert_bit_exact(net.blob(), target=M55)


@st.composite
def packings(draw):
    shape = draw(st.integers(1, 9)), draw(st.one_of(st.integers(1, 200), st.integers(1, 3 * gather.SEGMENT)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = rng.integers(-128, 128, shape) * (rng.random(shape) < draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])))
    spread = draw(st.sampled_from([1, 2, 4]))  # all blocks that are not zero in one bank, in two, in four
    rows[:, np.arange(shape[1]) // 4 % 4 >= spread] = 0
    return rows.astype(np.int8)


def unpacked(stream, depth, channels):
    """(rows, factors, output channel of each four, pairs of words that are loaded together) of a stream."""
    data, at, size = stream.astype("<i4").tobytes(), 0, gather.BLOCKS + helium.TAPS
    rows, factors, starts, pairs = [], [], [0], []

    def word():
        nonlocal at
        at += 4
        return int.from_bytes(data[at - 4 : at], "little", signed=True)

    def chunk(row, begin):
        nonlocal at
        indices, weights = data[at : at + gather.BLOCKS], np.frombuffer(data[at + gather.BLOCKS : at + size], np.int8)
        for lane, index in enumerate(indices):
            row[begin + 4 * index : begin + 4 * index + 4] += weights[4 * lane : 4 * lane + 4]
        pairs.extend(zip(indices[::2], indices[1::2], strict=True))
        at += size

    while at < len(data) - 4 - size:  # that is loaded ahead
        four, begin, behind = np.zeros((4, depth + gather.SEGMENT), np.int8), 0, gather.PART
        while behind < 0:
            counts = data[at : at + 4]
            at += 4
            for channel, count in enumerate(counts):
                for _ in range(1 + count):
                    chunk(four[channel], begin)
            assert word() == 0  # indices that are loaded ahead
            behind = word()
            if behind < 0:
                begin += int(np.uint16(behind & 0xFFFF).astype(np.int16))
                if behind & gather.WHOLE:
                    assert begin == 0
                    behind = word()
        rows.append(four)
        factors.append(np.array([word() for _ in range(12)]).reshape(3, 4).T)
        starts.append(starts[-1] + behind)
    assert starts[-1] == starts[-2] == max(channels - 4, 0)
    return rows, factors, starts[:-1], pairs


@given(packings())
def test_a_packed_channel_holds_every_weight_once_and_gathers_from_two_banks(rows):
    factors = np.arange(3 * len(rows), dtype=np.int32).reshape(-1, 3)
    stream = gather.pack(rows, factors)
    depth = rows.shape[1]
    fours, found, starts, pairs = unpacked(stream, depth, len(rows))
    for four, factor, start in zip(fours, found, starts, strict=True):
        whole = rows[start : start + 4]
        np.testing.assert_array_equal(four[: len(whole), :depth], whole)
        np.testing.assert_array_equal(factor[: len(whole)], factors[start : start + 4])
        assert not four[len(whole) :].any()
        assert not four[:, depth:].any()
    assert all(one == other or one % 4 != other % 4 for one, other in pairs)
    assert gather.chunks(stream, depth) == (len(fours), len(pairs) // 2)


def test_python_and_c_agree_on_the_size_of_a_tile():
    text = (KERNELS / "ecgp_helium.h").read_text()
    assert f"#define ECGP_HELIUM_TILE {helium.TILE}\n" in text
    assert f"#define ECGP_HELIUM_TAPS {helium.TAPS}\n" in text
    blocks = (KERNELS / "ecgp_helium_gather.h").read_text()
    for name in ("CHANNELS", "SEGMENT", "WHOLE"):
        assert f"#define ECGP_GATHER_{name} {getattr(gather, name)}\n" in blocks
    assert f"#define ECGP_PLANES_TILE {planes.TILE}\n" in (KERNELS / "ecgp_conv_sparse_planes.h").read_text()


def test_python_and_c_agree_on_the_groups_of_a_dense_convolution():
    text = (KERNELS / "ecgp_helium_dense.h").read_text()
    for name in ("POSITIONS", "TAPS", "CHANNELS"):
        assert f"#define ECGP_DENSE_{name} {getattr(helium_dense, name)}\n" in text
    text = (KERNELS / "ecgp_conv_row_helium.h").read_text()
    for name in ("OUTPUTS", "TAPS"):
        assert f"#define ECGP_ROW_{name} {getattr(row_helium, name)}\n" in text


@pytest.mark.parametrize("outputs", [1, 3, 4, 6])
@pytest.mark.parametrize("inputs", [1, 3, 16, 17])  # one chunk and two; its end within a field, or beyond the input
def test_the_end_of_the_input_is_not_passed(outputs, inputs):
    net = Net()
    for width in (1, 2, 3, 7):
        case = conv_cases.a_case(seed=width, activation="NONE", output_zero=3)
        conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 2, width), kernel=(1, 1)), case, 1, inputs, outputs)
    with preferring(DENSE):
        assert set(kernels(net)) == {DENSE}
        assert_bit_exact(net.blob(), interpreter=False, target=M55)
