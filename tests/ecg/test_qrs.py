"""The QRS detector: C and Python find the same beats, in every signal, and they are where they are annotated."""

import re
import subprocess

import numpy as np
import pytest
from firmware_models import FIRMWARE, TESTS

from ecgprune.ecg import filter as band_pass
from ecgprune.ecg import qrs, qrs_candidates, qrs_doubt, qrs_levels, qrs_network
from ecgprune.ecg.qrs_weights import WEIGHTS
from ecgprune.ecg.records import read_record

ECG, NN = FIRMWARE / "lib" / "ecg", FIRMWARE / "lib" / "nn"
STATE_BYTES = 1272  # of ecgp_qrs_t with two leads, as the manual says


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The C as a program for the host, with sanitizers that trap."""
    found = tmp_path_factory.mktemp("qrs") / "qrs"
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O1", f"-I{ECG}", f"-I{NN}"]
    flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    sources = [TESTS / "c" / "qrs" / "host.c", *sorted(ECG.glob("ecgp_qrs*.c")), ECG / "ecgp_sort.c"]
    subprocess.run(["gcc", *flags, *sources, "-o", found], check=True)
    return found


def in_c(program, low):
    """(a row for each beat, size of the state)."""
    done = subprocess.run([program, str(len(low))], input=low.T.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr
    return np.frombuffer(done.stdout, np.int32).reshape(-1, 4 + 3 * len(low)), int(done.stderr)


def in_python(low):
    beats = qrs.detect(low)
    columns = (beats.sample, beats.found, beats.search_back, beats.height, beats.slope, beats.noise, beats.rejected)
    return np.column_stack(columns)


def low_passed(record, leads=2):
    rate, rows = record.sample_rate_hz, []
    for samples, gain, zero in zip(record.signal.T[:leads], record.gain, record.baseline, strict=False):
        rows.append(band_pass.low_passed(samples, rate, band_pass.units_per_volt(gain), zero))
    return np.stack(rows)


def signals(rng, size):
    """Samples that do their worst."""
    yield rng.integers(-32768, 32768, size)
    yield np.where(rng.random(size) < 0.5, -32768, 32767)
    yield np.clip(rng.integers(-30, 31, size).cumsum(), -32768, 32767)
    yield np.full(size, int(rng.integers(-32768, 32768)))
    yield np.where(np.arange(size) % int(rng.integers(2, 700)) < 3, int(rng.integers(1, 32768)), 0)
    quiet = rng.integers(0, 200, size)
    quiet[: size // 2] *= 100
    yield quiet


# ---- C and Python ----


def test_c_finds_the_same_beats_in_whole_records(program, mitdb):
    for name, leads in (("207", 1), ("208", 2)):
        low = low_passed(read_record(mitdb, name), leads)
        found, size = in_c(program, low)
        assert np.array_equal(found, in_python(low))
        assert len(found) > 1000
        assert size == STATE_BYTES


def test_c_and_python_take_the_qrs_complex_after_a_p_wave_as_high(program, mitdb):
    record = read_record(mitdb, "108")
    start, settled = 285_000, 10_000
    low = low_passed(record, 1)[:, start:]
    found, _ = in_c(program, low)
    assert np.array_equal(found, in_python(low))
    annotated = record.beat_sample / 2 - start
    later = found[found[:, 0] > settled, :1]
    assert np.count_nonzero(np.abs(later - annotated).min(axis=1) > 27) < 20  # 46 without holding candidates
    assert len(later) > 150


def test_c_finds_the_same_beats_in_extreme_signals(program):
    rng = np.random.default_rng(1)
    beats = 0
    for _ in range(8):
        every = list(signals(rng, int(rng.integers(1, 4000))))
        for number, samples in enumerate(every):
            leads = [samples, every[int(rng.integers(len(every)))]][: 1 + number % 2]
            low = np.stack(leads).astype(np.int16)
            found, _ = in_c(program, low)
            assert np.array_equal(found, in_python(low))
            beats += len(found)
    assert beats > 200


def test_c_has_pythons_constants():
    defined = {}
    for path in sorted(ECG.glob("ecgp_qrs*.[ch]")):
        pattern = r"#define (?:ECGP_QRS_)?(\w+) \(?(-?\d+)u?\b"
        defined |= {name: int(value) for name, value in re.findall(pattern, path.read_text())}
    modules = (qrs_candidates, qrs_network, qrs_levels, qrs_doubt, qrs)
    python = {name: value for module in modules for name, value in vars(module).items()} | {"LARGEST": 127}
    others = {"QUEUE", "ROOM", "MOST_LEARNED", "OUT_BIAS_1", "OUT_BIAS_2"}
    names = sorted(set(defined) - others)
    assert {name: defined[name] for name in names} == {name: python[name] for name in names}
    assert len(names) > 30


def test_c_has_pythons_weights():
    text = (ECG / "ecgp_qrs_network_parts.h").read_text()
    for leads, (hidden, bias, out, out_bias) in WEIGHTS.items():
        for name, values in (("WEIGHT", hidden), ("BIAS", bias), ("OUT", out)):
            table = re.search(rf"{name}_{leads}\[\d+\] = \{{([-\d,\s]+)\}}", text).group(1)
            assert tuple(int(value) for value in table.split(",") if value.strip()) == values
        assert int(re.search(rf"OUT_BIAS_{leads} \((-?\d+)\)", text).group(1)) == out_bias


# ---- what the detector does ----


def test_beats_are_where_they_are_annotated(mitdb):
    record = read_record(mitdb, "100")
    beats = qrs.detect(low_passed(record, 1))
    annotated = record.beat_sample / 2
    nearest = annotated[np.abs(beats.sample[:, None] - annotated).argmin(axis=1)]
    off = beats.sample - nearest
    assert len(annotated) - 2 <= len(beats.sample) <= len(annotated)
    assert np.abs(off).max() <= 3
    assert np.median(np.abs(off)) <= 0.5
    assert not beats.search_back.any()


def test_a_constant_has_no_beats():
    for value in (-32768, 0, 77, 32767):
        assert not len(qrs.detect(np.full((2, 3000), value, np.int16)).sample)


def test_none_or_too_many_leads_are_refused(program):
    for leads in (0, 3):
        with pytest.raises(ValueError, match=rf"takes 1 to 2 leads, got {leads}$"):
            qrs.detect(np.zeros((leads, 100), np.int16))
        assert subprocess.run([program, str(leads)], input=b"").returncode == 2
