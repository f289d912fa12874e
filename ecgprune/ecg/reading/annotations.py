"""WFDB annotation files: the beats of a record (annot(5) of the WFDB Applications Guide)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgprune.ecg.reading.header import line_of
from ecgprune.errors import DataError

__all__ = ["NO_BEATS", "Annotations", "Beats", "read_annotations", "read_beats"]

_WFDB_ERRORS = (ValueError, TypeError, IndexError, KeyError, AttributeError, OSError, OverflowError)
_NOTE = 22
_LARGEST_TERM = 10**6  # of the ratio of two time bases: products stay in 64 bits
_RESOLUTION = re.compile(r"## time resolution: (\d+(?:\.\d*)?)")
_DEFINITION = re.compile(r"(\d+) (\S+) .*")


@dataclass(frozen=True, eq=False)
class Annotations:
    """Annotations of one record, of any kind.

    Attributes:
        sample: int64 [annotations], rising times in units of the time base.
        symbol: str [annotations], the code of each.
        subtype: int64 [annotations], -128 to 127; its meaning depends on the code.
        note: the text of each, "" where there is none.
        rate_hz: annotations per second where the file states its time base, else None.
    """

    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]
    subtype: NDArray[np.int64]
    note: tuple[str, ...]
    rate_hz: Fraction | None = None

    @classmethod
    def of(
        cls, sample: ArrayLike, symbol: ArrayLike = "N", subtype: ArrayLike = 0, note: Sequence[str] = ()
    ) -> Annotations:
        """Annotations in any order, sorted by time.

        Args:
            sample: int [annotations].
            symbol: str [annotations], or one for all.
            subtype: int [annotations], or one for all.
            note: [annotations], or none.
        """
        time = np.asarray(sample, np.int64).reshape(-1)
        order = np.argsort(time, kind="stable")
        symbols = np.broadcast_to(np.asarray(symbol, np.str_), time.shape)[order]
        notes = tuple(note[i] for i in order) if note else ("",) * len(time)
        return cls(time[order], symbols, np.broadcast_to(np.asarray(subtype, np.int64), time.shape)[order], notes)

    def at_rate(self, from_hz: float, to_hz: float) -> Annotations:
        """The same with times in another time base, to the nearest unit.

        Args:
            from_hz: units of this one's time base per second.
            to_hz: units per second of the result's.
        """
        return replace(self, sample=_scaled(self.sample, from_hz, to_hz), rate_hz=None)


@dataclass(frozen=True, eq=False)
class Beats:
    """The beats of one record.

    Attributes:
        sample: int64 [beats], rising sample indices.
        symbol: str [beats], the code of each.
        others: number of annotations that are no beats, by code.
        notes: what had to be left out or put in order, a sentence each.
    """

    sample: NDArray[np.int64]
    symbol: NDArray[np.str_]
    others: Mapping[str, int]
    notes: tuple[str, ...]


NO_BEATS = Beats(np.zeros(0, np.int64), np.zeros(0, "U1"), {}, ())


def read_beats(
    folder: Path, name: str, annotator: str, frame_rate_hz: float, rate_hz: int, samples: int, codes: Collection[str]
) -> Beats:
    """Reads NAME.ANNOTATOR.

    Args:
        folder: the database folder.
        name: the record's name.
        annotator: suffix of the file.
        frame_rate_hz: time base of the annotations, unless they state their own.
        rate_hz: of the samples that the beats are to be indices of.
        samples: length of the record.
        codes: the codes that are beats.

    Raises:
        DataError: the file is missing, truncated, unreadable, marks no beat in the record, or different beats at one
            sample.
    """
    file = f"{name}.{annotator}"
    if not (folder / file).is_file():
        raise DataError(
            f"{name}: record without annotations: {file} is missing in {folder}; {_elsewhere(folder, name)}"
        )
    try:
        found = _decoded((folder / file).read_bytes(), file, name)
    except _WFDB_ERRORS as error:
        raise DataError(
            f"{name}: record without annotations: {file} cannot be read ({line_of(error)}); fetch or copy it again"
        ) from error
    symbol, sample = found.symbol, _scaled(found.sample, found.rate_hz or frame_rate_hz, rate_hz)
    beat = np.isin(symbol, list(codes))
    if not beat.any():
        raise DataError(f"{name}: record without annotations: {file} marks no beat; fetch or copy it again")
    others = dict(sorted(Counter(symbol[~beat].tolist()).items()))
    sample, symbol, notes = _in_order(sample[beat], symbol[beat], file, name)
    inside = (sample >= 0) & (sample < samples)
    if not inside.any():
        raise DataError(
            f"{name}: every beat of {file} lies beyond the {samples / rate_hz:.1f} s of the signal; the two do not "
            "belong together, or the annotations are in another time base"
        )
    if not inside.all():
        count = int((~inside).sum())
        notes.append(f"{count} {'beat lies' if count == 1 else 'beats lie'} beyond the end of the signal: left out")
    return Beats(sample[inside], symbol[inside], others, tuple(notes))


def read_annotations(path: Path) -> Annotations:
    """Reads all annotations of a file, sorted by time.

    Args:
        path: the annotation file.

    Raises:
        DataError: there is no such file, or it is truncated or unreadable.
    """
    try:
        found = _decoded(path.read_bytes(), path.name, path.stem)
    except FileNotFoundError as error:
        raise DataError(f"no annotation file {path}") from error
    except _WFDB_ERRORS as error:
        raise DataError(f"{path} cannot be read as WFDB annotations ({line_of(error)})") from error
    return replace(Annotations.of(found.sample, found.symbol, found.subtype, found.note), rate_hz=found.rate_hz)


def _scaled(time: NDArray[np.int64], from_hz: float | Fraction, to_hz: float | Fraction) -> NDArray[np.int64]:
    """Times in another time base, to the nearest unit, halves upwards."""
    scale = (Fraction(to_hz) / Fraction(from_hz)).limit_denominator(_LARGEST_TERM)
    if scale == 1:
        return time
    found: NDArray[np.int64] = (2 * time * scale.numerator + scale.denominator) // (2 * scale.denominator)
    return found


def _elsewhere(folder: Path, name: str) -> str:
    """What to do about a missing annotation file."""
    stem = Path(name).name
    known = {".hea", ".dat", ".mat", ".txt", ".csv", ".flac"}
    there = (folder / name).parent.glob(f"{stem}.*") if (folder / name).parent.is_dir() else ()
    found = sorted(p.suffix[1:] for p in there if p.suffix not in known)
    if not found:
        return "fetch or copy it again"
    return f"annotators here: {', '.join(found)} (--annotator, or data.annotator of a config)"


def _decoded(data: bytes, file: str, name: str) -> Annotations:
    """Every annotation, in the order of the file.

    wfdb decodes the bytes. Its rdann goes on to interpret them, and does it wrongly where a file has notes other than
    those it knows: it looks for them among the first annotations, whatever these are, and comes to no end at a comment.
    """
    from wfdb.io import annotation

    if data[-2:] not in (b"", b"\0\0") or len(data) % 2:
        raise DataError(f"{name}: {file} is truncated: its end mark is missing; fetch or copy it again")
    pairs = np.frombuffer(data, np.uint8).reshape(-1, 2)
    times, stored, subtypes, _, _, texts = annotation.proc_ann_bytes(pairs, None)
    time, code = np.array(times, np.int64), np.array(stored, np.int64)
    defining = (code == _NOTE) & (time == 0) & np.array([t.startswith("## ") or _is_definition(t) for t in texts], bool)
    notes = [texts[i].rstrip("\0") for i in np.flatnonzero(defining)]
    table = annotation.ann_label_table
    names = dict(zip(table["label_store"].tolist(), table["symbol"].tolist(), strict=True)) | _definitions(notes)
    kept = ~defining & (code != 0)
    symbol = np.array([str(names.get(c, f"[{c}]")) for c in code[kept].tolist()], np.str_)
    stated = [match[1] for note in notes if (match := _RESOLUTION.match(note))]
    own = Fraction(stated[0]) if stated else None
    if own is not None and not 0.01 <= own <= 10**9:
        raise ValueError(f"its time resolution is {float(own):g} Hz")
    note = tuple(texts[i].rstrip("\0") for i in np.flatnonzero(kept))
    return Annotations(time[kept], symbol, np.array(subtypes, np.int64)[kept], note, own)


def _is_definition(text: str) -> bool:
    return bool(_DEFINITION.match(text))


def _definitions(notes: Sequence[str]) -> dict[int, str]:
    """The codes that a file defines itself."""
    if "## annotation type definitions" not in notes:
        return {}
    after = notes[notes.index("## annotation type definitions") + 1 :]
    return {int(match[1]): match[2] for note in after if (match := _DEFINITION.match(note))}


def _in_order(
    sample: NDArray[np.int64], symbol: NDArray[np.str_], file: str, name: str
) -> tuple[NDArray[np.int64], NDArray[np.str_], list[str]]:
    """Beats by rising time, each once."""
    notes = []
    if (np.diff(sample) < 0).any():
        order = np.argsort(sample, kind="stable")
        sample, symbol = sample[order], symbol[order]
        notes.append("the annotations were not in the order of time: sorted")
    again = np.concatenate([[False], np.diff(sample) == 0])
    if again.any():
        both = np.flatnonzero(again)
        if (symbol[both] != symbol[both - 1]).any():
            raise DataError(f"{name}: {file} marks two different beats at one sample; fetch or copy it again")
        notes.append(f"{len(both)} {'beat is' if len(both) == 1 else 'beats are'} annotated twice: counted once")
    return sample[~again], symbol[~again], notes
