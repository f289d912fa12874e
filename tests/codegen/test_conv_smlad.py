"""Convolutions by blocks of four weights: layouts, chunks, ragged ends, blocks of zeros, bounds, and max pooling."""

from pathlib import Path
from unittest import mock

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

from ecgprune.codegen import generate, ops, sparse
from ecgprune.codegen.kernels import dual, smlad
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

KERNELS = Path(__file__).parents[2] / "firmware" / "lib" / "nn"
SPARSE = "ecgp_conv_sparse_blocks_smlad_s8"


def prune_blocks(net, index, share, seed):
    """Sets blocks of four weights that follow one another in a channel's window to zero."""
    data = net.tensors[index].data
    rows = data.reshape(len(data), -1)
    rng = np.random.default_rng(seed)
    for row in rows:
        for start in range(0, row.size, 4):
            if rng.random() < share:
                row[start : start + 4] = 0
    return net


def kernels(net):
    return [layer.kernel for layer in generate(read(net.blob()), "m").plan.layers]


channels = st.sampled_from([1, 2, 3, 4, 5, 8, 10, 12])
convs = st.tuples(conv_cases.geometries(), weighted.drawn, st.just(1), channels, st.integers(1, 4))
blocks = st.sampled_from([0.0, 0.5, 0.8, 1.0])


@pytest.mark.parametrize("size", ["small", "large"])
@conv_cases.EXAMPLES
@given(st.lists(st.tuples(convs, blocks), min_size=4, max_size=8))
def test_any_convolution_equals_tflm_bit_for_bit(size, cases):
    net = Net()
    for case, share in cases:
        conv_cases.add_conv(net, *case)
        prune_blocks(net, -2 if case[1].bias == "left out" else -3, share, case[1].seed)
    with weighted.preferring_chunks(SPARSE, size):
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted([case for case, _ in cases]))


pooled = st.tuples(conv_cases.geometries(), weighted.drawn, channels, st.integers(1, 4))


@pytest.mark.parametrize("size", ["small", "large"])
@conv_cases.EXAMPLES
@given(st.lists(pooled, min_size=4, max_size=8))
def test_any_convolution_with_max_pooling_equals_tflm_bit_for_bit(size, cases):
    net = Net()
    for geometry, *rest in cases:
        width = geometry["shape"][2] + 5 * geometry["stride"][1]  # at least two columns are left to pool
        smlal_cases.add_pooled(net, {**geometry, "shape": (*geometry["shape"][:2], width)}, *rest)
    with weighted.preferring_chunks(SPARSE, size):
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases))


@pytest.mark.parametrize("width", [4, 5, 6, 7, 12, 13, 63, 97, 190])
def test_rows_of_any_length_end_in_a_tile_of_any_size(width):
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 1, width))
    for activation in ("RELU", "RELU6"):
        case = conv_cases.a_case(activation=activation, output_zero=-128)
        conv_cases.add_conv(net, geometry, case, 1, 20, 5)
        smlal_cases.add_pooled(net, geometry, conv_cases.a_case(seed=2), 7, 5)
    with weighted.preferring_chunks(SPARSE):
        assert kernels(net) == [SPARSE, SPARSE, "", SPARSE, SPARSE, ""]
        assert_bit_exact(net.blob())


@pytest.mark.parametrize("share", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("inputs", [5, 8])
def test_blocks_of_zeros_are_neither_stored_nor_visited_but_one_of_an_empty_channel(inputs, share):
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(padding="VALID"), conv_cases.a_case(zeros=0.0), 1, inputs, 6)
    prune_blocks(net, 1, share, 3)
    with weighted.preferring_chunks(SPARSE):
        assert_bit_exact(net.blob())
        call = generate(read(net.blob()), "m").plan.calls[0].call
    pairs, singles = smlad.entries(call)
    ends = 8 + 6 * 3  # read ahead, and the ends of three lists of six channels
    assert call.params["entries"].data.size == 9 * pairs + 5 * singles + ends
    rows = net.tensors[1].data.reshape(6, -1)
    padded = np.pad(rows, [(0, 0), (0, -rows.shape[1] % 4)]).reshape(6, -1, 4)
    if inputs % 4 == 0:
        assert 2 * pairs + singles == int(np.maximum(padded.any(axis=2).sum(axis=1), 1).sum())


