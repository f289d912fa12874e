"""The band-pass: C and Python give the same bits, and its response and its delay are the stated ones at every rate."""

import re
import subprocess

import numpy as np
import pytest
from firmware_models import FIRMWARE, TESTS

from ecgprune.ecg import filter as band_pass
from ecgprune.ecg.filter import causal, delay, filtered, low_passed
from ecgprune.ecg.records import read_record

ECG, NN = FIRMWARE / "lib" / "ecg", FIRMWARE / "lib" / "nn"
RATES = (128, 129, 180, 250, 257, 360, 500, 720, 997, 1000)
MIT = 200_000  # MIT-BIH's ADC units per volt: one is 5 uV
STATE_BYTES = 892  # of ecgp_filter_t at 180 Hz, as the manual says


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """{rate of the output: the C as a program for the host, with sanitizers that trap}."""
    folder, found = tmp_path_factory.mktemp("filter"), {}
    for rate in (180, 360):
        found[rate] = folder / f"filter-{rate}"
        flags = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-O1", f"-I{ECG}", f"-I{NN}"]
        flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-DECGP_FILTER_RATE_HZ={rate}u"]
        sources = [TESTS / "c" / "filter" / "host.c", ECG / "ecgp_filter.c"]
        subprocess.run(["gcc", *flags, *sources, "-o", found[rate]], check=True)
    return found


