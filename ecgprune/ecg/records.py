"""Reads WFDB records with wfdb, and checks them before they are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress, sha256_file
from ecgprune.ecg.databases import registry
from ecgprune.ecg.databases.download import SUMS, read_sums
from ecgprune.errors import DataError

__all__ = [
    "BEAT_SYMBOLS",
    "SYNTHETIC_MARK",
    "Record",
    "RecordStatus",
    "check_folder",
    "database_info",
    "read_record",
    "record_names",
]

BEAT_SYMBOLS = "NLRejAaJSVEF/fQ"
"""Annotations that are beats: all that MIT-BIH uses. The others mark rhythm, noise or signal quality."""

SYNTHETIC_MARK = "SYNTHETIC"
"""First word of a header comment in every generated record."""

_BITS = {"8": 8, "16": 16, "24": 24, "32": 32, "61": 16, "80": 8, "160": 16, "212": 12}
"""Bits per sample of the WFDB signal formats that are read (signal(5) of the WFDB Applications Guide)."""

_WFDB_ERRORS = (ValueError, TypeError, IndexError, KeyError, AttributeError, OSError)
"""What wfdb raises on damaged files, found by trial; its parsers do not check what they index."""

_NO_BEATS: tuple[NDArray[np.int64], NDArray[np.str_], dict[str, int]] = (np.zeros(0, np.int64), np.zeros(0, "U1"), {})


@dataclass(frozen=True, eq=False)
class Record:
    """One WFDB record whose sizes, checksums and hashes are right.

    Attributes:
        signal: int16 [samples, leads] in ADC units; millivolts = (signal - baseline) / gain, per lead.
        sample_rate_hz: of the signal and of beat_sample.
        beat_sample: int64 [beats], sample index of each annotated beat, rising.
        beat_symbol: str [beats], its WFDB code, one of BEAT_SYMBOLS.
        other_symbols: number of annotations that are no beats, by code.
        hashes: file name -> SHA-256 of each file that was read.
    """

    name: str
    sample_rate_hz: int
    leads: tuple[str, ...]
    signal: NDArray[np.int16]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    beat_sample: NDArray[np.int64]
    beat_symbol: NDArray[np.str_]
    other_symbols: Mapping[str, int]
    comments: tuple[str, ...]
    hashes: Mapping[str, str]

    @property
    def synthetic(self) -> bool:
        """Whether a program generated it."""
        return any(c.startswith(SYNTHETIC_MARK) for c in self.comments)


@dataclass(frozen=True)
class RecordStatus:
    """The result of `check_folder` for one record; `problem` is "" where the record is whole."""

    record: str
    whole: bool
    problem: str


def record_names(folder: Path) -> list[str]:
    """The records of a database folder, sorted: as its RECORDS file lists them, else one per .hea or .dat file.

    Raises:
        DataError: no such folder, or one without records.
    """
    if not folder.is_dir():
        raise DataError(f"no such folder: {folder}; give the one that holds the records' .hea, .dat and .atr files")
    listed = folder / "RECORDS"
    if listed.is_file():
        names = set(listed.read_text(encoding="utf-8-sig", errors="replace").split())
        outside = sorted(name for name in names if not _stays_inside(name))
        if outside:
            raise DataError(f"{listed} names '{outside[0]}', which is outside of the folder; expected names of records")
    else:
        names = {p.stem for p in folder.iterdir() if p.suffix in (".hea", ".dat")}
    if not names:
        raise DataError(f"no records in {folder}: expected WFDB files (.hea, .dat, .atr); get some with `data fetch`")
    return sorted(names)


def _stays_inside(name: str) -> bool:
    """Whether a record stays in its database's folder. (Of the files that a header names, wfdb allows no path.)"""
    return not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts and "\0" not in name


