"""report.html says what the artefacts say, in words and pictures that stand by themselves."""

import json
import re
from pathlib import Path

from html_page import page_of
from report_run import reported, write_run

from ecgprune import report


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
    folder = reported(tmp_path / "run", synthetic=False)
    text = page_of(folder).text
    assert "Synthetic" not in text
    assert "MIT-BIH Arrhythmia Database" in text
    assert re.search(r"ecgprune run (mitdb|CONFIG.toml) --data FOLDER --out RUN", text)


def test_missing_tools_are_told_in_plain_words(tmp_path):
    folder = reported(tmp_path / "run", boards=False)
    text = page_of(folder).text
    assert "Bit-exact on the host; no board was run" in text
    assert "arm-none-eabi-gcc is not installed: on Debian or Ubuntu, apt install gcc-arm-none-eabi" in text
    assert json.loads((folder / "report.json").read_text())["firmware"] == []


def test_disagreement_heads_the_page_with_its_place(tmp_path):
    folder = reported(tmp_path / "run", failing=True)
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
