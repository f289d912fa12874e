"""ecgprune score on small annotation files."""

import json

import numpy as np
import pytest
from cli_calls import call
from pydantic import TypeAdapter

from ecgprune.ecg.annotation_file import write_annotations
from ecgprune.ecg.reading.annotations import Annotations
from ecgprune.ecg.reading.header import read_timing
from ecgprune.errors import ExitCode
from ecgprune.report.schema_score import Score

RATE = 250
START = 300 * RATE
TIMES = [START + 200 * k for k in range(1, 41)]


def header(folder, record, rate=RATE, samples=START + 200 * 60):
    folder.mkdir(exist_ok=True)
    (folder / f"{record}.hea").write_text(f"{record} 1 {rate} {samples}\n{record}.dat 16 200 16 0 0 0 0 MLII\n")


def beats(path, codes, times=TIMES, rate=RATE, **options):
    write_annotations(path, Annotations.of(times[: len(codes)], list(codes), **options), rate)


@pytest.fixture
def folders(tmp_path):
    """Records 100 and 102 (paced): one beat of each is missed, one V in 100 called N and one N called V."""
    ref, test = tmp_path / "ref", tmp_path / "test"
    for record, codes, found in (("100", "NNVVNNNNNA", "NNVNNNVNNA"), ("102", "//V/////", "QQVQQQQQ")):
        header(ref, record)
        beats(ref / f"{record}.atr", codes)
        beats(test / f"{record}.ecgp", found[:-2] + found[-1], [*TIMES[: len(found) - 2], TIMES[len(found) - 1]])
    return ref, test


def scored(*words):
    done = call("score", *words, "--format", "json", "--resamples", 100)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    TypeAdapter(Score).validate_python(found)
    return found


def refused(*words):
    done = call("score", *words)
    assert done.exit_code == ExitCode.INPUT
    assert "Traceback" not in done.output
    (line,) = done.stderr.splitlines()
    return line


def test_two_folders_give_gross_and_average_figures_with_and_without_paced_records(folders):
    found = scored(*folders)
    both, unpaced = found["results"]
    assert (both["name"], both["records"], both["patients"]) == ("all", 2, 2)
    assert (unpaced["name"], unpaced["records_left_out"], unpaced["records"]) == ("without_paced", ["102"], 1)
    assert both["gross"]["QRS"] == {"se": 16 / 18, "ppv": 1.0, "tp": 16, "fn": 2, "fp": 0}
    assert both["average"]["QRS"] == {"se": pytest.approx((9 / 10 + 7 / 8) / 2), "ppv": 1.0}
    assert (both["gross"]["V"]["tp"], both["gross"]["V"]["fn"], both["gross"]["V"]["fp"]) == (2, 1, 1)
    assert both["average"]["V"]["se"] == pytest.approx((1 / 2 + 1) / 2)
    assert (both["gross"]["S"]["se"], both["average"]["S"]["se"]) == (1.0, 1.0)  # the mean of those that have S
    couplets = both["gross"]["runs"]["V"]["couplets"]
    assert couplets == {"se": 0, "ppv": None, "found": 0, "missed": 1, "true": 0, "false": 0}
    hours = both["gross"]["duration_s"] / 3600
    assert both["gross"]["false_v_per_hour"] == pytest.approx(1 / hours)
    assert hours == pytest.approx(2 * 200 * 60 / RATE / 3600)
    assert unpaced["intervals"] is None
    low, high = both["intervals"]["QRS"]["se"]
    assert 7 / 8 <= low <= high <= 9 / 10
    assert [r["record"] for r in found["records"]] == ["100", "102"]
    assert np.array(found["records"][0]["matrix"]).sum() == 10
    assert found["settings"] == {"start_s": 300, "window_ms": 150, "escape": "S", "database": "mitdb"}
    assert sorted(found["input_hashes"]) == ["100.atr", "100.ecgp", "102.atr", "102.ecgp"]


def test_a_record_without_v_has_no_figure_and_a_dash(tmp_path):
    header(tmp_path, "r1")
    beats(tmp_path / "r1.atr", "NNNN")
    beats(tmp_path / "r1.ecgp", "NNNN")
    found = scored(tmp_path / "r1.atr", tmp_path / "r1.ecgp")
    (result,) = found["results"]
    assert (result["gross"]["V"]["se"], result["gross"]["V"]["ppv"], result["average"]["V"]["se"]) == (None, None, None)
    assert result["gross"]["V"]["fpr"] == 0
    shown = call("score", tmp_path / "r1.atr", tmp_path / "r1.ecgp").stdout
    assert "Record r1, 4 beats" in shown
    assert "In brackets" not in shown
    (line,) = [line for line in shown.splitlines() if "V, ventricular" in line]
    assert line.split()[2:] == ["-", "-", "0", "0", "0"]


def test_tables_show_every_record_and_the_matrix(folders):
    shown = call("score", *folders).stdout
    assert "All records: 2, 18 beats" in shown
    assert "Without paced records: 1, 10 beats" in shown
    assert "V, couplets" in shown
    assert "In brackets: 95 % intervals over patients." in " ".join(shown.split())
    rows = {line.split()[0]: line.split()[1:] for line in shown.splitlines() if line[:3] in (" N ", " Q ")}
    assert rows["N"] == ["5", "0", "1", "0", "0", "1", "0"]
    assert rows["Q"] == ["0", "0", "0", "0", "6", "1", "0"]