def read_record(folder: Path, name: str) -> Record:
    """Reads one record and checks it.

    It is compared with its own header; records of the registry's databases with its hashes, and others with
    the SHA256SUMS.txt of the folder, if there is one. The noise records of NSTDB have no annotations and no beats.

    Args:
        folder: the database folder.
        name: the record's name, without suffix; "mitdb/100" is in the sub-folder mitdb.

    Raises:
        DataError: a file is missing, unreadable, truncated, differs from its checksum or hash, or annotates no beat.
    """
    import wfdb

    parent, _, own = name.rpartition("/")
    if parent:
        return replace(read_record(folder / parent, own), name=name)

    annotated = name not in registry.get("nstdb").records
    for suffix in (".hea", ".dat", ".atr")[: 3 if annotated else 2]:
        if not (folder / f"{name}{suffix}").is_file():
            what = "record without annotations" if suffix == ".atr" else "incomplete record"
            raise DataError(f"{name}: {what}: {name}{suffix} is missing in {folder}; fetch or copy it again")
    try:
        header = wfdb.rdheader(str(folder / name))
    except _WFDB_ERRORS as error:
        raise DataError(f"{name}: {name}.hea is not a WFDB header ({_line(error)}); fetch or copy it again") from error
    _check_header(folder, header, name)
    try:
        read = wfdb.rdrecord(str(folder / name), physical=False)
    except _WFDB_ERRORS as error:
        raise DataError(f"{name}: {name}.dat cannot be read ({_line(error)}); fetch or copy it again") from error
    _check_sums(read, name)
    sample, symbol, others = _read_beats(folder, name) if annotated else _NO_BEATS
    files = [folder / f for f in ([f"{name}.atr"] if annotated else []) + sorted({*header.file_name, f"{name}.hea"})]
    hashes = {f.name: sha256_file(f) for f in files}
    _check_hashes(folder, hashes, name)
    return Record(
        name=name,
        sample_rate_hz=int(read.fs),
        leads=tuple(str(s) for s in read.sig_name),
        signal=read.d_signal.astype(np.int16),
        gain=tuple(float(g) for g in read.adc_gain),
        baseline=tuple(int(b) for b in read.baseline),
        beat_sample=sample,
        beat_symbol=symbol,
        other_symbols=others,
        comments=tuple(read.comments),
        hashes=hashes,
    )


def check_folder(folder: Path, progress: Progress = no_progress) -> list[RecordStatus]:
    """Reads and checks every record of a folder.

    Raises:
        DataError: there is no such folder, or it has no records.
    """
    names = record_names(folder)
    found = []
    for i, name in enumerate(names):
        progress(i / len(names), f"record {name}")
        try:
            read_record(folder, name)
            problem = ""
        except DataError as error:
            problem = str(error).removeprefix(f"{name}: ")
        found.append(RecordStatus(name, not problem, problem))
    progress(1.0, "checked")
    return found


def database_info(folder: Path, progress: Progress = no_progress) -> dict[str, Any]:
    """Describes a folder of records, ready for JSON: records, duration, rates, leads, annotations, synthetic.

    Raises:
        DataError: as `read_record` and `record_names`.
    """
    names = record_names(folder)
    leads: Counter[str] = Counter()
    beats: Counter[str] = Counter()
    others: Counter[str] = Counter()
    seconds, rates, synthetic = 0.0, set(), False
    for i, name in enumerate(names):
        progress(i / len(names), f"record {name}")
        record = read_record(folder, name)
        leads.update(record.leads)
        beats.update(record.beat_symbol.tolist())
        others.update(record.other_symbols)
        seconds += len(record.signal) / record.sample_rate_hz
        rates.add(record.sample_rate_hz)
        synthetic |= record.synthetic
    progress(1.0, "read")
    return {
        "records": names,
        "duration_s": round(seconds, 3),
        "sample_rates_hz": sorted(rates),
        "leads": dict(sorted(leads.items())),
        "beats": sum(beats.values()),
        "beat_annotations": dict(sorted(beats.items())),
        "other_annotations": dict(sorted(others.items())),
        "synthetic": synthetic,
    }


