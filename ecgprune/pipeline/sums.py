"""SHA256SUMS of a folder of artefacts, in the format of `sha256sum -c`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ecgprune.artifacts import sha256_file

__all__ = ["SUMS", "altered", "read_sums"]

SUMS = "SHA256SUMS"


def read_sums(folder: Path) -> dict[str, str]:
    """{file: SHA-256} in the order of the folder's SHA256SUMS; empty where there is none."""
    sums = folder / SUMS
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines() if sums.is_file() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def altered(folder: Path, sums: Mapping[str, str]) -> Iterator[str]:
    """The files that are gone, or have another SHA-256 than `sums` says."""
    return (n for n, digest in sums.items() if not (folder / n).is_file() or sha256_file(folder / n) != digest)
