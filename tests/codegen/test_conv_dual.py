"""Dense convolutions of two channels in a halfword: windows, tiles over rows and images, odd channels, bounds."""

from dataclasses import replace
from pathlib import Path

import conv_cases
import cores
import matrix_cases
import numpy as np
import pytest
import smlal_cases
import weighted
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate, ops
from ecgprune.codegen.kernels import dual
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

KERNELS = Path(__file__).parents[2] / "firmware" / "lib" / "nn"
DUAL, MATRIX = "ecgp_conv_dual_s8", "ecgp_fully_connected_dual_s8"


def kernels(net):
    return [layer.kernel for layer in generate(read(net.blob()), "m").plan.layers]


def within(case):
    """The drawn case with a factor, a bias and weights that the kernel takes; weights are then -127 and more."""
    bias = "small" if case.bias == "large" else case.bias
    return replace(case, bias=bias, exponent=case.exponent if -16 <= case.exponent <= -3 else -9)


def narrow(net):
    for tensor in net.tensors:
        if tensor.data is not None and tensor.data.dtype == np.int8:
            np.maximum(tensor.data, -127, out=tensor.data)


channels = st.one_of(st.integers(2, 6), st.sampled_from([11, 16]))
inputs = st.one_of(st.integers(1, 9), st.sampled_from([16, 17]))
convs = st.tuples(conv_cases.geometries(), weighted.drawn.map(within), inputs, channels)


@conv_cases.EXAMPLES
@given(st.lists(convs, min_size=6, max_size=8))
def test_any_convolution_within_the_bounds_equals_tflm_bit_for_bit(cases):
    net = Net()
    for geometry, case, *sizes in cases:
        conv_cases.add_conv(net, geometry, case, 1, *sizes)
    narrow(net)
    with weighted.preferring(DUAL):
        assert kernels(net) == [DUAL] * len(cases)
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases))


@conv_cases.EXAMPLES
@given(st.lists(convs, min_size=4, max_size=6))
def test_any_convolution_with_max_pooling_equals_tflm_bit_for_bit(cases):
    net = Net()
    for geometry, case, *sizes in cases:
        width = geometry["shape"][2] + 5 * geometry["stride"][1]  # at least two columns are left to pool
        smlal_cases.add_pooled(net, {**geometry, "shape": (*geometry["shape"][:2], width)}, case, *sizes)
    narrow(net)
    with weighted.preferring(DUAL):
        assert_bit_exact(net.blob(), interpreter=conv_cases.interpreted(cases))


@pytest.mark.parametrize("last", [127, 126])
def test_weights_up_to_the_bound_are_exact_and_more_are_left_to_another_kernel(last):
    """Sums of 128 * 65535 and one more: 516 weights of 127, and 3 or 4."""
    net = Net()
    case = conv_cases.a_case(zeros=0.0, exponent=-16, input_zero=0, activation="NONE", bias="left out")
    conv_cases.add_conv(net, conv_cases.a_geometry(shape=(1, 1, 5), kernel=(1, 1)), case, 1, 517, 2)
    net.tensors[1].data[:] = np.where(np.arange(2) % 2, -127, 127)[:, None, None, None]
    net.tensors[1].data[:, :, :, -1] = 3 if last == 127 else 4
    ends = [[np.full((1, 1, 5, 517), v, np.int8)] for v in (-128, 127)]
    with weighted.preferring(DUAL):
        assert (kernels(net) == [DUAL]) == (last == 127)
        assert_bit_exact(net.blob(), ends, interpreter=False)


@pytest.mark.parametrize(
    ("first", "second", "fits"), [(0, -128, True), (5, -128, True), (-1, -128, False), (-128, 127, True)]
)
def test_weights_that_fit_no_halfword_are_left_to_another_kernel(first, second, fits):
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(), conv_cases.a_case(), 1, 4, 2)
    net.tensors[1].data[0], net.tensors[1].data[1] = first, second
    with weighted.preferring(DUAL):
        assert (kernels(net) == [DUAL]) == fits
        assert_bit_exact(net.blob(), 4)


@pytest.mark.parametrize(("exponent", "fits"), [(-3, True), (-19, True), (0, False), (-22, False)])
def test_factors_beyond_the_bounds_of_the_rescaling_are_left_to_another_kernel(exponent, fits):
    net = Net()
    case = conv_cases.a_case(exponent=exponent, tie=True, activation="NONE", output_zero=-128)
    conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 4, 12)
    narrow(net)
    with weighted.preferring(DUAL):
        assert (kernels(net) == [DUAL]) == fits
        assert_bit_exact(net.blob(), 6)


def test_the_kernel_is_offered_to_cores_with_dsp_and_without_helium():
    net = Net()
    conv_cases.add_conv(net, conv_cases.a_geometry(), conv_cases.a_case(), 1, 4, 4)
    narrow(net)
    graph = read(net.blob())
    for core, offered in (("Cortex-M4", True), ("Cortex-M33", True), ("Cortex-M3", False), ("Cortex-M55", False)):
        found = {calls[0].kernel for calls in ops.variants(graph, graph.ops[0], Target(core))}
        assert (DUAL in found) == offered


@pytest.mark.parametrize("rows", [3, 4, 5, 9])
def test_a_matrix_with_rows_enough_for_a_tile_is_a_1x1_convolution(rows):
    net = Net()
    for outputs in (2, 7):
        matrix_cases.add(net, matrix_cases.a_case(), (1, rows), 13, outputs)
    with weighted.preferring(DUAL):
        assert (kernels(net) == [DUAL, DUAL]) == (rows >= dual.TILE)
        assert_bit_exact(net.blob(), 3, interpreter=False)


@pytest.mark.slow
def test_a_core_takes_sums_next_to_the_bound_apart(tmp_path):
    """On the core the joined sum is beyond 32 bits; inputs come within 1 % of the bound, from below and above."""
    net = Net()
    for outputs in (4, 5):
        case = conv_cases.a_case(zeros=0.0, exponent=-17, input_zero=0, output_zero=0, activation="NONE")
        conv_cases.add_conv(net, conv_cases.a_geometry(), case, 1, 6, outputs)
        narrow(net)
        weights, bias = (tensor.data for tensor in net.tensors[-3:-1])
        sign = np.where(np.arange(outputs) % 3, 1, -1)
        bias[:] = sign * (dual.DUAL.reach - 1 - 128 * np.abs(weights.astype(int)).sum(axis=(1, 2, 3)))
    cores.assert_core_answers(net.blob(), DUAL, "mps2_an386", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [DUAL, MATRIX])
@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an500"])
def test_a_core_answers_what_tflm_answers(kernel, board, tmp_path):
    cores.assert_core_answers(cores.network(3), kernel, board, tmp_path)


def test_python_and_c_agree_on_the_sizes_of_tiles():
    assert f"#define ECGP_DUAL_TILE {dual.TILE}\n" in (KERNELS / "ecgp_dual.h").read_text()
    assert f"#define ECGP_MATRIX_DUAL_TILE {dual.MATRIX_TILE}\n" in (KERNELS / "ecgp_matrix_dual.h").read_text()
