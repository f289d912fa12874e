"""What stages hand to each other: files that appear whole or not at all, and their content hashes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from ecgprune.errors import ArtifactError, MachineError, reading

__all__ = [
    "NO_SPACE",
    "SPLITS",
    "TEST",
    "TRAIN",
    "VALIDATION",
    "Progress",
    "check_writable",
    "locked",
    "no_progress",
    "read_json",
    "remove_scratch",
    "replacing",
    "sha256_bytes",
    "sha256_file",
    "sha256_tree",
    "versioned",
    "write_json",
    "write_text",
]

fcntl: Any = None
with contextlib.suppress(ImportError):  # not on Windows
    fcntl = importlib.import_module("fcntl")

_SCRATCH = ".ecgprune-unfinished-"

SPLITS = ("train", "validation", "test")
"""The parts of a dataset, in the order of their numbers in dataset.npz."""
TRAIN, VALIDATION, TEST = range(len(SPLITS))

NO_SPACE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
"""Error numbers of a full disk; Windows has no quota of its own."""

Progress = Callable[[float, str], None]
"""Called by long stages with the share done (0 to 1) and a few words on what is being done."""


def no_progress(done: float, doing: str) -> None:
    """A `Progress` that shows nothing."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write a file or a folder to; renamed onto `path` when the block succeeds.

    Whatever was at `path` stays untouched until then, so a crash leaves the old content or the new, never half.

    Args:
        path: Where the file or folder is to appear. Missing folders above it are created.

    Yields:
        The path to write to. It has the name of `path`.

    Raises:
        ArtifactError: A folder is at `path`, where a file is to be written.
        MachineError: Nothing can be written beside `path`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=path.parent))
    except OSError as error:
        if error.errno in NO_SPACE:
            raise
        raise MachineError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from error
    try:
        new = scratch / path.name  # the right suffix, for writers that look at it
        yield new
        if new.is_dir() and path.exists():
            path.rename(scratch / "old")
        elif path.is_dir():
            raise ArtifactError(f"cannot write {path}: it is a folder")
        os.replace(new, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def check_writable(path: Path) -> None:
    """Finds out, before any work is done, whether a file or folder can be written at `path`.

    Args:
        path: What is to be written; it and folders above it need not exist.

    Raises:
        ArtifactError: It cannot: a name too long, a dangling link, a file where a folder is needed.
        MachineError: There is no permission.
    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # told in better words below
    except OSError as error:
        raise ArtifactError(f"cannot write {_short(path)}: {(error.strerror or str(error)).lower()}") from None
    there = path
    while not os.path.exists(there) and there != there.parent:
        if os.path.islink(there):
            raise ArtifactError(f"{there} is a symbolic link to {os.readlink(there)}, which does not exist; remove it")
        there = there.parent
    if there != path and not there.is_dir():
        raise ArtifactError(f"cannot write {path}: {there} is a file, not a folder")
    folder = there if there.is_dir() else there.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MachineError(f"cannot write {path}: no permission to write in {folder}")
    longest = os.pathconf(folder, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    for name in path.relative_to(there).parts:
        if len(os.fsencode(name)) > longest:
            raise ArtifactError(f"cannot write {_short(path)}: a name has at most {longest} bytes")


def _short(path: Path) -> str:
    """The path, cut where it would fill the screen."""
    text = str(path)
    return text if len(text) <= 100 else f"{text[:60]}...{text[-30:]}"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Creates `folder` and holds it against a second ecgprune; then clears what killed writers left in it.

    The lock goes with the process, however that ends. Its file, .lock, stays; a folder that was created here and got
    nothing else is removed.

    Raises:
        ArtifactError: The folder cannot be created.
        MachineError: Another ecgprune is at work there, or there is no permission.
    """
    check_writable(folder)
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            _lock(lock)
        except (BlockingIOError, PermissionError):
            raise MachineError(f"another ecgprune is at work in {folder}; wait for it or take another --out") from None
        remove_scratch(folder)
        try:
            yield
        finally:
            if is_new and [path.name for path in folder.iterdir()] == [".lock"]:
                shutil.rmtree(folder, ignore_errors=True)


def _lock(file: IO[str]) -> None:
    """Locks a file against other processes. Raises BlockingIOError, on Windows PermissionError, where one holds it."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    elif sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)


def remove_scratch(folder: Path) -> None:
    """Removes what killed writers left below `folder`; only safe while nobody else writes there."""
    for left in sorted(folder.rglob(f"{_SCRATCH}*")):
        shutil.rmtree(left, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Writes `text` (UTF-8) to `path`, whole or not at all."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file that ecgprune wrote.

    Raises:
        ArtifactError: There is no such file, or it holds no JSON object.
    """
    try:
        with reading(path):
            found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path} is damaged: {error}; delete it and run again") from error
    if not isinstance(found, dict):
        raise ArtifactError(f"{path} is damaged: it holds no JSON object; delete it and run again")
    return found


def versioned(value: Mapping[str, Any], version: int = 1) -> dict[str, Any]:
    """`value` with its schema_version first: its own, or else `version`."""
    return {"schema_version": version, **value}


def write_json(path: Path, value: Any, *, schema_version: int | None = 1) -> None:
    """Writes `value` as indented JSON with a final newline, whole or not at all; key order is kept.

    Args:
        path: The file.
        value: What JSON can hold. An object that has no schema_version gets one.
        schema_version: The one it gets; None: none.

    Raises:
        ArtifactError: The file cannot be written.
    """
    if schema_version is not None and isinstance(value, Mapping):
        value = versioned(value, schema_version)
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def sha256_bytes(data: bytes) -> str:
    """The SHA-256 of `data`, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_tree(path: Path) -> str:
    """The SHA-256 of a file, or of a folder: of its files' names and contents in sorted order."""
    if path.is_file():
        return sha256_file(path)
    lines = [f"{sha256_file(p)}  {p.relative_to(path).as_posix()}\n" for p in sorted(path.rglob("*")) if p.is_file()]
    return sha256_bytes("".join(lines).encode())
