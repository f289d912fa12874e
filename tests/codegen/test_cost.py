"""The cost model against instructions and cycles of runs on QEMU, and the tool that fits it to them."""

import functools
import itertools
import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from firmware_models import needs_qemu
from networks import PROBABILITY, Net

from ecgprune.board import known_boards
from ecgprune.calibration import fitting, measuring, suite
from ecgprune.codegen import cost, generate, ops
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import integer
from ecgprune.codegen.kernels import smlal
from ecgprune.codegen.plan import plan
from ecgprune.codegen.target import CORES, Optimize, Target
from ecgprune.errors import CodegenError
from ecgprune.graph.reader import read
from ecgprune.pipeline import bench

REFERENCE = Path(__file__).parents[2] / "firmware" / "models" / "reference" / "model.tflite"
ERROR = 0.10
LAYER_ERROR = 0.15
WEIGHTED = ("CONV_2D", "FULLY_CONNECTED", "DEPTHWISE_CONV_2D")
SHARE = 0.02  # of the total: smaller layers do not matter


def call(kernel, **amounts):
    return KernelCall(0, kernel, "x.h", "x_params", dict(amounts), (0,), (1,))


def test_fit_finds_the_coefficients_that_made_the_counts(monkeypatch):
    monkeypatch.setattr(cost, "features", lambda call: {"call": 1.0, **call.params})
    rng = np.random.default_rng(1)
    calls = []
    for _ in range(30):
        a, b = (int(n) for n in rng.integers(1, 1000, 2))
        given = call("ecgp_k", weight=a, output=b, never=0)
        calls.append(measuring.Counted(given, 40 + 7.5 * a + 0.25 * b, 60 + 9 * a + b))
    (found,) = fitting.fit(measuring.Measured("Cortex-M4", calls, {"ecgp_k": 120}))
    assert found.instructions.coefficients == {"call": 40, "output": 0.25, "weight": 7.5}
    assert found.cycles.coefficients == {"call": 60, "output": 1, "weight": 9}
    assert (found.kernel, found.calls, found.code_bytes) == ("ecgp_k", 30, 120)
    assert max(abs(found.instructions.worst), abs(found.cycles.worst)) < 1e-3


def test_fitted_coefficients_are_written_beside_those_of_other_cores(tmp_path):
    fitted = [fitting.Fitted({"call": number}, 0.0, 0.0, "") for number in range(3)]
    fits = [fitting.Fit("ecgp_k", core, 1, fitted[n], fitted[n + 1], 8) for n, core in enumerate(CORES[:2])]
    fitting.write(fits[:1], tmp_path)
    fitting.write(fits[1:], tmp_path)
    assert json.loads((tmp_path / "ecgp_k.json").read_text()) == {
        "Cortex-M0": {"code_bytes": 8, "cycles": {"call": 1}, "instructions": {"call": 0}},
        "Cortex-M3": {"code_bytes": 8, "cycles": {"call": 2}, "instructions": {"call": 1}},
    }


def test_the_suite_is_the_same_every_time():
    def shown():
        layers = suite.layers(1, ["CONV_2D", "ADD"], share=0.3)
        return [(c.kernel, c.weight_bytes, c.scratch_bytes) for _, c in measuring.offered(layers, "Cortex-M4")]

    assert shown() == shown()


@pytest.mark.parametrize("core", ["Cortex-M0", "Cortex-M4", "Cortex-M55"])
def test_two_objectives_are_offered_what_all_are(core, monkeypatch):
    def found(objectives):
        monkeypatch.setattr(measuring, "_OBJECTIVES", objectives)
        calls = (call for _, call in measuring.offered(layers, core))
        return sorted((call.kernel, call.op, call.weight_bytes, call.scratch_bytes) for call in calls)

    layers, two = suite.layers(1, share=0.05), measuring._OBJECTIVES
    assert found(two) == found(get_args(Optimize))
    assert found(two) != found(two[:1])


@pytest.fixture(scope="module")
def kernels():
    """{core: the kernels offered there} for the layers of the suite."""
    layers = suite.layers(1)

    @functools.cache  # no operator asks for more than these two of a core
    def offered(dsp, helium):
        core = next(c for c in CORES if (Target(c).dsp, Target(c).helium) == (dsp, helium))
        return {call.kernel for _, call in measuring.offered(layers, core)}

    return {core: offered(Target(core).dsp, Target(core).helium) for core in CORES}


