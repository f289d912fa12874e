"""The report says what the artefacts say, and names the command that makes a missing one."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from report_run import CLASSES, CONFUSION, write_run

from ecgprune import report
from ecgprune.errors import ArtifactError
from ecgprune.report.artefacts import load
from ecgprune.report.schema import Report
from ecgprune.report.summary import summarize

VOID = {"meta", "link", "br"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = write_run(tmp_path_factory.mktemp("report") / "run")
    report.build(folder)
    return folder


@pytest.fixture
def copy(run, tmp_path):
    return Path(shutil.copytree(run, tmp_path / "run"))


class Page(HTMLParser):
    """Text and attributes of a page; fails where tags are not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.words, self.attributes, self.ids = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).replace("\u202f", " ").replace("\u00a0", " ").split())


def page_of(folder):
    return Page((folder / "report.html").read_text())


def test_report_json_has_everything_design_asks_for(run):
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


def test_arena_map_places_every_part_from_its_first_to_its_last_operator(run):
    found = json.loads((run / "report.json").read_text())
    assert len(found["arena"]) == 9
    page = page_of(run)
    rectangles = [value for tag, name, value in page.attributes if (tag, name) == ("rect", "class")]
    assert sorted(rectangles) == ["scratch", *["tensor"] * 8]
    assert "working memory of conv_2d_2, 1024 bytes at 6400, 2" in page.text
    assert "ecg, 180 bytes at 3584, until 0; scores, 5 bytes at 0, from 11 on" in page.text


def test_links_lead_to_files_of_the_run_folder_wherever_it_lies(copy):
    for name in ("src/cortex-m4/ecg.c", "images/mps2_an386/firmware.elf", "vectors.bin"):
        (copy / "firmware" / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / "firmware" / name).write_bytes(b"x")
    report.build(copy)
    links = [value for tag, name, value in page_of(copy).attributes if (tag, name) == ("a", "href")]
    assert {"model.tflite", "firmware/src/cortex-m4/ecg.c", "firmware/images/mps2_an386/firmware.elf",
            "firmware/vectors.bin", "verify.json", "report.json"} <= set(links)  # fmt: skip
    assert [link for link in links if link != "SHA256SUMS" and not (copy / link).is_file()] == []


def test_axis_that_does_not_begin_at_zero_says_so(run):
    assert re.search(r"macro-F1; the axis begins at 0\.\d\d, not at 0", page_of(run).text)
    assert "Bars begin at zero" in page_of(run).text


def test_same_artefacts_give_the_same_bytes(run, tmp_path):
    again = write_run(tmp_path / "elsewhere")
    report.build(again)
    for name in ("report.json", "report.html"):
        assert (again / name).read_bytes() == (run / name).read_bytes()


def test_page_is_well_formed_and_every_label_points_somewhere(run):
    page = page_of(run)
    assert len(page.ids) == len(set(page.ids))
    for _, name, value in page.attributes:
        if name == "aria-labelledby":
            assert set(value.split()) <= set(page.ids)
    assert page.attributes.count(("svg", "role", "img")) == 3 + 9
    named = {n for tag, n, _ in page.attributes if tag == "svg"}
    assert {"aria-label", "aria-labelledby"} <= named


def test_page_needs_nothing_from_elsewhere(run):
    text = (run / "report.html").read_text()
    assert not re.search(r"https?:|//\w|<script|@import|url\(|<img|<iframe", text)
    assert "default-src 'none'" in text


def test_page_carries_no_path_of_this_machine_and_no_date(run):
    text = (run / "report.html").read_text() + (run / "report.json").read_text()
    assert str(run) not in text
    assert str(Path.home()) + "/" not in text
    assert not re.search(r"20\d\d-\d\d-\d\d", text)


def test_page_says_the_verdict_and_the_main_figures(run):
    text = page_of(run).text
    for words in (
        "Bit-exact on the emulated Cortex-M4 and Cortex-M55",
        "1 000 test beats through the generated C on the host, and 100 on each of mps2_an386 and mps3_an547",
        "Synthetic data. The records were generated, not measured",
        "402 118", "17.8 KiB", "7.8 KiB", "561 300",
        "one-shot", "0.862", "on validation data",
        "Confusion matrix", "supraventricular ectopic",
        "31 of 1 000 beats have a difference in some layer, 9 output bytes differ by 1 at most",
        "and 0 beats change their class",
        "ecgprune run default --out RUN",
        "This is not a medical device",
    ):  # fmt: skip
        assert words in text, words


def test_real_data_bears_no_synthetic_banner_and_needs_its_folder(tmp_path):
    folder = write_run(tmp_path / "run", synthetic=False)
    report.build(folder)
    text = page_of(folder).text
    assert "Synthetic" not in text
    assert "MIT-BIH Arrhythmia Database" in text
    assert re.search(r"ecgprune run (mitdb|CONFIG.toml) --data FOLDER --out RUN", text)


def test_missing_tools_are_told_in_plain_words(tmp_path):
    folder = write_run(tmp_path / "run", boards=False)
    report.build(folder)
    text = page_of(folder).text
    assert "Bit-exact on the host; no board was run" in text
    assert "arm-none-eabi-gcc is not installed: on Debian or Ubuntu, apt install gcc-arm-none-eabi" in text
    assert json.loads((folder / "report.json").read_text())["firmware"] == []


def test_disagreement_heads_the_page_with_its_place(tmp_path):
    folder = write_run(tmp_path / "run", failing=True)
    report.build(folder)
    text = page_of(folder).text
    assert "The runtimes disagree" in text
    assert "index 4: expected -28, got -29" in text
    assert "Bit-exact on" not in text
    assert not json.loads((folder / "report.json").read_text())["verification"]["passed"]


def test_every_operator_in_which_the_interpreter_deviates_is_named(copy):
    found = json.loads((copy / "verify.json").read_text())
    rounding = found["interpreter_rounding"]
    rounding["operators"]["LOGISTIC"] = "looks its answers up in a <table>"
    rounding["layers"].append({"op": 11, "operator": "LOGISTIC", "layer": "out", "differing": 3, "largest": 1})
    (copy / "verify.json").write_text(json.dumps(found))
    report.build(copy)
    text = page_of(copy).text
    assert "all differences come from rounding in FULLY_CONNECTED, LOGISTIC, explained below" in text
    assert "The interpreter's int8 FULLY_CONNECTED rounds once" in text
    assert "The interpreter's int8 LOGISTIC looks its answers up in a <table>." in text
    assert "every difference is exactly that: 31 of 1 000 beats" in text
    layers = json.loads((copy / "report.json").read_text())["verification"]["interpreter_rounding"]["layers"]
    assert [layer["operator"] for layer in layers] == ["FULLY_CONNECTED", "LOGISTIC"]


def test_interpreter_that_never_deviates_has_nothing_to_explain(copy):
    found = json.loads((copy / "verify.json").read_text())
    found["interpreter_rounding"] |= {"operators": {}, "layers": []}
    found["runtimes"][1] |= {"bit_exact": True, "mismatching_bytes": 0, "max_difference": 0, "first_mismatch": None}
    (copy / "verify.json").write_text(json.dumps(found))
    report.build(copy)
    assert "rounds otherwise" not in page_of(copy).text


def test_names_from_outside_cannot_break_the_page(copy):
    plan = json.loads((copy / "firmware" / "plan.json").read_text())
    plan["cores"][0]["layers"][0]["kernel"] = "<script>alert(1)</script>"
    (copy / "firmware" / "plan.json").write_text(json.dumps(plan))
    report.build(copy)
    assert "<script" not in (copy / "report.html").read_text()


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
