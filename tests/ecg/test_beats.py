import ctypes
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from ecg_library import ECG, built, pointer

from ecgprune.config import DataConfig
from ecgprune.ecg import beat_codes, beats, records
from ecgprune.ecg.dataset import CLASSES

RATE = 180


# ---- the C that an MCU runs, built for the host with sanitizers that trap ----


@pytest.fixture(scope="module")
def c_code(tmp_path_factory):
    return built(tmp_path_factory.mktemp("c"), "beat")


def c_normalize(c_code, windows):
    out = np.empty(windows.shape, dtype=np.int8)
    for source, target in zip(np.ascontiguousarray(windows), out, strict=True):
        c_code.ecgp_beat_normalize(
            pointer(source), ctypes.c_size_t(len(source)), pointer(target)
        )
    return out


def c_rr_features(c_code, peaks, rate):
    rr = np.diff(peaks).astype(np.uint16)
    out = np.empty((len(peaks), 4), dtype=np.int8)
    for i in range(len(peaks)):
        past = np.ascontiguousarray(rr[max(0, i - 100) : i])  # more than the local mean takes
        following = int(rr[i]) if i < len(rr) else 0
        c_code.ecgp_beat_rr(
            pointer(past), ctypes.c_size_t(len(past)), ctypes.c_uint16(following),
            ctypes.c_uint16(rate), pointer(out[i]),
        )  # fmt: skip
    return out


def random_windows(rng):
    for spread in (1, 3, 40, 1000, 32767):
        for length in (16, 180, 181, 1024):
            noise = np.clip(rng.standard_normal((20, length)) * spread, -32768, 32767)
            yield noise.astype(np.int16)
    yield rng.integers(-32768, 32768, (20, 4096)).astype(np.int16)
    yield np.where(rng.random((20, 32768)) < 0.5, -32768, 32767).astype(np.int16)
    yield np.repeat(np.array([[-32768], [32767], [0], [-1]], dtype=np.int16), 180, axis=1)
    spikes = np.zeros((20, 180), dtype=np.int16)
    spikes[np.arange(20), rng.integers(180, size=20)] = rng.integers(-32768, 32768, 20)
    yield spikes


def test_c_normalizes_random_windows_to_the_same_bits(c_code):
    for windows in random_windows(np.random.default_rng(1)):
        assert np.array_equal(c_normalize(c_code, windows), beats.normalize(windows))


def test_c_normalizes_real_beats_and_rr_intervals_to_the_same_bits(c_code, mitdb):
    for name in ("100", "207", "217", "232"):
        record = records.read_record(mitdb, name)
        signal = beats.filtered(record, DataConfig(database="mitdb"))
        peaks = beats.to_rate(record.beat_sample, record.sample_rate_hz, RATE)
        inside = peaks[(peaks >= 72) & (peaks < len(signal) - 108)]
        windows = beats.windows(signal, inside - 72, 180)
        assert np.array_equal(c_normalize(c_code, windows), beats.normalize(windows))
        assert np.array_equal(c_rr_features(c_code, peaks, RATE), beats.rr_features(peaks, RATE))


def test_c_gives_random_rr_intervals_the_same_bits(c_code):
    rng = np.random.default_rng(2)
    for count in (1, 2, 3, 65, 66, 300):
        for rate in (50, 125, 180, 360, 1000):
            peaks = np.cumsum(rng.integers(1, 3 * rate, count)).astype(np.int64)
            assert np.array_equal(c_rr_features(c_code, peaks, rate), beats.rr_features(peaks, rate))


def test_c_header_has_pythons_constants():
    text = (ECG / "ecgp_beat.h").read_text()
    defined = {name: int(value) for name, value in re.findall(r"#define ECGP_BEAT_(\w+) (\d+)u", text)}
    assert defined == {
        "GAIN": beats.GAIN,
        "MIN_DEVIATION": beats.MIN_DEVIATION,
        "MAX_SAMPLES": 32768,
        "RR_GAIN": beats.RR_GAIN,
        "RR_PAST": beats.RR_PAST,
        "RR_LIMIT_S": beats.RR_LIMIT_S,
        "RR_FEATURES": 4,
    }


