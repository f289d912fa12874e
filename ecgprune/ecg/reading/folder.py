"""Which records a folder holds."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ecgprune.ecg.reading.header import named_in, stays_inside
from ecgprune.errors import DataError

__all__ = ["record_names"]

_FOREIGN = frozenset({".bdf", ".csv", ".edf", ".h5", ".mat", ".npy", ".npz", ".txt", ".xml"})
"""Suffixes of files that other programs keep ECG in."""


def record_names(folder: Path) -> list[str]:
    """The records of a database folder, sorted: as its RECORDS file lists them, else one per header.

    RECORDS may list records in sub-folders, and sub-folders, with a "/" at the end, that have their own RECORDS.
    Without the file, records are looked for in sub-folders where the folder itself has none; the segments of a record
    are none themselves.

    Raises:
        DataError: no such folder, or one without records.
    """
    if not folder.is_dir():
        what = f"{folder} is a file, not a folder" if folder.is_file() else f"no such folder: {folder}"
        raise DataError(f"{what}; give the one that holds the records' .hea, .dat and .atr files")
    listed = folder / "RECORDS"
    names = set(_listed(folder, listed) if listed.is_file() else _found(folder))
    if not names:
        raise DataError(f"no records in {folder}: expected WFDB files (.hea, .dat, .atr); {_remedy(folder)}")
    return sorted(names)


def _remedy(folder: Path) -> str:
    """What to do about a folder without records."""
    kinds = {p.suffix.lower() for p in folder.rglob("*") if p.is_file()}
    foreign = sorted(_FOREIGN.intersection(kinds))
    if not foreign:
        return "get some with `data fetch`"
    return f"{', '.join(foreign)} files are not read: write them as WFDB, with wrsamp and wrann of Python's wfdb"


def _listed(folder: Path, listed: Path) -> list[str]:
    names = []
    lines = listed.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    for name in (line.strip() for line in lines if line.strip()):
        if not stays_inside(name):
            raise DataError(f"{listed} names '{name}', which is outside of the folder; expected names of records")
        if name.endswith("/"):
            names += [(PurePosixPath(name) / inner).as_posix() for inner in record_names(folder / name)]
        else:
            names.append(PurePosixPath(name.removesuffix(".hea")).as_posix())
    return names


def _found(folder: Path) -> list[str]:
    """The records that the headers of a folder describe, and .dat files that no header names: their own is missing."""
    headers = sorted(folder.glob("*.hea")) or sorted(folder.rglob("*.hea"))
    names = [p.relative_to(folder).with_suffix("").as_posix() for p in headers]
    segments: set[str] = set()
    signals: set[str] = set()
    for name in names:
        home = PurePosixPath(name).parent
        for found, here in zip((segments, signals), named_in(folder, name), strict=True):
            found |= {(home / each).as_posix() for each in here}
    orphans = {p.stem for p in folder.glob("*.dat") if p.name not in signals}
    return sorted({*names, *orphans} - segments)
