"""ecgprune compare, on committed results and on changed copies of them."""

import json
from pathlib import Path

import pytest
from cli_calls import call, refused

from ecgprune.errors import ExitCode

RESULTS = Path(__file__).parents[2] / "results"
REPORT = RESULTS / "mitdb-small" / "report.json"


@pytest.fixture
def changed(tmp_path):
    """Writes a report after a function has changed it; returns its path."""

    def write(change, name="b.json"):
        value = json.loads(REPORT.read_text())
        change(value)
        path = tmp_path / name
        path.write_text(json.dumps(value))
        return path

    return write


def grow(value):
    (row,) = value["firmware"]
    row["flash_bytes"] = round(row["flash_bytes"] * 1.03)
    row["instructions"] -= 1000
    row["layers"][1]["kernel"] = "ecgp_conv_dual_s8"
    row["layers"][1]["weight_bytes"] += 10
    value["accuracy"]["int8"]["macro_f1"] -= 0.015


def test_equal_results_have_no_change(changed):
    done = call("compare", REPORT, REPORT, "--format", "json", "--fail-over", "0")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert {change["change"] for change in found["changes"]} == {0.0}
    assert (found["layers"], found["lost"], found["remarks"]) == ([], [], ["the model is the same"])


def test_what_changed_is_told_and_what_got_worse_by_more_than_the_limit_fails(changed):
    b = changed(grow)
    done = call("compare", REPORT, b, "--format", "json", "--fail-over", "2%")
    assert done.exit_code == ExitCode.BUDGET
    assert done.stderr == "ecgprune: worse by more than 2.0%: mps2_an386: flash 11 324 to 11 664 (+3.0%)\n"
    found = json.loads(done.stdout)
    changes = {(c["where"], c["figure"]): c["change"] for c in found["changes"] if c["change"]}
    assert changes == {
        ("", "macro-F1"): pytest.approx(-0.015),
        ("mps2_an386", "flash"): pytest.approx(0.03, abs=1e-4),
        ("mps2_an386", "instructions"): pytest.approx(-1000 / 123194),
    }
    layers = [(c["layer"], c["figure"], c["kernel"]) for c in found["layers"]]
    assert layers == [
        ("conv_2d_1", "kernel", "ecgp_conv_sparse_blocks_smlad_s8 -> ecgp_conv_dual_s8"),
        ("conv_2d_1", "bytes of constants", ""),
    ]
    assert call("compare", REPORT, b, "--fail-over", "3.1%").exit_code == 0
    said = call("compare", REPORT, b, "--fail-over", "1%").stderr
    assert "macro-F1 0.9556 to 0.9406 (-0.0150); mps2_an386: flash" in said
    assert call("compare", b, REPORT, "--fail-over", "0").stderr.count("instructions") == 1


def test_markdown_has_a_row_for_each_figure_and_folds_the_layers(changed, tmp_path):
    done = call("compare", REPORT, changed(grow), "--format", "markdown", "--out", tmp_path / "c.md")
    assert done.stdout == (tmp_path / "c.md").read_text()
    lines = done.stdout.splitlines()
    assert "| mps2_an386 | flash | 11 324 | 11 664 | +3.0% |" in lines
    assert "|  | macro-F1 | 0.9556 | 0.9406 | -0.0150 |" in lines
    fold = lines.index("<details><summary>Layers that changed</summary>")
    assert {line.count("|") for line in lines[fold + 2 : -2]} == {7}


def test_a_board_that_is_gone_or_wrong_fails_and_a_new_one_does_not(changed):
    def rename(value):
        value["firmware"].append({**value["firmware"][0], "board": "microbit"})

    def wrong(value):
        value["firmware"][0]["bit_exact"] = False

    more = changed(rename, "more.json")
    assert call("compare", REPORT, more, "--fail-over", "1%").exit_code == 0
    assert call("compare", more, REPORT, "--fail-over", "1%").stderr.endswith(f"microbit is in {more} only\n")
    assert call("compare", REPORT, changed(wrong), "--fail-over", "1%").stderr.endswith("no longer equal to TFLM\n")


def test_results_of_different_kinds_share_what_both_have(tmp_path):
    rows = json.loads((RESULTS / "bench.json").read_text())["rows"]
    few = [row for row in rows if (row["model"], row["pattern"], row["optimize"]) == ("A", "dense", "speed")]
    (tmp_path / "bench.json").write_text(json.dumps({"schema_version": 1, "rows": few}))
    done = call("compare", tmp_path / "bench.json", REPORT)
    assert done.exit_code == 0, done.stderr
    assert f"{tmp_path / 'bench.json'} is a bench, {REPORT} is a report" in done.stdout
    assert "the models differ: " in done.stdout
    assert "not known" not in done.stdout
    whole = call("compare", RESULTS / "bench.json", RESULTS / "bench.json", "--fail-over", "0", "--format", "json")
    assert whole.exit_code == 0, whole.stderr
    assert len({change["where"] for change in json.loads(whole.stdout)["changes"]}) == len(rows)


def test_what_cannot_be_compared_is_refused(changed, tmp_path):
    def next_schema(value):
        value["schema_version"] = 2

    (tmp_path / "run").mkdir()
    (tmp_path / "other.json").write_text('{"schema_version": 1}')
    b = changed(next_schema)
    assert refused("compare", REPORT, b) == f"{b} has schema_version 2, this ecgprune compares version 1"
    assert refused("compare", REPORT, tmp_path / "run").startswith(f"no report.json and no verify.json in {tmp_path}")
    assert "expected a run folder, report.json, verify.json" in refused("compare", tmp_path / "other.json", REPORT)
    assert refused("compare", REPORT, tmp_path / "none").startswith(f"{tmp_path / 'none'} cannot be read: No such file")
    (tmp_path / "text.json").write_text("my notes")
    assert " holds no JSON object; expected a run folder, " in refused("compare", tmp_path / "text.json", REPORT)
    cut = changed(lambda value: value["accuracy"].pop("int8"), "cut.json")
    assert "is damaged: KeyError('int8') in it" in refused("compare", cut, REPORT)
