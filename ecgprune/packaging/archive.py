"""A package on the disk: a folder or an archive, whole or not at all, the same bytes each time."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ecgprune.artifacts import replacing
from ecgprune.errors import ArtifactError
from ecgprune.packaging.package import RECORD

__all__ = ["ARCHIVES", "archive_bytes", "check_replaceable", "is_archive", "write"]

ARCHIVES = (".zip", ".pack", ".tar.gz", ".tgz")
"""Endings of a name that make it an archive."""

_TARS = (".tar.gz", ".tgz")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a zip can hold: nothing of the machine's clock gets in
_MODE = 0o644


def is_archive(path: Path) -> bool:
    """Whether the name ends as an archive's does."""
    return path.name.lower().endswith(ARCHIVES)


def check_replaceable(path: Path) -> None:
    """Refuses to write over anything but nothing, an empty folder, or a package that ecgprune wrote.

    Raises:
        ArtifactError: there is something else at `path`.
    """
    if not path.exists():
        return
    if not (_is_empty_or_ours(path) if path.is_dir() else _has_record(path)):
        raise ArtifactError(f"{path} exists and is no package of ecgprune's: remove it, or give another --out")


def write(files: Mapping[str, str], path: Path, top: str = "") -> int:
    """Writes a package as an archive, where the name is that of one, or as a folder.

    Args:
        files: {path in the package: text}.
        path: the archive or folder; what was there is replaced when all is written.
        top: the folder in the archive that holds all files; "" for none.

    Returns:
        Bytes of the archive, or of all files of the folder.

    Raises:
        ArtifactError: it cannot be written, or `check_replaceable` refuses.
    """
    check_replaceable(path)
    packed = archive_bytes(files, path.name, top) if is_archive(path) else None
    with replacing(path) as new:
        if packed is not None:
            new.write_bytes(packed)
            return len(packed)
        for name, text in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_text(text, encoding="utf-8")
    return sum(len(text.encode()) for text in files.values())


def archive_bytes(files: Mapping[str, str], name: str, top: str = "") -> bytes:
    """A package as a .tar.gz, where `name` ends so, else as a zip (.pack too). The same files give the same bytes."""
    inside = {f"{top}/{path}" if top else path: text.encode() for path, text in sorted(files.items())}
    return _tar_gz(inside) if name.lower().endswith(_TARS) else _zip(inside)


def _zip(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.create_system = 3  # Unix, whatever the machine: the mode stands in its attributes
            entry.external_attr = _MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data, compresslevel=9)
    return packed.getvalue()


def _tar_gz(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", 9, packed, mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), _MODE
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def _is_empty_or_ours(folder: Path) -> bool:
    return (folder / RECORD).is_file() or not any(folder.iterdir())


def _has_record(path: Path) -> bool:
    """Whether a file is an archive with a `RECORD` at its root or in its one folder."""
    names: list[str] = []
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as zipped:
                names = zipped.namelist()
        elif path.is_file() and tarfile.is_tarfile(path):
            with tarfile.open(path) as packed:
                names = packed.getnames()
    except (OSError, tarfile.TarError, zipfile.BadZipFile):
        return False
    return any(name == RECORD or (name.count("/") == 1 and name.endswith(f"/{RECORD}")) for name in names)
