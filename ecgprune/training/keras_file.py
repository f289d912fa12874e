"""Keras models on disk, byte for byte reproducible."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from ecgprune.artifacts import replacing
from ecgprune.errors import ArtifactError, ModelError
from ecgprune.importers import keras_archive
from ecgprune.training import masks
from ecgprune.training.imported import legacy

__all__ = ["load", "save"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest date a zip can hold, for every entry."""


def save(model: Any, path: Path) -> None:
    """Writes a model without its optimizer. The same weights always give the same bytes.

    Keras stores the time of saving and writes entries in no fixed order: the archive is written again without either.

    Args:
        model: the Keras model.
        path: the file (.keras).
    """
    bare = model
    if getattr(model, "optimizer", None) is not None:  # a copy is not compiled, so that no optimizer is saved
        bare = masks.copied(model)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "model.keras"
        bare.save(raw, save_format="keras")
        with zipfile.ZipFile(raw) as archive:
            entries = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(entries["metadata.json"])
    entries["metadata.json"] = json.dumps(metadata | {"date_saved": "1980-01-01@00:00:00"}).encode()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    with replacing(path) as new:
        new.write_bytes(content.getvalue())


def load(path: Path) -> Any:
    """The model in a .keras file that `save` wrote, not compiled.

    A file may stand in a run folder that somebody else handed on, so it is checked before Keras sees it. Keras reads
    anything that is no zip as HDF5, which may carry code, and imports whatever class a zip's config.json names.

    Args:
        path: The .keras file.

    Returns:
        A tf_keras model.

    Raises:
        ArtifactError: No such file, not a Keras model, or one with layers that are not Keras' own.
    """
    if not path.is_file():
        raise ArtifactError(f"no model {path}: the stage that writes it has not finished; run it first")
    try:
        if not zipfile.is_zipfile(path):
            raise ModelError("it is no zip archive")
        return legacy.loaded(keras_archive.read(path))
    except (ModelError, OSError) as error:
        raise ArtifactError(f"{path} is not a whole Keras model: {error}; delete it and run again") from error
