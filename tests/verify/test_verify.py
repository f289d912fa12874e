"""Verification finds what is wrong, names it, and lets nothing else pass.

Nothing is simulated: TFLM, the interpreter, a compiler with sanitizers, and QEMU all run.
"""

import json
import os
import re
import shutil

import numpy as np
import pytest
from networks import Net
from oracle import tflm_layers
from small_network import network

from ecgprune import codegen, verify
from ecgprune.board import build_image, run_on_board
from ecgprune.errors import ArtifactError, FirmwareError, VerificationError
from ecgprune.graph.reader import read
from ecgprune.verify import interpreter, vectors
from ecgprune.verify.deviations import DEVIATIONS
from ecgprune.verify.images import Model, Outcome, read_trace, run_image
from ecgprune.verify.isolate import run_alone
from ecgprune.verify.layers import Difference, Mismatch
from ecgprune.verify.oracles import Interpreter, TflmHost

BOARD = "mps2_an386"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The network with generated C and 60 vectors' inputs: (tflite path, sources, inputs)."""
    folder = tmp_path_factory.mktemp("network")
    (folder / "model.tflite").write_bytes(network())
    write_sources(folder / "firmware")
    return folder


def write_sources(sources, change=None):
    """Generated C in `sources`; change: (array name, index, function of the old number) spoils one constant of it.

    Spoilt C does not check its constants, so that it runs.
    """
    sources.mkdir()
    for name, text in codegen.generate(read(network()), "net", "never").files.items():
        if change and name == "net.c":
            array, index, spoil = change
            found = re.search(rf"\.{array} = \{{(.*?)\}}", text, re.DOTALL)
            numbers = found[1].split(",")
            numbers[index] = f" {spoil(int(numbers[index]))}"
            text = text[: found.start(1)] + ",".join(numbers) + text[found.end(1) :]
            text = "#define ECGP_CHECK_CONSTANTS 0\n" + text
        (sources / name).write_text(text)
    return sources


def another(number):
    """A number of the same kind that shows: a quarter less of a multiplier, a hundred off a weight or bias."""
    if abs(number) > 9999:
        return number - number // 4
    return number - 100 if number > 0 else number + 100


def inputs(count=60):
    return verify.random_inputs(read(network()), count, seed=3)


def run(folder, sources, tmp_path, boards=(), **options):
    code = [verify.Generated(sources, "Cortex-M4", tuple(boards))]
    return verify.run(folder / "model.tflite", code, inputs(), tmp_path / "verify.json", **options)


def rows(result):
    return {row["runtime"]: row for row in result["runtimes"]}


needs_board = pytest.mark.skipif(
    not (shutil.which("qemu-system-arm") and shutil.which("arm-none-eabi-gcc")) and os.environ.get("CI") != "true",
    reason="no qemu-system-arm or no arm-none-eabi-gcc",
)


@needs_board
def test_host_and_board_give_every_byte_of_tflm(folder, tmp_path):
    result = run(folder, folder / "firmware", tmp_path, [BOARD], board_vectors=20, source="random")
    verify.check(result)
    found = rows(result)
    assert list(found) == ["tflm-host", "interpreter", "host-c", BOARD]
    for name in ("tflm-host", "host-c", BOARD):
        assert found[name]["bit_exact"]
        assert found[name]["mismatching_bytes"] == 0
    assert [found[name]["vectors"] for name in found] == [60, 60, 60, 20]
    image = result["firmware"][0]
    assert (image["board"], image["core"], image["runtime"], image["bit_exact"]) == (BOARD, "Cortex-M4", "native", True)
    assert image["vectors"] == 20
    assert image["instructions"] > 1000
    assert 0 < image["arena_bytes"] < image["ram_bytes"] < image["ram_available"]
    assert json.loads((tmp_path / "verify.json").read_text()) == result


def test_vectors_file_holds_the_inputs_and_the_oracles_answers(folder, tmp_path):
    file = tmp_path / "vectors.bin"
    run(folder, folder / "firmware", tmp_path, board_vectors=7, vectors=file, source="random numbers")
    read_back = vectors.read(file)
    graph = read(network())
    arranged = vectors.arrange(graph, inputs())[0]
    layers = tflm_layers(network(), graph, [[x.reshape(1, 1, 16, 1)] for x in arranged[:7]])
    expected = np.stack([layer[graph.outputs[0]] for layer in layers])
    assert np.array_equal(read_back.inputs.view(np.int8), arranged[:7])
    assert np.array_equal(read_back.outputs.view(np.int8), expected)
    about = json.loads(file.with_suffix(".json").read_text())
    assert about["oracle"] == "TensorFlow Lite Micro on the host"
    assert about["source"] == "random numbers"
    assert set(about["versions"]) == {"tflite-micro", "ai-edge-litert"}
    assert (about["vectors"], about["input_bytes"], about["output_bytes"]) == (7, 16, 5)


