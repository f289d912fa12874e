"""Every operator that code can be generated for, against TFLM: on the host, and on emulated cores."""

import math

import pytest
from cores import assert_core_answers
from fragments import fragments, network
from oracle import assert_bit_exact

from ecgprune.codegen import ops

LARGEST = 240  # bytes of inputs and outputs


def test_every_supported_operator_has_a_fragment():
    assert list(fragments()) == ops.supported()


@pytest.mark.parametrize("name", fragments())
def test_a_fragment_has_its_operator_and_fits_beside_the_others(name):
    net = network(name)
    assert name in {op.name for op in net.ops}
    sizes = {"int8": 1, "uint8": 1, "int16": 2, "int32": 4, "float32": 4}
    ports = [net.spec(t) for t in (*net.inputs, *net.outputs)]
    assert sum(sizes[t.dtype] * math.prod(t.shape) for t in ports) <= LARGEST


@pytest.mark.parametrize("sparse", ["never", "always"])
def test_all_operators_equal_tflm_layer_by_layer(sparse):
    assert_bit_exact(network().blob(), vectors=6, interpreter=False, sparse=sparse)


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps3_an547"])  # of the others see test_matrix.py
def test_a_core_answers_for_all_operators_what_tflm_answers(board, tmp_path):
    assert_core_answers(network().blob(), None, board, tmp_path / "model")
