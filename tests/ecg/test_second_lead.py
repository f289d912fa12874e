"""The second lead of records in training: its inputs are those of that lead, and off means off."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from cli_calls import call
from training_data import small_beats

from ecgprune import pipeline
from ecgprune.config import DataConfig, TrainConfig
from ecgprune.ecg import build, second_lead
from ecgprune.errors import TrainingError
from ecgprune.training.augment import Batches
from ecgprune.training.models import build as build_model

CONFIG = DataConfig(database="mitdb", patient=True)


@pytest.fixture(scope="module")
def one(mitdb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    for path in mitdb.glob("100.*"):
        (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def dataset(one):
    return build.build_dataset(one, CONFIG, 1)


def test_the_inputs_are_those_of_a_dataset_of_that_lead(one, dataset):
    there = build.build_dataset(one, dataclasses.replace(CONFIG, lead="V5"), 1)
    found = second_lead.inputs(one, dataset)
    assert found.keys() == {"ecg", "patient"}
    for name, values in found.items():
        assert np.array_equal(values, there.inputs[name])
        assert not np.array_equal(values, dataset.inputs[name])
    few = dataset.take(np.arange(7, 700, 3))
    assert np.array_equal(second_lead.inputs(one, few)["ecg"], found["ecg"][7:700:3])


def batches(share, second=None):
    train = TrainConfig(batch_size=64, second_lead_share=share, noise_std=0, shift_samples=0, gain_spread=0)
    beats = dataclasses.replace(small_beats(), second=second)
    return Batches(build_model("compact", 64), beats, np.ones(5, np.float32), train, 1)


def epoch(found):
    drawn = [inputs for inputs, _, _ in found.epoch(0)]
    return {name: np.concatenate([inputs[name] for inputs in drawn]) for name in ("ecg", "rr")}


def test_a_share_of_the_beats_comes_from_the_second_lead():
    train = small_beats().ecg[small_beats().split == 0]
    plain, mixed = epoch(batches(0.0, {"ecg": -train})), epoch(batches(0.3, {"ecg": -train}))
    assert plain["ecg"].tobytes() == epoch(batches(0.0))["ecg"].tobytes()
    assert plain["rr"].tobytes() == mixed["rr"].tobytes()
    turned = (mixed["ecg"] == -plain["ecg"]).all(axis=(1, 2, 3))
    assert 0.2 < turned.mean() < 0.4
    assert np.array_equal(mixed["ecg"][~turned], plain["ecg"][~turned])


def test_a_share_without_a_second_lead_is_refused():
    with pytest.raises(TrainingError, match=r"second_lead_share is 0.3 and the beats come without a second lead"):
        epoch(batches(0.3))


def test_a_run_reads_the_second_lead_once(tmp_path):
    config, out = tmp_path / "two.toml", tmp_path / "run"
    config.write_text(
        'name = "two"\n[data.synthetic]\npatients = 4\nminutes = 0.5\n'
        "[train]\nepochs = 1\nbatch_size = 32\nsecond_lead_share = 0.5\n"
    )
    done = call("train", config, "--out", out)
    assert done.exit_code == 0, done.output
    beats = pipeline.data.load(out)
    expected = second_lead.inputs(out / "records", beats.subset("train"))
    assert np.array_equal(beats.second["ecg"], expected["ecg"])
    assert not np.array_equal(expected["ecg"], beats.subset("train").ecg)
    assert call("train", config, "--out", out).stderr.count("(kept)") == 4
