"""FULLY_CONNECTED on Helium: on the host the C beside the vectors, on an emulated Cortex-M55 the vectors themselves."""

from pathlib import Path

import cores
import matrix_cases
import numpy as np
import pytest
import weighted
from hypothesis import given
from hypothesis import strategies as st
from networks import Net
from oracle import assert_bit_exact

from ecgprune.codegen import generate
from ecgprune.codegen.kernels import helium
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

M55 = Target("Cortex-M55")
DENSE = "ecgp_fully_connected_helium_s8"


def chosen(net, target=M55):
    return [layer.kernel for layer in generate(read(net.blob()), "m", target=target).plan.layers]


@matrix_cases.EXAMPLES
@given(st.lists(matrix_cases.cases, min_size=5, max_size=10))
def test_any_fully_connected_equals_tflm_bit_for_bit(cases):
    net = Net()
    for case in cases:
        matrix_cases.add(net, *case)
    with weighted.preferring(DENSE):
        assert_bit_exact(net.blob(), vectors=3, interpreter=False, target=M55)


@pytest.mark.slow
def test_the_vectors_of_a_core_answer_what_tflm_answers(tmp_path):
    rng = np.random.default_rng(1)
    net = Net()
    for outputs in (1, 2, 3, 4, 5, 7, 8, 13, 30):
        for depth in (1, 5, 16, 17, 64, 301):
            case = matrix_cases.a_case(
                seed=int(rng.integers(2**32)), extreme=bool(rng.integers(2)), tie=bool(rng.integers(2)),
                zeros=float(rng.choice([0.0, 0.9])), exponent=int(rng.choice([-24, -13, -10, -8, 0, 3])),
                per_channel=bool(rng.integers(2)), bias=str(rng.choice(["left out", "small", "large"])),
                activation=str(rng.choice(["NONE", "RELU6"])), output_zero=int(rng.choice([-128, 3, 127])),
            )  # fmt: skip
            matrix_cases.add(net, case, (int(rng.integers(1, 3)),), depth, outputs)
    cores.assert_core_answers(net.blob(), DENSE, "mps3_an547", tmp_path / "image")


def test_it_is_chosen_on_a_cortex_m55_only():
    net = Net()
    matrix_cases.add(net, matrix_cases.a_case(zeros=0.6), (1,), 64, 32)
    assert chosen(net) == [DENSE]
    with weighted.preferring(DENSE):
        assert chosen(net, Target("Cortex-M33")) != [DENSE]


def test_python_and_c_agree_on_the_outputs_computed_at_once():
    source = Path(__file__).parents[2] / "firmware" / "lib" / "nn" / "ecgp_fully_connected_helium.c"
    assert f"#define OUTPUTS {helium.OUTPUTS}\n" in source.read_text()
