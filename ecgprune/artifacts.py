"""What stages hand to each other: files that appear whole or not at all, and their content hashes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = [
    "Progress",
    "no_progress",
    "remove_scratch",
    "replacing",
    "sha256_bytes",
    "sha256_file",
    "sha256_tree",
    "write_json",
    "write_text",
]

_SCRATCH = ".ecgprune-unfinished-"

Progress = Callable[[float, str], None]
"""Called by long stages with the share done (0 to 1) and a few words on what is being done."""


def no_progress(done: float, doing: str) -> None:
    """A `Progress` that shows nothing."""


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write a file or a folder to; renamed onto `path` when the block succeeds.

    Whatever was at `path` stays untouched until then, so a crash leaves the old content or the new, never half.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=path.parent))
    try:
        new = scratch / path.name  # the right suffix, for writers that look at it
        yield new
        if new.is_dir() and path.exists():
            path.rename(scratch / "old")
        os.replace(new, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def remove_scratch(folder: Path) -> None:
    """Removes what killed writers left below `folder`; only safe while nobody else writes there."""
    for left in sorted(folder.rglob(f"{_SCRATCH}*")):
        shutil.rmtree(left, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Writes `text` (UTF-8) to `path`, whole or not at all."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Writes `value` as indented JSON with a final newline; key order is kept."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def sha256_bytes(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_tree(path: Path) -> str:
    """The SHA-256 of a file, or of a folder: of its files' names and contents in sorted order."""
    if path.is_file():
        return sha256_file(path)
    lines = [f"{sha256_file(p)}  {p.relative_to(path).as_posix()}\n" for p in sorted(path.rglob("*")) if p.is_file()]
    return sha256_bytes("".join(lines).encode())
