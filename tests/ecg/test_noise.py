"""Recorded noise: the signal-to-noise ratio is nst's, training and test share no sample, and off means off."""

from __future__ import annotations

import dataclasses
import re
import shutil
import statistics

import numpy as np
import pytest
from cli_calls import call, refused
from training_data import small_beats

from ecgprune import pipeline
from ecgprune.config import DataConfig, TrainConfig
from ecgprune.ecg import build, noise
from ecgprune.ecg import filter as band_pass
from ecgprune.ecg.beats import lead_mv, normalize, to_rate
from ecgprune.ecg.records import read_record
from ecgprune.errors import ArtifactError, DataError, TrainingError
from ecgprune.training.augment import Batches
from ecgprune.training.models import build as build_model

CONFIG = DataConfig(database="mitdb", patient=True)
RECORDS = ("100", "208")  # normal beats alone; and many ventricular and fusion beats
INFINITE = float("inf")


@pytest.fixture(scope="module")
def few(mitdb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("few")
    for name in RECORDS:
        for path in mitdb.glob(f"{name}.*"):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def dataset(few):
    return build.build_dataset(few, CONFIG, 1)


@pytest.fixture(scope="module")
def mixed(few, nstdb, dataset):
    conditions = [("bw", 6.0), ("em", INFINITE), ("em", 12.0), ("em", 0.0), ("ma", 0.0)]
    return noise.noisy_beats(few, nstdb, dataset, conditions, seed=7)


# ---- by hand, on the signals as recorded ----


def amplitude_of_qrs(record):
    """nst(1): the first 300 normal QRS complexes, 50 ms to both sides, the outer 5% left out."""
    lead, found = lead_mv(record, CONFIG), []
    for sample, symbol in zip(record.beat_sample.tolist(), record.beat_symbol.tolist(), strict=True):
        if symbol not in "VEF" and 18 <= sample < len(lead) - 18 and len(found) < 300:
            qrs = lead[sample - 18 : sample + 19].tolist()
            found.append(max(qrs) - min(qrs))
    return trimmed_mean(found)


def amplitude_of_noise(signal):
    """nst(1): RMS about its mean, second by second, the outer 5% left out."""
    seconds = [signal[i : i + 360].tolist() for i in range(0, len(signal) - 359, 360)]
    means = [sum(second) / 360 for second in seconds]
    return trimmed_mean([
        (sum((x - mean) ** 2 for x in second) / 360) ** 0.5 for second, mean in zip(seconds, means, strict=True)
    ])  # fmt: skip


def trimmed_mean(values):
    cut = int(len(values) * 0.05)
    return statistics.fmean(sorted(values)[cut : len(values) - cut])


@pytest.mark.parametrize(("kind", "snr_db"), [("bw", 6.0), ("em", 12.0), ("em", 0.0), ("ma", 0.0)])
@pytest.mark.parametrize("name", RECORDS)
def test_noisy_beats_are_what_the_filter_makes_of_nsts_mixture(few, nstdb, dataset, mixed, name, kind, snr_db):
    record = read_record(few, name)
    half = lead_mv(read_record(nstdb, kind), CONFIG)[325000:]
    gain = amplitude_of_qrs(record) / 8**0.5 / amplitude_of_noise(half) / 10 ** (snr_db / 20)
    start = int(noise._stretch(np.arange(325000), 1, kind, name, 7, 0)[0])
    count = min(325000 - start, 325000)  # up to where the noise starts over
    clean = lead_mv(record, CONFIG)[:count]
    units = np.rint(200 * (clean + gain * half[start : start + count])) + 1024  # as nst writes them
    mixture = band_pass.filtered(units.astype(np.int16), 360, 200_000, zero=1024)
    peaks = to_rate(dataset.sample, 360, 180)
    rows = np.flatnonzero(
        (dataset.record == RECORDS.index(name)) & (peaks > 2000) & (peaks < len(mixture) - 2000)  # no filter's edge
    )
    assert len(rows) > 50
    expected = np.stack([normalize(mixture[None, p - 72 : p + 108])[0] for p in peaks[rows]])
    apart = np.abs(mixed[kind, snr_db].ecg[rows].astype(int) - expected)
    assert np.mean(apart > 0) < 0.001  # noise is kept in float32: a sum that falls on a half of an ADC unit
    assert np.abs(dataset.ecg[rows].astype(int) - expected).mean() > 1


def test_infinite_snr_is_the_clean_beat_and_less_snr_is_more_noise(dataset, mixed):
    clean = mixed["em", INFINITE]
    assert all(np.array_equal(values, clean.arrays()[name]) for name, values in dataset.arrays().items())
    apart = [np.abs(mixed["em", snr].ecg.astype(int) - dataset.ecg).mean() for snr in (12.0, 0.0)]
    assert apart[1] > 1.5 * apart[0] > 0


def test_the_template_beat_is_learnt_from_the_noisy_signal(few, nstdb, dataset, mixed):
    """A beat's inputs set it against the noisy beats before it, the ones that are not asked for among them."""
    noisy = mixed["ma", 0.0]
    shape = slice(17, None)  # the features before are the rhythm's, which noise does not touch
    assert np.array_equal(noisy.patient[:, :17], dataset.patient[:, :17])
    assert np.mean(noisy.patient[:, shape] != dataset.patient[:, shape]) > 0.5


def test_each_half_is_made_of_its_own_samples_alone(nstdb):
    halves = {half: noise.read_noise(nstdb, CONFIG, half, 360) for half in ("train", "test")}
    for i, kind in enumerate(noise.KINDS):
        signal = lead_mv(read_record(nstdb, kind), CONFIG)
        for half, part in (("train", signal[:325000]), ("test", signal[325000:])):
            assert halves[half].shape == (3, 325000)
            assert np.abs(halves[half][i] - part / amplitude_of_noise(part)).max() < 1e-4


def test_noise_for_records_of_another_rate_is_the_same_noise(nstdb):
    own, other = (noise.read_noise(nstdb, CONFIG, "test", rate) for rate in (360, 128))
    for signal, found in zip(own, other, strict=True):
        ends = np.arange(160, len(found) - 160, 16)  # whole samples at both rates: 16 / 128 s = 45 / 360 s
        apart = found[ends] - signal[ends // 16 * 45]
        assert len(found) == -(-325000 * 128 // 360)
        assert apart.std() < 0.5 * signal.std()


def test_the_seed_decides_and_other_beats_do_not(few, nstdb, dataset, mixed):
    part = dataset.take(np.arange(5, len(dataset), 97))
    again = noise.noisy_beats(few, nstdb, part, [("em", 0.0)], seed=7)
    for name in ("ecg", "patient"):
        assert np.array_equal(again["em", 0.0].inputs[name], mixed["em", 0.0].inputs[name][5::97])
    other = noise.noisy_beats(few, nstdb, part, [("em", 0.0)], seed=8)
    assert not np.array_equal(again["em", 0.0].ecg, other["em", 0.0].ecg)


def test_other_records_than_the_datasets_are_refused(few, nstdb, dataset):
    other = dataclasses.replace(dataset, info=dataset.info | {"input_hashes": {}})
    with pytest.raises(DataError, match=re.escape("is not the file that the beats were made from; give the folder")):
        noise.noisy_beats(few, nstdb, other, [("em", 0.0)], seed=1)


def test_missing_noise_is_told_in_one_line(nstdb, tmp_path):
    with pytest.raises(DataError, match=r"^no folder .*: expected the one with the noise records bw, em, ma of NSTDB$"):
        noise.read_noise(tmp_path / "nowhere", CONFIG, "test", 360)
    shutil.copyfile(nstdb / "bw.hea", tmp_path / "bw.hea")
    with pytest.raises(DataError, match=r"^bw: incomplete record: bw.dat is missing in .*; fetch or copy it again$"):
        noise.read_noise(tmp_path, CONFIG, "test", 360)


# ---- augmentation ----


def test_a_take_is_the_same_beats_heard_with_the_training_half(few, nstdb, dataset):
    part = dataset.take(np.arange(3, len(dataset), 5))
    takes = noise.noisy_takes(few, nstdb, part, 6, (0.0, 12.0), seed=7)
    assert {name: values.shape for name, values in takes.items()} == {
        "ecg": (6, len(part), 180), "patient": (6, len(part), 28),
    }  # fmt: skip
    apart = np.abs(takes["ecg"].astype(int) - part.ecg).mean(axis=2)
    for number in range(len(RECORDS)):  # each with an SNR of its own in each take
        assert len(np.unique(apart[:, part.record == number].mean(axis=1).round(3))) == 6
    quiet = noise.noisy_takes(few, nstdb, part, 2, (200.0, 200.0), seed=7)
    assert all(np.array_equal(take, part.inputs[name]) for name in quiet for take in quiet[name])
    loud = noise.noisy_takes(few, nstdb, part, 1, (0.0, 0.0), seed=7)
    tested = noise.noisy_beats(few, nstdb, part, [(kind, 0.0) for kind in noise.KINDS], seed=7)
    assert not any(np.array_equal(loud["ecg"][0], noisy.ecg) for noisy in tested.values())


def noisy_batches(share, takes=None):
    train = TrainConfig(batch_size=64, noise_share=share, noise_std=0, shift_samples=0, gain_spread=0)
    beats = dataclasses.replace(small_beats(), noisy=takes)
    return Batches(build_model("compact", 64), beats, np.ones(5, np.float32), train, 1)


def epoch(batches):
    found = [inputs for inputs, _, _ in batches.epoch(0)]
    return {name: np.concatenate([inputs[name] for inputs in found]) for name in ("ecg", "rr")}


def labelled_takes():
    """Three takes in which sample t of training beat b is b, t and the take, folded into int8."""
    rows = np.flatnonzero(small_beats().split == 0)
    take, beat, time = np.ogrid[:3, : len(rows), :64]
    return {"ecg": ((take * 31 + beat * 7 + time) % 256 - 128).astype(np.int8)}


def test_without_a_share_takes_change_nothing():
    found, plain = epoch(noisy_batches(0.0, labelled_takes())), epoch(noisy_batches(0.0))
    assert all(found[name].tobytes() == plain[name].tobytes() for name in plain)


def test_a_share_of_the_beats_comes_from_the_takes_and_from_the_seed_alone():
    takes = labelled_takes()
    noisy, clean = epoch(noisy_batches(0.3, takes)), epoch(noisy_batches(0.0))
    known = {row.tobytes() for row in small_beats().ecg.astype(np.float32) * np.float32(1 / 16)}
    changed = np.array([row.tobytes() not in known for row in noisy["ecg"][:, 0, :, 0]])
    assert 0.2 < changed.mean() < 0.4
    rows = {row.tobytes() for take in takes["ecg"] for row in take.astype(np.float32) * np.float32(1 / 16)}
    assert all(row.tobytes() in rows for row in noisy["ecg"][changed, 0, :, 0])
    assert noisy["rr"].tobytes() == clean["rr"].tobytes()
    assert noisy["ecg"].tobytes() == epoch(noisy_batches(0.3, takes))["ecg"].tobytes()


def test_a_beat_is_replaced_by_itself():
    beats = small_beats()
    train = beats.ecg[beats.split == 0]
    noisy, clean = epoch(noisy_batches(0.5, {"ecg": np.stack([train, train])})), epoch(noisy_batches(0.0))
    assert noisy["ecg"].tobytes() == clean["ecg"].tobytes()


def test_noise_without_records_to_take_it_from_is_refused():
    with pytest.raises(TrainingError, match=r"noise_share is 0.3 and the beats come without recorded noise"):
        epoch(noisy_batches(0.3))


# ---- a run ----


@pytest.fixture
def noisy_config(tmp_path):
    path = tmp_path / "noisy.toml"
    path.write_text(
        'name = "noisy"\n[data.synthetic]\npatients = 4\nminutes = 0.5\n'
        "[train]\nepochs = 1\nbatch_size = 32\nnoise_share = 0.5\n"
    )
    return path


def test_a_run_trains_with_noise_and_goes_on_without_its_records(nstdb, noisy_config, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out = tmp_path / "run"
    done = call("train", noisy_config, "--noise", nstdb, "--out", out, "--format", "json")
    assert done.exit_code == 0, done.output
    beats = pipeline.data.load(out)
    expected = noise.noisy_takes(out / "records", nstdb, beats.subset("train"), 8, (0.0, 24.0), seed=1)
    assert beats.noisy.keys() == expected.keys() == {"ecg"}
    assert np.array_equal(beats.noisy["ecg"], expected["ecg"])
    again = call("train", noisy_config, "--out", out)
    assert again.exit_code == 0, again.output
    assert again.stderr.count("(kept)") == 4
    (out / "noise.npz").write_bytes(b"half")
    with pytest.raises(ArtifactError, match=r"noise.npz is damaged: .*; delete it and run again"):
        pipeline.data.load(out)


def test_a_run_without_noise_records_says_where_to_get_them(noisy_config, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert refused("train", noisy_config, "--out", tmp_path / "run") == (
        "config 'noisy' trains with recorded noise: give the folder of the MIT-BIH Noise Stress Test Database with "
        "--noise, or call `ecgprune data fetch nstdb` once"
    )
    said = refused("train", noisy_config, "--noise", tmp_path / "nowhere", "--out", tmp_path / "run")
    assert said == f"no folder {tmp_path / 'nowhere'}: --noise takes the folder with the noise records bw, em and ma"
    said = refused("train", "smoke", "--noise", tmp_path, "--out", tmp_path / "run")
    assert said == (
        "config 'smoke' trains without recorded noise (train.noise_share is 0); --noise is for configs that use it"
    )
