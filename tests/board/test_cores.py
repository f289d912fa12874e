"""Kernels on emulated cores, where branches run that the host never takes: with SMLAL and DSP, SMLAL only, neither."""

import numpy as np
import pytest
import test_conv
import test_conv_smlal
import test_conv_smlal_codes
import test_fully_connected
from firmware_models import needs_qemu
from networks import BINARY, Net
from oracle import random_vectors

from ecgprune.board import build_image, find_board, run_on_board
from ecgprune.codegen import generate
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read
from ecgprune.verify import vectors
from ecgprune.verify.oracles import TflmHost

COUNT = 4


def network(seed):
    """Convolutions with and without pooling, and matrices, of drawn sizes; all are outputs."""
    rng = np.random.default_rng(seed)
    net = Net()

    def one(*values):
        return values[int(rng.integers(len(values)))]

    def case():
        return test_conv.a_case(
            seed=int(rng.integers(2**32)), zeros=one(0.0, 0.6, 0.9), extreme=one(True, False),
            exponent=one(-11, -9, -8), tie=one(True, False), per_channel=one(True, False),
            bias=one("small", "large"), input_zero=one(-128, -7, 127), output_zero=one(-128, 3, 127),
            activation=one("NONE", "RELU", "RELU6"),
        )  # fmt: skip

    for number in range(6):
        geometry = test_conv.a_geometry(
            shape=(1, one(1, 3), int(rng.integers(14, 60))), kernel=(1, int(rng.integers(1, 6))),
            stride=(1, one(1, 2, 3)), dilation=(1, one(1, 2)), padding=one("SAME", "VALID"),
        )  # fmt: skip
        channels = int(rng.integers(1, 9)), int(rng.integers(1, 9))
        if number % 2:
            test_conv_smlal.add_pooled(net, geometry, case(), *channels)
        else:
            test_conv.add_conv(net, geometry, case(), 1, *channels)
    for depth, outputs in ((int(rng.integers(1, 90)), int(rng.integers(1, 11))), (64, 9), (299, 18)):
        test_fully_connected.add(net, case(), (1,), depth, outputs)
    return net.blob()


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an385", "microbit"])
@pytest.mark.parametrize("kernel", ["ecgp_conv_s8", test_conv_smlal.SMLAL])
def test_a_core_answers_what_tflm_answers(kernel, board, tmp_path):
    for seed in range(2):
        assert_core_answers(network(seed), kernel, board, tmp_path / str(seed))


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "microbit"])
def test_a_core_answers_with_codes_what_tflm_answers(board, tmp_path):
    with test_conv_smlal_codes.preferring_codes():
        assert_core_answers(network(5), test_conv_smlal_codes.CODES, board, tmp_path / "model")


def assert_core_answers(blob, kernel, board, folder):
    """The board gives TFLM's outputs for random vectors, with `kernel` wherever the planner can take it."""
    needs_qemu()
    graph = read(blob)
    rows = [np.stack([v[i].reshape(-1) for v in random_vectors(graph, COUNT)]) for i in range(len(graph.inputs))]
    expected = TflmHost(blob, graph, all_layers=True).layers(rows)
    (folder / "model").mkdir(parents=True)
    with test_fully_connected.preferring(kernel):
        generated = generate(graph, "m", target=Target(find_board(board).core))
    assert kernel in {layer.kernel for layer in generated.plan.layers}
    for name, text in generated.files.items():
        (folder / "model" / name).write_text(text)
    vectors.write(folder / "vectors.bin", rows, [expected[i] for i in graph.outputs], {})
    image = build_image(folder / "model", board, folder / "out")
    assert run_on_board(image, folder / "vectors.bin", count=False).mismatches == 0


def matrices(seed):
    """Matrices of all small depths, some large ones, and drawn widths, rows and zeros; all are outputs."""
    rng = np.random.default_rng(seed)
    net = Net()
    for depth in (*range(1, 26), 63, 64, 255, 256, 299, 601):
        case = test_conv.a_case(
            seed=int(rng.integers(2**32)), zeros=float(rng.choice([0.0, 0.3, 0.6, 0.9, 1.0])),
            extreme=bool(rng.integers(2)), exponent=int(rng.choice([-30, -12, -11, -10, -9, -2])),
            tie=bool(rng.integers(2)), per_channel=bool(rng.integers(2)), bias="large", activation="NONE",
            input_zero=int(rng.integers(-128, 128)), output_zero=int(rng.integers(-128, 128)),
        )  # fmt: skip
        outputs = int(rng.choice([1, 2, 3, 4, 5, 7, 15, 16, 17, 18, 33]))
        test_fully_connected.add(net, case, (int(rng.choice([1, 1, 2])),), depth, outputs)
    return net.blob()


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps2_an385", "microbit"])
@pytest.mark.parametrize("kernel", test_fully_connected.KERNELS)
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
            net.apply(operator, [x, y], full, (scale, -5), fused_activation_function=("NONE", "RELU")[number % 2])
            constant = net.constant(np.arange(np.prod(shapes[1])).reshape(shapes[1]) * 11 % 256 - 128, (0.1, 4))
            net.apply(operator, [x, constant], full, (scale, 9))
    kernel = f"ecgp_{operator.lower()}_constant_s8"
    assert_core_answers(net.blob(), kernel, board, tmp_path / "image")
