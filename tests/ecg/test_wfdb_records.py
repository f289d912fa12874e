"""WFDB records of every kind: read as the standard says, or refused in one line."""

import sys

import numpy as np
import pytest
import wfdb
from wfdb_records import (
    BEATS,
    MILLIVOLTS,
    OWN,
    SAMPLES,
    at,
    digital,
    packed,
    read,
    refusal,
    signal_line,
    simple,
    words,
    write,
)  # fmt: skip

from ecgprune.config import DataConfig
from ecgprune.ecg import beats, inspection, leads, records
from ecgprune.ecg.databases import registry
from ecgprune.errors import DataError

GAINS = {"16": 200, "24": 100_000, "32": 4_000_000, "61": 200, "80": 50, "160": 200, "212": 200, "310": 100, "311": 100}


def millivolts(record, lead=0):
    return (record.signal[:, lead] - record.baseline[lead]) / record.gain[lead]


@pytest.mark.parametrize("form", GAINS)
def test_every_format_gives_the_physical_values(tmp_path, form):
    samples = digital(GAINS[form])
    line = signal_line("any_name.bin", form, f"{GAINS[form]}/mV", "II", int(samples.sum()) & 0xFFFF)
    write(tmp_path, [f"r1 1 250 {SAMPLES}", line], {"any_name.bin": packed(form, samples)})
    record = read(tmp_path)
    assert np.abs(millivolts(record) - MILLIVOLTS).max() <= 0.5 / GAINS[form]
    assert np.array_equal(millivolts(record), wfdb.rdrecord(str(tmp_path / "r1")).p_signal[:, 0])
    assert record.valid.all()
    assert record.beat_sample.tolist() == BEATS.tolist()
    assert sorted(record.hashes) == ["any_name.bin", "r1.atr", "r1.hea"]


@pytest.mark.parametrize(("form", "gain"), [("508", 50), ("516", 200), ("524", 100_000)])
def test_compressed_formats_are_read(tmp_path, form, gain):
    pytest.importorskip("soundfile")
    simple(tmp_path)
    wfdb.wrsamp(
        "r1", fs=250, units=["mV"], sig_name=["II"], d_signal=digital(gain)[:, None], fmt=[form], adc_gain=[gain],
        baseline=[0], write_dir=str(tmp_path),
    )  # fmt: skip
    assert np.array_equal(millivolts(read(tmp_path)), digital(gain) / gain)


def test_compressed_signals_without_the_package_for_them_are_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert "r1: its FLAC signals need the package soundfile (" in refusal(simple(tmp_path, form="516"))


@pytest.mark.parametrize(
    ("form", "said"), [("8", "r1.dat is of signal format 8 (differences); expected one of 16, 24,"), ("7", "format 7;")]
)
def test_other_formats_are_refused(tmp_path, form, said):
    assert said in refusal(simple(tmp_path, form=form))


@pytest.mark.parametrize(("form", "invalid"), [("16", -(2**15)), ("212", -(2**11)), ("24", -(2**23)), ("80", -128)])
def test_invalid_samples_are_gaps_that_hold_the_last_value(tmp_path, form, invalid):
    samples = digital(GAINS[form])
    samples[:3], samples[1000:1200] = invalid, invalid
    write(tmp_path, ["r1 1 250", f"r1.dat {form} {GAINS[form]}"], {"r1.dat": packed(form, samples)})
    record = read(tmp_path)
    assert np.flatnonzero(~record.valid[:, 0]).tolist() == [0, 1, 2, *range(1000, 1200)]
    assert set(record.signal[1000:1200, 0].tolist()) == {samples[999]}
    assert record.signal[0, 0] == samples[3]
    assert inspection.database_info(tmp_path)["notes"] == {"r1": ["203 samples of signal 1 are invalid"]}


def test_beats_in_gaps_are_left_out_and_counted_and_keep_their_place_in_the_rhythm(tmp_path):
    samples = digital(200)
    samples[1000:1060] = -(2**15)
    write(tmp_path / "gap", ["r1 1 250", "r1.dat 16 200"], {"r1.dat": packed("16", samples)})
    whole = beats.record_beats(read(simple(tmp_path / "whole")), OWN)
    gap = beats.record_beats(read(tmp_path / "gap"), OWN)
    kept = np.isin(whole.sample, gap.sample)
    # The window is from 0.4 s before the R peak to 0.6 s after it; the gap from 4 to 4.24 s.
    touched = [b for b in whole.sample.tolist() if b - 100 < 1060 and b + 150 > 1000]
    assert whole.sample[~kept].tolist() == touched == [1000]
    assert (gap.in_gaps, gap.left_out, whole.in_gaps) == (1, whole.left_out, 0)
    assert np.array_equal(gap.rr, whole.rr[kept])


