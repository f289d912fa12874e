"""Databases from PhysioNet: file by file, checked, resumable."""

from __future__ import annotations

import errno
import posixpath
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread

from ecgprune.artifacts import Progress, no_progress, replacing, sha256_file, write_text
from ecgprune.ecg.databases.registry import Database
from ecgprune.errors import DataError

__all__ = ["SUMS", "Transport", "fetch", "physionet", "read_sums"]

Transport = Callable[[str, Path], None]
"""Gets one file by its path on PhysioNet (such as mitdb/1.0.0/100.dat) and writes it. Raises OSError when it cannot."""

SUMS = "SHA256SUMS.txt"
"""PhysioNet's list of the hashes of a database's files, one `hash file` a line."""

_CONNECT_S, _SILENT_S = 15.0, 30.0
_CHUNK = 1 << 16  # bytes
_SLOW_S, _LEAST = 60.0, 1000  # a server that sends fewer bytes a second, for so long, is given up


def physionet(
    name: str, path: Path, connect_s: float = _CONNECT_S, silent_s: float = _SILENT_S, slow_s: float = _SLOW_S
) -> None:
    """The `Transport` from wherever wfdb's `set_db_index_url` points: PhysioNet, unless changed.

    wfdb's own download waits for ever on a server that says nothing, so this one asks with time limits. A server that
    says a byte now and then keeps any socket's time limit from passing: the transfer runs in a thread of its own, and
    its progress is watched from here, headers included.

    Args:
        name: the file's path on PhysioNet.
        path: where to write it.
        connect_s: longest wait for a connection, in seconds.
        silent_s: longest wait for the next bytes, in seconds.
        slow_s: how long fewer than 1000 bytes a second are put up with, in seconds.

    Raises:
        OSError: no connection, no such file, the server is silent or slow for too long, or less arrives than was
            announced.
    """
    transfer = _Download(name, path, (connect_s, silent_s))
    transfer.start()
    before = 0
    while transfer.is_alive():
        transfer.join(slow_s)
        received = transfer.received - before
        if transfer.is_alive() and received < slow_s * _LEAST:
            transfer.given_up = True
            raise OSError(f"the server sent less than {slow_s * _LEAST:g} bytes in {slow_s:g} s")
        before += received
    if transfer.error is not None:
        raise transfer.error


class _Download(Thread):
    """One file's transfer. A daemon: where it is given up, it ends with its next bytes or with the program.

    Attributes:
        received: bytes of content so far.
        error: why it ended before its end; None where it did not.
        given_up: set by whoever waits no longer.
    """

    def __init__(self, name: str, path: Path, limits_s: tuple[float, float]) -> None:
        super().__init__(daemon=True)
        self._name, self._path, self._limits_s = name, path, limits_s
        self.received = 0
        self.error: BaseException | None = None
        self.given_up = False

    def run(self) -> None:
        try:
            self._receive()
        except BaseException as error:  # the waiting thread raises it
            self.error = error

    def _receive(self) -> None:
        import requests
        from wfdb.io import download

        url = posixpath.join(download.config.db_index_url, self._name)
        try:
            with requests.get(url, stream=True, timeout=self._limits_s) as answer, self._path.open("wb") as file:
                if answer.status_code != requests.codes.ok:
                    raise OSError(f"the server answers HTTP {answer.status_code}")
                for chunk in answer.iter_content(_CHUNK):
                    if self.given_up:
                        return
                    file.write(chunk)
                    self.received += len(chunk)
        except requests.RequestException as error:
            if isinstance(error, requests.Timeout) or "timed out" in str(error):
                raise OSError(f"the server was silent for {self._limits_s[1]:g} s") from error
            raise


def read_sums(path: Path) -> dict[str, str]:
    """{file name: SHA-256} of a SHA256SUMS.txt; empty where there is none."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return {words[1].removeprefix("*"): words[0].lower() for words in map(str.split, lines) if len(words) == 2}


def fetch(
    database: Database,
    dest: Path,
    progress: Progress = no_progress,
    transport: Transport = physionet,
    files: Mapping[str, str] | None = None,
    attempts: int = 3,
    pause_s: float = 1.0,
) -> list[str]:
    """Downloads a database.

    A file is written beside, compared with its SHA-256, then renamed into place: what is there is right, and the next
    call gets only the rest. Where the registry lacks hashes, they are taken from the server's SHA256SUMS.txt, which
    stays in the folder for later checks.

    Args:
        database: one of the registry's that are published.
        dest: the folder.
        progress: called for each file.
        transport: transfers a file.
        files: {name: SHA-256}; None for the whole database.
        attempts: how often a file is tried.
        pause_s: seconds between two attempts.

    Returns:
        The names of the files that had to be transferred, without SHA256SUMS.txt.

    Raises:
        DataError: a file cannot be transferred (offline), or arrives with another SHA-256 each time.
    """

    def get(path: Path, digest: str) -> None:
        for attempt in range(1, attempts + 1):
            try:
                with replacing(path) as new:
                    _transfer(database, new, digest, transport)
                return
            except DataError:
                if attempt == attempts:
                    raise
                time.sleep(pause_s)

    dest.mkdir(parents=True, exist_ok=True)
    wanted = dict(files) if files is not None else _hashes(database, dest, get)
    write_text(dest / "RECORDS", "".join(f"{r}\n" for r in sorted({f.partition(".")[0] for f in wanted})))
    transferred = []
    for i, (name, digest) in enumerate(wanted.items()):
        progress(i / len(wanted), name)
        if (dest / name).is_file() and digest in ("", sha256_file(dest / name)):
            continue
        get(dest / name, digest)
        transferred.append(name)
    progress(1.0, f"{len(transferred)} of {len(wanted)} files transferred")
    return transferred


def _hashes(database: Database, dest: Path, get: Callable[[Path, str], None]) -> dict[str, str]:
    """{file: SHA-256} of the whole database.

    The registry has all of them, or the server's SHA256SUMS.txt decides: what the registry has of such a database comes
    from a copy, and nobody has compared it with the server's.
    """
    unknown = [name for name in database.files if name not in database.sha256]
    sums = read_sums(dest / SUMS) if unknown else {}
    if any(name not in sums for name in unknown):
        get(dest / SUMS, "")
        sums = read_sums(dest / SUMS)
    missing = [name for name in unknown if name not in sums]
    if missing:
        (dest / SUMS).unlink(missing_ok=True)
        raise DataError(
            f"the server's {SUMS} of {database.name} {database.version} has no {missing[0]}, and ecgprune does not "
            "know its hash; fetch it by other means, and compare it by hand"
        )
    return {name: sums.get(name) or database.sha256[name] for name in database.files}


def _transfer(database: Database, new: Path, digest: str, transport: Transport) -> None:
    try:
        transport(posixpath.join(database.name, database.version, new.name), new)
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
            f"take the file from another copy of {database.title} {database.version}"
        )
