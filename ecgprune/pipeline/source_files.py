"""Which source files a step runs, and their hash: what of ecgprune's own code enters the key of a step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ecgprune.artifacts import sha256_bytes, sha256_file

__all__ = ["hash_of", "source_files"]

_PACKAGE = Path(__file__).parents[1]
_SUFFIXES = {".py", ".j2", ".json", ".c", ".cc", ".h", ".S", ".ld", ".mk"}
_NAMES = {"Makefile"}
_LEFT_OUT = {"__pycache__", "build", "docs", "examples", "generated", "models", "tests"}


def source_files(name: str) -> list[Path]:
    """The files below `name` that a result can depend on: code, templates, tables and build rules, in sorted order.

    Documentation, tests, shipped models and examples are left out.

    Args:
        name: a file or a folder, relative to the package; "firmware" and what is below it is the firmware's sources,
            wherever they are installed. An absolute path is taken as it is.
    """
    root = _root(name)
    if root.is_file():
        return [root]
    files = (p for p in root.rglob("*") if p.is_file() and (p.suffix in _SUFFIXES or p.name in _NAMES))
    return sorted(p for p in files if not _LEFT_OUT & set(p.relative_to(root).parts))


def hash_of(names: Iterable[str]) -> str:
    """SHA-256 over the names and contents of the `source_files` of `names`."""
    lines = []
    for name in names:
        root = _root(name)
        lines += [f"{sha256_file(p)}  {name} {p.relative_to(root).as_posix()}\n" for p in source_files(name)]
    return sha256_bytes("".join(lines).encode())


def _root(name: str) -> Path:
    from ecgprune.board import firmware_root

    top, _, below = name.partition("/")
    return firmware_root() / below if top == "firmware" else _PACKAGE / name