@pytest.mark.parametrize("core", CORES)
def test_every_kernel_that_is_offered_on_a_core_was_calibrated_there(kernels, core):
    offered = kernels[core]
    wanted = {"ecgp_conv_s8", "ecgp_fully_connected_s8", "ecgp_depthwise_conv_s8", "ecgp_add_s8", "ecgp_pad_s8"}
    assert wanted <= offered
    assert all(cost.code_bytes(kernel, Target(core)) > 0 for kernel in offered)
    tables = [json.loads((cost.FOLDER / f"{kernel}.json").read_text()) for kernel in offered]
    assert all(table[core]["cycles"] for table in tables)


def test_the_cases_offer_every_kernel_that_a_specification_names(kernels):
    assert set().union(*kernels.values()) == set(ops.costs())


def test_a_kernel_that_was_not_measured_is_refused(monkeypatch, tmp_path):
    net = Net()
    net.apply("LOGISTIC", net.input((1, 4), (0.1, 0)), (1, 4), PROBABILITY)
    (call,) = ops.variants(read(net.blob()), read(net.blob()).ops[0], Target())[0]
    expected = cost.instructions(call, Target("Cortex-M0"))
    table = json.loads((cost.FOLDER / "ecgp_lookup_s8.json").read_text())
    (tmp_path / "ecgp_lookup_s8.json").write_text(json.dumps({"Cortex-M0": table["Cortex-M0"]}))
    monkeypatch.setattr(cost, "FOLDER", tmp_path)
    cost._coefficients.cache_clear()
    try:
        assert cost.instructions(call, Target("Cortex-M0")) == expected
        for refused in (lambda: cost.instructions(call, Target()), lambda: generate(read(net.blob()), "m")):
            with pytest.raises(CodegenError) as caught:
                refused()
            assert str(caught.value) == (
                "kernel ecgp_lookup_s8 was not measured on Cortex-M4, expected coefficients in ecgp_lookup_s8.json:"
                " run `make calibrate`"
            )
    finally:
        cost._coefficients.cache_clear()


def test_a_kernel_without_a_cost_rule_is_refused():
    with pytest.raises(CodegenError, match="kernel ecgp_k has no cost rule: add it to the costs of its operator"):
        cost.instructions(call("ecgp_k"), Target())


def test_a_core_that_nothing_was_measured_on_is_refused():
    with pytest.raises(CodegenError, match=r"core is Cortex-M23, expected one of Cortex-M0, .*: .*`make calibrate`"):
        Target("Cortex-M23")
    with pytest.raises(CodegenError, match="core is Cortex-M23"):
        Target.for_board("Cortex-M23")


def test_code_for_the_host_is_planned_for_the_core_that_it_stands_for():
    graph = read(REFERENCE)
    planned = plan(graph, "auto", Target.for_board("host", "flash"))
    assert planned.layers == plan(graph, "auto", Target("Cortex-M4", "flash")).layers
    assert planned.target.core == "Cortex-M4"
    with pytest.raises(CodegenError, match="core is host"):
        Target("host")


def test_calibration_can_be_restricted_to_a_kernel():
    assert suite.operators_of(["ecgp_clamp_s8"]) == ["RELU", "RELU6"]
    names = {op.name for graph in suite.layers(1, ["RELU", "RELU6"]) for op in graph.ops}
    assert names == {"RELU"}
    with pytest.raises(CodegenError, match="kernel is ecgp_k, expected one of ecgp_add_constant_s16, "):
        suite.operators_of(["ecgp_k"])