def test_neighbours_are_stored_as_one_entry_and_planes_follow_channels_that_were_left_out():
    """Channels 0 to 2 and 4 to 7 of eight, of which the fourth was always zero: the second plane begins at byte 3."""
    net, geometry = Net(), conv_cases.a_geometry(shape=(1, 1, 40), kernel=(1, 5))
    conv_cases.add_conv(net, geometry, conv_cases.a_case(zeros=0.0), 1, 7, 3)
    data = net.tensors[1].data
    data[:] = np.where(data == 0, 1, data)
    data[0, 0, [0, 2, 3, 4], :3] = 0  # column 1, alone
    data[0, 0, [1, 4], 3:] = 0  # 0 and 2; 3
    data[1, 0, [2], :3] = 0  # 0 and 1; 3 and 4
    data[1, 0, :, 3:] = 0
    data[2, 0, 1:, :] = 0  # 0 of both
    with weighted.preferring_chunks(SPARSE):
        call = generate(read(net.blob()), "m").plan.calls[0].call
        assert call.params["starts"].data.tolist() == [0, 3]
        assert smlad.entries(call) == (2, 6)  # one of channel 1's pairs is two blocks, as a single one begins
        assert_bit_exact(net.blob())


def test_blocks_further_apart_than_a_step_are_bridged():
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 3, 90), kernel=(3, 2))
    conv_cases.add_conv(net, geometry, conv_cases.a_case(zeros=0.99), 1, 32, 12)
    with weighted.preferring_chunks(SPARSE):
        call = generate(read(net.blob()), "m").plan.calls[0].call
        assert [sparse.MAX_DELTA, 0, 0, 0, 0] in np.lib.stride_tricks.sliding_window_view(
            call.params["entries"].data, 5
        ).tolist()
        assert_bit_exact(net.blob())


def test_a_1x1_convolution_is_one_long_row():
    net = Net()
    geometry = conv_cases.a_geometry(shape=(2, 5, 7), kernel=(1, 1))
    conv_cases.add_conv(net, geometry, conv_cases.a_case(), 1, 8, 4)
    with weighted.preferring_chunks(SPARSE):
        assert generate(read(net.blob()), "m").plan.calls[0].call.params["window.output_w"] == 70
        assert_bit_exact(net.blob())


@pytest.mark.parametrize(("exponent", "fits"), [(-3, True), (-19, True), (0, False), (-22, False)])
def test_factors_beyond_the_bounds_of_the_rescaling_are_left_to_another_kernel(exponent, fits):
    net = Net()
    case = conv_cases.a_case(exponent=exponent, tie=True, bias="large", activation="NONE", output_zero=-128)
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 12)
    with weighted.preferring_chunks(SPARSE):
        assert (kernels(net) == [SPARSE]) == fits
        assert_bit_exact(net.blob(), 6)


def test_sums_far_beyond_those_of_smlal_are_exact():
    net, vectors = smlal_cases.at_the_limit(127)
    with weighted.preferring_chunks(SPARSE):
        assert kernels(net) == [SPARSE]
        assert_bit_exact(net.blob(), vectors)


def test_blocks_are_offered_to_cores_with_dsp_only():
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(), conv_cases.a_case(), 1, 4, 4)
    graph = read(net.blob())
    for core, offered in (("Cortex-M4", True), ("Cortex-M33", True), ("Cortex-M3", False), ("Cortex-M0", False)):
        found = {calls[0].kernel for calls in ops.variants(graph, graph.ops[0], Target(core))}
        assert (SPARSE in found) == offered


def test_chunks_stay_within_their_limits_and_one_tile_is_always_offered():
    for inputs, width, limit in ((1, 2000, 6400), (32, 20, 2304), (32, 500, 6400), (300, 64, 6400)):
        net = Net()
        conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 1, width)), conv_cases.a_case(), 1, inputs, 4)
        graph = read(net.blob())
        found = [calls[0] for calls in ops.variants(graph, graph.ops[0], Target()) if calls[0].kernel == SPARSE]
        assert found[-1].params["chunk"] == smlad.TILE
        for call in found[:-1]:
            assert call.scratch_bytes <= limit


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an500", "mps3_an547", "microbit"])  # the M3 and M33 run the same
def test_a_core_answers_what_tflm_answers(board, tmp_path):
    """Also without DSP, where the generator would not call the kernel."""
    nothing = mock.Mock(return_value=[])  # those kernels are not measured without DSP
    others = mock.patch.multiple(dual, calls=nothing, matrix_calls=nothing)
    with others, mock.patch.object(Target, "dsp", True), weighted.without_measurement():
        for seed in range(2):
            cores.assert_core_answers(cores.network(seed), SPARSE, board, tmp_path / str(seed))


def test_python_and_c_agree_on_the_words_of_a_tile():
    header = (KERNELS / "ecgp_smlad.h").read_text()
    found = {"TILE": smlad.TILE, "WORDS": smlad.WORDS, "APART": smlad.APART, "MOST_RIGHT": smlad.MOST_RIGHT}
    for name, value in found.items():
        assert f"#define ECGP_SMLAD_{name} {value}\n" in header
