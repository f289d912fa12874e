"""CONV_2D and DEPTHWISE_CONV_2D: generated C, dense and sparse, against TFLM and the interpreter."""


import numpy as np
import pytest
import weighted
from conv_cases import EXAMPLES, a_case, a_geometry, add_conv, add_depthwise, convs, depthwises, interpreted
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate
from ecgprune.codegen.lowering.window import TILE
from ecgprune.codegen.ops import variants
from ecgprune.codegen.target import Target
from ecgprune.errors import CodegenError, UnsupportedOperatorError
from ecgprune.graph.reader import read

SPARSE = ["ecgp_conv_sparse_s8", "ecgp_conv_sparse_smlal_s8"]


@pytest.mark.parametrize("kernel", ["ecgp_conv_s8", *SPARSE])
@EXAMPLES
@given(st.lists(convs, min_size=4, max_size=8))
def test_any_convolution_equals_tflm_bit_for_bit(kernel, cases):
    net = Net()
    for case in cases:
        add_conv(net, *case)
    with weighted.preferring(kernel):
        assert_bit_exact(net.blob(), vectors=3, interpreter=interpreted(cases))


@pytest.mark.parametrize("kernel", ["ecgp_depthwise_conv_s8", *SPARSE])
@EXAMPLES
@given(st.lists(depthwises, min_size=4, max_size=8))
def test_any_depthwise_convolution_equals_tflm_bit_for_bit(kernel, cases):
    net = Net()
    for case in cases:
        add_depthwise(net, *case)
    with weighted.preferring(kernel):
        assert_bit_exact(net.blob(), vectors=3, interpreter=interpreted(cases))


def lowered(net, sparse="auto"):
    graph = read(net.blob())
    return graph, generate(graph, "m", sparse)


def test_taps_further_apart_than_a_byte_are_bridged():
    net = Net()
    geometry = a_geometry(kernel=(2, 3), shape=(1, 3, 60), padding="VALID")
    add_conv(net, geometry, a_case(zeros=0.97), 1, 12, 3)  # a kernel row is 720 bytes from the next
    assert_bit_exact(net.blob(), sparse="always")


def test_a_channel_of_zeros_has_no_entries_and_a_layer_of_zeros_still_answers():
    net = Net()
    add_conv(net, a_geometry(), a_case(zeros=1.0), 1, 3, 4)
    with weighted.preferring("ecgp_conv_sparse_s8"):
        graph = assert_bit_exact(net.blob(), sparse="always")
        call = generate(graph, "m", "always").plan.calls[0].call
    assert call.params["counts"].data.tolist() == [0, 0, 0, 0]
    assert call.nonzero_macs == 0


def test_sparse_variant_stores_two_bytes_per_nonzero_weight_at_most():
    net = Net()
    add_conv(net, a_geometry(), a_case(zeros=0.8), 1, 8, 8)
    graph, generated = lowered(net, "always")
    nonzero = int(np.count_nonzero(graph.tensor(1).data))
    assert nonzero < generated.plan.calls[0].call.params["entries"].data.size <= 2 * nonzero


def test_auto_takes_the_sparse_variant_from_high_sparsity_on():
    for zeros, exponent, kernel in ((0.0, 1, "ecgp_conv_s8"), (0.9, 1, "ecgp_conv_sparse_s8"), (0.9, -9, SPARSE[-1])):
        net = Net()
        add_conv(net, a_geometry(), a_case(zeros=zeros, exponent=exponent), 1, 8, 8)
        _, generated = lowered(net)
        assert generated.plan.layers[0].kernel == kernel


def test_never_and_always_select_among_their_variants_only():
    net = Net()
    add_conv(net, a_geometry(), a_case(), 1, 8, 8)
    chosen = [lowered(net, mode)[1].plan.layers[0].kernel for mode in ("never", "always")]
    assert "sparse" not in chosen[0]
    assert chosen[1] == SPARSE[-1]


def test_an_accumulator_that_could_overflow_is_refused_by_channel_and_bound():
    net = Net()
    geometry = a_geometry(shape=(1, 1, 8), kernel=(1, 1), padding="VALID")
    add_conv(net, geometry, a_case(extreme=True, zeros=0.0, exponent=20, bias="left out", per_channel=False), 1, 5, 2)
    message = r"operator 0 \(CONV_2D, output 't2'\): the accumulator of channel 0 can reach \d+, expected less than \d+"
    with pytest.raises(CodegenError, match=message):
        lowered(net)


def test_a_bias_at_the_end_of_int32_is_refused():
    net = Net()
    add_conv(net, a_geometry(), a_case(), 1, 2, 2)
    net.tensors[2].data[:] = -(2**31)
    with pytest.raises(CodegenError, match="channel 0 can reach 21475"):
        lowered(net)


def unsupported(change):
    net = Net()
    add_conv(net, a_geometry(), a_case(), 1, 2, 2)
    change(net)
    with pytest.raises(UnsupportedOperatorError) as error:
        lowered(net)
    return str(error.value)


def replace(net, index, **fields):
    spec = net.tensors[index]
    net.tensors[index] = type(spec)(**{**vars(spec), **fields})


def as_input(net):
    """The weights are an input of the model."""
    replace(net, 1, data=None)
    net.inputs.append("t1")


def test_unsupported_operators_are_named_with_what_is_supported():
    where = "operator 0 (CONV_2D, output 't3'): "
    assert unsupported(lambda n: replace(n, 1, dtype="int16", data=n.tensors[1].data.astype("int16"))) == (
        where + "int16 weights; supported: int8 weights"
    )
    assert unsupported(lambda n: replace(n, 2, dtype="int64", data=n.tensors[2].data.astype("int64"))) == (
        where + "int64 biases; supported: int32 biases"
    )
    assert unsupported(lambda n: replace(n, 1, zero_points=(5, 0))) == (
        where + "weights with zero point 5; supported: zero point 0"
    )
    assert unsupported(as_input) == where + "weights that are no constant; supported: constant weights"
    assert unsupported(lambda n: replace(n, 3, shape=(1, 1, 39, 2))) == (
        where + "output shape [1, 1, 39, 2]; supported: [1, 1, 40, 2] for its inputs"
    )


def test_python_and_c_agree_on_the_positions_of_a_tile(request):
    header = (request.config.rootpath / "firmware/lib/nn/ecgp_window.h").read_text()
    assert f"#define ECGP_TILE {TILE}\n" in header


def test_dense_comes_first_among_the_variants():
    net = Net()
    add_conv(net, a_geometry(), a_case(), 1, 2, 2)
    graph = read(net.blob())
    kernels = [calls[0].kernel for calls in variants(graph, graph.ops[0], Target())]
    assert list(dict.fromkeys(kernels))[:3] == ["ecgp_conv_s8", *SPARSE]
