"""What a folder of records holds, and whether it is whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress
from ecgprune.ecg.databases import registry
from ecgprune.ecg.databases.registry import Database
from ecgprune.ecg.filter import check_rates
from ecgprune.ecg.records import Reading, read_record, record_names
from ecgprune.errors import DataError

__all__ = ["RecordStatus", "check_folder", "database_info"]


@dataclass(frozen=True)
class RecordStatus:
    """The result of `check_folder` for one record.

    Attributes:
        record: its name.
        whole: whether it can be used.
        problem: why not; "" where it is whole.
        notes: what is to be known of it, a sentence each.
    """

    record: str
    whole: bool
    problem: str
    notes: tuple[str, ...] = ()


def check_folder(
    folder: Path, progress: Progress = no_progress, database: Database | None = None, annotator: str = ""
) -> list[RecordStatus]:
    """Reads and checks every record of a folder.

    Args:
        folder: the database folder.
        progress: called before each record.
        database: whose records these are; None: of the database that has all these names, or one's own.
        annotator: suffix of the annotation files; "" is the database's own.

    Raises:
        DataError: there is no such folder, or it has no records.
    """
    names = record_names(folder)
    reading = Reading(database or registry.recognized(names), annotator)
    found = []
    for i, name in enumerate(names):
        progress(i / len(names), f"record {name}")
        try:
            record = read_record(folder, name, reading)
            check_rates(record.sample_rate_hz)
            found.append(RecordStatus(name, True, "", record.notes))
        except (DataError, ValueError) as error:
            found.append(RecordStatus(name, False, str(error).removeprefix(f"{name}: ")))
    progress(1.0, "checked")
    return found


def database_info(
    folder: Path, progress: Progress = no_progress, database: Database | None = None, annotator: str = ""
) -> dict[str, Any]:
    """Describes a folder of records, ready for JSON: database, records, duration, rates, leads, annotations, notes.

    Args:
        folder: the database folder.
        progress: called before each record.
        database: as of `check_folder`.
        annotator: as of `check_folder`.

    Raises:
        DataError: as `read_record` and `record_names`.
    """
    names = record_names(folder)
    reading = Reading(database or registry.recognized(names), annotator)
    notes: dict[str, list[str]] = {}
    leads: Counter[str] = Counter()
    beats: Counter[str] = Counter()
    others: Counter[str] = Counter()
    seconds, rates, synthetic = 0.0, set(), False
    for i, name in enumerate(names):
        progress(i / len(names), f"record {name}")
        record = read_record(folder, name, reading)
        leads.update(record.leads)
        gaps = {lead: n for lead, n in zip(record.leads, (~record.valid).sum(axis=0).tolist(), strict=True) if n}
        found = [*record.notes, *(f"{count} samples of {lead} are invalid" for lead, count in gaps.items())]
        notes |= {name: found} if found else {}
        beats.update(record.beat_symbol.tolist())
        others.update(record.other_symbols)
        seconds += len(record.signal) / record.sample_rate_hz
        rates.add(record.sample_rate_hz)
        synthetic |= record.synthetic
    progress(1.0, "read")
    return {
        "database": reading.database.called(names),
        "records": names,
        "duration_s": round(seconds, 3),
        "sample_rates_hz": sorted(rates),
        "leads": dict(sorted(leads.items())),
        "beats": sum(beats.values()),
        "beat_annotations": dict(sorted(beats.items())),
        "other_annotations": dict(sorted(others.items())),
        "notes": notes,
        "synthetic": synthetic,
    }