@pytest.mark.parametrize("gain", [-20_000, 100_000, 4_000_000, 2_000_000_000])
def test_beats_are_the_same_at_any_gain(tmp_path, gain):
    usual = beats.record_beats(read(simple(tmp_path / "usual", gain=20_000)), OWN)
    unit = "mV" if abs(gain) < 10**9 else "V"
    samples = np.rint(MILLIVOLTS * gain / (1 if unit == "mV" else 1000)).astype(np.int64)
    header = [f"r1 1 250 {SAMPLES}", f"r1.dat 32 {gain}/{unit}"]
    other = beats.record_beats(read(write(tmp_path / "other", header, {"r1.dat": packed("32", samples)})), OWN)
    assert np.abs(other.window - usual.window).max() <= 1
    assert np.array_equal(other.rr, usual.rr)


@pytest.mark.parametrize(
    ("unit", "encoding", "per_unit"),
    [
        ("mV", "ascii", 1.0), ("uV", "ascii", 1e-3), ("V", "ascii", 1e3), ("nV", "ascii", 1e-6),
        ("\u00b5V", "utf-8", 1e-3), ("\u03bcV", "utf-8", 1e-3), ("\u00b5V", "latin-1", 1e-3),
    ],
)  # fmt: skip
def test_voltages_come_in_any_unit(tmp_path, unit, encoding, per_unit):
    header = f"r1 1 250 {SAMPLES}\nr1.dat 16 200(0)/{unit}\n".encode(encoding)
    folder = write(tmp_path, header, {"r1.dat": packed("16", digital(200))})
    assert np.allclose(millivolts(read(folder)), digital(200) / 200 * per_unit)


def test_signals_that_are_no_voltage_are_told_and_no_leads(tmp_path):
    folder = simple(tmp_path, leads=("ABP", "II"))
    header = folder / "r1.hea"
    lines = ["r1 2 250", signal_line("r1.dat", 16, "200/mmHg", "ABP", 0), signal_line("r1.dat", 16, "200", "II", 0)]
    sums = np.frombuffer((folder / "r1.dat").read_bytes(), "<i2").reshape(-1, 2).sum(axis=0, dtype=int) & 0xFFFF
    header.write_text("\n".join(x.replace(" 0 0 0 0 ", f" 0 0 {s} 0 ") for x, s in zip(lines, [0, *sums], strict=True)))
    record = read(folder)
    assert record.leads == ("II",)
    assert record.notes == ("signal ABP is in mmHg: it is no lead",)
    header.write_text(header.read_text().replace(" 200 16", " 200/bpm 16"))
    assert refusal(folder) == "r1: no signal is a voltage: ABP in mmHg, II in bpm; expected V, mV, uV or nV"


@pytest.mark.parametrize(
    ("fields", "gain", "baseline"),
    [("", 200, 0), (" 0", 200, 0), (" 9", 9, 0), (" 100 16 7", 100, 7), (" 100(3) 16 7", 100, 3), (" -2E2", -200, 0)],
)
def test_gain_and_baseline_have_wfdbs_defaults(tmp_path, fields, gain, baseline):
    record = read(write(tmp_path, ["r1 1 250", f"r1.dat 16{fields}"], {"r1.dat": packed("16", digital())}))
    assert (record.gain, record.baseline) == ((gain,), (baseline,))
    guessed = "the gain of signal 1 is not stated: taken as 200 units per mV, WFDB's default"
    assert record.notes == ((guessed,) if fields in ("", " 0") else ())


@pytest.mark.parametrize(
    ("stated", "rate_hz"), [("250/100(5)", 250), ("250.0", 250), ("2.5e2", 250), ("257.5", 258), ("128.5", 128)]
)
def test_sampling_rates_are_made_whole(tmp_path, stated, rate_hz):
    factor = rate_hz / float(stated.partition("/")[0])
    record = read(simple(tmp_path, rate=stated))
    assert record.sample_rate_hz == rate_hz
    assert np.abs(record.beat_sample - BEATS * factor).max() <= 0.5
    assert len(record.signal) == pytest.approx(SAMPLES * factor, abs=1)
    peaks = [int(np.argmax(record.signal[b - 20 : b + 20, 0])) - 20 for b in record.beat_sample]
    assert np.abs(peaks).max() <= 1
    assert bool(record.notes) == (factor != 1)


