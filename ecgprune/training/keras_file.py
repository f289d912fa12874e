"""Keras models on disk, byte for byte reproducible."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from ecgprune.artifacts import replacing
from ecgprune.errors import ArtifactError
from ecgprune.training._tf import keras

__all__ = ["load", "save"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest date a zip can hold, for every entry."""


def save(model: Any, path: Path) -> None:
    """Writes `model` without its optimizer to `path` (.keras). The same weights always give the same bytes.

    Keras stores the time of saving and writes entries in no fixed order: the archive is written again without either.
    """
    bare = keras.models.clone_model(model)  # not compiled, so that no optimizer is saved
    bare.set_weights(model.get_weights())
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
    """The model in `path`, not compiled. Raises ArtifactError: no such file, or not a Keras model."""
    if not path.is_file():
        raise ArtifactError(f"no model {path}: the stage that writes it has not finished; run it first")
    try:
        return keras.models.load_model(path, compile=False)
    except (ValueError, OSError, KeyError, TypeError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ArtifactError(f"{path} is not a whole Keras model: {reason}; delete it and run again") from error
