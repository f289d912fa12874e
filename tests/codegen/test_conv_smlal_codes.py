"""Sparse convolutions with SMLAL and 12-bit codes: the answers, long gaps, and that flash is what they are for."""

from contextlib import contextmanager
from unittest import mock

import pytest
import test_conv
import test_conv_smlal
import weighted
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact
from test_conv_smlal import SMLAL

from ecgprune.codegen import generate
from ecgprune.codegen.kernels import smlal, smlal_codes
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

CODES = "ecgp_conv_sparse_smlal_codes_s8"


@contextmanager
def preferring_codes(index=0):
    """Selection takes the index-th of the variants with 12-bit codes, or the last, wherever there is one."""
    plain = smlal.calls

    def calls(dense, at, requant, rows, channels):
        packed = plain(dense, at, requant, rows, channels)
        filters = rows.reshape(len(rows), at.kernel_h, at.kernel_w, -1)
        ungrouped = packed and filters.shape[3] == at.input_c
        codes = smlal_codes.calls(packed[0], at, filters) if ungrouped else []
        return codes[index:][:1] or codes[-1:] or packed

    with mock.patch.object(smlal, "calls", calls), weighted.preferring(CODES):
        yield


@pytest.mark.parametrize("index", [0, 2])
@test_conv.EXAMPLES
@given(st.lists(test_conv.convs, min_size=4, max_size=8))
def test_any_convolution_with_codes_equals_tflm_bit_for_bit(index, cases):
    net = Net()
    for number, (geometry, case, _, *channels) in enumerate(cases):
        geometry = {**geometry, "stride": (geometry["stride"][0], 1)}
        if number % 2 and geometry["shape"][2] >= 20:
            test_conv_smlal.add_pooled(net, geometry, case, *channels)
        else:
            test_conv.add_conv(net, geometry, case, 1, *channels)
    with preferring_codes(index):
        assert_bit_exact(net.blob(), interpreter=test_conv.interpreted([(0, case) for _, case, *_ in cases]))


@pytest.mark.parametrize("gap", [14, 15, 16, 29, 30, 31, 61])
def test_distances_of_more_than_four_bits_are_bridged(gap):
    net = Net()
    test_conv.add_conv(net, test_conv.a_geometry(kernel=(1, 3)), test_conv.a_case(zeros=0.0), 1, 21, 3)
    taps = net.tensors[1].data.transpose(0, 1, 3, 2).reshape(3, -1)
    taps[:, 1:], taps[:, gap] = 0, 5
    taps[1, 0] = 0  # a first gap, and an odd number of codes
    net.tensors[1].data[:] = taps.reshape(3, 1, 21, 3).transpose(0, 1, 3, 2)
    with preferring_codes():
        assert test_conv_smlal.kernels(net) == [CODES]
        assert_bit_exact(net.blob())


def test_codes_are_selected_for_flash_and_take_three_quarters_of_the_entries():
    net = Net()
    test_conv.add_conv(net, test_conv.a_geometry(shape=(1, 1, 90)), test_conv.a_case(zeros=0.6), 1, 32, 64)
    graph = read(net.blob())
    speed, flash = (generate(graph, "m", "auto", Target(optimize=o)).plan.layers[0] for o in ("speed", "flash"))
    assert (speed.kernel, flash.kernel) == (SMLAL, CODES)
    assert flash.weight_bytes < 0.8 * speed.weight_bytes
