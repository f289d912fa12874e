"""From a generated model to folders that other projects take in: which files it needs, and the drop-in folder."""

from ecgprune.packaging.drop_in import GeneratedModel, drop_in
from ecgprune.packaging.manifest import Manifest, manifest

__all__ = ["GeneratedModel", "Manifest", "drop_in", "manifest"]
