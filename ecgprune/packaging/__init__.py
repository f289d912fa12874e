"""From a generated model to what other projects take in: the drop-in folder, and packages for their build systems.

    manifest       which files of firmware/ a generated model needs
    drop_in        the drop-in folder: one flat folder for any project
    package        what packages of all kinds are made from; kind finds the kinds, kinds/ has a module for each
    archive        writes a package as a folder or an archive

Read first: `manifest.manifest`, then `kinds/make.py`.
"""

from ecgprune.packaging.archive import ARCHIVES, check_replaceable, is_archive, write
from ecgprune.packaging.drop_in import GeneratedModel, drop_in
from ecgprune.packaging.kind import Kind, files_of, find_kind, kind_names
from ecgprune.packaging.manifest import Manifest, manifest
from ecgprune.packaging.package import About, Package, Part, TestVector, collect

__all__ = [
    "ARCHIVES",
    "About",
    "GeneratedModel",
    "Kind",
    "Manifest",
    "Package",
    "Part",
    "TestVector",
    "check_replaceable",
    "collect",
    "drop_in",
    "files_of",
    "find_kind",
    "is_archive",
    "kind_names",
    "manifest",
    "write",
]
