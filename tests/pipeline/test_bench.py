"""ecgprune bench: figures add up, its comparison with TFLM can fail, and each error is one line."""

import json
import subprocess
import sys

import conv_cases
import matrix_cases
import pytest
import smlal_cases
from click.testing import CliRunner
from firmware_models import needs_qemu, path_without
from networks import PROBABILITY, Net

from ecgprune.board import Calls
from ecgprune.board.calls import returns
from ecgprune.board.elf import Function, Insn
from ecgprune.cli import main
from ecgprune.errors import ExitCode, FirmwareError
from ecgprune.verify.oracles import TflmHost

FIELDS = {
    "board", "runtime", "core", "optimize", "instructions", "instructions_estimate", "cycles_estimate", "flash_bytes",
    "ram_bytes", "arena_bytes", "stack_bytes", "stack_worst_bytes", "bit_exact", "vectors", "tools", "model_sha256",
    "layers", "arena", "compress", "passed", "cycles_high", "cycles_predicted", "cycles_classes", "cycles_model",
    "tflm_kernels", "clock_hz", "time_ms", "energy_uj",
}  # fmt: skip
LAYER_FIELDS = {
    "name", "operator", "kernel", "macs", "nonzero_macs", "instructions", "instructions_estimate", "cycles_estimate",
    "cycles_predicted", "weight_bytes",
}  # fmt: skip


def call(*words):
    return CliRunner().invoke(main, ["bench", *map(str, words)], prog_name="ecgprune")


def rows_of(done):
    """The rows of the one JSON object on stdout: one for each board."""
    value = json.loads(done.stdout)
    assert value.keys() == {"schema_version", "rows"}
    assert value["schema_version"] == 1
    return value["rows"]


@pytest.fixture
def model(tmp_path):
    """Convolutions with and without pooling, one kernel twice, a matrix and a softmax."""
    net = Net()
    geometry = conv_cases.a_geometry(shape=(1, 1, 40), kernel=(1, 3), padding="VALID")
    smlal_cases.add_pooled(net, geometry, conv_cases.a_case(zeros=0.6), 4, 6)
    conv_cases.add_conv(net, geometry, conv_cases.a_case(zeros=0.6), 1, 3, 2)
    matrix_cases.add(net, matrix_cases.a_case(zeros=0.6), (1,), 20, 5)
    net.apply("SOFTMAX", net.outputs[-1], (1, 5), PROBABILITY, beta=0.01)
    path = tmp_path / "my model.tflite"
    path.write_bytes(net.blob())
    return path