@pytest.mark.parametrize("rate_hz", [100, 2000])
def test_a_rate_that_the_filter_does_not_take_is_told(tmp_path, rate_hz):
    (status,) = inspection.check_folder(simple(tmp_path, rate=str(rate_hz)))
    assert not status.whole
    assert status.problem == f"the rate is {rate_hz} Hz, and the filter takes 128 to 1000 Hz"


def test_leads_of_several_samples_per_frame_keep_their_rate(tmp_path):
    pairs = digital(200).reshape(-1, 2)
    frames = np.concatenate([pairs, pairs[:, :1]], axis=1)
    half = words(*(at("N", step) for step in np.diff(BEATS // 2, prepend=0).tolist()), 0)
    folder = write(
        tmp_path, ["r1 2 125", "r1.dat 16x2 200", "r1.dat 16 200"], {"r1.dat": packed("16", frames)}, annotations=half
    )
    record = read(folder)
    assert (record.sample_rate_hz, record.signal.shape) == (250, (SAMPLES, 2))
    assert np.array_equal(record.signal[:, 0], digital(200))
    assert np.array_equal(record.signal[::2, 1], digital(200)[::2])
    assert np.abs(record.beat_sample - BEATS).max() <= 1
    assert record.notes == ("signal 2 has 1 of 2 samples per frame: it is interpolated",)


def test_skew_moves_a_signal_and_not_its_checksum(tmp_path):
    late = np.concatenate([np.full(5, 77), digital()[:-5]])
    line = signal_line("r1.dat", "16:5", "100", "II", int(late.sum()) & 0xFFFF)
    record = read(write(tmp_path, [f"r1 1 250 {SAMPLES}", line], {"r1.dat": packed("16", late)}))
    assert np.array_equal(record.signal[:-5, 0], digital()[:-5])
    assert np.flatnonzero(~record.valid[:, 0]).tolist() == list(range(SAMPLES - 5, SAMPLES))


def test_signal_files_have_any_name_and_offset(tmp_path):
    (tmp_path / "data").mkdir(parents=True)
    files = {"a.v2.dat": b"\0" * 24 + packed("16", digital()), "data/b": packed("212", digital())}
    folder = write(tmp_path, ["# a comment", "r1 2 250", "", "a.v2.dat 16+24 100", "data/b 212 100", "#age 60"], files)
    record = read(folder)
    assert np.array_equal(record.signal, np.stack([digital()] * 2, axis=1))
    assert record.comments == ("a comment", "age 60")
    assert records.record_names(folder) == ["r1"], "a signal file is no record"


def test_records_lie_in_sub_folders_and_may_have_blanks_in_their_names(tmp_path):
    for name in ("p1", "p2", "p3"):
        simple(tmp_path / name)
    simple(tmp_path / "p3", name="my record")
    (tmp_path / "RECORDS").write_bytes(b"p1/r1\r\np3/\r\n\r\n")
    assert records.record_names(tmp_path) == ["p1/r1", "p3/my record", "p3/r1"]
    assert sorted(read(tmp_path, "p1/r1").hashes) == ["p1/r1.atr", "p1/r1.dat", "p1/r1.hea"]
    (tmp_path / "RECORDS").unlink()
    assert records.record_names(tmp_path) == ["p1/r1", "p2/r1", "p3/my record", "p3/r1"]
    hashes = records.file_hashes(tmp_path, ["p1/r1", "p2/r1"], records.reading_of(OWN))
    assert hashes == {**read(tmp_path, "p1/r1").hashes, **read(tmp_path, "p2/r1").hashes}


def test_segments_are_joined_and_gaps_and_missing_leads_are_told(tmp_path):
    first, second = digital(100), digital(200) + 7
    files = {"a.dat": packed("16", np.stack([first, -first], 1)), "b.dat": packed("16", second)}
    sums = [int(x.sum()) & 0xFFFF for x in (first, -first, second)]
    lines = [signal_line("a.dat", 16, "100", lead, s) for lead, s in zip(("II", "V1"), sums, strict=False)]
    for name, header in {
        "r1_0": ["r1_0 2 250 0", "~ 0 200/mV 0 0 0 0 0 II", "~ 0 200/mV 0 0 0 0 0 V1"],  # the layout
        "r1_1": [f"r1_1 2 250 {SAMPLES}", *lines],
        "r1_2": [f"r1_2 1 250 {SAMPLES}", signal_line("b.dat", 16, "200(7)", "II", sums[2])],
    }.items():
        (tmp_path / f"{name}.hea").write_text("\n".join(header))
    parts = ["r1_0 0", f"r1_1 {SAMPLES}", "~ 500", f"r1_2 {SAMPLES}"]
    write(tmp_path, [f"r1/4 2 250 {2 * SAMPLES + 500}", *parts], files)
    assert records.record_names(tmp_path) == ["r1"]
    record = read(tmp_path)
    assert (record.leads, len(record.signal)) == (("II", "V1"), 2 * SAMPLES + 500)
    again = slice(SAMPLES + 500, None)
    assert np.allclose(millivolts(record)[:SAMPLES], first / 100)
    assert np.allclose(millivolts(record)[again], (second - 7) / 200)
    assert np.flatnonzero(~record.valid[:, 0]).tolist() == list(range(SAMPLES, SAMPLES + 500))
    assert (int(record.valid[:, 1].sum()), record.valid[again, 1].any()) == (SAMPLES, False)
    assert record.hashes == records.file_hashes(tmp_path, ["r1"], records.reading_of(OWN))


def test_damaged_headers_and_checksums_are_told_in_words(tmp_path):
    folder = simple(tmp_path)
    header = folder / "r1.hea"
    for text, said in {
        "r1 0 250 3000\n": "r1: r1.hea describes 0 of 0 signals",
        "r1 2 250 3000\nr1.dat 16 200\n": "r1: r1.hea describes 1 of 2 signals",
        "r1 1 0 3000\nr1.dat 16 200\n": "at 0 Hz; expected at least one signal",
        "r1 1 250 9000\nr1.dat 16 200\n": "r1: r1.dat is truncated: 6000 bytes found, 18000 expected; fetch or copy it",
        "r1 1 250 3000\nr1.dat 16 200 16 0 0 1 0 II\n": "r1: checksum of signal II is",
        "r1 1 250 3000\n../r1.dat 16 200\n": "it names the file '../r1.dat', which is outside of its folder",
        "r1 1 250 3000\nother.dat 16 200\n": "r1: incomplete record: other.dat is missing in ",
        "": "r1: r1.hea is not a WFDB header (it is empty)",
        "r1/2 1 250 6000\nr1_1 3000\nr1_2 3000\n": "r1_1: incomplete record: r1_1.hea is missing in ",
        "r1/2 1 250 6000\nr1_1 3000\nr1_2 x\n": "r1: r1.hea is not a WFDB header ('r1_2 x' is no segment)",
        "r1/1 1 250 6000\n~ 3000\n": "r1: its segments have no samples at all; expected segments of one whole rate",
    }.items():
        header.write_text(text)
        assert said in refusal(folder)


def test_a_lead_that_a_record_lacks_is_replaced_or_leaves_the_record_out(tmp_path):
    folder = simple(tmp_path, leads=("V5", "II"))
    sums = np.frombuffer((folder / "r1.dat").read_bytes(), "<i2").reshape(-1, 2).sum(axis=0, dtype=int) & 0xFFFF
    lines = [signal_line("r1.dat", "16", "200", lead, s) for lead, s in zip(("V5", "II"), sums, strict=True)]
    (folder / "r1.hea").write_text("\n".join([f"r1 2 250 {SAMPLES}", *lines]))
    record = read(folder)
    for lead, missing, chosen, second in [
        ("", "first", 0, 1), ("II", "first", 1, 0), ("V9", "first", 0, 1), ("V9", "leave-out", None, None),
    ]:  # fmt: skip
        config = DataConfig(database="wfdb", lead=lead, lead_missing=missing)
        assert (leads.chosen_lead(record, config), leads.second_lead(record, config)) == (chosen, second)
    both = leads.chosen_lead(record, OWN), leads.second_lead(record, OWN)
    two = [beats.filtered(record, OWN, lead=lead) for lead in both]
    assert np.abs(two[0].astype(int) + two[1]).max() <= 2, "the second lead is the negative of the first"


def test_a_record_with_the_name_of_a_published_one_is_the_users_own_if_the_config_says_so(tmp_path):
    folder = write(tmp_path, ["100 1 250", "r1.dat 16 200"], {"r1.dat": packed("16", digital())}, name="100")
    assert read(folder, "100").database == "wfdb"
    assert "100: 100.hea is not" not in str(read(folder, "100").notes)
    with pytest.raises(DataError, match="not the published file"):
        records.read_record(folder, "100")
    assert inspection.check_folder(folder, database=registry.OWN)[0].whole