def c_filter(program, samples, rate_hz, gain=MIT, zero=0, gap=0, *more):
    """(what the C gives, size of its state, its delay)."""
    words = [program, *(str(value) for value in (rate_hz, gain, zero, gap, *more))]
    done = subprocess.run(words, input=np.asarray(samples, np.int16).tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr
    size, late = map(int, done.stderr.split())
    return np.frombuffer(done.stdout, np.int16), size, late


def signals(rate_hz, seed):
    """Samples that do their worst: extremes, steps that outlast the filter, a wave, a single sample."""
    rng = np.random.default_rng([rate_hz, seed])
    time = np.arange(6 * rate_hz + int(rng.integers(rate_hz)))
    yield rng.integers(-32768, 32768, len(time))
    yield np.where(rng.random(len(time)) < 0.5, -32768, 32767)
    yield np.where(time // (2 * rate_hz) % 2, -32768, 32767)
    yield np.rint(3000 * np.sin(time / rate_hz * 2 * np.pi * 7))
    yield time[:1]


# ---- C and Python ----


def test_c_gives_whole_records_the_same_bits(programs, mitdb):
    for name in ("100", "207"):
        record = read_record(mitdb, name)
        for lead in record.signal.T:
            found, size, late = c_filter(programs[180], lead, 360, zero=1024)
            assert np.array_equal(found, causal(lead, 360, MIT, 1024))
            assert (size, late) == (STATE_BYTES, delay()) == (STATE_BYTES, 119)


@pytest.mark.parametrize("rate_hz", RATES)
def test_c_gives_every_rate_gain_and_extreme_the_same_bits(programs, rate_hz):
    rng = np.random.default_rng(rate_hz)
    for out_hz, program in programs.items():
        for number, samples in enumerate(signals(rate_hz, out_hz)):
            gain = MIT if number == 3 else int(10 ** rng.uniform(2, 9))
            zero = int(rng.integers(-32768, 32768))
            found, _, late = c_filter(program, samples, rate_hz, gain, zero)
            assert np.array_equal(found, causal(samples, rate_hz, gain, zero, out_hz))
            assert late == delay(out_hz)
            low, _, _ = c_filter(program, samples, rate_hz, gain, zero, 0, "low")
            assert np.array_equal(low, low_passed(samples, rate_hz, gain, zero, out_hz))


def test_c_begins_anew_after_a_gap(programs):
    samples = np.random.default_rng(5).integers(-3000, 3000, 3000)
    found, _, _ = c_filter(programs[180], samples, 257, gap=1234)
    parts = [causal(part, 257, MIT) for part in (samples[:1234], samples[1234:])]
    assert np.array_equal(found, np.concatenate(parts))


def test_c_has_pythons_constants():
    text = (ECG / "ecgp_filter.c").read_text()
    table = re.search(r"PROTOTYPE\[\d+\] = \{([-\d,\s]+)\}", text).group(1)
    assert tuple(map(int, table.split(","))) == band_pass.PROTOTYPE
    total = int(re.search(r"PROTOTYPE_SUM (\d+)u", text).group(1))
    assert total == band_pass.PROTOTYPE[0] + 2 * sum(band_pass.PROTOTYPE[1:])
    header = (ECG / "ecgp_filter.h").read_text()
    limits = [int(re.search(rf"ECGP_FILTER_{name} (\d+)u", header).group(1)) for name in (
        "LOWEST_HZ", "HIGHEST_HZ", "LOWEST_UNITS", "HIGHEST_UNITS",
    )]  # fmt: skip
    assert limits == [*band_pass.RATES_HZ, *band_pass.UNITS]


@pytest.mark.parametrize(("rate_hz", "gain"), [(127, MIT), (1001, MIT), (360, 99), (360, 1_000_000_001)])
def test_rates_and_gains_out_of_range_are_refused(programs, rate_hz, gain):
    assert subprocess.run([programs[180], str(rate_hz), str(gain), "0"], input=b"").returncode == 2
    with pytest.raises(ValueError, match=r"^the (rate|gain) is .*, and the filter takes "):
        causal(np.zeros(1000, np.int16), rate_hz, gain)


# ---- what the filter does ----


def test_the_prototype_is_the_square_of_a_butterworth_filter():
    """Its impulse response in closed form, for |H|^2 = 1 / (1 + (f / 40 Hz)^4)."""
    time = np.arange(43) / band_pass.PROTOTYPE_HZ
    turn = 2 * np.pi * 40 * time / np.sqrt(2)
    response = np.exp(-turn) * (np.cos(turn) + np.sin(turn))
    assert np.rint(2918 * response[:42]).tolist() == list(band_pass.PROTOTYPE)
    assert abs(response[42]) < 0.003  # where it is cut off


def gain_and_phase(hz, rate_hz, out_hz=180):
    """Of a sine of 50 mV: factor, and phase in degrees."""
    time = np.arange(30 * rate_hz) / rate_hz
    found = filtered(np.rint(10000 * np.sin(2 * np.pi * hz * time)), rate_hz, MIT, out_hz=out_hz)
    kept = np.arange(5 * out_hz, 25 * out_hz) / out_hz
    wave = 2 * np.mean(found[5 * out_hz : 25 * out_hz] * np.exp(-2j * np.pi * hz * kept)) * 1j / 10000
    return abs(wave), np.degrees(np.angle(wave))


@pytest.mark.parametrize("rate_hz", RATES)
def test_the_response_is_the_stated_one_at_every_rate_and_without_phase(rate_hz):
    for hz in (0.25, 0.5, 1, 2, 5, 10, 20, 30, 40):
        factor, phase = gain_and_phase(hz, rate_hz)
        expected = (1 - np.sinc(hz * 2 / 3) ** 2) / (1 + (hz / 40) ** 4)
        assert factor == pytest.approx(expected, rel=0.012, abs=0.008)  # 0.1 dB; and at 180 Hz aliases
        assert abs(phase) < 0.5


def test_the_pass_band_ends_where_it_is_said_to_at_every_rate_of_the_output():
    for out_hz in (180, 250, 360):
        for hz in band_pass.BAND_HZ:
            assert gain_and_phase(hz, 360, out_hz)[0] == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("rate_hz", [360, 500, 1000])
def test_what_would_come_back_as_ecg_after_resampling_is_stopped(rate_hz):
    time = np.arange(10 * rate_hz) / rate_hz
    for hz in (140, 150, 170):  # as 40, 30 and 10 Hz
        found = filtered(np.rint(10000 * np.sin(2 * np.pi * hz * time)), rate_hz, MIT)[360:-360]
        assert found.std() < 10000 / np.sqrt(2) / 100


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_constant_gives_nothing_at_all(rate_hz):
    for value in (-32768, -1234, 1, 32767):
        assert not filtered(np.full(rate_hz, value), rate_hz, MIT).any()


def test_samples_come_in_5_uv_whatever_the_gain():
    samples = np.arange(-32768, 32768)
    for gain in (1234, 81_920, 200_000, 1_000_000, 2_345_678):
        exact = np.clip(samples * 200_000 / gain, -32768, 32767)
        assert np.abs(band_pass.scaled(samples, gain, 0) - exact).max() <= 0.5 + 2**-13 * np.abs(exact).max()
    assert np.array_equal(band_pass.scaled(samples, MIT, 0), samples)
    assert band_pass.scaled(np.array([32767]), 100, -32768) == 32767


def test_a_record_is_what_the_device_gives_without_the_delay():
    samples = np.random.default_rng(3).integers(-3000, 3000, 5000)
    for rate_hz in (128, 257, 360):
        held = np.concatenate([samples, np.repeat(samples[-1:], 2 * rate_hz)])
        whole = filtered(samples, rate_hz, MIT)
        assert len(whole) == -(-5000 * 180 // rate_hz)
        assert np.array_equal(whole, causal(held, rate_hz, MIT)[delay() :][: len(whole)])
    assert len(filtered(samples[:0], 360, MIT)) == 0
    assert filtered(samples[:1], 360, MIT).tolist() == [0]


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_spike_stays_where_it_is(rate_hz):
    samples = np.zeros(4 * rate_hz, np.int16)
    samples[2 * rate_hz] = 20000  # at sample 360 of the output
    found = filtered(samples, rate_hz, MIT).astype(int)
    assert found.argmax() == 360
    assert np.abs(found[360:500] - found[360:220:-1]).max() <= 1 + found.max() // 500
