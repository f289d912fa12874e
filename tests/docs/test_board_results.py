"""What docs/results/live-board.md is made of: whole records, the shipped model, no difference and no finding."""

import hashlib
import re

from manual import ROOT
from table_board import RESULTS, found

from ecgprune.ecg.databases import registry

NAMES = ("board_records", "battery", "stream_equal", "fuzz_ecg")


def test_at_least_eight_whole_records_gave_the_hosts_events_on_the_board():
    made = found("board_records")
    tflite = ROOT / "firmware" / "models" / made["model"]["name"] / "model.tflite"
    assert hashlib.sha256(tflite.read_bytes()).hexdigest() == made["model"]["sha256"]
    rows = [*made["records"], made["steady_1"], made["steady_2"]]
    assert all(row["identical"] for row in rows)
    assert len({row["record"] for row in made["records"] if row["seconds"] > 1800 and row["leads"] == 1}) >= 8


def test_c_gave_pythons_events_on_every_record_and_no_case_of_an_hour_had_a_finding():
    names = {row["record"] for row in found("stream_equal")["records"] if row["differ"] == 0}
    splits = registry.get("mitdb").splits
    assert names == {*splits["ds1"], *splits["ds2"], *registry.get("mitdb").paced}
    runs = found("fuzz_ecg")["runs"]
    assert sum(run["minutes"] for run in runs) >= 60
    assert {run["findings"] for run in runs} == {0}


def test_no_result_names_a_machine_and_the_battery_is_of_the_committed_cycles():
    for name in NAMES:
        assert not re.search(r"/(tmp|home|root|work|usr)/", (RESULTS / f"{name}.json").read_text())
    records = (RESULTS / "board_records.json").read_bytes()
    assert found("battery")["from_sha256"] == hashlib.sha256(records).hexdigest()
