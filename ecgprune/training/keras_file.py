"""Keras models on disk, byte for byte reproducible."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ecgprune.artifacts import replacing
from ecgprune.errors import ArtifactError
from ecgprune.training._tf import keras

__all__ = ["load", "save"]

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest date a zip can hold, for every entry."""

_MODULES = ("keras.layers", "keras.initializers", "tf_keras.src.engine.functional")
"""Where the classes of our models are from."""

_CODE = ("Lambda", "TFOpLambda", "SlicingOpLambda", "function")
"""Classes of those modules that run what their config says."""


def save(model: Any, path: Path) -> None:
    """Writes a model without its optimizer. The same weights always give the same bytes.

    Keras stores the time of saving and writes entries in no fixed order: the archive is written again without either.

    Args:
        model: the Keras model.
        path: the file (.keras).
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
        _check(path)
        return keras.models.load_model(path, compile=False)
    except (ValueError, OSError, KeyError, TypeError, AttributeError, RecursionError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ArtifactError(f"{path} is not a whole Keras model: {reason}; delete it and run again") from error


def _check(path: Path) -> None:
    """Raises ValueError where the file is anything but a zip whose config.json names Keras' own objects only."""
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04" or not zipfile.is_zipfile(path):
            raise ValueError("it is no zip archive")
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    for made in _objects(config):
        kind, module = made.get("class_name"), made.get("module")
        if module not in _MODULES or kind in _CODE:
            raise ValueError(f"it holds {kind} of module {module}, which ecgprune does not write")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in `value` that names a class or a module."""
    if isinstance(value, dict):
        if "class_name" in value or "module" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _objects(inner)