def test_the_rule_of_packed_words_counts_what_the_kernel_packs():
    """Word by word, as ecgp_smlal_pack.h goes through rows, phases and columns."""
    layers = suite.layers(3, ["CONV_2D", "DEPTHWISE_CONV_2D"], share=0.2)
    calls = [call for _, call in measuring.offered(layers, "Cortex-M3") if call.kernel == smlal.KERNEL]
    for one in calls:
        get = functools.partial(integer, one)
        found = dict.fromkeys(("chunk", "chunk_row", "chunk_line", "word", "edge"), 0)
        for y, x in itertools.product(range(get("output_h")), range(0, get("output_w"), 2 * get("distance"))):
            found["chunk"] += 1
            distance = min(get("distance"), 4 * -(-(get("output_w") - x) // 8))
            lower = min(x, get("output_w") - distance)
            apart = min(distance, get("output_w") - distance - lower)
            for phase, ky in itertools.product(range(get("phases")), range(get("kernel_h"))):
                row = y * get("stride_h") - get("pad_top") + ky * get("dilation_h")
                columns = [(lower + i) * get("stride_w") - get("pad_left") + phase
                           for i in range(get("length") - get("distance") + distance)]  # fmt: skip
                last = get("input_w") - apart * get("stride_w")
                inside = sum(0 <= row < get("input_h") and 0 <= column < last for column in columns)
                found["chunk_row"] += 1
                found["chunk_line"] += get("input_c") * (inside > 0)
                found["word"] += get("input_c") * inside
                found["edge"] += len(columns) - inside
        amounts = cost.features(one)
        assert {name: amounts[name] for name in found} == found
    assert len(calls) > 50


def test_the_layers_of_one_operator_do_not_depend_on_which_others_are_drawn():
    def shapes(graphs):
        return [[(t.shape, t.dtype) for t in g.tensors] for g in graphs if g.ops[0].name == "ADD"]

    assert shapes(suite.layers(1)) == shapes(suite.layers(1, ["ADD"]))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["reference", "A weight 80%"])
def test_predictions_are_within_ten_percent_of_the_count(model):
    """In all, and within fifteen for every layer that matters."""
    from ecgprune.calibration.networks import random_network

    needs_qemu()
    source = REFERENCE if model == "reference" else random_network("acharya", 260, "weight", 0.8)
    subject = bench.Subject(source, model, 1)
    for core in CORES:
        row = bench.measure(subject, measuring.board_of(core))
        assert row["instructions_estimate"] == pytest.approx(row["instructions"], rel=ERROR), core
        assert row["cycles_predicted"] == pytest.approx(row["cycles_estimate"], rel=ERROR), core
        for layer in row["layers"]:
            if layer["kernel"] == "ecgp_softmax_computed_s8":  # predicted at its most: exponentials near 0 take less
                assert layer["instructions"] < (1 + LAYER_ERROR) * layer["instructions_estimate"], (core, layer)
            elif layer["instructions"] > SHARE * row["instructions"]:
                found = pytest.approx(layer["instructions"], rel=LAYER_ERROR)
                assert layer["instructions_estimate"] == found, (core, layer)


@pytest.mark.slow
@pytest.mark.parametrize(("core", "seed"), [("Cortex-M0", 7), ("Cortex-M4", 7), ("Cortex-M55", 2)])
def test_no_sparse_variant_is_selected_that_loses_to_a_dense_one(core, seed):
    """By the time of all variants of some layers, as they ran; selection sees predictions."""
    needs_qemu()
    layers = suite.layers(seed, WEIGHTED, share=1 / 7)
    counted = {}
    for one in measuring.measure(layers, measuring.board_of(core)).calls:
        counted[_key(one.call)] = one.cycles
    judged = 0
    for graph in layers:
        taken = [planned.call for planned in plan(graph, "auto", Target(core, "speed")).calls]
        if not taken[0].is_sparse or any(_key(call) not in counted for call in taken):  # fewer channels, or too large
            continue
        calls = [call for _, call in measuring.offered([graph], core)]
        pool = [call for call in calls if call.op == 1]
        dense = [[c, *([] if c.fused is not None else pool)] for c in calls if c.op == 0 and not c.is_sparse]
        sums = [sum(counted[_key(c)] for c in variant) for variant in dense if all(_key(c) in counted for c in variant)]
        spent = sum(counted[_key(call)] for call in taken)
        assert spent <= (1 + ERROR) * min(sums) + 300, (core, [call.kernel for call in taken], sums)
        judged += 1
    assert judged >= 4


def _key(call):
    fields = tuple((name, value) for name, value in call.params.items() if isinstance(value, int | str))
    data = tuple(array.data.tobytes() for array in call.arrays)
    return (call.kernel, call.fused, fields, data)


def test_a_board_stands_for_each_core():
    cores = {board.core for board in known_boards().values() if board.machine}
    assert {measuring.board_of(core).core for core in CORES} == cores