def test_leave_out_names_the_records_of_the_second_result(folders):
    found = scored(*folders, "--leave-out", "100")
    assert found["results"][1]["records_left_out"] == ["100"]
    assert found["results"][1]["title"] == "without 100"
    assert "--leave-out 100" in found["command"]
    assert "names 999, which is none of the 2 records" in refused(*folders, "--leave-out", "102,999")


def test_files_of_other_rates_are_compared_by_time(tmp_path):
    header(tmp_path, "r1")
    beats(tmp_path / "r1.atr", "NNVN")
    beats(tmp_path / "r1.ecgp", "NNVN", [4 * t + 3 for t in TIMES], rate=1000)
    figures = scored(tmp_path / "r1.atr", tmp_path / "r1.ecgp")["results"][0]["gross"]
    assert (figures["QRS"]["tp"], figures["QRS"]["fn"], figures["QRS"]["fp"]) == (4, 0, 0)


@pytest.mark.parametrize("line", ["r1 1 250 90000", "r1/3 1 250/1(0) 90000", "r1 2 2.5e2/250 90000 12:00:00"])
def test_a_header_gives_rate_and_length_of_one_segment_or_several(tmp_path, line):
    (tmp_path / "r1.hea").write_text(f"# a comment\n{line}\n")
    assert read_timing(tmp_path, "r1") == (250, 90_000)
    assert read_timing(tmp_path, "r2") is None


def test_escape_beats_and_the_start_are_options(tmp_path):
    header(tmp_path, "r1")
    beats(tmp_path / "r1.atr", "jNNN", [1000, 1200, 1400, 1600])
    beats(tmp_path / "r1.ecgp", "NNNN", [1000, 1200, 1400, 1600])
    files = tmp_path / "r1.atr", tmp_path / "r1.ecgp"
    assert scored(*files, "--start", 0)["results"][0]["matrix"][1][0] == 1
    assert scored(*files, "--start", 0, "--escape", "N")["results"][0]["matrix"][0][0] == 4
    assert "no record has a reference beat after second 300" in refused(*files)


def test_records_without_a_partner_are_told_and_left_out(folders, tmp_path):
    ref, test = folders
    header(ref, "101")
    beats(ref / "101.atr", "NN")
    beats(test / "103.ecgp", "NN")
    done = call("score", ref, test, "--out", tmp_path / "score.json")
    assert done.exit_code == 0
    assert "101 is left out: no 101.ecgp" in done.stderr
    assert "103 is left out: no 103.atr" in done.stderr
    assert set(json.loads((tmp_path / "score.json").read_text())["left_out"]) == {"101", "103"}


def test_annotations_beyond_the_end_are_told(tmp_path):
    header(tmp_path, "r1", samples=TIMES[3] + 10)
    beats(tmp_path / "r1.atr", "NNNN")
    beats(tmp_path / "r1.ecgp", "NNNNNN")
    done = call("score", tmp_path / "r1.atr", tmp_path / "r1.ecgp")
    assert "r1: 2 of 6 annotations of r1.ecgp lie beyond the end of the record" in done.stderr
    beats(tmp_path / "r1.ecgp", "NN", TIMES[10:])
    assert "every annotation of" in refused(tmp_path / "r1.atr", tmp_path / "r1.ecgp")


def test_a_device_that_sees_no_signal_is_scored(tmp_path):
    header(tmp_path, "r1")
    beats(tmp_path / "r1.atr", "NNNN")
    beats(tmp_path / "r1.ecgp", "~~", [1000, START + 8000], subtype=[0x30, 0])
    gross = scored(tmp_path / "r1.atr", tmp_path / "r1.ecgp")["results"][0]["gross"]
    assert gross["missed_in_shut_down"]["N"] == 1.0
    assert gross["shut_down_s"] == 32


def test_bad_input_ends_in_one_line(tmp_path, folders):
    ref, test = folders
    header(tmp_path, "r1")
    beats(tmp_path / "r1.atr", "NNNN")
    files = tmp_path / "r1.atr", tmp_path / "r1.ecgp"
    assert "TEST: no such file or folder" in refused(*files)
    (tmp_path / "r1.ecgp").write_bytes(b"\0\0")
    assert "r1.ecgp marks no beat" in refused(*files)
    (tmp_path / "r1.ecgp").write_bytes(b"")
    assert "r1.ecgp marks no beat" in refused(*files)
    (tmp_path / "r1.ecgp").write_bytes(b"\1\2\3")
    assert "r1.ecgp is truncated" in refused(*files)
    assert "two annotation files or two folders" in refused(ref, test / "100.ecgp")
    assert "no file *.abc" in refused(ref, test, "--test-annotator", "abc")
    assert "100.xyz is not in" in refused(ref, test, "--ref-annotator", "xyz")
    assert "'.ecgp' is no suffix" in refused(ref, test, "--test-annotator", ".ecgp")
    assert "no database 'nosuch'; known are" in refused(ref, test, "--database", "nosuch")
    (ref / "100.hea").write_text("nonsense\n")
    assert "100.hea states no sampling rate" in refused(ref, test)


def test_a_time_base_that_nobody_states_has_to_be_given(tmp_path):
    header(tmp_path / "elsewhere", "r1")
    for name in ("r1.atr", "r1.ecgp"):
        beats(tmp_path / name, "NNNN")
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[data.index(b"\0\xec\xff\xff\xff\xff\1\0") + 8 :])  # without its time base
    files = tmp_path / "r1.atr", tmp_path / "r1.ecgp"
    assert "r1.hea is beside it; give --rate" in refused(*files)
    assert scored(*files, "--rate", 250)["results"][0]["gross"]["QRS"]["tp"] == 4
