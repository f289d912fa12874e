"""WFDB annotation files: the beats of a record (annot(5) of the WFDB Applications Guide)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.reading.header import line_of
from ecgprune.errors import DataError

__all__ = ["NO_BEATS", "Beats", "read_beats"]

_WFDB_ERRORS = (ValueError, TypeError, IndexError, KeyError, AttributeError, OSError, OverflowError)
_NOTE = 22
_LARGEST_TERM = 10**6  # of the ratio of two time bases: products stay in 64 bits
_RESOLUTION = re.compile(r"## time resolution: (\d+(?:\.\d*)?)")
_DEFINITION = re.compile(r"(\d+) (\S+) .*")


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
        time, symbol, own_hz = _decoded((folder / file).read_bytes(), file, name)
    except _WFDB_ERRORS as error:
        raise DataError(
            f"{name}: record without annotations: {file} cannot be read ({line_of(error)}); fetch or copy it again"
        ) from error
    scale = (Fraction(rate_hz) / Fraction(own_hz or frame_rate_hz)).limit_denominator(_LARGEST_TERM)
    sample = (2 * time * scale.numerator + scale.denominator) // (2 * scale.denominator) if scale != 1 else time
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


def _elsewhere(folder: Path, name: str) -> str:
    """What to do about a missing annotation file."""
    stem = Path(name).name
    known = {".hea", ".dat", ".mat", ".txt", ".csv", ".flac"}
    there = (folder / name).parent.glob(f"{stem}.*") if (folder / name).parent.is_dir() else ()
    found = sorted(p.suffix[1:] for p in there if p.suffix not in known)
    return f"data.annotator can be {' or '.join(found)} here" if found else "fetch or copy it again"


def _decoded(data: bytes, file: str, name: str) -> tuple[NDArray[np.int64], NDArray[np.str_], Fraction | None]:
    """(time, code) of every annotation, and the annotations per second where the file states its time base.

    wfdb decodes the bytes. Its rdann goes on to interpret them, and does it wrongly where a file has notes other than
    those it knows: it looks for them among the first annotations, whatever these are, and comes to no end at a comment.
    """
    from wfdb.io import annotation

    if data[-2:] not in (b"", b"\0\0") or len(data) % 2:
        raise DataError(f"{name}: {file} is truncated: its end mark is missing; fetch or copy it again")
    pairs = np.frombuffer(data, np.uint8).reshape(-1, 2)
    times, stored, _, _, _, texts = annotation.proc_ann_bytes(pairs, None)
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
    return time[kept], symbol, own


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
