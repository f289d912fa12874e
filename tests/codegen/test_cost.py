"""The cost model against instructions counted on QEMU, and the tool that fits it to them."""

from pathlib import Path

import numpy as np
import pytest
from firmware_models import needs_qemu

from ecgprune.board import known_boards
from ecgprune.calibration import fitting, measuring, suite
from ecgprune.codegen import cost
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.plan import plan
from ecgprune.codegen.target import CORES, Target
from ecgprune.pipeline import bench

REFERENCE = Path(__file__).parents[2] / "firmware" / "models" / "reference" / "model.tflite"
ERROR = 0.10
LAYER_ERROR = 0.15
SHARE = 0.02  # of the total: smaller layers do not matter


def call(kernel, **amounts):
    return KernelCall(0, kernel, "x.h", "x_params", dict(amounts), (0,), (1,))


def test_fit_finds_the_coefficients_that_made_the_counts(monkeypatch):
    monkeypatch.setattr(cost, "features", lambda call: {"call": 1.0, **call.params})
    rng = np.random.default_rng(1)
    calls = []
    for _ in range(30):
        a, b = (int(n) for n in rng.integers(1, 1000, 2))
        calls.append((call("ecgp_k", weight=a, output=b, never=0), 40 + 7.5 * a + 0.25 * b))
    (found,) = fitting.fit(measuring.Measured("Cortex-M4", calls, {"ecgp_k": 120}))
    assert found.coefficients == {"call": 40, "code_bytes": 120, "output": 0.25, "weight": 7.5}
    assert (found.kernel, found.calls) == ("ecgp_k", 30)
    assert abs(found.worst) < 1e-3


def test_fitted_coefficients_are_written_beside_those_of_other_cores(tmp_path):
    fits = [fitting.Fit("ecgp_k", core, {"call": number}, 1, 0.0, 0.0, "") for number, core in enumerate(CORES[:2])]
    fitting.write(fits[:1], tmp_path)
    fitting.write(fits[1:], tmp_path)
    assert (tmp_path / "ecgp_k.json").read_text() == (
        '{\n  "Cortex-M0": {\n    "call": 0\n  },\n  "Cortex-M3": {\n    "call": 1\n  }\n}\n'
    )


def test_the_suite_is_the_same_every_time():
    def shown():
        return [(c.kernel, c.weight_bytes, c.scratch_bytes) for _, c in measuring.offered(suite.layers(1), "Cortex-M4")]

    assert shown() == shown()


@pytest.mark.parametrize("core", CORES)
def test_every_kernel_that_is_offered_on_a_core_was_calibrated_there(core):
    offered = {call.kernel for _, call in measuring.offered(suite.layers(1), core)}
    wanted = {"ecgp_conv_s8", "ecgp_fully_connected_s8", "ecgp_depthwise_conv_s8", "ecgp_add_s8", "ecgp_pad_s8"}
    assert wanted <= offered
    assert [kernel for kernel in sorted(offered) if cost.code_bytes(kernel, Target(core)) == 0] == []


def random_of(pattern):
    from ecgprune.calibration.networks import random_network

    return random_network("acharya", 260, *pattern)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["reference", "A dense", "A weight 80%", "A block 60%"])
def test_predictions_are_within_ten_percent_of_the_count(model):
    """In all, and within fifteen for every layer that matters."""
    needs_qemu()
    patterns = {"A dense": ("weight", 0.0), "A weight 80%": ("weight", 0.8), "A block 60%": ("block", 0.6)}
    subject = bench.Subject(REFERENCE if model == "reference" else random_of(patterns[model]), model, 1)
    for core in CORES:
        row = bench.measure(subject, measuring.board_of(core))
        assert row["instructions_estimate"] == pytest.approx(row["instructions"], rel=ERROR), core
        for layer in row["layers"]:
            if layer["instructions"] > SHARE * row["instructions"]:
                found = pytest.approx(layer["instructions"], rel=LAYER_ERROR)
                assert layer["instructions_estimate"] == found, (core, layer)


@pytest.mark.slow
@pytest.mark.parametrize("core", ["Cortex-M0", "Cortex-M4", "Cortex-M55"])
def test_no_sparse_form_is_chosen_that_loses_to_a_dense_one(core):
    """By the counts of all forms of some layers; the planner sees estimates."""
    needs_qemu()
    layers = suite.layers(7, weighted=8, others=0)
    counted = {}
    for call, instructions in measuring.measure(layers, measuring.board_of(core)).calls:
        counted[_key(call)] = instructions
    judged = 0
    for graph in layers:
        steps = [step.call for step in plan(graph, "auto", Target(core)).steps]
        if not steps[0].is_sparse or any(_key(call) not in counted for call in steps):  # trimmed, or too large
            continue
        calls = [call for _, call in measuring.offered([graph], core)]
        pool = [call for call in calls if call.op == 1]
        forms = [[c, *([] if c.fused is not None else pool)] for c in calls if c.op == 0 and not c.is_sparse]
        dense = [sum(counted[_key(c)] for c in form) for form in forms if all(_key(c) in counted for c in form)]
        taken = sum(counted[_key(call)] for call in steps)
        assert taken <= (1 + ERROR) * min(dense) + 300, (core, [call.kernel for call in steps], dense)
        judged += 1
    assert judged >= 4


def _key(call):
    fields = tuple((name, value) for name, value in call.params.items() if isinstance(value, int | str))
    data = tuple(array.data.tobytes() for array in call.arrays)
    return (call.kernel, call.fused, fields, data)


def test_a_board_stands_for_each_core():
    cores = {board.core for board in known_boards().values() if board.machine}
    assert {measuring.board_of(core).core for core in CORES} == cores
