"""Datasets: who trains, validates and tests, and what is saved comes back."""

import json
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from ecgprune.artifacts import SPLITS
from ecgprune.config import DataConfig
from ecgprune.ecg import splits
from ecgprune.ecg.build import build_dataset
from ecgprune.ecg.dataset import CLASSES, Dataset
from ecgprune.ecg.synthetic import make_database
from ecgprune.errors import ArtifactError, DataError


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic") / "db"
    make_database(folder, 16, 1.0, 1)
    return folder


@pytest.fixture(scope="module")
def intra(mitdb):
    return build_dataset(mitdb, DataConfig(database="mitdb"), 1)


@pytest.fixture(scope="module")
def inter(mitdb):
    return build_dataset(mitdb, DataConfig(database="mitdb", split="inter"), 1)


def totals(dataset):
    return {name: sum(part[name] for part in dataset.info["beats"].values()) for name in CLASSES}


def people(dataset, split):
    return {splits.patient_of(dataset.info["records"][r]) for r in dataset.subset(split).record}


def test_every_beat_of_mitdb_is_used_but_those_at_the_edges(intra):
    left_out = intra.info["left_out"]
    assert left_out["records"] == {}
    assert len(intra) + left_out["edge_beats"] == 109494
    published = {"N": 90631, "S": 2781, "V": 7236, "F": 803, "Q": 8043}
    assert all(0 <= published[c] - n <= left_out["edge_beats"] for c, n in totals(intra).items())
    assert (intra.ecg.shape[1], intra.info["window"], intra.info["sample_rate_hz"]) == (180, 180, 180)


def test_intra_split_is_stratified(intra):
    for name, count in totals(intra).items():
        assert intra.info["beats"]["test"][name] == int(0.2 * count + 0.5)
        assert intra.info["beats"]["validation"][name] == int((count - int(0.2 * count + 0.5)) * 0.1 + 0.5)


def test_inter_split_leaks_no_patient(inter):
    train, validation, test = (people(inter, s) for s in SPLITS)
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert [sorted(p) for p in (train, validation, test)] == [inter.info["patients"][s] for s in SPLITS]


def test_inter_split_is_de_chazals_but_for_the_man_on_both_sides(inter):
    lists = splits.mitdb_lists()
    assert len(lists.ds1) == len(lists.ds2) == 22
    assert len({*lists.ds1, *lists.ds2, *lists.paced}) == 48
    used = {s: {inter.info["records"][r] for r in inter.subset(s).record} for s in SPLITS}
    assert used["test"] == set(lists.ds2)
    assert used["train"] | used["validation"] == set(lists.ds1) - {"201"}
    assert inter.info["left_out"]["records"] == {
        **dict.fromkeys(lists.paced, "paced"), "201": "same patient as a test record",
    }  # fmt: skip


def test_inter_validation_has_every_class_that_could_be_shared(inter):
    assert all(inter.info["beats"]["validation"].values())
    assert all(inter.info["beats"]["train"].values())


def test_inter_split_of_the_synthetic_database_leaks_no_patient(synthetic):
    dataset = build_dataset(synthetic, DataConfig(split="inter"), 1)
    groups = [people(dataset, s) for s in SPLITS]
    assert sum(map(len, groups)) == len(set().union(*groups)) == 16
    assert all(all(part.values()) for part in dataset.info["beats"].values())


def test_seed_draws_the_split_and_nothing_else(synthetic):
    one, two = (build_dataset(synthetic, DataConfig(), seed) for seed in (1, 2))
    assert np.array_equal(one.ecg, two.ecg)
    assert not np.array_equal(one.split, two.split)
    assert one.info["beats"] == two.info["beats"]


def test_patients_cannot_be_split_when_there_is_but_one():
    with pytest.raises(DataError, match="cannot split by patient: only 1 patients are left to divide; add records"):
        splits.choose_patients({"s001": np.ones(5, dtype=np.int64)}, 0.2, np.random.default_rng(0))


def test_part_of_mitdb_says_so_in_its_name(mitdb, tmp_path):
    for name in ("100", "208"):
        for suffix in (".hea", ".dat", ".atr"):
            shutil.copy(mitdb / f"{name}{suffix}", tmp_path)
    dataset = build_dataset(tmp_path, DataConfig(database="mitdb"), 1)
    assert dataset.info["name"] == "mitdb, 2 of 48 records"
    assert sorted(dataset.info["input_hashes"]) == [f"{n}{s}" for n in ("100", "208") for s in (".atr", ".dat", ".hea")]


def test_part_of_mitdb_that_leaves_nobody_to_test_is_refused(mitdb, tmp_path):
    for name in ("101", "106", "108"):
        for suffix in (".hea", ".dat", ".atr"):
            shutil.copy(mitdb / f"{name}{suffix}", tmp_path)
    with pytest.raises(DataError, match=r"split 'inter' of .* leaves no beats for test; it needs more records"):
        build_dataset(tmp_path, DataConfig(database="mitdb", split="inter"), 1)


# ---- the dataset on disk ----


def test_same_input_gives_the_same_bytes_on_another_day(synthetic, tmp_path):
    dataset = build_dataset(synthetic, DataConfig(), 1)
    dataset.save(tmp_path / "a")
    time.sleep(2.1)  # zip entries date to two seconds
    build_dataset(synthetic, DataConfig(), 1).save(tmp_path / "b")
    for name in ("dataset.npz", "dataset.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_dataset_comes_back_as_it_was_saved(synthetic, tmp_path):
    dataset = build_dataset(synthetic, DataConfig(), 1)
    dataset.save(tmp_path)
    loaded = Dataset.load(tmp_path)
    for name, dtype in {
        "ecg": "int8", "rr": "int8", "label": "uint8", "record": "uint16", "sample": "int64", "split": "uint8",
    }.items():  # fmt: skip
        assert getattr(loaded, name).dtype == dtype
        assert np.array_equal(getattr(loaded, name), getattr(dataset, name))
    assert loaded.info == dataset.info
    assert sum(len(loaded.subset(s)) for s in SPLITS) == len(loaded)
    assert json.loads((tmp_path / "dataset.json").read_text())["schema_version"] == 2


def test_damaged_dataset_is_refused(synthetic, tmp_path):
    with pytest.raises(ArtifactError, match=r"no dataset.npz in .*: the data stage has not finished there; run it"):
        Dataset.load(tmp_path)
    build_dataset(synthetic, DataConfig(), 1).save(tmp_path)
    whole = (tmp_path / "dataset.npz").read_bytes()
    (tmp_path / "dataset.npz").write_bytes(whole[:-1])
    with pytest.raises(ArtifactError, match=r"dataset.npz has SHA-256 .*, dataset.json says .*; delete both"):
        Dataset.load(tmp_path)
    (tmp_path / "dataset.json").write_text('{"schema_version": 1')
    with pytest.raises(ArtifactError, match=r"dataset.json is damaged: .*; delete it and run again"):
        Dataset.load(tmp_path)


def test_beats_too_near_the_edge_are_counted(synthetic):
    near = build_dataset(synthetic, DataConfig(window=1200, window_before=600), 1)
    assert near.info["left_out"]["edge_beats"] > 100
    assert near.ecg.shape[1] == 1200


def test_dataset_imports_without_scipy_wfdb_or_sklearn():
    code = (
        "import sys, ecgprune.ecg.dataset, ecgprune.ecg.build, ecgprune.ecg.records, ecgprune.ecg.synthetic, "
        "ecgprune.ecg.ec57; print([m for m in ('scipy', 'wfdb', 'sklearn', 'pandas') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
