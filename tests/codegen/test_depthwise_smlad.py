"""Depthwise convolutions of four channels at once."""

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

from ecgprune.codegen import generate, ops
from ecgprune.codegen.kernels import depthwise_smlad
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

HEADER = Path(__file__).parents[2] / "firmware" / "lib" / "nn" / "ecgp_depthwise_conv_smlad.h"
SMLAD = "ecgp_depthwise_conv_smlad_s8"


def planned(net):
    return [step.call for step in generate(read(net.blob()), "m").plan.calls]


depthwises = st.tuples(conv_cases.geometries(), weighted.drawn, st.sampled_from([4, 8, 12]), st.just(1))


@pytest.mark.parametrize("staged", [1, depthwise_smlad.STAGED_BYTES])
@conv_cases.EXAMPLES
@given(st.lists(depthwises, min_size=4, max_size=8))
def test_any_depthwise_convolution_equals_tflm_bit_for_bit(staged, cases):
    net = Net()
    for case in cases:
        conv_cases.add_depthwise(net, *case)
    with weighted.preferring(SMLAD), mock.patch.object(depthwise_smlad, "STAGED_BYTES", staged):
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases))


@pytest.mark.parametrize(("channels", "multiplier"), [(6, 1), (4, 2)])
def test_other_channels_are_left_to_another_kernel(channels, multiplier):
    net = Net()
    conv_cases.add_depthwise(net, conv_cases.a_geometry(), conv_cases.a_case(), channels, multiplier)
    with weighted.preferring(SMLAD):
        assert [call.kernel for call in planned(net)] != [SMLAD]


@pytest.mark.parametrize(("exponent", "fits"), [(-3, True), (-19, True), (0, False), (-22, False)])
def test_factors_beyond_the_bounds_of_the_rescaling_are_left_to_another_kernel(exponent, fits):
    net = Net()
    case = conv_cases.a_case(exponent=exponent, tie=True, bias="large", activation="NONE", output_zero=-128)
    conv_cases.add_depthwise(net, conv_cases.a_geometry(), case, 12, 1)
    with weighted.preferring(SMLAD):
        assert ([call.kernel for call in planned(net)] == [SMLAD]) == fits
        assert_bit_exact(net.blob(), 6)


def test_a_row_is_staged_in_even_chunks_within_the_limit():
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 3, 100), kernel=(3, 3))
    conv_cases.add_depthwise(net, geometry, conv_cases.a_case(), 32, 1)
    with weighted.preferring(SMLAD):
        call = planned(net)[0]
        assert call.params["chunk"] == 34  # three chunks of 36 columns, 3 rows of them 3456 bytes
        assert call.scratch_bytes <= depthwise_smlad.STAGED_BYTES + 4 * depthwise_smlad.ENTRY * 5
        assert_bit_exact(net.blob())


def test_it_is_offered_to_cores_with_dsp_only():
    net = Net()
    conv_cases.add_depthwise(net, conv_cases.a_geometry(), conv_cases.a_case(), 4, 1)
    graph = read(net.blob())
    for core, offered in (("Cortex-M4", True), ("Cortex-M3", False)):
        found = [calls[0].kernel for calls in ops.variants(graph, graph.ops[0], Target(core))]
        assert (SMLAD in found) == offered


def network(seed):
    rng = np.random.default_rng(seed)
    net = Net()
    for number in range(6):
        geometry = conv_cases.a_geometry(
            shape=(1, 4, int(rng.integers(9, 40))), kernel=(int(rng.integers(1, 4)), int(rng.integers(1, 5))),
            stride=(1, int(rng.integers(1, 3))), dilation=(1, int(rng.integers(1, 3))),
            padding=("SAME", "VALID")[number % 2],
        )  # fmt: skip
        activation = ("NONE", "RELU", "RELU6")[number % 3]
        case = conv_cases.a_case(seed=seed + number, extreme=number == 2, activation=activation)
        conv_cases.add_depthwise(net, geometry, case, 4 * int(rng.integers(1, 4)), 1)
    return net.blob()


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an385", "mps2_an505", "mps3_an547", "microbit"])
def test_a_core_answers_what_tflm_answers(board, tmp_path):
    """Also without DSP, where the generator would not call this kernel."""
    with mock.patch.object(Target, "dsp", True), weighted.without_measurement():
        cores.assert_core_answers(network(1), SMLAD, board, tmp_path)


def test_python_and_c_agree_on_the_words_of_an_entry():
    assert f"#define ECGP_DEPTHWISE_ENTRY {depthwise_smlad.ENTRY}\n" in HEADER.read_text()