@pytest.mark.parametrize(
    ("array", "op_index", "operator", "layer"),
    [
        ("features_weights", 1, "MAX_POOL_2D", "pooled"),  # done in the convolution's call
        ("features_multiplier", 1, "MAX_POOL_2D", "pooled"),
        ("hidden_weights", 3, "FULLY_CONNECTED", "hidden"),
        ("scores_bias", 4, "FULLY_CONNECTED", "scores"),
    ],
)
def test_one_wrong_constant_in_the_c_is_named_with_layer_and_both_values(
    folder, tmp_path, array, op_index, operator, layer
):
    sources = write_sources(tmp_path / "spoilt", (array, 0, another))
    result = run(folder, sources, tmp_path)
    first = rows(result)["host-c"]["first_mismatch"]
    assert (first["op"], first["operator"], first["layer"]) == (op_index, operator, layer)
    graph = read(network())
    x = vectors.arrange(graph, inputs())[0][first["vector"]].reshape(1, 1, 16, 1)
    truth = tflm_layers(network(), graph, [[x]])[0][first["tensor"]][first["index"]]
    assert first["expected"] == truth
    assert first["got"] != truth
    with pytest.raises(VerificationError) as caught:
        verify.check(result)
    message = str(caught.value)
    assert message.startswith(
        f"host-c differs from TensorFlow Lite Micro on the host: operator {op_index} {operator} '{layer}', "
        f"vector {first['vector']}, index {first['index']}: expected {truth}, got {first['got']}"
    )
    assert "\n" not in message


@needs_board
def test_wrong_constant_on_a_board_is_found_layer_by_layer_there(folder, tmp_path):
    sources = write_sources(tmp_path / "spoilt", ("hidden_weights", 0, lambda n: n + 50))
    result = run(folder, sources, tmp_path, [BOARD], board_vectors=10)
    row = rows(result)[BOARD]
    assert not row["passed"]
    assert (row["first_mismatch"]["op"], row["first_mismatch"]["layer"]) == (3, "hidden")
    assert not result["firmware"][0]["bit_exact"]


@needs_board
def test_one_wrong_expected_byte_makes_the_board_fail_and_verification_say_so(folder, tmp_path):
    model_of = Model(network(), read(network()), folder / "firmware")
    few = [rows[:5] for rows in vectors.arrange(model_of.graph, inputs())]
    expected = TflmHost(model_of.tflite, model_of.graph).outputs(few)
    spoilt = expected[0].copy()
    spoilt[3, 2] += 1
    vectors.write(tmp_path / "vectors.bin", few, [spoilt], {})
    image = build_image(model_of.sources, BOARD, tmp_path / "image")
    assert run_on_board(image, tmp_path / "vectors.bin").mismatches == 1
    with pytest.raises(VerificationError, match=f"^{BOARD} reports 1 wrong of 5 vectors, .* outputs 0 of 5 are wrong"):
        run_image(model_of, image, few, expected, tmp_path / "vectors.bin")


def test_interpreter_deviates_in_fully_connected_and_single_rounding_explains_all_of_it(folder, tmp_path):
    result = run(folder, folder / "firmware", tmp_path)
    row, rounding = rows(result)["interpreter"], result["interpreter_rounding"]
    assert not row["bit_exact"]
    assert row["passed"]
    assert row["first_mismatch"]["operator"] == "FULLY_CONNECTED"
    assert rounding["explained"]
    assert list(rounding["operators"]) == ["FULLY_CONNECTED"]
    deviating = {(layer["op"], layer["operator"]) for layer in rounding["layers"]}
    assert deviating <= {(3, "FULLY_CONNECTED"), (4, "FULLY_CONNECTED")}
    assert all(layer["largest"] == 1 for layer in rounding["layers"])
    assert rounding["vectors_differing"] > 0
    assert rounding["class_change_share"] == rounding["class_changes"] / 60


def test_single_rounding_formula_equals_the_interpreter_where_tflm_does_not():
    graph = read(network())
    arranged = vectors.arrange(graph, inputs(300))
    theirs = Interpreter(network(), graph).layers(arranged)
    for number in (3, 4):
        dense = graph.ops[number]
        ours = DEVIATIONS[dense.name].formula(graph, dense, theirs)
        assert np.array_equal(ours, theirs[dense.outputs[0]])
    assert not np.array_equal(run_alone(network(), graph, graph.ops[3], theirs)[9], theirs[9])


