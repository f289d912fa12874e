"""Convolutions of one input channel along a row, on cores with SMLAD: widths, chunks, bounds, and max pooling."""

from dataclasses import replace
from pathlib import Path

import conv_cases
import cores
import numpy as np
import pytest
import smlal_cases
import weighted
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate, ops
from ecgprune.codegen.kernels import row_smlad
from ecgprune.codegen.requant import multiply
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

HEADER = Path(__file__).parents[2] / "firmware" / "lib" / "nn" / "ecgp_conv_row_smlad.h"
KERNEL = row_smlad.KERNEL


def kernels(net):
    return [layer.kernel for layer in generate(read(net.blob()), "m").plan.layers]


def add(net, width, taps, case, outputs, *, pooled=False, padding="SAME", height=1, batches=1):
    geometry = conv_cases.a_geometry(shape=(batches, height, width), kernel=(1, taps), padding=padding)
    case = replace(case, activation="RELU", output_zero=-128)
    if pooled:
        smlal_cases.add_pooled(net, geometry, case, 1, outputs)
    else:
        conv_cases.add_conv(net, geometry, case, 1, 1, outputs)


rows = st.tuples(
    st.one_of(st.integers(13, 40), st.sampled_from([64, 97, 180])),
    st.integers(1, 5),
    weighted.drawn.map(lambda case: replace(case, exponent=max(min(case.exponent, -7), -11))),
    st.integers(1, 9),
)


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("pooled", [False, True])
@conv_cases.EXAMPLES
@given(st.lists(rows, min_size=4, max_size=8), st.sampled_from(["SAME", "VALID"]), st.integers(1, 2))
def test_any_convolution_of_one_input_channel_equals_tflm_bit_for_bit(size, pooled, cases, padding, height):
    net = Net()
    for case in cases:
        add(net, *case, pooled=pooled, padding=padding, height=height)
    with weighted.preferring_chunks(KERNEL, size):
        assert KERNEL in kernels(net)
        assert_bit_exact(net.blob(), interpreter=all(case.bias != "left out" for _, _, case, _ in cases))


@pytest.mark.parametrize("width", [8, 9, 15, 16, 17, 24, 62, 180])
def test_rows_of_any_length_end_in_a_whole_tile(width):
    net = Net()
    for taps in range(1, 6):
        add(net, width, taps, conv_cases.a_case(seed=taps, exponent=-8), 5, height=2, batches=2)
    add(net, 2 * width, 5, conv_cases.a_case(exponent=-8), 5, pooled=True)
    for size in ("small", "large"):
        with weighted.preferring_chunks(KERNEL, size):
            assert kernels(net) == [*[KERNEL] * 6, ""]
            assert_bit_exact(net.blob())


def test_four_taps_leave_out_the_fifth_and_channels_without_weights_are_filled():
    net = Net()
    add(net, 44, 5, conv_cases.a_case(exponent=-8, zeros=0.0, per_channel=True), 6, pooled=True)
    rows = net.tensors[1].data.reshape(6, 5)
    rows[rows == 0] = 1
    rows[0, 4] = rows[1, 0] = rows[2, :4] = rows[3] = 0
    with weighted.preferring_chunks(KERNEL):
        call = generate(read(net.blob()), "m").plan.calls[0].call
        assert_bit_exact(net.blob())
    weights = call.params["weights"].data.reshape(6, 6)
    assert weights[:, 5].tolist() == [0, 1, 1, 0, 0, 0]
    assert (weights[:4, 4] == 0).all()
    assert weights[2].tolist() == [0, 0, 0, rows[2, 4], 0, 1]
    found = row_smlad.features(call)
    assert (found["pooled_tile"], found["pooled_fifth"], found["filled"]) == (6 * 5, 6 * 2, 22)


def requantized(sum_, multiplier, right):
    """What the two SMMLAR of the assembly make of a sum, for a zero point of 0."""
    first = (sum_ * (2 * multiplier - (1 << 32)) + (sum_ << 32) + (1 << 31)) >> 32
    return (first * ((1 << (32 - right)) + 1) + (1 << 31)) >> 32


def test_two_smmlar_requantize_as_tflm_does_and_no_sum_is_doubled():
    rng = np.random.default_rng(1)
    for right in range(2, 13):
        for multiplier in (1 << 30, (1 << 31) - 1, *rng.integers(1 << 30, 1 << 31, 20).tolist()):
            at = np.clip(rng.integers(-300, 300, 200) * 2.0**right * 2.0**31 / multiplier / 2, -(2**29), 2**29)
            sums = {int(n) + k for n in at for k in (-1, 0, 1)} | {1 - (1 << 29), (1 << 29) - 1}
            for sum_ in sums:
                expected = int(multiply(sum_, multiplier, -right))
                assert np.clip(requantized(sum_, multiplier, right), -128, 127) == np.clip(expected, -128, 127)


@pytest.mark.parametrize(("exponent", "fits"), [(-3, True), (-11, True), (0, False), (-16, False)])
def test_factors_beyond_the_bounds_of_the_rescaling_are_left_to_another_kernel(exponent, fits):
    net = Net()
    add(net, 40, 5, conv_cases.a_case(exponent=exponent, per_channel=False), 4)
    with weighted.preferring_chunks(KERNEL):
        assert (kernels(net) == [KERNEL]) == fits
        assert_bit_exact(net.blob(), 6)


@pytest.mark.parametrize(
    "changes", [{"width": 7}, {"case": conv_cases.a_case(activation="RELU6")}, {"inputs": 2}, {"taps": 6}]
)
def test_other_windows_and_ranges_are_left_to_another_kernel(changes):
    given_ = {"width": 20, "case": conv_cases.a_case(exponent=-8), "inputs": 1, "taps": 5, **changes}
    net, geometry = Net(), conv_cases.a_geometry(shape=(1, 1, given_["width"]), kernel=(1, given_["taps"]))
    conv_cases.add_conv(net, geometry, replace(given_["case"], output_zero=-128), 1, given_["inputs"], 4)
    graph = read(net.blob())
    assert all(calls[0].kernel != KERNEL for calls in ops.variants(graph, graph.ops[0], Target("Cortex-M4")))


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an500"])
def test_a_core_answers_what_tflm_answers(board, tmp_path):
    for pooled in (False, True):
        net = Net()
        for seed, (width, taps) in enumerate([(26, 5), (40, 4), (64, 3), (90, 2), (180, 5), (26, 1)]):
            add(net, width, taps, conv_cases.a_case(seed=seed, exponent=-8, extreme=seed == 4), 7, pooled=pooled)
        with weighted.preferring(KERNEL):
            cores.assert_core_answers(net.blob(), KERNEL, board, tmp_path / str(pooled))


def test_python_and_c_agree_on_tile_and_taps():
    for name, value in {"TILE": row_smlad.TILE, "TAPS": row_smlad.TAPS}.items():
        assert f"#define ECGP_ROW_SMLAD_{name} {value}\n" in HEADER.read_text()
