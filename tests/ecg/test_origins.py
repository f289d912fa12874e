"""What a dataset, its run and the model card say of the data that were used."""

import json
from dataclasses import replace

import numpy as np
import pytest
from manual import ROOT, TOML
from wfdb_records import SAMPLES, digital, packed, signal_line, write

from ecgprune import pipeline
from ecgprune.config import DataConfig, load
from ecgprune.ecg import origins
from ecgprune.ecg.build import build_dataset
from ecgprune.ecg.databases import registry
from ecgprune.errors import ConfigError, DataError
from ecgprune.pipeline.release import model_card
from ecgprune.pipeline.run_folder import Step


@pytest.fixture
def folder(tmp_path):
    """Four records with leads II and V1 but for the last, which has V5 and a gap."""
    for number in range(4):
        names = ("II", "V1") if number < 3 else ("V5",)
        columns = np.stack([digital(200) + number, -digital(200)][: len(names)], 1)
        if number == 3:
            columns[1000:1060] = -(2**15)
        sums = columns.sum(axis=0) & 0xFFFF
        name = f"r{number}"
        lines = [signal_line(f"{name}.dat", 16, "200", lead, s) for lead, s in zip(names, sums, strict=True)]
        header = [f"{name} {len(names)} 250 {SAMPLES}", *lines]
        write(tmp_path / "db", header, {f"{name}.dat": packed("16", columns)}, name=name, symbols="NNV" * 4 + "N")
    return tmp_path / "db"


OWN = DataConfig(database="wfdb", lead="II", same_patient=(("r0", "r1"),))


def test_a_record_without_the_lead_falls_back_and_is_told(folder, tmp_path):
    dataset = build_dataset(folder, OWN, 1)
    info = dataset.info
    assert info["leads"] == {"II": ["r0", "r1", "r2"], "V5": ["r3"]}
    assert info["lead_instead"] == {"r3": "V5"}
    assert info["left_out"] == {"edge_beats": 0, "gap_beats": 1, "unclassed_beats": 0, "records": {}}
    dataset.save(tmp_path)
    assert pipeline.remarks(tmp_path, Step("dataset", "", (), (), print)) == [
        "1 record without lead II: another one is used (r3: V5)",
        "1 beat left out: in gaps of the signal",
    ]


def test_a_record_without_the_lead_is_left_out_if_the_config_says_so(folder):
    info = build_dataset(folder, replace(OWN, lead_missing="leave-out"), 1).info
    assert (info["records"], info["left_out"]["records"]) == (["r0", "r1", "r2"], {"r3": "no lead II"})
    assert origins.remarks(info) == ["1 record left out (r3: no lead II)"]
    with pytest.raises(DataError, match=r"no record of .* is of use with lead V9; it holds r0, r1, r2, r3"):
        build_dataset(folder, replace(OWN, lead="V9", lead_missing="leave-out"), 1)


def test_records_of_one_person_stay_together(folder):
    patients = build_dataset(folder, replace(OWN, split="inter"), 1).info["patients"]
    assert sorted(p for side in patients.values() for p in side) == ["r0+r1", "r2", "r3"]


def test_the_beat_table_decides_over_classes(folder):
    dataset = build_dataset(folder, replace(OWN, beats={"S": ("V",)}), 1)
    assert set(dataset.label.tolist()) == {1}
    assert dataset.info["left_out"]["unclassed_beats"] > len(dataset)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('N = ["N"]\nV = ["N"]', "data.beats: beats names the code 'N' twice, or it is empty; each"),
        ('W = ["N"]', "data.beats.W"),
        ("N = []", "data.beats: beats names no code; leave it out for the standard's table"),
    ],
)
def test_a_beat_table_that_means_nothing_is_refused(tmp_path, table, said):
    path = tmp_path / "c.toml"
    path.write_text(f'[data]\ndatabase = "wfdb"\n[data.beats]\n{table}\n')
    with pytest.raises(ConfigError) as caught:
        load(str(path))
    assert said in str(caught.value)


def test_the_model_card_names_the_data_of_the_report(folder):
    report = json.loads((ROOT / "results" / "mitdb" / "report.json").read_text())
    config = load(str(ROOT / "results" / "mitdb" / "config.toml"))
    sources = [registry.get("svdb").about(39)]
    data = {"name": "svdb, 39 of 78 records", "database": "svdb", "sources": sources, "lead_instead": {"801": "ECG2"}}
    card = model_card(report | {"dataset": report["dataset"] | data}, config)
    assert "Trained and tested on svdb, 39 of 78 records" in card
    assert "MIT-BIH Supraventricular Arrhythmia Database 1.0.0 (PhysioNet, doi:10.13026/C2V30W, ODC-By 1.0;" in card
    assert "Of 1 of these records another lead" in card
    assert "MIT-BIH Arrhythmia Database" not in card
    own = {"sources": build_dataset(folder, OWN, 1).info["sources"], "database": "wfdb"}
    table = replace(config, data=replace(OWN, patient=True, beats={"N": ("N", "L"), "V": ("V",)}))
    card = model_card(report | {"dataset": report["dataset"] | own}, table)
    assert "- WFDB records of a folder of one's own: 4 of 4 records." in card
    assert "Classes are those of the config's own table, not of the standard: N is N L; V is V. Beats of other" in card


def test_the_template_of_a_database_is_one():
    (template,) = (text for text in TOML.findall((ROOT / "CONTRIBUTING.md").read_text()) if "annotator" in text)
    database = registry.parse("somedb", template)
    assert database.published
    assert database.files[:3] == ("001.atr", "001.dat", "001.hea")
    assert database.splits["test"] == ("003",)
    assert database.patient_of("002") == "001+002"