def _check_header(folder: Path, header: Any, name: str) -> None:
    """Sizes and formats, which wfdb takes on trust: one sampling rate, known formats, enough bytes."""
    described = len(getattr(header, "file_name", None) or ())
    if not described or described != header.n_sig or not header.sig_len or header.fs != int(header.fs):
        raise DataError(
            f"{name}: {name}.hea describes {described} of {header.n_sig} signals, of {header.sig_len} samples at "
            f"{header.fs} Hz; expected at least one signal, its length, and a whole sampling rate"
        )
    for file in sorted(set(header.file_name)):
        columns = [i for i, f in enumerate(header.file_name) if f == file]
        formats = {header.fmt[i] for i in columns}
        if len(formats) != 1 or not formats <= _BITS.keys() or any(header.samps_per_frame[i] != 1 for i in columns):
            raise DataError(
                f"{name}: {file} is of signal format {'+'.join(sorted(formats))}, or of several samples per frame; "
                f"expected one of {', '.join(_BITS)}, one sample per frame"
            )
        bits = _BITS[formats.pop()] * header.sig_len * len(columns)
        expected = (header.byte_offset[columns[0]] or 0) + (bits + 7) // 8
        if not (folder / file).is_file():
            raise DataError(f"{name}: {file}, which {name}.hea names, is missing in {folder}; fetch or copy it again")
        found = (folder / file).stat().st_size
        if found < expected:
            raise DataError(
                f"{name}: {file} is truncated: {found} bytes found, {expected} expected; fetch or copy it again"
            )


def _check_sums(record: Any, name: str) -> None:
    """WFDB headers carry the 16-bit sum of each signal's samples (header(5) of the WFDB Applications Guide)."""
    sums = record.d_signal.sum(axis=0, dtype=np.int64) & 0xFFFF
    for lead, found, stated in zip(record.sig_name, sums, record.checksum, strict=True):
        if stated is not None and int(found) != int(stated) & 0xFFFF:
            raise DataError(
                f"{name}: checksum of signal {lead} is {int(found)}, its header says {int(stated) & 0xFFFF}: "
                f"{name}.dat or {name}.hea is damaged; fetch or copy it again"
            )


def _read_beats(folder: Path, name: str) -> tuple[NDArray[np.int64], NDArray[np.str_], dict[str, int]]:
    import wfdb

    if (folder / f"{name}.atr").read_bytes()[-2:] not in (b"", b"\0\0"):
        raise DataError(f"{name}: {name}.atr is truncated: its end mark is missing; fetch or copy it again")
    try:
        annotations = wfdb.rdann(str(folder / name), "atr")
    except _WFDB_ERRORS as error:
        raise DataError(
            f"{name}: record without annotations: {name}.atr cannot be read ({_line(error)}); fetch or copy it again"
        ) from error
    symbol = np.array(annotations.symbol, dtype=np.str_)
    sample = np.asarray(annotations.sample, dtype=np.int64)
    beat = np.isin(symbol, list(BEAT_SYMBOLS))
    if not beat.any():
        raise DataError(f"{name}: record without annotations: {name}.atr marks no beat; fetch or copy it again")
    others = Counter(symbol[~beat].tolist())
    if (np.diff(sample[beat]) <= 0).any():
        raise DataError(f"{name}: {name}.atr marks two beats at one sample, or out of order; fetch or copy it again")
    return sample[beat], symbol[beat], dict(sorted(others.items()))


def _check_hashes(folder: Path, hashes: Mapping[str, str], name: str) -> None:
    """Files are held against the registry's hashes and the folder's SHA256SUMS.txt, so far as they list them."""
    own = read_sums(folder / SUMS)
    for file, found in hashes.items():
        official = {d.short: d.sha256[file] for d in map(registry.get, registry.names()) if d.sha256.get(file)}
        whose, expected = next(iter(official.items()), (SUMS, own.get(file, found)))
        if found not in (expected, own.get(file)):
            raise DataError(
                f"{name}: SHA-256 of {file} is {found[:16]}..., {whose}'s is {expected[:16]}...: "
                "not the published file; fetch or copy it again"
            )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
