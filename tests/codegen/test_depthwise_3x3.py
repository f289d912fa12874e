"""Depthwise convolutions of up to nine taps: 3x3, and a row."""

from pathlib import Path
from unittest import mock

import conv_cases
import cores
import pytest
import weighted
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import cost, generate
from ecgprune.codegen.kernels import depthwise_3x3, depthwise_row
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

HEADER = Path(__file__).parents[2] / "firmware" / "lib" / "nn" / "ecgp_depthwise_conv_3x3_smlad.h"
SQUARE, ROW = KERNELS = (depthwise_3x3.KERNEL, depthwise_row.KERNEL)


def preferring_both():
    return mock.patch.object(cost, "time", lambda call, target: float(call.kernel not in KERNELS))


def planned(net):
    with preferring_both():
        return [step.call for step in generate(read(net.blob()), "m").plan.calls]


@st.composite
def small_kernels(draw):
    """Kernels of up to 3x3 or 1x9 on images from a single position to several chunks and bands."""
    in_row = draw(st.booleans())  # else 3x3 at most
    stride = draw(st.integers(1, 2))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    side = st.sampled_from([1, 2, 3, 3])
    kernel = (1, draw(st.integers(4, 9))) if in_row else (draw(side), draw(side))
    least = kernel if padding == "VALID" else (1, 1)
    sizes = [draw(st.integers(n, 9) | st.integers(26, 62)) for n in least]
    shape = (draw(st.integers(1, 2)), *sizes)
    strides = (1 if in_row else stride, stride)
    return conv_cases.a_geometry(shape=shape, kernel=kernel, stride=strides, padding=padding)


depthwises = st.tuples(small_kernels(), weighted.drawn, st.sampled_from([4, 8]), st.just(1))


@conv_cases.EXAMPLES
@given(st.lists(depthwises, min_size=4, max_size=8), st.sampled_from([11, 30, depthwise_row.STAGED_CELLS]))
def test_any_small_depthwise_convolution_equals_tflm_bit_for_bit(cases, staged):
    net = Net()
    for case in cases:
        conv_cases.add_depthwise(net, *case)
    with preferring_both(), mock.patch.object(depthwise_row, "STAGED_CELLS", staged):
        assert_bit_exact(net.blob(), 3, interpreter=conv_cases.interpreted(cases))


@pytest.mark.parametrize(
    ("geometry", "channels", "multiplier"),
    [({"kernel": (3, 4)}, 4, 1), ({"kernel": (1, 10)}, 4, 1), ({"stride": (1, 2)}, 4, 1), ({"stride": (3, 3)}, 4, 1),
     ({"dilation": (1, 2)}, 4, 1), ({}, 6, 1), ({}, 4, 2)],
)  # fmt: skip
def test_other_windows_and_channels_are_left_to_another_kernel(geometry, channels, multiplier):
    net = Net()
    whole = conv_cases.a_geometry(**{"shape": (1, 9, 12), "kernel": (3, 3), **geometry})
    conv_cases.add_depthwise(net, whole, conv_cases.a_case(), channels, multiplier)
    assert planned(net)[0].kernel not in KERNELS


@pytest.mark.parametrize(("shape", "lines", "chunk", "band"), [((25, 5), 5, 25, 5), ((48, 48), 48, 24, 8)])
def test_lines_run_along_the_longer_side_in_even_parts(shape, lines, chunk, band):
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, *shape), kernel=(3, 3))
    conv_cases.add_depthwise(net, geometry, conv_cases.a_case(), 4, 1)
    params = planned(net)[0].params
    assert (params["lines.outputs"], params["chunk"], params["band"]) == (lines, chunk, band)


def network():
    net = Net()
    images = [((1, 25, 5), (3, 3), (1, 1)), ((2, 7, 31), (3, 3), (2, 2)), ((1, 12, 30), (3, 3), (1, 1)),
              ((1, 3, 2), (3, 3), (2, 2)), ((1, 1, 70), (1, 7), (1, 1)), ((1, 1, 41), (1, 9), (1, 2))]  # fmt: skip
    for number, (shape, kernel, stride) in enumerate(images):
        padding = ("SAME", "VALID")[number == 2]
        geometry = conv_cases.a_geometry(shape=shape, kernel=kernel, stride=stride, padding=padding)
        activation = ("NONE", "RELU", "RELU6")[number % 3]
        case = conv_cases.a_case(seed=number, extreme=number == 1, activation=activation)
        conv_cases.add_depthwise(net, geometry, case, 8, 1)
    return net.blob()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kernel", "board"), [(SQUARE, "mps2_an386"), (SQUARE, "mps2_an500"), (SQUARE, "mps2_an385"), (ROW, "mps2_an386")]
)
def test_a_core_answers_what_tflm_answers(kernel, board, tmp_path):
    """Also without DSP, where the generator would not call this kernel."""
    with mock.patch.object(Target, "dsp", True), weighted.without_measurement():
        cores.assert_core_answers(network(), kernel, board, tmp_path)


def test_python_and_c_agree_on_the_length_of_a_line():
    assert f"#define ECGP_DEPTHWISE_PITCH {depthwise_3x3.PITCH}\n" in HEADER.read_text()
    cells = depthwise_3x3.PITCH // 4
    assert f"stride 1: at most {cells - 2}, stride 2: at most {(cells - 1) // 2}" in HEADER.read_text()
