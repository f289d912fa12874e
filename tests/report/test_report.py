"""The report says what the artefacts say, and names the command that makes a missing one."""

import json
import re
import shutil

import numpy as np
import pytest
from html_page import page_of
from pydantic import TypeAdapter, ValidationError
from report_run import CLASSES, CONFUSION

from ecgprune import report
from ecgprune.errors import ArtifactError
from ecgprune.report.artefacts import load
from ecgprune.report.schema import Report
from ecgprune.report.summary import summarize


def test_report_json_has_everything_that_programs_read(run):
    found = json.loads((run / "report.json").read_text())
    TypeAdapter(Report).validate_python(found)
    assert found["schema_version"] == 1
    assert {"name", "split", "beats", "classes"} <= set(found["dataset"])
    for model in ("dense", "pruned", "int8"):
        scores = found["accuracy"][model]
        assert {"accuracy", "macro_f1", "per_class"} <= set(scores)
        assert all({"f1", "se", "ppv"} <= set(scores["per_class"][c]) for c in CLASSES)
    assert found["sparsity"]["overall"] == json.loads((run / "quantize.json").read_text())["sparsity"]["overall"]
    assert len(found["sparsity"]["per_layer"]) == 6
    assert found["macs"] == {"dense": 1_052_512, "effective": 214_012}
    wanted = {"board", "runtime", "instructions", "cycles_estimate", "flash_bytes", "ram_bytes", "stack_bytes"}
    assert all(wanted | {"bit_exact", "vectors"} <= set(row) for row in found["firmware"])
    assert {"ecgprune", "python", "tensorflow", "tflite-micro", "qemu-system-arm"} <= set(found["versions"])
    assert len(found["input_hashes"]) == 48
    assert found["pruning"]["chosen"] == 3


def test_each_firmware_row_names_the_kernels_and_predictions_of_its_core(run):
    found = json.loads((run / "report.json").read_text())
    m4, m55 = found["firmware"]
    assert (m4["generated_for"], m55["generated_for"]) == ("Cortex-M4", "Cortex-M55")
    assert (m4["layers"][2]["kernel"], m55["layers"][2]["kernel"]) == ("ecgp_conv_sparse", "ecgp_conv_sparse_helium")
    assert (m4["instructions_estimate"], m55["instructions_estimate"]) == (400_000, 430_000)
    assert (m4["layers"][2]["instructions"], m4["layers"][2]["cycles_estimate"]) == (66_020, 99_050)
    assert (m4["layers"][7]["instructions"], m55["layers"][2]["cycles_estimate"]) == (0, None)
    assert [layer["kernel"] for layer in found["layers"]] == [layer["kernel"] for layer in m4["layers"]]
    text = page_of(run).text
    assert "Kernels of each core" in text
    assert "ecgp_conv_sparse_helium 99 000" in text


def test_time_is_at_the_boards_clock_and_energy_at_the_current_that_the_config_states(copy):
    row = json.loads((copy / "report.json").read_text())["firmware"][0]
    assert (row["clock_hz"], row["time_ms"], row["energy_uj"]) == (25e6, pytest.approx(561_300 / 25_000), None)
    text = page_of(copy).text
    assert "22.5 ms at 25 MHz, by the board's data" in text
    assert "No energy is given" in text
    config = (copy / "config.toml").read_text()
    for key, value in (("clock_mhz", 64.0), ("ua_per_mhz", 52.0), ("supply_v", 3.3)):
        config = re.sub(rf"^{key} = .*$", f"{key} = {value}", config, flags=re.MULTILINE)
    (copy / "config.toml").write_text(config)
    report.build(copy)
    row = json.loads((copy / "report.json").read_text())["firmware"][0]
    assert row["time_ms"] == pytest.approx(561.3 / 64)
    assert row["energy_uj"] == pytest.approx(0.5613 * 52 * 3.3)
    text = page_of(copy).text
    assert "8.77 ms at 64 MHz, stated by the user; 96.3 µJ assuming 52 µA/MHz at 3.3 V" in text
    assert "This is an assumption, not a measurement" in text


def test_tflm_stands_beside_only_where_it_was_measured_with_this_model(copy):
    assert "TensorFlow Lite Micro was not measured with this model" in page_of(copy).text
    sha256 = json.loads((copy / "report.json").read_text())["model"]["sha256"]
    entry = {
        "board": "mps2_an386", "core": "Cortex-M4", "tflm_kernels": "CMSIS-NN", "instructions": 804_236,
        "cycles_estimate": 1_122_600, "flash_bytes": 70_000, "ram_bytes": 12_000, "arena_bytes": 11_000, "vectors": 20,
    }  # fmt: skip
    rows = [entry | {"model": {"sha256": sha256}}, entry | {"cycles_estimate": 7, "model": {"sha256": "0" * 64}}]
    (copy / "tflm-bench.json").write_text(json.dumps({"schema_version": 1, "measurements": rows}))
    report.build(copy)
    (kept,) = json.loads((copy / "report.json").read_text())["beside"]
    assert kept["cycles_estimate"] == 1_122_600
    text = page_of(copy).text
    assert "TFLM + CMSIS-NN 1 122 600 (0.50) 804 236 (0.50)" in text
    assert "was not measured" not in text


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("config.toml", "run"), ("dataset.json", "run"), ("dataset.npz", "run"), ("dense.json", "train"),
        ("model.tflite", "quantize"), ("quantize.json", "quantize"), ("evaluation.json", "quantize"),
        ("predictions.npz", "quantize"), ("firmware/plan.json", "export"), ("verify.json", "verify"),
    ],
)  # fmt: skip
def test_missing_artefact_names_the_command_that_makes_it(copy, name, command):
    (copy / name).unlink()
    with pytest.raises(ArtifactError) as caught:
        report.build(copy)
    assert str(caught.value) == f"no {name} in {copy}; 'ecgprune {command}' makes it"