def refused(*words, code=ExitCode.INPUT):
    done = call(*words)
    assert done.exit_code == code, done.output
    assert done.stderr.startswith("ecgprune: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("ecgprune: ").strip()


def test_layers_and_the_rest_make_the_total_and_every_field_is_there(model, tmp_path):
    needs_qemu()
    words = ("--clock-mhz", 100, "--ua-per-mhz", 50, "--supply-v", 2, "--format", "json")
    done = call(model, "--board", "mps2_an386", "--vectors", 3, *words, "--out", tmp_path / "row.json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == json.loads((tmp_path / "row.json").read_text())
    (row,) = rows_of(done)
    assert row.keys() >= FIELDS
    assert all(layer.keys() == LAYER_FIELDS for layer in row["layers"])
    assert (row["board"], row["core"]) == ("mps2_an386", "Cortex-M4")
    assert (row["runtime"], row["optimize"]) == ("native", "balanced")
    assert (row["bit_exact"], row["vectors"], row["model"]) == (True, 3, "my model.tflite")
    assert row["stack_bytes"] <= row["stack_worst_bytes"]
    assert sum(layer["instructions"] for layer in row["layers"]) + row["other_instructions"] == row["instructions"]
    assert sum(layer["instructions_estimate"] for layer in row["layers"]) == row["instructions_estimate"]
    assert 0 < row["other_instructions"] < 20
    cycles = sum(layer["cycles_estimate"] for layer in row["layers"]) + row["other_cycles_estimate"]
    assert cycles == row["cycles_estimate"]
    assert row["cycles_model"].startswith("llvm-mca ")
    assert row["time_ms"] == pytest.approx(cycles / 100e6 * 1e3)
    assert row["energy_uj"] == pytest.approx(row["time_ms"] * 1e-3 * (100 * 50e-6) * 2 * 1e6)
    assert row["cycles_estimate"] == pytest.approx(row["cycles_classes"], rel=0.15)
    assert max(part["offset"] + part["bytes"] for part in row["arena"]) <= row["arena_bytes"]
    lies = {part["what"]: part for part in row["arena"]}
    assert (lies["t0"]["kind"], lies["t0"]["first_op"], lies["t0"]["last_op"]) == ("tensor", None, 0)
    scratch = lies["working memory of conv_2d_0"]
    assert (scratch["kind"], scratch["first_op"], scratch["last_op"]) == ("scratch", 0, 0)
    assert sum(f["instructions"] for f in row["functions"]) == pytest.approx(row["instructions"], abs=9)
    for layer in row["layers"]:
        assert (layer["instructions"] > 0) == bool(layer["kernel"]), layer


def test_a_layer_takes_what_its_kernel_takes(model):
    """The matrix alone calls its kernel and the kernel's loops, so the profile by function says the same."""
    needs_qemu()
    (row,) = rows_of(call(model, "--vectors", 2, "--sparse", "never", "--optimize", "speed", "--format", "json"))
    layer = next(x for x in row["layers"] if x["operator"] == "FULLY_CONNECTED")
    # The loops are functions of their own, never inlined.
    names = (layer["kernel"], "ecgp_matrix_")
    functions = [f["instructions"] for f in row["functions"] if f["function"].startswith(names)]
    assert len(functions) >= 2
    assert sum(functions) <= layer["instructions"] <= sum(functions) + 20


def test_several_boards_make_a_row_each_and_a_table(model):
    needs_qemu()
    words = (model, "--board", "mps2_an385", "--board", "microbit", "--optimize", "flash", "--vectors", 2)
    rows = rows_of(call(*words, "--format", "json"))
    assert [(row["core"], row["optimize"]) for row in rows] == [("Cortex-M3", "flash"), ("Cortex-M0", "flash")]
    shown = call(*words).stdout
    wanted = ("cycles, estimated", "instructions, predicted", "error of the prediction", "equal, 2 vectors", "the rest")
    for text in wanted:
        assert text in shown


def test_without_a_host_compiler_only_the_total_is_counted(model, tmp_path, monkeypatch):
    needs_qemu()
    (exact,) = rows_of(call(model, "--vectors", 1, "--format", "json"))
    monkeypatch.setenv("PATH", path_without(tmp_path / "bin", "cc"))
    (timed,) = rows_of(call(model, "--vectors", 1, "--format", "json"))
    assert timed["counted"].startswith("timer under QEMU's -icount")
    assert timed["instructions"] == pytest.approx(exact["instructions"], abs=20)
    assert {layer["instructions"] for layer in timed["layers"]} == {None}
    assert timed["other_instructions"] is None


def test_a_wrong_byte_is_shown_and_fails_verification(model, monkeypatch):
    needs_qemu()
    right = TflmHost.outputs

    def wrong(self, inputs):
        rows = right(self, inputs)
        rows[0][1, 2] ^= 1
        return rows

    monkeypatch.setattr(TflmHost, "outputs", wrong)
    done = call(model, "--vectors", 2, "--format", "json")
    assert done.exit_code == ExitCode.VERIFICATION
    assert rows_of(done)[0]["bit_exact"] is False
    assert done.stderr.startswith("ecgprune: mps2_an386 differs from TensorFlow Lite Micro: operator ")
    assert ", vector 1, index 2: expected " in done.stderr


def test_tensorflow_is_never_imported(model):
    needs_qemu()
    code = (
        f"import sys; from ecgprune.cli import main\nmain(['bench', {str(model)!r}, '--vectors', '1'], "
        "standalone_mode=False)\nprint(sorted({'tensorflow', 'tf_keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_goes_wrong_is_one_line(model, tmp_path, monkeypatch):
    needs_qemu()
    missing, text = tmp_path / "none.tflite", tmp_path / "text.tflite"
    text.write_text("not a model at all")
    assert refused(missing).startswith(f"no model {missing}: expected a shipped model (mixed, reference, small), ")
    assert refused(text).startswith(f"{text} is text: expected a shipped model ")
    assert refused(model, "--board", "mps2_an387").startswith("unknown board 'mps2_an387': did you mean mps2_an38")
    assert refused(model, "--board", "host").startswith("board 'host' is not one that QEMU runs; those are microbit, ")
    monkeypatch.delenv("TFLM_LIB", raising=False)
    said = refused(model, "--runtime", "tflm", code=ExitCode.TOOL_MISSING)
    assert said == "the tflm runtime links your own build of TFLM; set TFLM_LIB and TFLM_INCLUDE"
    for number, program in enumerate(("qemu-system-arm", "arm-none-eabi-gcc")):
        with monkeypatch.context() as changed:
            changed.setenv("PATH", path_without(tmp_path / f"bin{number}", program))
            said = refused(model, code=ExitCode.TOOL_MISSING)
            assert said.startswith(f"{program} is not installed: on Debian or Ubuntu, apt install ")


def test_calls_that_are_not_the_plans_are_refused():
    listing = [
        Function("ecgp_a", 0x10),
        Function("ecgp_b", 0x20),
        Function("memset", 0x30),
        Function(
            "m_invoke",
            0x100,
            [
                Insn(0x100, "bl", "20 <ecgp_b>"), Insn(0x104, "bl", "30 <memset>"), Insn(0x108, "bl", "10 <ecgp_a>"),
                Insn(0x10C, "movs", "r0, #0"), Insn(0x10E, "pop", "{r4, pc}"),
            ],
        ),
    ]  # fmt: skip
    assert returns(listing, Calls("m_invoke", ("ecgp_b", "ecgp_a"))) == [0x104, 0x10C]
    with pytest.raises(FirmwareError, match="m_invoke calls ecgp_b, ecgp_a, expected ecgp_a, ecgp_b: the layers'"):
        returns(listing, Calls("m_invoke", ("ecgp_a", "ecgp_b")))
    with pytest.raises(FirmwareError, match="the image has no function n_invoke"):
        returns(listing, Calls("n_invoke", ()))


def test_a_run_measures_the_users_own_tflm_before_its_report_where_there_is_one(tmp_path, monkeypatch):
    from ecgprune.config import check
    from ecgprune.pipeline.firmware_steps import steps

    def names(**how):
        found = [step for _, step in steps(check({"name": "x"}, "x"), tmp_path, **how)]
        return [step.name for step in found][-2:], "tflm-bench.json" in found[-1].inputs

    for name in ("TFLM_LIB", "TFLM_INCLUDE"):
        monkeypatch.delenv(name, raising=False)
    assert names() == (["verify", "report"], False)
    for name in ("TFLM_LIB", "TFLM_INCLUDE"):
        monkeypatch.setenv(name, "tflm")
    assert names() == (["tflm", "report"], True)
    assert names(beside=False) == (["verify", "report"], False), "what bench measured is not measured again"
