"""Sparse convolutions with SMLAL and 12-bit codes: the answers, long gaps, and that flash is what they are for."""


import conv_cases
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact
from smlal_cases import CODES, SMLAL, add_pooled, kernels, preferring_codes

from ecgprune.codegen import generate
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read


@pytest.mark.parametrize("index", [0, 2])
@conv_cases.EXAMPLES
@given(st.lists(conv_cases.convs, min_size=4, max_size=8))
def test_any_convolution_with_codes_equals_tflm_bit_for_bit(index, cases):
    net = Net()
    for number, (geometry, case, _, *channels) in enumerate(cases):
        geometry = {**geometry, "stride": (geometry["stride"][0], 1)}
        if number % 2 and geometry["shape"][2] >= 20:
            add_pooled(net, geometry, case, *channels)
        else:
            conv_cases.add_conv(net, geometry, case, 1, *channels)
    with preferring_codes(index):
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted([(0, case) for _, case, *_ in cases]))


@pytest.mark.parametrize("gap", [14, 15, 16, 29, 30, 31, 61])
def test_distances_of_more_than_four_bits_are_bridged(gap):
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(kernel=(1, 3)), conv_cases.a_case(zeros=0.0), 1, 21, 3)
    taps = net.tensors[1].data.transpose(0, 1, 3, 2).reshape(3, -1)
    taps[:, 1:], taps[:, gap] = 0, 5
    taps[1, 0] = 0  # a first gap, and an odd number of codes
    net.tensors[1].data[:] = taps.reshape(3, 1, 21, 3).transpose(0, 1, 3, 2)
    with preferring_codes():
        assert kernels(net) == [CODES]
        assert_bit_exact(net.blob())


def test_codes_are_selected_for_flash_and_take_less_than_entries_of_which_some_are_pairs():
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 1, 90)), conv_cases.a_case(zeros=0.6), 1, 32, 64)
    graph = read(net.blob())
    speed, flash = (generate(graph, "m", "auto", Target(optimize=o)).plan.layers[0] for o in ("speed", "flash"))
    assert (speed.kernel, flash.kernel) == (SMLAL, CODES)
    assert flash.weight_bytes < 0.87 * speed.weight_bytes
