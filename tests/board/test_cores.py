"""Kernels on emulated cores, where branches run that the host never takes: with SMLAL and DSP, SMLAL only, neither."""

import conv_cases
import matrix_cases
import numpy as np
import pytest
import smlal_cases
from cores import assert_core_answers, network
from networks import BINARY, FUSING, Net


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an385", "microbit"])
@pytest.mark.parametrize("kernel", ["ecgp_conv_s8", smlal_cases.SMLAL])
def test_a_core_answers_what_tflm_answers(kernel, board, tmp_path):
    for seed in range(2):
        assert_core_answers(network(seed), kernel, board, tmp_path / str(seed))


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "microbit"])
def test_a_core_answers_with_codes_what_tflm_answers(board, tmp_path):
    with smlal_cases.preferring_codes():
        assert_core_answers(network(5), smlal_cases.CODES, board, tmp_path / "model")


def matrices(seed):
    """Matrices of all small depths, some large ones, and drawn widths, rows and zeros; all are outputs."""
    rng = np.random.default_rng(seed)
    net = Net()
    for depth in (*range(1, 26), 63, 64, 255, 256, 299, 601):
        case = conv_cases.a_case(
            seed=int(rng.integers(2**32)), zeros=float(rng.choice([0.0, 0.3, 0.6, 0.9, 1.0])),
            extreme=bool(rng.integers(2)), exponent=int(rng.choice([-30, -12, -11, -10, -9, -2])),
            tie=bool(rng.integers(2)), per_channel=bool(rng.integers(2)), bias="large", activation="NONE",
            input_zero=int(rng.integers(-128, 128)), output_zero=int(rng.integers(-128, 128)),
        )  # fmt: skip
        outputs = int(rng.choice([1, 2, 3, 4, 5, 7, 15, 16, 17, 18, 33]))
        matrix_cases.add(net, case, (int(rng.choice([1, 1, 2])),), depth, outputs)
    return net.blob()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kernel", "board"),
    [
        (kernel, board)
        for kernel in matrix_cases.KERNELS
        for board in ("mps2_an386", "microbit")
        if kernel != matrix_cases.DUAL or board == "mps2_an386"  # it needs DSP
    ],
)
def test_a_core_multiplies_matrices_as_tflm_does(kernel, board, tmp_path):
    assert_core_answers(matrices(len(kernel)), kernel, board, tmp_path / "model")


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps3_an547", "mps2_an386"])
def test_means_side_by_side_answer_what_tflm_answers(board, tmp_path):
    net = Net()
    for count, inner in ((1, 4), (2, 3), (3, 5), (7, 8), (45, 9), (300, 1), (22, 64), (255, 6), (256, 5)):
        for scale in (0.004, 0.25, 0.5, 3.0, 2.0**20):
            x = net.input((2, 1, count, inner), (0.5, -3))
            net.apply("MEAN", [x, net.constant([1, 2])], (2, inner), (scale, 5), keep_dims=False)
    assert_core_answers(net.blob(), "ecgp_mean_s8", board, tmp_path / "image")


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps3_an547", "microbit"])
@pytest.mark.parametrize("operator", BINARY)
def test_a_core_broadcasts_as_tflm_does(operator, board, tmp_path):
    net = Net()
    for number, shapes in enumerate((((1, 7), (1, 7)), ((3, 5, 4), (1, 1, 4)), ((6, 1), (1, 9)), ((2, 3, 5), (3, 1)))):
        for scale in (0.02, 0.3, 2.0, 2.0**-9):
            x, y = (net.input(shape, (0.05 * (side + 1), 3 * number - 7)) for side, shape in enumerate(shapes))
            full = np.broadcast_shapes(*shapes)
            fused = {"fused_activation_function": ("NONE", "RELU")[number % 2]} if operator in FUSING else {}
            net.apply(operator, [x, y], full, (scale, -5), **fused)
            values = np.arange(np.prod(shapes[1])).reshape(shapes[1]) * 11 % 256 - 128
            constant = net.constant(values, ((0.1, 0.05, 0.3)[number % 3], 4))
            net.apply(operator, [x, constant], full, (scale, 9))
    kernel = f"ecgp_{'add' if operator == 'SUB' else operator.lower()}_constant_s8"
    assert_core_answers(net.blob(), kernel, board, tmp_path / "image")
