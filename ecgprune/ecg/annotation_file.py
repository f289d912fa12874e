"""Writes WFDB annotation files: what a device found in a record, for PhysioNet's tools and for `ecgprune score`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ecgprune.artifacts import replacing
from ecgprune.ecg.dataset import CLASSES
from ecgprune.ecg.ec57_periods import FOREVER, inside
from ecgprune.ecg.reading.annotations import Annotations
from ecgprune.errors import DataError

__all__ = ["annotations_of", "write_annotations"]

_SHUT_DOWN, _READABLE = 0x30, 0  # subtypes of "~": no signal can be read, all can


def annotations_of(
    sample: ArrayLike,
    label: ArrayLike,
    *,
    shut_down: Iterable[tuple[int, int | None]] = (),
    flutter: Iterable[tuple[int, int | None]] = (),
) -> Annotations:
    """Beats and periods of a device as annotations: N, S, V, F, Q; "~" around shut-down, "[" and "]" around flutter.

    Beats in shut-down or flutter are left out: EC57 counts nothing there, and bxb takes a shut-down with beats in it
    for another, shorter one.

    Args:
        sample: int [beats], where each beat is.
        label: int [beats], index into CLASSES; negative, where no class is claimed, becomes Q.
        shut_down: (first sample, last sample) of each period without a usable signal, in any order; None as the last
            sample: to the end of the record.
        flutter: the same of ventricular flutter or fibrillation.
    """
    beats, labels = np.asarray(sample, np.int64).reshape(-1), np.asarray(label, np.int64).reshape(-1)
    silent, fluttering = _joined(shut_down), _joined(flutter)
    kept = ~inside(silent, beats) & ~inside(fluttering, beats)
    codes = np.array(CLASSES)[np.where(labels < 0, CLASSES.index("Q"), labels)]
    rows = [(time, code, 0) for time, code in zip(beats[kept].tolist(), codes[kept].tolist(), strict=True)]
    for begin, end in fluttering[~inside(silent, fluttering[:, 0])].tolist():
        rows += [(begin, "[", 0), (end, "]", 0)]
    for begin, end in silent.tolist():
        rows = [row for row in rows if row[0] < begin or row[0] > end]
        rows += [(begin, "~", _SHUT_DOWN), (end, "~", _READABLE)]
    rows = [row for row in rows if row[0] < FOREVER]
    return Annotations.of([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])


def _joined(periods: Iterable[tuple[int, int | None]]) -> NDArray[np.int64]:
    """[periods, 2]: the same periods in order, those that touch as one; FOREVER is the end of an open one."""
    found: list[list[int]] = []
    for begin, end in sorted((begin, FOREVER if end is None else end) for begin, end in periods):
        if found and begin <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([begin, end])
    return np.array(found, np.int64).reshape(-1, 2)


def write_annotations(path: Path, annotations: Annotations, rate_hz: float) -> None:
    """Writes an annotation file that states its own time base. Same annotations, same bytes.

    Args:
        path: RECORD.ANNOTATOR; the record's name is of letters, digits, "_" and "-", the annotator's of letters.
        annotations: in the order of time.
        rate_hz: units of their time base per second.

    Raises:
        DataError: the name is no name of an annotation file, or a code is none of WFDB's.
        ArtifactError: the file cannot be written.
    """
    from wfdb.io import annotation

    name, annotator = path.stem, path.suffix[1:]
    wrong = sorted(set(annotations.symbol.tolist()) - set(annotation.ann_label_table["symbol"]))
    if wrong:
        raise DataError(f"'{wrong[0]}' is no annotation code of WFDB")
    if not _is_name(name, "_-0123456789") or not _is_name(annotator):
        raise DataError(
            f"{path.name} cannot be the name of an annotation file; it takes RECORD.ANNOTATOR, such as 100.ecgp: "
            "letters, digits, _ and - before the dot, letters after it"
        )
    with replacing(path) as new:
        if not len(annotations.sample):
            new.write_bytes(b"\0\0")  # the end mark alone; wfdb writes no empty file
            return
        note: Sequence[str] | None = list(annotations.note) if any(annotations.note) else None
        annotation.wrann(
            name, annotator, annotations.sample, annotations.symbol.tolist(), annotations.subtype, aux_note=note,
            fs=rate_hz, write_dir=str(new.parent),
        )  # fmt: skip


def _is_name(text: str, others: str = "") -> bool:
    """Whether it consists of ASCII letters and of others."""
    return bool(text) and all((c.isascii() and c.isalpha()) or c in others for c in text)
