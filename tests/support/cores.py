"""Whether an emulated core answers what TFLM answers, and a network of all kernel families to ask it with."""

import contextlib

import conv_cases
import matrix_cases
import numpy as np
import smlal_cases
from firmware_models import needs_qemu
from networks import Net
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
        return conv_cases.a_case(
            seed=int(rng.integers(2**32)), zeros=one(0.0, 0.6, 0.9), extreme=one(True, False),
            exponent=one(-11, -9, -8), tie=one(True, False), per_channel=one(True, False),
            bias=one("small", "large"), input_zero=one(-128, -7, 127), output_zero=one(-128, 3, 127),
            activation=one("NONE", "RELU", "RELU6"),
        )  # fmt: skip

    for number in range(6):
        geometry = conv_cases.a_geometry(
            shape=(1, one(1, 3), int(rng.integers(14, 60))), kernel=(1, int(rng.integers(1, 6))),
            stride=(1, one(1, 2, 3)), dilation=(1, one(1, 2)), padding=one("SAME", "VALID"),
        )  # fmt: skip
        channels = int(rng.integers(1, 9)), int(rng.integers(1, 9))
        if number % 2:
            smlal_cases.add_pooled(net, geometry, case(), *channels)
        else:
            conv_cases.add_conv(net, geometry, case(), 1, *channels)
    for depth, outputs in ((int(rng.integers(1, 90)), int(rng.integers(1, 11))), (64, 9), (299, 18)):
        matrix_cases.add(net, case(), (1,), depth, outputs)
    return net.blob()


def assert_core_answers(blob, kernel, board, folder):
    """The board gives TFLM's outputs for random vectors, with `kernel`, if any, wherever the planner can take it."""
    needs_qemu()
    graph = read(blob)
    rows = [np.stack([v[i].reshape(-1) for v in random_vectors(graph, COUNT)]) for i in range(len(graph.inputs))]
    expected = TflmHost(blob, graph, all_layers=True).layers(rows)
    (folder / "model").mkdir(parents=True)
    with matrix_cases.preferring(kernel) if kernel else contextlib.nullcontext():
        generated = generate(graph, "m", target=Target(find_board(board).core))
    assert kernel is None or kernel in {layer.kernel for layer in generated.plan.layers}
    for name, text in generated.files.items():
        (folder / "model" / name).write_text(text)
    vectors.write(folder / "vectors.bin", rows, [expected[i] for i in graph.outputs], {})
    image = build_image(folder / "model", board, folder / "out")
    assert run_on_board(image, folder / "vectors.bin", count=False).mismatches == 0
