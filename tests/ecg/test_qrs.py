"""The QRS detector: C and Python find the same beats, in every signal, and they are where they are annotated."""

import re
import subprocess

import numpy as np
import pytest
from firmware_models import FIRMWARE, TESTS

from ecgprune.ecg import filter as band_pass
from ecgprune.ecg import qrs, qrs_candidates
from ecgprune.ecg.records import read_record

ECG, NN = FIRMWARE / "lib" / "ecg", FIRMWARE / "lib" / "nn"
STATE_BYTES = 544  # of ecgp_qrs_t, as the manual says


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
    done = subprocess.run([program, "1"], input=low.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr
    return np.frombuffer(done.stdout, np.int32).reshape(-1, 7), int(done.stderr)


def in_python(low):
    beats = qrs.detect(low)
    columns = (beats.sample, beats.found, beats.search_back, beats.height, beats.slope, beats.noise, beats.rejected)
    return np.stack(columns, axis=1)


def low_passed(record, lead=0):
    gain = band_pass.units_per_volt(record.gain[lead])
    return band_pass.low_passed(record.signal[:, lead], record.sample_rate_hz, gain, record.baseline[lead])


def signals(rng):
    """Samples that do their worst, of every length."""
    size = int(rng.integers(1, 4000))
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
    for name in ("100", "207", "208"):
        low = low_passed(read_record(mitdb, name))
        found, size = in_c(program, low)
        assert np.array_equal(found, in_python(low))
        assert len(found) > 1000
        assert size == STATE_BYTES


def test_c_finds_the_same_beats_in_extreme_signals(program):
    rng = np.random.default_rng(1)
    beats = 0
    for _ in range(20):
        for samples in signals(rng):
            low = samples.astype(np.int16)
            found, _ = in_c(program, low)
            assert np.array_equal(found, in_python(low))
            beats += len(found)
    assert beats > 500


def test_c_has_pythons_constants():
    defined = {}
    for name in ("ecgp_qrs.c", "ecgp_qrs.h", "ecgp_qrs_lead.c", "ecgp_qrs_lead.h"):
        defined |= dict(re.findall(r"#define (?:ECGP_QRS_)?(\w+) (\d+)u?\b", (ECG / name).read_text()))
    python = {**vars(qrs_candidates), **vars(qrs)}
    names = [name for name in defined if name not in ("LEADS", "QUEUE", "MOST_HALVINGS", "RING", "LARGEST")]
    assert {name: int(defined[name]) for name in names} == {name: python[name] for name in names}
    assert len(names) > 20


# ---- what the detector does ----


def test_beats_are_where_they_are_annotated(mitdb):
    record = read_record(mitdb, "100")
    beats = qrs.detect(low_passed(record))
    annotated = record.beat_sample / 2
    nearest = annotated[np.abs(beats.sample[:, None] - annotated).argmin(axis=1)]
    off = beats.sample - nearest
    assert len(annotated) - 2 <= len(beats.sample) <= len(annotated)
    assert np.abs(off).max() <= 3
    assert np.median(np.abs(off)) <= 0.5
    assert not beats.search_back.any()


def test_a_constant_has_no_beats():
    for value in (-32768, 0, 77, 32767):
        assert not len(qrs.detect(np.full(3000, value, np.int16)).sample)
