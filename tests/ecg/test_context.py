"""The inputs of context.py and their C."""

import ctypes
import re

import numpy as np
import pytest
from ecg_library import ECG, built, pointer

from ecgprune.config import Config, DataConfig, ModelConfig
from ecgprune.ecg import beats, context, patient, records
from ecgprune.errors import ConfigError

WINDOW = patient.BEFORE + patient.AFTER
STATE_BYTES = 4096  # more than ecgp_context_t has


@pytest.fixture(scope="module")
def c_code(tmp_path_factory):
    parts = ("context", "similarity", "shape", "patient", "rhythm", "morphology", "select")
    return built(tmp_path_factory.mktemp("c"), *parts)


def c_features(c_code, windows, whole, rr):
    """(patient features, context features) that the C writes for a record's beats; `rr` lies between them."""
    state = np.full(STATE_BYTES, 0x55, np.uint8)
    c_code.ecgp_context_init(pointer(state))
    both = [np.zeros((len(whole), len(part.FEATURES)), np.int8) for part in (patient, context)]
    rows = iter(np.ascontiguousarray(windows))
    for i, has_window in enumerate(whole):
        before, following = (int(rr[i - 1]) if i else 0), (int(rr[i]) if i < len(rr) else 0)
        c_code.ecgp_context_beat(
            pointer(state), pointer(next(rows)) if has_window else None, ctypes.c_uint16(before),
            ctypes.c_uint16(following), pointer(both[0][i]), pointer(both[1][i]),
        )  # fmt: skip
    return both[0][whole], both[1][whole]


def python_features(windows, whole, rr):
    peaks = np.concatenate([[0], np.cumsum(rr)]).astype(np.int64)
    intervals = beats.intervals(peaks, patient.RATE_HZ)
    return patient.features(windows, whole, *intervals), context.features(windows, whole, *intervals)


def equal(found, expected):
    return all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("name", ["207", "208"])
def test_c_gives_real_beats_the_same_features_to_the_last_bit(c_code, mitdb, name):
    record = records.read_record(mitdb, name)
    config = DataConfig(database="mitdb", patient=True, context=True)
    made = beats.record_beats(record, config)
    peaks = beats.to_rate(record.beat_sample, record.sample_rate_hz, patient.RATE_HZ)
    whole = np.isin(record.beat_sample, made.sample)
    first = config.window_before - patient.BEFORE
    found = c_features(c_code, made.window[:, first : first + WINDOW], whole, np.diff(peaks))
    assert equal(found, (made.patient, made.context))
    moves = np.ptp(made.context.astype(int), axis=0)
    assert (moves[["template beat's P" not in n and "P wave of" not in n for n in context.FEATURES]] > 40).all()


def test_c_gives_random_signals_the_same_features_to_the_last_bit(c_code):
    rng = np.random.default_rng(3)
    for spread in (0, 1, 30, 2000, 40000):
        for count in (1, 2, 40, 200):
            walk = np.cumsum(rng.normal(0, spread, (count, WINDOW)), axis=1)
            noise = rng.normal(0, spread, (count, WINDOW))
            windows = np.clip(np.where(rng.random((count, 1)) < 0.5, walk, noise), -32768, 32767).astype(np.int16)
            windows[1::3] = windows[::3][: len(windows[1::3])]  # some beats are alike
            whole = rng.random(count) < 0.9
            rr = rng.integers(1, 600, count - 1)
            assert equal(c_features(c_code, windows[whole], whole, rr), python_features(windows[whole], whole, rr))


def test_no_sum_overflows_at_full_scale(c_code):
    time = np.arange(WINDOW)
    square = [np.where((time // period) % 2, 32767, -32768) for period in (1, 2, 7, 20, 34, 40, 68, 136)]
    windows = np.array(square * 3, np.int16)
    whole, rr = np.ones(len(windows), bool), np.full(len(windows) - 1, 100)
    assert equal(c_features(c_code, windows, whole, rr), python_features(windows, whole, rr))


def test_c_headers_have_pythons_constants():
    def defined(part):
        text = (ECG / f"ecgp_{part}.h").read_text()
        return {n: int(value) for n, value in re.findall(rf"#define ECGP_{part.upper()}_(\w+) (\d+)u?\b", text)}

    similarity, shape = defined("similarity"), defined("shape")
    assert similarity.pop("FEATURES") + shape.pop("FEATURES") == len(context.FEATURES)
    assert similarity == {
        "REMEMBERED": context.REMEMBERED, "POINTS": context.POINTS, "STRIDE": context.STRIDE, "FIRST": context.FIRST,
        "UNIT": context.UNIT, "ALIKE": context.ALIKE, "LIKE": context.LIKE, "FULL": context.FULL,
    }  # fmt: skip
    longest = context.WHOLE[1] - context.WHOLE[0]
    assert shape == {"LENGTH": context.LENGTH, "REACH": context.REACH, "LONGEST": longest}
    place = patient.FEATURES.index("previous RR to the median of 64")
    assert defined("context") == {"EARLINESS": place}


def test_beats_of_a_shape_that_comes_early_are_known_by_it():
    time = np.arange(WINDOW) - patient.BEFORE
    narrow, wide = 200 * np.exp(-((time / 4) ** 2)), -300 * np.exp(-((time / 12) ** 2))
    is_wide = np.arange(80) % 8 == 7
    windows = np.where(is_wide[:, None], wide, narrow).astype(np.int16)
    rr = np.where(is_wide[1:], 90, 144)
    found = dict(zip(context.FEATURES, python_features(windows, np.ones(80, bool), rr)[1].T.astype(int), strict=True))
    last = slice(40, 80)
    assert (found["share of similar beats"][last] > 100).tolist() == (~is_wide[last]).tolist()
    assert (found["earliness of similar beats"][last] < -50).tolist() == is_wide[last].tolist()
    assert (found["correlation of the QRS with the template beat"][last] < 0).tolist() == is_wide[last].tolist()


def test_the_amplifiers_gain_changes_no_correlation_and_no_similarity():
    rng = np.random.default_rng(5)
    shapes = rng.normal(0, 300, (3, WINDOW))
    windows = shapes[rng.integers(3, size=60)] + rng.normal(0, 20, (60, WINDOW))
    whole, rr = np.ones(60, bool), rng.integers(80, 200, 59)
    one, two = (python_features((gain * windows).astype(np.int16), whole, rr)[1][1:].astype(int) for gain in (1, 3))
    alike = [i for i, name in enumerate(context.FEATURES) if "simil" in name or "correlation" in name]
    assert np.abs(one - two)[:, alike].max() <= 4


def test_context_inputs_need_the_patients():
    with pytest.raises(ValueError, match=r"data.context needs data.patient = true"):
        DataConfig(context=True)
    with pytest.raises((ValueError, ConfigError), match=r"data.context = true"):
        Config(data=DataConfig(patient=True), model=ModelConfig(name="context"))