def test_run_without_stages_or_folder_is_named(copy, tmp_path):
    shutil.rmtree(copy / "prune")
    with pytest.raises(ArtifactError, match=r"^no prune/stage-01.json in .*; 'ecgprune prune' makes it$"):
        report.build(copy)
    with pytest.raises(ArtifactError, match=r"^no run folder .*nowhere; 'ecgprune run CONFIG --out .*' makes one$"):
        report.build(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("verify.json", b"{", "verify.json is damaged: Expecting"),
        ("dense.json", b"[]", "dense.json is damaged: it holds no JSON object"),
        ("dense.json", b"{}", "the run's artefacts do not make a report: 'accuracy' is missing"),
        ("dense.json", b'{"accuracy": 1, "macro_f1": "high"}', "pruning.dense_macro_f1: Input should be"),
        ("predictions.npz", b"PK\x03\x04", "predictions.npz is damaged"),
        ("config.toml", b"[", "config.toml' is damaged|config.toml is damaged"),
    ],
)
def test_damaged_artefact_is_named_in_one_line(copy, name, content, message):
    (copy / name).write_bytes(content)
    with pytest.raises(ArtifactError, match=message) as caught:
        report.build(copy)
    assert "\n" not in str(caught.value)


def test_predictions_of_other_beats_are_refused(copy):
    with np.load(copy / "predictions.npz") as file:
        arrays = dict(file)
    np.savez(copy / "predictions.npz", **{k: v[::-1] for k, v in arrays.items()})
    with pytest.raises(ArtifactError, match=r"predictions.npz is not about the test beats of dataset.npz"):
        report.build(copy)


def test_one_shot_left_out_leaves_one_line_in_the_chart(copy):
    (copy / "prune" / "one-shot.json").unlink()
    evaluation = json.loads((copy / "evaluation.json").read_text())
    del evaluation["one_shot"]
    (copy / "evaluation.json").write_text(json.dumps(evaluation))
    report.build(copy)
    assert "one-shot" not in page_of(copy).text.split("Config")[0].replace("one_shot", "")


def test_stage_after_a_broken_floor_is_not_the_chosen_one(copy):
    stage = json.loads((copy / "prune" / "stage-03.json").read_text())
    (copy / "prune" / "stage-03.json").write_text(json.dumps(stage | {"passed": False, "floor": 0.99}))
    (copy / "prune" / "chosen.json").write_text('{"stage": 2}')
    assert summarize(load(copy)).pruning.chosen == 1
    report.build(copy)
    assert "under its floor 0.99" in page_of(copy).text


def test_parts_of_the_test_data_are_in_the_page_and_a_report_without_them_is_still_one(run):
    found = json.loads((run / "report.json").read_text())
    assert [part["name"] for part in found["parts"]] == ["all", "without_paced"]
    low, high = found["parts"][0]["intervals"]["accuracy"]
    assert low <= found["accuracy"]["int8"]["accuracy"] <= high
    page = (run / "report.html").read_text()
    assert "With and without, int8" in page
    assert "without paced" in page
    older = TypeAdapter(Report).validate_python({k: v for k, v in found.items() if k != "parts"})
    assert older.parts == []


def test_schema_refuses_what_it_does_not_know(run):
    found = json.loads((run / "report.json").read_text())
    with pytest.raises(ValidationError):
        TypeAdapter(Report).validate_python(found | {"surprise": 1})
    assert np.trace(CONFUSION) / CONFUSION.sum() == pytest.approx(found["accuracy"]["int8"]["accuracy"])


def test_a_models_state_is_told_beside_its_arena(copy):
    assert "state that lasts" not in (copy / "report.html").read_text()
    plan = json.loads((copy / "firmware" / "plan.json").read_text())
    plan["cores"][0]["state_bytes"] = 96
    (copy / "firmware" / "plan.json").write_text(json.dumps(plan))
    report.build(copy)
    assert json.loads((copy / "report.json").read_text())["model"]["state_bytes"] == 96
    assert "KiB (of it 96\N{NO-BREAK SPACE}B state that lasts), stack" in (copy / "report.html").read_text()


def test_a_measurement_on_a_connected_board_says_where_and_by_whom_it_was_made(copy):
    entry = {
        "board": "nrf52840dk", "core": "Cortex-M4", "measured_on": "silicon", "measured_by": "the user",
        "date": "2026-11-26T08:00:00Z", "port": "/dev/ttyACM0", "build": "c44b5933", "same_build": True,
        "clock_hz": 64_000_000, "counter": "DWT CYCCNT", "vectors": 100, "output_bytes": 500, "mismatching_bytes": 0,
        "bit_exact": True, "first_mismatch": None, "stack_bytes": 492, "oracle": {},
        "cycles": {"min": 640_000, "median": 640_128, "max": 641_000,
                   "milliseconds": {"min": 10.0, "median": 10.002, "max": 10.0156}},
    }  # fmt: skip
    sha256 = json.loads((copy / "report.json").read_text())["model"]["sha256"]
    rows = [entry | {"model": {"sha256": sha256}}, entry | {"board": "old", "model": {"sha256": "0" * 64}}]
    (copy / "on-target.json").write_text(json.dumps({"schema_version": 1, "measurements": rows}))
    report.build(copy)
    (kept,) = json.loads((copy / "report.json").read_text())["on_target"]
    assert kept == entry
    text = page_of(copy).text
    assert "Measured by the user" in text
    assert "silicon 2026-11-26T08:00:00Z, /dev/ttyACM0" in text
    assert "640 128" in text
    assert "10.002" in text
