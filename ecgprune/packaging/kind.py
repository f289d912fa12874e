"""What a kind of package is, and the registry: the modules of ecgprune/packaging/kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from ecgprune.packaging.package import RECORD, About, Package

__all__ = ["Kind", "files_of", "find_kind", "kind_names"]


@dataclass(frozen=True)
class Kind:
    """A build system, or a package manager, that takes packages of models.

    Attributes:
        name: as --package takes it: "cmsis-pack".
        title: for people: "CMSIS-Pack".
        render: {path in the package: text} of all files but LICENSE, README.md and `RECORD`; touches no disk.
        archive_name: of the package's name and `About`, where the ecosystem prescribes it.
        top_folder: whether all files of an archive lie in one folder with the package's name.
    """

    name: str
    title: str
    render: Callable[[Package], dict[str, str]]
    archive_name: Callable[[str, About], str] | None = None
    top_folder: bool = True


def kind_names() -> list[str]:
    """The names of all kinds, sorted."""
    modules = Path(__file__).with_name("kinds").glob("[a-z]*.py")
    return sorted(path.stem.replace("_", "-") for path in modules)


def find_kind(name: str) -> Kind:
    """The kind of that name, one of `kind_names`."""
    kind = import_module(f"ecgprune.packaging.kinds.{name.replace('-', '_')}").KIND
    assert isinstance(kind, Kind)
    return kind


def files_of(kind: Kind, package: Package) -> dict[str, str]:
    """{path in the package: text} of a whole package, sorted."""
    files = package.common(kind.name) | kind.render(package)
    return dict(sorted((files | {RECORD: package.record(kind.name, files)}).items()))
