"""The cost model against instructions counted on QEMU's Cortex-M4."""

import struct

import pytest
import test_conv
import test_fully_connected
from firmware_models import needs_qemu
from networks import Net

from ecgprune import firmware
from ecgprune.codegen import cost, generate
from ecgprune.codegen.target import Target
from ecgprune.graph.reader import read

BOARD = "mps2_an386"


def layer(kind):
    net = Net()
    if kind == "conv":
        case = test_conv.a_case(zeros=0.7)
        test_conv.add_conv(net, test_conv.a_geometry(shape=(1, 1, 64), padding="VALID"), case, 1, 16, 16)
    else:
        test_fully_connected.add(net, test_fully_connected.a_case(zeros=0.7), (1,), 300, 20)
    return read(net.blob())


def counted(graph, mode, folder):
    """(instructions of one invocation on the board, instructions estimated)."""
    generated = generate(graph, "m", mode)
    (folder / "model").mkdir(parents=True)
    for name, text in generated.files.items():
        (folder / "model" / name).write_text(text)
    sizes = [sum(graph.tensor(t).nbytes for t in side) for side in (graph.inputs, graph.outputs)]
    vector = struct.pack("<4sIII", b"EPV1", 1, *sizes) + bytes(sum(sizes))
    (folder / "vectors.bin").write_bytes(vector)
    image = firmware.build(folder / "model", BOARD, folder / "out")
    result = firmware.run(image, folder / "vectors.bin")
    return result.instructions, cost.instructions(generated.plan.steps[0].call, Target())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["conv", "fully_connected"])
def test_estimates_are_near_the_count_and_auto_takes_the_faster_form(kind, tmp_path):
    needs_qemu()
    graph = layer(kind)
    measured = {}
    for mode in ("never", "always"):
        measured[mode], estimated = counted(graph, mode, tmp_path / mode)
        assert estimated == pytest.approx(measured[mode], rel=0.15)
    chosen = generate(graph, "m").plan.layers[0].kernel
    faster = generate(graph, "m", min(measured, key=measured.__getitem__)).plan.layers[0].kernel
    assert chosen == faster