# ---- the arithmetic itself ----


def exact(numerator, divisor):
    """Rounded to nearest, halves away from zero, in rational arithmetic."""
    size = int(Fraction(abs(int(numerator)), int(divisor)) + Fraction(1, 2))
    return max(-128, min(127, -size if numerator < 0 else size))


def test_normalization_equals_its_definition_in_rational_arithmetic():
    rng = np.random.default_rng(3)
    windows = np.rint(rng.standard_normal((10, 48)) * 60 + 7).astype(np.int16)
    for window, found in zip(windows, beats.normalize(windows), strict=True):
        values = [int(v) for v in window]
        mean = sum(values) // 48
        deviation = max(sum(abs(v - mean) for v in values) // 48, 4)
        assert found.tolist() == [exact(6 * (v - mean), deviation) for v in values]


def test_flat_line_stays_flat_and_quiet_noise_small():
    flat = np.full((1, 180), 1234, dtype=np.int16)
    assert not beats.normalize(flat).any()
    flat[0, ::2] += 1
    assert np.abs(beats.normalize(flat).astype(int)).max() <= 2


def test_normalization_ignores_offset_and_nearly_gain():
    rng = np.random.default_rng(4)
    windows = np.rint(rng.standard_normal((20, 180)) * 200).astype(np.int16)
    normal = beats.normalize(windows).astype(int)
    assert np.array_equal(beats.normalize(windows + 500), normal)
    assert np.abs(beats.normalize(windows * 3) - normal).max() <= 1


def test_rr_features_of_a_premature_beat():
    peaks = np.cumsum([0, 144, 144, 144, 100, 188, 144, 144])  # 0.8 s, one beat early, compensated
    features = beats.rr_features(peaks, RATE)
    assert features[2].tolist() == [0, 0, 0, 0]
    mean = (3 * 144 + 100) // 4
    assert features[4].tolist() == [
        exact(128 * (100 - mean), mean), exact(128 * (188 - mean), mean), exact(128 * (100 - 188), 288),
        exact(128 * (mean - 144), 144),
    ]  # fmt: skip


def test_rr_features_at_the_ends_of_a_record():
    features = beats.rr_features(np.array([10, 154, 298, 398]), RATE)
    assert features[0].tolist() == [0, 0, 0, 0]  # no previous: the next stands in
    assert features[3].tolist()[2] == 0  # no next: the previous stands in
    assert beats.rr_features(np.array([500]), RATE).tolist() == [[0, 0, 0, 0]]
    assert beats.rr_features(np.array([], dtype=np.int64), RATE).shape == (0, 4)


def test_r_peaks_stay_where_they_are_through_filter_and_resampling(mitdb):
    record = records.read_record(mitdb, "103")
    signal = beats.filtered(record, DataConfig(database="mitdb"))
    peaks = beats.to_rate(record.beat_sample, 360, RATE)[5:-5]
    around = beats.windows(signal, peaks - 20, 41)
    assert np.abs(np.median(around.argmax(axis=1)) - 20) <= 1


def test_a_negative_gain_is_a_lead_upside_down(mitdb):
    record = records.read_record(mitdb, "103")
    turned = replace(record, gain=(-200.0, -200.0), signal=2 * 1024 - record.signal)
    config = DataConfig(database="mitdb")
    assert np.array_equal(beats.filtered(turned, config), beats.filtered(record, config))


def test_lead_is_the_chosen_one_where_the_record_has_it_else_the_first(mitdb):
    config = DataConfig(database="mitdb")
    for name, lead in (("100", 0), ("114", 1), ("102", 0)):
        record = records.read_record(mitdb, name)
        renamed = replace(record, leads=tuple("MLII" if i == lead else f"other{i}" for i in range(2)))
        assert np.array_equal(beats.filtered(record, config), beats.filtered(renamed, config))


def test_aami_classes_follow_ec57():
    classes = {CLASSES[c]: "" for c in range(5)}
    for code in beat_codes.BEAT_CODES:
        classes[CLASSES[beat_codes.AAMI_CLASS[code]]] += code
    assert classes == {"N": "NLRejBn", "S": "AaJS", "V": "VEr", "F": "F", "Q": "/fQ?"}
