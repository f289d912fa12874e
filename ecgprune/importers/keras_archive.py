"""Keras models as stored, in plain data: a config and weights. Nothing here runs, imports or builds what a file names.

Three layouts hold the same two things. A .keras file is a zip of metadata.json, config.json and model.weights.h5,
written by Keras 3 or by tf_keras; an .h5 file has the config in its attribute model_config and the weights in its
group model_weights.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecgprune.errors import ModelError
from ecgprune.importers.sniff import Kind, sniff

__all__ = ["KerasArchive", "hdf5", "objects", "read"]

_CONFIG_BYTES = 64 << 20
_WEIGHT_BYTES = 4 << 30
_RATIO = 200
"""No entry of a .keras file is compressed more: Keras stores its weights as they are."""


@dataclass(frozen=True)
class KerasArchive:
    """A Keras model as stored.

    Attributes:
        path: The file.
        is_keras3: Whether Keras 3 wrote it, else tf_keras or another Keras 2.
        is_zip: Whether it is a .keras file, else HDF5.
        config: {"class_name", "config", ...} of the model.
        weights: The HDF5 file that holds the weights: model.weights.h5, or the .h5 file itself.
    """

    path: Path
    is_keras3: bool
    is_zip: bool
    config: dict[str, Any]
    weights: bytes


def read(path: Path) -> KerasArchive:
    """Reads a Keras model file.

    Args:
        path: A .keras or .h5 file, told apart by its bytes.

    Returns:
        What it holds.

    Raises:
        ModelError: It is no Keras model, or it is damaged.
        OSError: It cannot be opened.
    """
    kind = sniff(path)
    if kind is Kind.ZIP:
        return _from_zip(path)
    if kind is Kind.HDF5:
        return _from_hdf5(path)
    raise ModelError(f"{path} is {kind.value}; expected a Keras model (.keras or .h5)")


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a config that names a class or a module, outermost first."""
    if isinstance(value, dict):
        if "class_name" in value or "module" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def hdf5(content: bytes, path: Path) -> Any:
    """Opens an HDF5 file in memory, after a check that it refers to no other file.

    Args:
        content: The file's bytes.
        path: Where they are from, for messages.

    Returns:
        An h5py.File, open for reading.

    Raises:
        ModelError: It is no whole HDF5 file, or it refers to other files.
    """
    import h5py

    try:
        file = h5py.File(io.BytesIO(content), "r")
        for name in _linked_outside(file):
            raise ModelError(f"{path} refers to another file at '{name}'; save the model again with its weights in it")
    except (OSError, ValueError, KeyError, RuntimeError, RecursionError) as error:
        raise ModelError(f"{path} is damaged: its weights are no whole HDF5 file") from error
    return file


def _linked_outside(group: Any) -> Iterator[str]:
    """The names below `group` whose data are not simply in the file."""
    import h5py

    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            yield f"{group.name}/{name}"
            continue
        found = group[name]
        if isinstance(found, h5py.Group):
            yield from _linked_outside(found)
        elif found.external or found.is_virtual:
            yield found.name


def _from_zip(path: Path) -> KerasArchive:
    try:
        with zipfile.ZipFile(path) as archive:
            metadata = json.loads(_entry(archive, path, "metadata.json", _CONFIG_BYTES))
            config = json.loads(_entry(archive, path, "config.json", _CONFIG_BYTES))
            weights = _entry(archive, path, "model.weights.h5", _WEIGHT_BYTES)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RecursionError, NotImplementedError) as error:
        raise ModelError(f"{path} is a damaged zip archive: {_first_line(error)}; save the model again") from error
    version = str(metadata.get("keras_version", "")) if isinstance(metadata, dict) else ""
    return KerasArchive(path, version.startswith("3"), True, _model_config(config, path), weights)


def _entry(archive: zipfile.ZipFile, path: Path, name: str, most: int) -> bytes:
    if name not in archive.namelist():
        raise ModelError(f"{path} is a zip archive without {name}; expected a Keras model saved with model.save()")
    size, stored = archive.getinfo(name).file_size, archive.getinfo(name).compress_size
    if size > most or size > _RATIO * max(stored, 1024):
        raise ModelError(f"{path} holds {name} of {size} bytes packed into {stored}, which no Keras model does")
    return archive.read(name)


def _from_hdf5(path: Path) -> KerasArchive:
    content = path.read_bytes()
    with hdf5(content, path) as file:
        if "model_config" not in file.attrs:
            what = "weights alone" if any(k in file.attrs for k in ("layer_names", "backend")) else "no Keras model"
            raise ModelError(f"{path} holds {what}; save the whole model: model.save('model.keras')")
        try:
            text = file.attrs["model_config"]
            config = json.loads(text.decode() if isinstance(text, bytes) else text)
            version = file.attrs.get("keras_version", "")
        except (ValueError, OSError, TypeError, RecursionError) as error:
            raise ModelError(f"{path} is damaged: model_config is {_first_line(error)}") from error
    version = version.decode() if isinstance(version, bytes) else str(version)
    return KerasArchive(path, version.startswith("3"), False, _model_config(config, path), content)


def _model_config(config: Any, path: Path) -> dict[str, Any]:
    """`config` of a model, without how it was compiled: losses and metrics are of no use here, and may be anything."""
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise ModelError(f"{path} is damaged: its config is of no model")
    for made in objects(config):
        made.pop("compile_config", None)
    return config


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
