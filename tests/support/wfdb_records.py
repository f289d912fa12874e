"""Small WFDB records that tests write themselves, some of them by hand: wfdb writes a few formats alone."""

import numpy as np
import pytest
import wfdb

from ecgprune.config import DataConfig
from ecgprune.ecg import records
from ecgprune.errors import DataError

RATE_HZ, SECONDS = 250, 12
SAMPLES = RATE_HZ * SECONDS
_TIMES = np.arange(0.8, SECONDS - 0.8, 0.8)
BEATS = (_TIMES * RATE_HZ).round().astype(int)
"""R peaks, in samples."""

_T = np.arange(SAMPLES) / RATE_HZ
MILLIVOLTS = 0.1 * np.sin(2 * np.pi * 0.3 * _T) + sum(np.exp(-(((_T - b) / 0.02) ** 2)) for b in _TIMES)

SKIP, NUM, SUB, CHN, AUX, NOTE = 59, 60, 61, 62, 63, 22
OWN = DataConfig(database="wfdb")
"""The settings for any folder of WFDB records."""


def write(folder, header, files, *, symbols=None, name="r1", annotations=None):
    """A record of the given header lines and {file: bytes}, with a beat at each of BEATS.

    Args:
        folder: to write to; made if it is missing.
        header: the lines of the header; a bytes object is written as it is.
        files: {name: content}.
        symbols: code of each beat; None for N.
        name: of the record.
        annotations: content of the .atr file in place of those beats; b"" for no such file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = header if isinstance(header, bytes) else "\n".join([*header, ""]).encode()
    (folder / f"{name}.hea").write_bytes(data)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    if annotations is None:
        codes = list(symbols or "N" * len(BEATS))
        annotations = words(*(w for b, gap, c in zip(BEATS, gaps(BEATS), codes, strict=True) for w in (at(c, gap),)), 0)
    if annotations:
        (folder / f"{name}.atr").write_bytes(annotations)
    return folder


def simple(folder, *, gain=200, form="16", unit="mV", rate=RATE_HZ, leads=("MLII",), **more):
    """A record of whole samples in format 16: MILLIVOLTS, and its negative as the second lead."""
    columns = np.stack([np.rint(MILLIVOLTS * gain), np.rint(-MILLIVOLTS * gain)][: len(leads)], 1).astype("<i2")
    lines = [f"r1 {len(leads)} {rate} {SAMPLES}", *(signal_line("r1.dat", form, f"{gain}/{unit}", s) for s in leads)]
    return write(folder, lines, {"r1.dat": columns.tobytes()}, **more)


def signal_line(file, form, gain, lead="", checksum=None):
    """A header line; without a checksum it ends with the gain, and has no lead's name."""
    return f"{file} {form} {gain}" + (f" 16 0 0 {checksum} 0 {lead}" if checksum is not None else "")


def digital(gain=100):
    """int64 [samples]: MILLIVOLTS in ADC units."""
    return np.rint(MILLIVOLTS * gain).astype(np.int64)


def packed(form, samples):
    """The bytes of samples of one signal in a format (signal(5) of the WFDB Applications Guide)."""
    x = np.asarray(samples, np.int64)
    if form == "16":
        return x.astype("<i2").tobytes()
    if form == "32":
        return x.astype("<i4").tobytes()
    if form == "61":
        return x.astype(">i2").tobytes()
    if form == "80":
        return (x + 128).astype("u1").tobytes()
    if form == "160":
        return (x + 32768).astype("<u2").tobytes()
    if form == "24":
        return (x & 0xFFFFFF).astype("<u4").view("u1").reshape(-1, 4)[:, :3].tobytes()
    if form == "212":
        a, b = (x.reshape(-1, 2) & 0xFFF).T
        return np.stack([a & 0xFF, (a >> 8) | (b >> 8) << 4, b & 0xFF], 1).astype("u1").tobytes()
    a, b, c = (x.reshape(-1, 3) & 0x3FF).T
    if form == "311":
        return (a | b << 10 | c << 20).astype("<u4").tobytes()
    assert form == "310", form
    return np.stack([a << 1 | (c & 0x1F) << 11, b << 1 | (c >> 5) << 11], 1).astype("<u2").tobytes()


def words(*values):
    """Annotation words; a bytes object is put in as it is."""
    return b"".join(v if isinstance(v, bytes) else int(v).to_bytes(2, "little") for v in values)


def at(code, after):
    """One annotation word: a code, by its number or symbol, so many samples after the one before."""
    table = wfdb.io.annotation.ann_label_table
    number = code if isinstance(code, int) else int(table.loc[table["symbol"] == code, "label_store"].iloc[0])
    return number << 10 | after


def skip(samples):
    """A SKIP of so many samples, as words."""
    value = samples & 0xFFFFFFFF
    return words(at(SKIP, 0), value >> 16, value & 0xFFFF)


def aux(text):
    """The AUX string of the annotation before it, as bytes."""
    data = text.encode()
    return words(at(AUX, len(data))) + data + b"\0" * (len(data) % 2)


def gaps(samples):
    """Distances between samples, from 0 on."""
    return np.diff(samples, prepend=0).tolist()


def read(folder, name="r1", config=OWN):
    """The record, as a run with this config reads it."""
    return records.read_record(folder, name, records.reading_of(config))


def refusal(folder, name="r1", config=OWN):
    """The one line that reading it ends in."""
    with pytest.raises(DataError) as caught:
        read(folder, name, config)
    assert "\n" not in str(caught.value)
    return str(caught.value)
