"""Outputs that overlap their inputs: as close as the kernels' orders allow, every byte is what it is side by side.

The calls are those that may be selected for the layers of the calibration suite: of each kernel, and with one row or
several, the largest that is small enough. Each has its own memory, in which the output begins just as far below the
input as order.py says.
"""

from dataclasses import replace
from types import SimpleNamespace

import conv_cases
import numpy as np
import pytest
from firmware_models import needs_qemu
from hostmodel import HostModel
from networks import Net

from ecgprune.board import build_image, run_on_board
from ecgprune.calibration import measuring, suite
from ecgprune.codegen import generate, ops
from ecgprune.codegen.arena import Arena, reach
from ecgprune.codegen.placing import aligned
from ecgprune.codegen.render import render
from ecgprune.graph.reader import read
from ecgprune.interface import interface
from ecgprune.verify import vectors

CORES = ("Cortex-M3", "Cortex-M4", "Cortex-M55")
OPERATORS = ("CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "AVERAGE_POOL_2D", "ADD")
MODES = ("pool", "requant.per_channel", "staged.stage", "collect", "shift")
MOST = 20_000  # bytes of a call's tensors and scratch
VECTORS = 2


def images():
    """Convolutions of images with many rows; those of the suite have few."""
    found = []
    case = conv_cases.a_case(zeros=0.5)
    for shape, kernel, stride in (
        ((1, 20, 12), (3, 3), (1, 1)), ((1, 21, 13), (3, 3), (2, 2)), ((1, 25, 5), (3, 3), (1, 1)),
        ((2, 12, 30), (3, 3), (1, 1)), ((2, 1, 70), (1, 5), (1, 1)), ((1, 1, 61), (1, 3), (1, 2)),
    ):  # fmt: skip
        geometry = {"shape": shape, "kernel": kernel, "stride": stride, "dilation": (1, 1), "padding": "SAME"}
        net = Net()
        conv_cases.add_conv(net, geometry, case, 1, 4, 5)
        found.append(read(net.blob()))
        net = Net()
        conv_cases.add_depthwise(net, geometry, case, 8, 1)
        found.append(read(net.blob()))
    return found


def jobs():
    found = {}
    layers = [*suite.layers(11, OPERATORS, share=0.3), *images()]
    for core in CORES:
        for graph, call in measuring.offered(layers, core):
            over = reach(graph, call).get(call.inputs[0])
            job = measuring._Job(graph, call)
            if over is None or sum(job.sizes) > MOST or any(graph.tensor(t).dtype != np.int8 for t in call.inputs):
                continue
            rows = next((n for name, n in call.params.items() if name.endswith("output_h")), 1) > 1
            key = (call.kernel, rows, over.same, *(call.params.get(name) for name in MODES))
            source, output = (graph.tensor(side[0]).nbytes for side in (call.inputs, call.outputs))
            shared = min(output - way(over), source)  # bytes that overlap
            if key not in found or shared > found[key][0]:
                found[key] = (shared, job)
    return [job for _, job in found.values()]


def way(over):
    """Bytes that the output begins below the input, the fewest."""
    return min(over.distance, 0) if over.same else over.distance


def placed(calls, graph, overlapping):
    """An arena in which every call has its own place."""
    offsets, scratch, end = {}, {}, 0
    for number, call in enumerate(calls):
        sizes = {t: aligned(graph.tensor(t).nbytes) for t in (*call.inputs, *call.outputs)}
        ways = reach(graph, call)
        output, source = call.outputs[0], [t for t in call.inputs if t in ways][-1]
        if overlapping:
            below = aligned(way(ways[source]))
            offsets[output], offsets[source] = end + max(-below, 0), end + max(below, 0)
            end = max(offsets[t] + sizes[t] for t in (output, source))
        for t in (output, *call.inputs):
            if t not in offsets:
                offsets[t] = end
                end += sizes[t]
        scratch[number] = end
        end += aligned(call.scratch_bytes)
    return Arena(end, offsets, scratch)


@pytest.fixture(scope="module")
def generated():
    """(files of the model with every call, the same with outputs over inputs, inputs of the vectors, kernels)."""
    chosen = jobs()
    graph, plan = measuring._merged(chosen)
    calls = [planned.call for planned in plan.calls]
    inputs = tuple(dict.fromkeys(t for call in calls for t in call.inputs))
    graph = replace(graph, inputs=inputs, outputs=tuple(call.outputs[0] for call in calls), ops=graph.ops[:-1])
    plans = [replace(plan, graph=graph, arena=placed(calls, graph, over)) for over in (False, True)]
    rng = np.random.default_rng(5)
    drawn = [rng.integers(-128, 128, (VECTORS, graph.tensor(t).nbytes)).astype(np.int8) for t in inputs]
    files = [SimpleNamespace(files=render(graph, p, interface(graph, "model")).files) for p in plans]
    return *files, drawn, {call.kernel for call in calls}


@pytest.fixture(scope="module")
def expected(generated, tmp_path_factory):
    """One array [vectors, bytes] for each call, as it is computed side by side."""
    apart, _, inputs, _ = generated
    answers = HostModel(apart, tmp_path_factory.mktemp("apart")).invoke_many(list(zip(*inputs, strict=True)))
    return [np.array(of_call) for of_call in zip(*answers, strict=True)]


def test_every_kernel_with_an_order_is_among_the_calls(generated):
    assert {kernel for kernel in ops.orders() if kernel.endswith("_s8")} <= generated[3]


def test_overlapping_outputs_are_the_same_on_the_host(generated, expected, tmp_path):
    _, over, inputs, _ = generated
    answers = HostModel(over, tmp_path).invoke_many(list(zip(*inputs, strict=True)))
    for number, of_call in enumerate(zip(*answers, strict=True)):
        np.testing.assert_array_equal(np.array(of_call), expected[number], err_msg=f"call {number}")


@pytest.mark.slow
@pytest.mark.parametrize("board", ["mps2_an386", "mps3_an547"])
def test_overlapping_outputs_are_the_same_on_a_board(board, generated, expected, tmp_path):
    needs_qemu()
    _, over, inputs, _ = generated
    source = tmp_path / "src"
    source.mkdir()
    for name, text in over.files.items():
        (source / name).write_text(text)
    vectors.write(tmp_path / "vectors.bin", inputs, expected, {})
    image = build_image(source, board, tmp_path / "image")
    assert run_on_board(image, tmp_path / "vectors.bin", 300.0).mismatches == 0


def test_the_arena_of_a_chain_of_convolutions_is_little_more_than_its_largest_tensor():
    net = Net()
    x = net.input((1, 16, 16, 8), (0.1, 0))
    for _ in range(4):
        weights = net.constant(np.eye(8, dtype=np.int8).reshape(8, 1, 1, 8), (0.1, 0))
        x = net.apply(
            "CONV_2D", [x, weights], (1, 16, 16, 8), (0.1, 0), output=False, padding="SAME", stride_h=1, stride_w=1,
            dilation_h_factor=1, dilation_w_factor=1, fused_activation_function="NONE",
        )  # fmt: skip
    net.apply("RELU", x, (1, 16, 16, 8), (0.1, 0))
    plan = generate(read(net.blob()), "m").plan
    scratch = max(planned.call.scratch_bytes for planned in plan.calls)
    assert plan.arena_bytes <= 16 * 16 * 8 + aligned(scratch)