@pytest.mark.parametrize(
    ("change", "op_index", "layer"),
    [(("kernel", 1, 5), 0, "features"), (("dense_bias", 0, 77), 3, "hidden"), (("last", 3, 9), 4, "scores")],
)
def test_interpreter_difference_of_any_other_origin_is_not_explained(change, op_index, layer):
    graph = read(network())
    arranged = vectors.arrange(graph, inputs())
    expected = TflmHost(network(), graph, all_layers=True).layers(arranged)
    spoilt = network(change)
    theirs = Interpreter(spoilt, read(spoilt)).layers(arranged)
    found = interpreter.Comparison()
    interpreter.judge(network(), graph, expected, theirs, 0, found)
    assert (found.unexplained.op, found.unexplained.layer) == (op_index, layer)


def test_every_operator_alone_gives_what_it_gives_in_the_model():
    graph = read(network())
    layers = TflmHost(network(), graph, all_layers=True).layers(vectors.arrange(graph, inputs(5)))
    for number in range(len(graph.ops)):
        alone = run_alone(network(), graph, graph.ops[number], layers)
        for index, values in alone.items():
            assert np.array_equal(values, layers[index])


def test_missing_tools_leave_rows_that_say_so_in_plain_words(folder, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    result = run(folder, folder / "firmware", tmp_path, [BOARD])
    verify.check(result)
    assert rows(result)["host-c"]["skipped"] == "make is not installed: on Debian or Ubuntu, apt install make"
    assert rows(result)[BOARD]["skipped"].endswith("apt install make")
    assert not rows(result)["host-c"]["passed"]
    assert result["firmware"] == []


def test_tflm_sources_without_a_build_of_tflm_are_left_out(folder, tmp_path):
    sources = tmp_path / "tflm"
    sources.mkdir()
    (sources / "sources.mk").write_text("ECGP_RUNTIME := tflm\nECGP_GENERATED := net.cc\n")
    (sources / "ecgp_model.h").write_text('#define ECGP_MODEL_NAME "net"\n')
    result = run(folder, sources, tmp_path, [BOARD])
    assert "host-c" not in rows(result)
    assert rows(result)[BOARD]["skipped"].startswith("the tflm runtime links your own build of TFLM")


def test_sources_that_do_not_exist_name_the_command_that_makes_them(folder, tmp_path):
    with pytest.raises(ArtifactError, match=r"^no generated C in .*nowhere; 'ecgprune export' writes it there$"):
        run(folder, tmp_path / "nowhere", tmp_path, vectors=tmp_path / "vectors.bin")


def test_class_changes_and_sizes_count_only_what_differs():
    from ecgprune.verify.layers import measure

    a = np.array([[1, 5, 2], [9, 0, 0], [3, 3, 3]], np.int8)
    b = np.array([[1, 5, 2], [9, 0, 4], [3, 3, 9]], np.int8)
    found = measure([a], [b])
    assert (found.bytes, found.largest, found.class_changes) == (2, 6, 1)


def test_trace_that_ends_within_a_vector_is_refused(tmp_path):
    graph = read(network())
    (tmp_path / "trace.bin").write_bytes(np.array([0, 3, 56], "<u4").tobytes() + bytes(56))
    with pytest.raises(FirmwareError, match="ends within a vector"):
        read_trace(graph, tmp_path / "trace.bin")
    (tmp_path / "trace.bin").write_bytes(np.array([0, 99, 1], "<u4").tobytes() + bytes(1))
    with pytest.raises(FirmwareError, match="is not this model's: tensor 99 of 1 bytes"):
        read_trace(graph, tmp_path / "trace.bin")


@pytest.mark.parametrize(("dtype", "tolerance", "passes"), [
    ("float32", 0.0, False), ("float32", 1e-6, True), ("float32", 1e-8, False), ("int8", 100.0, False),
])  # fmt: skip
def test_only_float_outputs_have_a_tolerance_and_it_is_held(dtype, tolerance, passes):
    net = Net()
    x = net.input((1, 4), (0.5, 0))
    operator, quant = ("DEQUANTIZE", None) if dtype == "float32" else ("RELU", (0.5, 0))
    net.apply(operator, x, (1, 4), quant, dtype)
    graph = read(net.blob())
    first = Mismatch(0, "", "", 1, 0, 0, 0.0, 1e-7)
    assert Outcome(Difference(1, 1e-7), first, None).passes(graph, tolerance) is passes
    assert Outcome(Difference(), None, None).passes(graph, 0.0)
