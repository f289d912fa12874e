"""The places of a package's texts that several kinds share."""

from __future__ import annotations

from collections.abc import Mapping

from ecgprune.packaging.package import Package

__all__ = ["placed", "under"]


def placed(package: Package) -> dict[str, str]:
    """src/, test/, examples/<name>/ and platform/, for build systems that are free to choose."""
    found = under("src", package.library) | under("test", package.selftest) | under("platform", package.platform)
    for name, files in package.examples.items():
        found |= under(f"examples/{name}", files)
    return found


def under(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """{folder/name: text} of {name: text}."""
    return {f"{folder}/{name}": text for name, text in files.items()}
