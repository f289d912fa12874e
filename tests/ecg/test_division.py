"""Splits: who stands on which side, and that nobody and no sample stands on two."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ecgprune.artifacts import SPLITS
from ecgprune.config import Config, DataConfig, parse
from ecgprune.ecg import division, splits
from ecgprune.ecg.beats import to_rate
from ecgprune.ecg.build import build_dataset
from ecgprune.ecg.databases import registry
from ecgprune.ecg.filter import delay
from ecgprune.errors import ConfigError, DataError

TRAINS = ("101", "106", "119", "201", "208", "209")
TESTS = ("100", "202", "233")
SVDB = ("801", "803", "820")


@pytest.fixture(scope="module")
def both(mitdb, svdb, tmp_path_factory):
    """A folder with a few records of mitdb and svdb."""
    folder = tmp_path_factory.mktemp("mixed")
    for source, names in ((mitdb, ("102", *TRAINS, *TESTS)), (svdb, SVDB)):
        (folder / source.name).mkdir()
        for name in names:
            for suffix in (".hea", ".dat", ".atr"):
                shutil.copy(source / f"{name}{suffix}", folder / source.name)
    return folder


@pytest.fixture(scope="module")
def mixed(both):
    return build_dataset(both, DataConfig(database="mixed", split="inter", folds=3, fold=2), 1)


def used(dataset, split):
    return {dataset.info["records"][r] for r in dataset.subset(split).record}


def test_mixed_tests_on_ds2_and_trains_on_ds1_and_svdb(mixed):
    assert used(mixed, "test") == {f"mitdb/{n}" for n in TESTS}
    rest = {f"mitdb/{n}" for n in TRAINS if n != "201"} | {f"svdb/{n}" for n in SVDB}
    assert used(mixed, "train") | used(mixed, "validation") == rest
    assert mixed.info["left_out"]["records"] == {
        "mitdb/102": "paced", "mitdb/201": "same patient as a test record",
    }  # fmt: skip
    assert mixed.info["name"] == "mitdb, 10 of 48 records and svdb, 3 of 78 records"
    assert mixed.info["patients"]["test"] == ["mitdb/100", "mitdb/201+202", "mitdb/233"]
    expected = {*(f"mitdb/{n}.hea" for n in (*TRAINS, *TESTS)), *(f"svdb/{n}.hea" for n in SVDB)}
    assert expected <= mixed.info["input_hashes"].keys()


def divided(names, seed=1, **settings):
    """({patient: sides it stands on}, the division) of records with ten beats of each class, none of them real."""
    config = DataConfig(database="mixed", split="inter", **settings)
    parts = [SimpleNamespace(label=np.repeat(np.arange(5), 10), sample=np.arange(50)) for _ in names]
    found = division.divide(names, parts, [division.Span(360, 650_000)] * len(names), config, seed)
    sides = {}
    for name, side in zip(names, found.split.reshape(len(names), 50), strict=True):
        sides.setdefault(splits.patient_of(name, "mixed"), set()).update(SPLITS[s] for s in np.unique(side))
    return sides, found


def test_one_fold_validates_and_folds_share_out_both_databases(mixed):
    folds = mixed.info["folds"]
    assert used(mixed, "validation") == {p for p, fold in folds.items() if fold == 2}
    assert sorted(folds[f"svdb/{n}"] for n in SVDB) == [1, 2, 3]
    names = [*(f"mitdb/{n}" for n in (*TRAINS[:3], *TESTS)), *(f"svdb/{n}" for n in SVDB)]
    one, other = (divided(names, seed, folds=3, fold=fold) for seed, fold in ((1, 1), (7, 3)))
    assert one[1].folds == other[1].folds, "the seed of the run has no part in the folds"
    assert {p for p, sides in other[0].items() if sides == {"validation"}} == {
        p for p, fold in one[1].folds.items() if fold == 3
    }


def test_records_of_the_blind_test_train_nowhere():
    config = DataConfig(database="mixed", split="inter")
    names = [f"svdb/{n}" for n in registry.get("svdb").records]
    kept = set(names) - division.left_out(names, config).keys()
    assert kept == {f"svdb/{n}" for n in registry.get("svdb").splits["open"]}
    assert len(kept) == 39
    assert division.left_out(["svdb/800"], config) == {"svdb/800": "kept for the blind test"}


def test_mixed_asks_for_both_folders(mitdb):
    with pytest.raises(DataError, match=r"no folder mitdb in .*; database 'mixed' takes the folder that holds"):
        build_dataset(mitdb, DataConfig(database="mixed", split="inter"), 1)


def test_split_by_time_shares_no_sample(both):
    config = DataConfig(database="mitdb", split="time", paced=False)
    dataset = build_dataset(both / "mitdb", config, 1)
    assert dataset.info["left_out"]["records"] == {"102": "paced"}
    assert dataset.info["left_out"]["overlapping_beats"] > 0
    start = to_rate(dataset.sample, 360, config.sample_rate_hz) - config.window_before
    for record in np.unique(dataset.record):
        parts = [start[(dataset.record == record) & (dataset.split == part)] for part in range(len(SPLITS))]
        assert all(len(part) > 20 for part in parts)
        reach = delay(config.sample_rate_hz)  # of the filter, to either side
        assert parts[0].max() + config.window + reach <= parts[1].min() - reach
        assert parts[1].max() + config.window + reach <= parts[2].min() - reach
        assert parts[2].min() + config.window_before >= 0.8 * 1805 * 180


@pytest.mark.parametrize("settings", [{}, {"validation": "beat"}, {"folds": 3, "fold": 1}, {"folds": 3, "fold": 2}])
def test_patients_with_several_records_stay_on_one_side(settings):
    names = ["mitdb/101", "mitdb/106", "mitdb/108", "mitdb/109", "mitdb/201", "mitdb/202", "mitdb/100"]
    sides, _ = divided(names, **settings)  # 201 is left out of a real dataset, for 202 tests
    assert sides["mitdb/201+202"] == {"test"}
    assert all(len(s) == 1 or s == {"train", "validation"} for s in sides.values())
    assert (settings == {"validation": "beat"}) == any(len(s) == 2 for s in sides.values())


def test_folds_share_every_class_alike():
    draw = np.random.default_rng(3)
    counts = {f"p{i:02}": draw.integers(0, 100, 5) for i in range(30)}
    found = splits.folds(counts, 5, np.random.default_rng(1))
    shares = np.array([sum(counts[p] for p in counts if found[p] == k) for k in range(1, 6)])
    shares = shares / shares.sum(axis=0)
    assert np.abs(shares - 0.2).max() < 0.05
    with pytest.raises(DataError, match=r"cannot make 5 folds of 2 patients; lower data.folds or add records"):
        splits.folds({"a": np.ones(5), "b": np.ones(5)}, 5, draw)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"database": "mixed"}, "database 'mixed' goes with split 'inter', and split is 'intra'"),
        ({"folds": 5}, "folds 5 and fold 1 with split 'intra': cross-validation needs split 'inter'"),
        ({"folds": 5, "fold": 6, "split": "inter"}, "folds 5 and fold 6 with split 'inter'"),
    ],
)
def test_splits_that_do_not_go_together_are_refused(change, said):
    with pytest.raises(ValueError, match=said):
        replace(Config().data, **change)


def test_a_config_with_simulated_rhythms_is_told_that_they_are_gone():
    with pytest.raises(ConfigError, match=r"^old.toml: data.simulated is no longer a key: .*; remove the line$"):
        parse("[data]\nsimulated = 120\n", "old.toml")
    assert parse("[data]\nsimulated = 0\n", "old.toml") == Config(), "a run folder of before holds this"
