"""Scores annotation files against a reference by EC57; see `ecg.ec57_beats` and `ecg.ec57_runs` for how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ecgprune.artifacts import Progress, no_progress, sha256_file
from ecgprune.errors import DataError

if TYPE_CHECKING:
    from ecgprune.ecg.databases.registry import Database
    from ecgprune.ecg.ec57_totals import ScoredRecord
    from ecgprune.ecg.reading.annotations import Annotations

__all__ = ["ScoreRequest", "score_annotations"]

_RULES = (
    "Beats of one record match when they lie at most {window:g} ms apart, rounded to whole samples; each matches once.",
    "The test period begins after {start:g} s and ends with the record.",
    "Classes of ANSI/AAMI EC57; escape beats of the atria or the node (e, j, n) are {escape}.",
    "F and Q called V are no false positives of V, nor is Q called S one of S. S called V is one of V.",
    "Beats in ventricular flutter or fibrillation of the reference, from [ to ], do not count.",
    "Beats missed in shut-down of the test annotations, between two ~, are missed, and also counted apart.",
    "Runs: couplets, short (3 to 5 beats), long (6 or more; flutter too). F extends a run of V.",
    "Gross: all beats together. Average: mean over the records that have the figure.",
    "Intervals: 95 %, percentile, bootstrap over patients, of the gross figures.",
)


@dataclass(frozen=True)
class ScoreRequest:
    """What is to be compared.

    Attributes:
        reference: an annotation file, or a folder of them.
        test: the same.
        ref_annotator: suffix of the reference's files in a folder; "": the database's own.
        test_annotator: suffix of the test's files in a folder.
        database: its name in the registry, for paced records and patients; None: told by the names of the records.
        leave_out: records without which there is a second result; empty: the database's paced ones.
        start_s: the test period begins at this second of each record.
        window_s: how far apart annotations of one beat may be, in seconds.
        escape: class of supraventricular escape beats.
        rate_hz: of annotation files that neither state it nor have a header; None: such are refused.
        resamples: of the bootstrap.
        seed: draws them.
    """

    reference: Path
    test: Path
    ref_annotator: str = ""
    test_annotator: str = "ecgp"
    database: str | None = None
    leave_out: tuple[str, ...] = ()
    start_s: float = 300.0
    window_s: float = 0.150
    escape: Literal["S", "N"] = "S"
    rate_hz: float | None = None
    resamples: int = 2000
    seed: int = 1


def score_annotations(request: ScoreRequest, progress: Progress = no_progress) -> dict[str, Any]:
    """Compares annotations, ready for JSON; `report.schema_score.Score` says what it holds.

    Args:
        request: what is compared, and how.
        progress: called before each record.

    Raises:
        DataError: a file or folder is missing, unreadable or empty; the two do not belong together; or nothing is left
            to score.
    """
    from ecgprune.ecg import ec57_totals
    from ecgprune.ecg.ec57_periods import LABELS

    database, pairs, left_out = _pairs(request)
    unknown = sorted(set(request.leave_out) - {pair.record for pair in pairs})
    if unknown:
        raise DataError(f"--leave-out names {unknown[0]}, which is none of the {len(pairs)} records scored")
    scored: list[ScoredRecord] = []
    notes: dict[str, list[str]] = {}
    for number, pair in enumerate(pairs):
        progress(number / len(pairs), f"record {pair.record}")
        found, said = _scored(pair, request, database)
        notes |= {pair.record: said} if said else {}
        if found is None:
            left_out[pair.record] = f"no beat in the test period, which begins at second {request.start_s:g}"
        else:
            scored.append(found)
    if not scored:
        raise DataError(
            f"no record has a reference beat after second {request.start_s:g}, where the test period begins; --start 0 "
            "compares whole records"
        )
    return {
        "schema_version": 1,
        "settings": {
            "start_s": request.start_s, "window_ms": 1000 * request.window_s, "escape": request.escape,
            "database": database.name,
        },
        "labels": list(LABELS),
        "rules": [
            rule.format(window=1000 * request.window_s, start=request.start_s, escape=request.escape) for rule in _RULES
        ],
        "bootstrap": {"over": "patients", "resamples": request.resamples, "seed": request.seed, "level": 0.95},
        "results": _results(scored, request, database),
        "records": [
            {
                "record": s.record, "patient": s.patient, "matrix": s.beats.matrix.tolist(),
                "figures": ec57_totals.figures([s]),
            }
            for s in scored
        ],
        "left_out": left_out,
        "notes": notes,
        "input_hashes": {name: sha256_file(path) for pair in pairs for name, path in pair.files()},
    }  # fmt: skip


@dataclass(frozen=True)
class _Pair:
    """The two annotation files of one record."""

    record: str
    reference: Path
    test: Path

    def files(self) -> Iterator[tuple[str, Path]]:
        """(name, path) of both; a name has the sub-folder of its record."""
        home = Path(self.record).parent
        for path in (self.reference, self.test):
            yield (home / path.name).as_posix(), path


def _pairs(request: ScoreRequest) -> tuple[Database, list[_Pair], dict[str, str]]:
    """(the database, the files of each record, {record: why it has none})."""
    from ecgprune.ecg.databases import registry

    for path, what in ((request.reference, "REF"), (request.test, "TEST")):
        if not path.exists():
            raise DataError(f"{what}: no such file or folder: {path}")
    if request.reference.is_dir() != request.test.is_dir():
        raise DataError("REF and TEST must be two annotation files or two folders; one is a file, the other a folder")
    for annotator in (request.ref_annotator, request.test_annotator):
        if not re.fullmatch(r"\w*", annotator):
            raise DataError(f"'{annotator}' is no suffix of annotation files; give letters and digits, such as atr")
    if not request.reference.is_dir():
        record = request.reference.stem
        return _database(request, [record]), [_Pair(record, request.reference, request.test)], {}
    names = _records(request.test, request.test_annotator)
    if not names:
        raise DataError(
            f"no file *.{request.test_annotator} in {request.test}; --test-annotator is their suffix"
        )
    database = _database(request, names)
    annotator = request.ref_annotator or database.annotator or registry.OWN.annotator
    there = _records(request.reference, annotator)
    both = [name for name in names if name in there]
    if not both:
        raise DataError(
            f"no record of {request.test} has a reference: {names[0]}.{annotator} is not in {request.reference}; "
            "--ref-annotator names the suffix of the reference's annotations"
        )
    left_out = {name: f"no {name}.{annotator}" for name in names if name not in there}
    left_out |= {name: f"no {name}.{request.test_annotator}" for name in there if name not in names}
    pairs = [
        _Pair(n, request.reference / f"{n}.{annotator}", request.test / f"{n}.{request.test_annotator}") for n in both
    ]
    return database, pairs, left_out


def _records(folder: Path, annotator: str) -> list[str]:
    """The records that have annotations of this suffix, sub-folders included, sorted."""
    return sorted(p.relative_to(folder).with_suffix("").as_posix() for p in folder.rglob(f"*.{annotator}"))


def _database(request: ScoreRequest, names: list[str]) -> Database:
    from ecgprune.ecg.databases import registry

    if request.database is None:
        return registry.recognized(names)
    try:
        return registry.get(request.database)
    except KeyError:
        known = ", ".join([*registry.names(), "wfdb"])
        raise DataError(f"no database '{request.database}'; known are {known}") from None


def _scored(pair: _Pair, request: ScoreRequest, database: Database) -> tuple[ScoredRecord | None, list[str]]:
    """(the record's comparison, or None where the reference has no beat in the test period; what is to be known)."""
    from ecgprune.ecg import beat_codes, ec57_beats, ec57_runs
    from ecgprune.ecg.ec57_totals import RUN_KINDS, ScoredRecord
    from ecgprune.ecg.reading.annotations import read_annotations

    reference, test = read_annotations(pair.reference), read_annotations(pair.test)
    header_hz, frames = _timing(pair) or (request.rate_hz, 0)
    rate = _rate(pair.reference, reference.rate_hz or header_hz)
    test = test.at_rate(_rate(pair.test, test.rate_hz or header_hz), rate)
    length = round(frames * rate / header_hz) if frames and header_hz else None
    codes = beat_codes.EC57_CLASS if request.escape == "S" else beat_codes.AAMI_CLASS
    notes = _checked(pair, reference, test, length)
    beats = ec57_beats.compare(
        reference, test, rate, length=length, start_s=request.start_s, window_s=request.window_s, codes=codes
    )
    if not beats.matrix[:5].any():
        return None, notes
    window, start = (ec57_beats.samples(seconds, rate) for seconds in (request.window_s, request.start_s))
    runs = {
        kind: ec57_runs.compare_runs(reference, test, kind, window=window, start=start, length=length, codes=codes)
        for kind in RUN_KINDS
    }
    name = Path(pair.record).name
    return ScoredRecord(pair.record, database.patient_of(name), beats, runs), notes


def _timing(pair: _Pair) -> tuple[float, int] | None:
    """The header's rate and length, of the reference's folder or else of the test's."""
    from ecgprune.ecg.reading.header import read_timing

    return read_timing(pair.reference.parent, pair.reference.stem) or read_timing(pair.test.parent, pair.test.stem)


def _rate(path: Path, rate_hz: float | Fraction | None) -> float:
    if rate_hz is None:
        raise DataError(
            f"the time base of {path} is not known: it states none, and no {path.stem}.hea is beside it; give --rate"
        )
    return float(rate_hz)


def _checked(pair: _Pair, reference: Annotations, test: Annotations, length: int | None) -> list[str]:
    """What is to be known of two files, a sentence each.

    Raises:
        DataError: one has nothing to compare, or the two do not belong together.
    """
    from ecgprune.ecg.beat_codes import BEAT_CODES

    notes = []
    if pair.reference.stem != pair.test.stem:
        notes.append(f"{pair.reference.name} and {pair.test.name} are of different names")
    for path, marks, others in ((pair.reference, reference, ""), (pair.test, test, "~[")):
        symbols = marks.symbol
        if not any(symbol in BEAT_CODES + others for symbol in set(symbols.tolist())):
            raise DataError(f"{path} marks no beat; expected annotations of beats")
        beyond = int((marks.sample > length).sum()) if length is not None else 0
        if beyond == len(symbols):
            raise DataError(
                f"every annotation of {path} lies beyond the end of the record; the two do not belong together, or the "
                "annotations are in another time base"
            )
        if beyond:
            notes.append(f"{beyond} of {len(symbols)} annotations of {path.name} lie beyond the end of the record")
    return notes


def _results(scored: list[ScoredRecord], request: ScoreRequest, database: Database) -> list[dict[str, Any]]:
    """All records, and what is left without the paced ones or those asked for."""
    names = [s.record for s in scored]
    asked = request.leave_out
    out = [n for n in names if n in asked or (not asked and Path(n).name in database.paced)]
    parts: list[tuple[str, str, list[str]]] = [("all", "all records", [])]
    if out and len(out) < len(names):
        parts.append(("without_paced", "without " + (", ".join(out) if asked else "paced records"), out))
    return [_result(scored, request, *part) for part in parts]


def _result(
    scored: list[ScoredRecord], request: ScoreRequest, name: str, title: str, left_out: list[str]
) -> dict[str, Any]:
    import numpy as np

    from ecgprune.ecg import ec57_totals

    kept = [s for s in scored if s.record not in left_out]
    return {
        "name": name,
        "title": title,
        "records": len(kept),
        "records_left_out": left_out,
        "patients": len({s.patient for s in kept}),
        "matrix": np.sum([s.beats.matrix for s in kept], axis=0).tolist(),
        "gross": ec57_totals.figures(kept),
        "average": ec57_totals.averages(kept),
        "intervals": ec57_totals.intervals(kept, request.resamples, request.seed),
    }
