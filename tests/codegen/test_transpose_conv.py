"""TRANSPOSE_CONV by every kernel of a convolution, alone and with its pixels copied to their places, against TFLM."""

from contextlib import contextmanager
from unittest import mock

import numpy as np
import pytest
import weighted
from cores import assert_core_answers
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate
from ecgprune.codegen.ops import transpose_conv
from ecgprune.codegen.target import Target
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.reader import read

KERNELS = {
    "ecgp_transpose_conv_s8": "Cortex-M0", "ecgp_transpose_conv_dual_s8": "Cortex-M4",
    "ecgp_transpose_conv_helium_s8": "Cortex-M55", "ecgp_conv_sparse_s8": "Cortex-M4",
    "ecgp_transpose_conv_sparse_blocks_smlad_s8": "Cortex-M4",
}  # fmt: skip


@st.composite
def geometries(draw):
    """Input, output, kernel, strides and padding; an output may be longer than the last tap, or cut off behind."""
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    shape, output, kernel, strides = [draw(st.integers(1, 2))], [], [], []
    for _ in range(2):
        size, taps, stride = draw(st.integers(1, 7)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
        more = draw(st.integers(0, stride - 1))
        shape.append(size)
        output.append(size * stride - more if padding == "SAME" else (size - 1) * stride + taps + more)
        kernel.append(taps)
        strides.append(stride)
    return tuple(shape), tuple(output), tuple(kernel), tuple(strides), padding


def add(net, geometry, case, inputs, outputs):
    shape, output, kernel, strides, padding = geometry
    values = weighted.weights(case, (outputs, *kernel, inputs))
    x, w, *bias = weighted.add_inputs(net, case, (*shape, inputs), values, outputs, 0)
    y = (shape[0], *output, outputs)
    options = {"padding": padding, "stride_h": strides[0], "stride_w": strides[1]}
    net.apply("TRANSPOSE_CONV", [net.constant(y), w, x, *bias], y, (1.0, case.output_zero),
              fused_activation_function=case.activation, **options)  # fmt: skip


channels = st.one_of(st.integers(1, 6), st.sampled_from([16, 17]))
several = st.lists(st.tuples(geometries(), weighted.drawn, channels, channels), min_size=6, max_size=8)


@pytest.mark.parametrize("kernel", KERNELS)
@settings(max_examples=3, deadline=None)
@given(several)
def test_transposed_convolutions_of_any_shape_equal_tflm(kernel, cases):
    net = Net()
    for case in cases:
        add(net, *case)
    interpreter = all(case.bias != "left out" for _, case, _, _ in cases)
    with weighted.preferring(kernel):
        assert_bit_exact(net.blob(), 2, interpreter, target=Target(KERNELS[kernel]))


@contextmanager
def phases_apart():
    """Only the variants in which each phase is a call."""
    windows = transpose_conv._windows
    with mock.patch.object(transpose_conv, "_windows", lambda layer, _: windows(layer, True)):
        yield


CASE = weighted.Drawn(
    seed=1, zeros=0.2, extreme=False, exponent=-9, tie=True, per_channel=True, bias="small", input_zero=-7,
    output_zero=3, activation="NONE",
)  # fmt: skip
IMAGE = ((1, 3, 5), (6, 9), (3, 4), (2, 2), "SAME")
SIGNAL = ((1, 1, 12), (1, 24), (1, 3), (1, 2), "SAME")


def network():
    net = Net()
    for geometry in (IMAGE, SIGNAL, ((1, 4, 1), (13, 1), (4, 1), (3, 2), "VALID")):
        add(net, geometry, CASE, 5, 3)
    return net.blob()


def test_phases_by_themselves_equal_tflm():
    with phases_apart():
        assert_bit_exact(network(), 3)
        layers = generate(read(network()), "m").plan.layers
    assert [len(layer.kernel) > 0 and "transpose" in layer.kernel for layer in layers] == [True, True, True]


def test_a_signal_of_twice_the_length_can_be_one_convolution():
    with weighted.preferring("ecgp_conv_dual_s8"):
        layers = generate(read(network()), "m").plan.layers
    assert layers[1].kernel == "ecgp_conv_dual_s8"
    assert "transpose" in layers[0].kernel


@pytest.mark.slow
@pytest.mark.parametrize(("kernel", "board"), [(k, b) for k, b in zip(
    list(KERNELS)[:3], ("microbit", "mps2_an386", "mps3_an547"), strict=True)])  # fmt: skip
def test_a_core_answers_what_tflm_answers(kernel, board, tmp_path):
    assert_core_answers(network(), kernel, board, tmp_path / "model")


def test_output_of_a_shape_that_does_not_fit_is_refused():
    net = Net()
    add(net, ((1, 1, 12), (1, 22), (1, 3), (1, 2), "SAME"), CASE, 2, 2)
    with pytest.raises(UnsupportedOperatorError, match=r"output \[1, 1, 22, 2\] of input \[1, 1, 12, 2\]"):
        generate(read(net.blob()), "m")


def test_layers_count_the_multiplications_of_the_taps_alone():
    net = Net()
    add(net, SIGNAL, CASE, 5, 3)
    (layer,) = generate(read(net.blob()), "m").plan.layers
    assert layer.macs == 12 * 3 * 5 * 3
    assert 0 < layer.nonzero_macs < layer.macs
    assert np.isfinite(layer.instructions_estimate)
