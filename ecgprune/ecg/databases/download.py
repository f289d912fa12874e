"""Databases from PhysioNet, through wfdb: file by file, checked, resumable."""

from __future__ import annotations

import errno
import posixpath
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path

from ecgprune.artifacts import Progress, no_progress, replacing, sha256_file, write_text
from ecgprune.errors import DataError

__all__ = ["DATABASES", "Transport", "fetch", "physionet", "published"]

Transport = Callable[[str, Path], None]
"""Gets one file by its path on PhysioNet (such as mitdb/1.0.0/100.dat) and writes it. Raises OSError when it cannot."""

DATABASES = {"mitdb": "MIT-BIH", "nstdb": "NSTDB"}
"""PhysioNet's name -> what messages call it: the MIT-BIH Arrhythmia Database, and the three records of noise alone (bw,
em, ma) of the MIT-BIH Noise Stress Test Database."""

_VERSION = "1.0.0"


@cache
def published(database: str) -> Mapping[str, str]:
    """File name -> SHA-256 of a database's files, version 1.0.0: 144 of mitdb, 6 of nstdb.

    Empty where it is not known: em.hea of nstdb, whose content `records.read_record` checks against em.dat.
    """
    text = (resources.files("ecgprune.ecg.databases") / f"{database}.sha256").read_text(encoding="ascii")
    return {name: digest.strip("-") for digest, name in (line.split() for line in text.splitlines())}


def physionet(name: str, path: Path) -> None:
    """The `Transport` through wfdb, from wherever its `set_db_index_url` points: PhysioNet, unless changed."""
    from wfdb.io import download

    download.dl_full_file(posixpath.join(download.config.db_index_url, name), str(path))


def fetch(
    database: str,
    dest: Path,
    progress: Progress = no_progress,
    transport: Transport = physionet,
    files: Mapping[str, str] | None = None,
    attempts: int = 3,
    pause_s: float = 1.0,
) -> list[str]:
    """Downloads a database.

    A file is written beside, compared with its SHA-256, then renamed into place: what is there is right, and the next
    call gets only the rest.

    Args:
        database: one of DATABASES.
        dest: the folder.
        progress: called for each file.
        transport: transfers a file.
        files: {name: SHA-256}; None for the whole database.
        attempts: how often a file is tried.
        pause_s: seconds between two attempts.

    Returns:
        The names of the files that had to be transferred.

    Raises:
        DataError: a file cannot be transferred (offline), or arrives with another SHA-256 each time.
    """
    wanted = published(database) if files is None else files
    write_text(dest / "RECORDS", "".join(f"{r}\n" for r in sorted({f.partition(".")[0] for f in wanted})))
    transferred = []
    for i, (name, digest) in enumerate(wanted.items()):
        progress(i / len(wanted), name)
        if (dest / name).is_file() and digest in ("", sha256_file(dest / name)):
            continue
        _fetch_file(database, dest / name, digest, transport, attempts, pause_s)
        transferred.append(name)
    progress(1.0, f"{len(transferred)} of {len(wanted)} files transferred")
    return transferred


def _fetch_file(
    database: str, path: Path, digest: str, transport: Transport, attempts: int, pause_s: float
) -> None:
    for attempt in range(1, attempts + 1):
        try:
            with replacing(path) as new:
                _transfer(database, new, digest, transport)
            return
        except DataError:
            if attempt == attempts:
                raise
            time.sleep(pause_s)


def _transfer(database: str, new: Path, digest: str, transport: Transport) -> None:
    try:
        transport(posixpath.join(database, _VERSION, new.name), new)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        reason = " ".join(str(error).split())
        if len(reason) > 120:  # requests tells long stories
            reason = f"{type(error).__name__}, no connection"
        raise DataError(
            f"cannot download {new.name} ({reason}); once the network is back, the same command goes on from here"
        ) from error
    found = sha256_file(new)
    if digest not in ("", found):
        raise DataError(
            f"{new.name} was downloaded with SHA-256 {found[:16]}..., expected {digest[:16]}...; try again later, or "
            f"take the file from another copy of {DATABASES[database]} {_VERSION}"
        )
