import shutil

import numpy as np
import pytest
import wfdb

from ecgprune.artifacts import sha256_file
from ecgprune.config import DataConfig, SyntheticConfig
from ecgprune.ecg import inspection, records
from ecgprune.ecg.build import build_dataset
from ecgprune.ecg.synthetic import make_database
from ecgprune.errors import DataError

DEFAULT = SyntheticConfig()


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic") / "db"
    assert len(make_database(folder, DEFAULT.patients, DEFAULT.minutes, 1)) == DEFAULT.patients
    return folder


def hashes(folder):
    return {p.name: sha256_file(p) for p in sorted(folder.iterdir())}


def test_records_are_genuine_wfdb(database):
    assert all(status.whole for status in inspection.check_folder(database))
    header = wfdb.rdheader(str(database / "s003"))
    assert (header.fs, header.sig_name, header.fmt) == (360, ["MLII", "V1"], ["212", "212"])
    annotations = wfdb.rdann(str(database / "s003"), "atr")
    assert annotations.symbol[0] == "+"
    assert annotations.aux_note[0] == "(P"


def test_everything_says_that_it_is_synthetic(database):
    for name in records.record_names(database):
        assert wfdb.rdheader(str(database / name)).comments[0].startswith("SYNTHETIC ECG made by ecgprune")
    assert inspection.database_info(database)["synthetic"] is True
    assert (database / "README.txt").read_text().startswith("SYNTHETIC ECG, made by a program")
    dataset = build_dataset(database, DataConfig(), 1)
    assert (dataset.info["synthetic"], dataset.info["name"]) == (True, "synthetic")


def test_default_size_has_enough_beats_of_every_class(database):
    beats = build_dataset(database, DataConfig(), 1).info["beats"]
    assert sum(beats["test"].values()) >= 1000
    for name in "NSVFQ":
        assert sum(part[name] for part in beats.values()) >= 100


def test_same_seed_same_bytes_and_another_seed_others(tmp_path):
    make_database(tmp_path / "a", 4, 0.5, 7)
    make_database(tmp_path / "b", 4, 0.5, 7)
    make_database(tmp_path / "c", 4, 0.5, 8)
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")
    assert hashes(tmp_path / "a")["s001.dat"] != hashes(tmp_path / "c")["s001.dat"]


def test_a_patient_does_not_depend_on_the_number_of_patients(tmp_path):
    make_database(tmp_path / "few", 4, 0.5, 7)
    make_database(tmp_path / "more", 5, 0.5, 7)
    few, more = hashes(tmp_path / "few"), hashes(tmp_path / "more")
    assert all(more[name] == digest for name, digest in few.items() if name.startswith("s0"))


def test_smallest_database_still_has_every_class(tmp_path):
    make_database(tmp_path / "db", 4, 0.5, 3)
    dataset = build_dataset(tmp_path / "db", DataConfig(), 3)
    assert set(np.unique(dataset.label)) == set(range(5))


def test_premature_beats_come_early_and_only_ventricular_ones_are_compensated(database):
    early, pause = {"A": [], "V": []}, {"A": [], "V": []}
    for name in ("s001", "s004", "s006"):
        record = records.read_record(database, name)
        rr = np.diff(record.beat_sample)
        usual = np.median(rr)
        for i in range(2, len(rr) - 1):
            codes = "".join(record.beat_symbol[i - 1 : i + 2].tolist())
            if codes in ("NAN", "NVN"):
                early[codes[1]].append(rr[i - 1] / usual)
                pause[codes[1]].append((rr[i - 1] + rr[i]) / usual)
    assert np.mean(early["A"]) < 0.85
    assert np.mean(early["V"]) < 0.80
    assert np.mean(pause["A"]) < 1.85
    assert np.mean(pause["V"]) == pytest.approx(2, abs=0.06)


def test_older_synthetic_database_is_replaced_and_other_files_are_not(tmp_path):
    make_database(tmp_path / "db", 4, 0.5, 1)
    make_database(tmp_path / "db", 4, 0.5, 2)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match=r"mine holds files that are no synthetic database; name a folder that is new"):
        make_database(tmp_path / "mine", 4, 0.5, 1)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    with pytest.raises(DataError, match=r"thesis.txt is a file; name a folder"):
        make_database(tmp_path / "mine" / "thesis.txt", 4, 0.5, 1)


def test_too_short_records_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"records of 0.1 minutes are too short to hold every beat; ask for 0.5"):
        make_database(tmp_path / "db", 4, 0.1, 1)


def test_killed_while_writing_leaves_the_older_database(tmp_path):
    make_database(tmp_path / "db", 4, 0.5, 1)
    before = hashes(tmp_path / "db")

    def interrupt(done, doing):
        if done > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_database(tmp_path / "db", 4, 0.5, 2, interrupt)
    assert hashes(tmp_path / "db") == before
    assert [p.name for p in tmp_path.iterdir()] == ["db"]


def test_synthetic_records_are_not_taken_for_mitdb(database, mitdb, tmp_path):
    with pytest.raises(DataError, match=r"s001 in .* is a synthetic record, and the config asks for database 'mitdb'"):
        build_dataset(database, DataConfig(database="mitdb"), 1)
    for suffix in (".hea", ".dat", ".atr"):
        shutil.copy(mitdb / f"100{suffix}", tmp_path)
    with pytest.raises(DataError, match=r"100 in .* is MIT-BIH's, and the config asks for database 'synthetic'"):
        build_dataset(tmp_path, DataConfig(), 1)
