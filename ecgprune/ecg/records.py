"""Reads WFDB records, and checks them before they are used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import sha256_file
from ecgprune.config import DataConfig
from ecgprune.ecg.beat_codes import BEAT_CODES, classes_of
from ecgprune.ecg.databases import registry
from ecgprune.ecg.databases.download import SUMS, read_sums
from ecgprune.ecg.databases.registry import Database
from ecgprune.ecg.reading.annotations import NO_BEATS, read_beats
from ecgprune.ecg.reading.folder import record_names
from ecgprune.ecg.reading.header import named_in
from ecgprune.ecg.reading.segments import read_leads
from ecgprune.ecg.reading.signals import Leads
from ecgprune.errors import DataError

__all__ = [
    "SYNTHETIC_MARK",
    "Reading",
    "Record",
    "file_hashes",
    "read_record",
    "reading_of",
    "record_names",
]

SYNTHETIC_MARK = "SYNTHETIC"
"""First word of a header comment in every generated record."""


@dataclass(frozen=True, eq=False)
class Record:
    """One WFDB record whose sizes, checksums and hashes are right.

    Attributes:
        database: the name of its database in the registry.
        signal: int32 [samples, leads] in ADC units; millivolts = (signal - baseline) / gain, per lead. Over invalid
            samples the last valid one is held.
        valid: bool [samples, leads], False where the record has no sample.
        sample_rate_hz: of the signal and of beat_sample.
        gain: ADC units per millivolt, per lead.
        baseline: ADC value of 0 mV, per lead.
        beat_sample: int64 [beats], sample index of each annotated beat, rising.
        beat_symbol: str [beats], its WFDB code.
        other_symbols: number of annotations that are no beats, by code.
        comments: of the header.
        hashes: file name -> SHA-256 of each file that was read.
        notes: what is to be known of it, a sentence each, such as annotations that had to be left out.
    """

    name: str
    database: str
    sample_rate_hz: int
    leads: tuple[str, ...]
    signal: NDArray[np.int32]
    valid: NDArray[np.bool_]
    gain: tuple[float, ...]
    baseline: tuple[int, ...]
    beat_sample: NDArray[np.int64]
    beat_symbol: NDArray[np.str_]
    other_symbols: Mapping[str, int]
    comments: tuple[str, ...]
    hashes: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def synthetic(self) -> bool:
        """Whether a program generated it."""
        return any(c.startswith(SYNTHETIC_MARK) for c in self.comments)


@dataclass(frozen=True)
class Reading:
    """How the records of a folder are read.

    Attributes:
        database: which one they belong to; its hashes are checked.
        annotator: suffix of the annotation files; "" is the database's own.
        codes: codes of annotations that are beats.
    """

    database: Database
    annotator: str = ""
    codes: Collection[str] = BEAT_CODES


def reading_of(config: DataConfig) -> Reading | None:
    """How a config wants records to be read; None where each is read as its database has it (see `read_record`)."""
    try:
        database = registry.get(config.database)
    except KeyError:  # "mixed"
        return None
    return Reading(database, config.annotator, {*BEAT_CODES, *classes_of(config.beats)})


def read_record(folder: Path, name: str, reading: Reading | None = None) -> Record:
    """Reads one record and checks it.

    It is compared with its own header, with the registry's hashes of its database, and with the SHA256SUMS.txt of the
    folder, if there is one. The noise records of NSTDB have no annotations and no beats.

    Args:
        folder: the database folder.
        name: the record's name, without suffix; with its sub-folder, if it has one.
        reading: how it is read; None: as the database that has a record of this name, or as one's own.

    Raises:
        DataError: a file is missing, unreadable, truncated, differs from its checksum or hash, or annotates no beat.
    """
    path = PurePosixPath(name)
    reading = reading or Reading(_database_of(path))
    source = read_leads(folder, name)
    leads = source.leads
    annotator = reading.annotator or reading.database.annotator
    beats = NO_BEATS
    if annotator:
        beats = read_beats(
            folder, name, annotator, source.frame_rate_hz, leads.rate_hz, len(leads.samples), reading.codes
        )
    files = (*([f"{name}.{annotator}"] if annotator else []), *source.files)
    hashes = {file: sha256_file(folder / file) for file in files}
    _check_hashes(folder, hashes, name, reading.database)
    return Record(
        name=name,
        database=reading.database.name,
        sample_rate_hz=leads.rate_hz,
        leads=tuple(s.lead for s in leads.signals),
        signal=leads.samples,
        valid=leads.valid,
        gain=tuple(s.gain for s in leads.signals),
        baseline=tuple(s.baseline for s in leads.signals),
        beat_sample=beats.sample,
        beat_symbol=beats.symbol,
        other_symbols=beats.others,
        comments=source.comments,
        hashes=hashes,
        notes=leads.notes + _gain_notes(leads, reading.database) + beats.notes,
    )


def file_hashes(folder: Path, names: Collection[str], reading: Reading | None = None) -> dict[str, str]:
    """{file: SHA-256} of all files of records that are there, as `Record.hashes` has them.

    Args:
        folder: the database folder.
        names: of the records.
        reading: as of `read_record`.
    """
    found: dict[str, str] = {}
    for name in names:
        how = reading or Reading(_database_of(PurePosixPath(name)))
        annotator = how.annotator or how.database.annotator
        files = [*([f"{name}.{annotator}"] if annotator else []), *_described(folder, name)]
        found |= {file: sha256_file(folder / file) for file in files if (folder / file).is_file()}
    return found


def _described(folder: Path, name: str) -> list[str]:
    """A record's header, its segments', and the signal files that they name, relative to the database folder."""
    home = PurePosixPath(name).parent
    segments, signals = named_in(folder, name)
    for each in segments:
        signals += [f"{each}.hea", *named_in(folder, (home / each).as_posix())[1]]
    return [f"{name}.hea", *((home / file).as_posix() for file in signals)]


def _gain_notes(leads: Leads, database: Database) -> tuple[str, ...]:
    """Of leads whose gain is a guess; that of a published database is what its records mean by leaving it out."""
    guessed = [] if database.published else [s for s in leads.signals if not s.stated_gain]
    default = "is not stated: taken as 200 units per"
    return tuple(f"the gain of {s.lead} {default} {s.unit}, WFDB's default" for s in guessed)


def _database_of(path: PurePosixPath) -> Database:
    """The database of a record by its name, or by that of its sub-folder and its name."""
    if path.parent.name in registry.names():
        home = registry.get(path.parent.name)
        if path.name in home.records:
            return home
    return registry.recognized([path.name])


def _check_hashes(folder: Path, hashes: Mapping[str, str], name: str, database: Database) -> None:
    """Files are held against the registry's hashes and the folder's SHA256SUMS.txt, so far as they list them."""
    home = (folder / name).parent
    own = read_sums(folder / SUMS)
    if home != folder:
        own |= {(home / file).relative_to(folder).as_posix(): digest for file, digest in read_sums(home / SUMS).items()}
    for file, found in hashes.items():
        known = {database.short: database.sha256.get(PurePosixPath(file).name), SUMS: own.get(file)}
        expected = {whose: digest for whose, digest in known.items() if digest}
        if expected and found not in expected.values():
            whose, digest = next(iter(expected.items()))
            raise DataError(
                f"{name}: SHA-256 of {file} is {found[:16]}..., {whose}'s is {digest[:16]}...: "
                "not the published file; fetch or copy it again"
            )
