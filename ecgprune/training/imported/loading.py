"""A user's Keras file as a tf_keras model. No file runs code: classes come from tables, never from the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ecgprune.errors import ModelError
from ecgprune.importers import keras_archive
from ecgprune.training.imported import legacy
from ecgprune.training.imported.rebuild import rebuilt

__all__ = ["keras_model"]


def keras_model(path: Path) -> Any:
    """Loads a Keras model from a file that anybody may have written.

    Args:
        path: A .keras file of Keras 3 or tf_keras, or an .h5 file of either; told apart by their bytes.

    Returns:
        A tf_keras Functional model, not compiled, for float32. One of Keras 3 was rebuilt layer by layer.

    Raises:
        ModelError: It is no such file or damaged; it holds code (a Lambda, a function, a class of the user's own); it
            is of a class, or has a layer, that is not supported; or an input has no fixed size.
        OSError: The file cannot be opened.
    """
    archive = keras_archive.read(path)
    try:
        return rebuilt(archive) if archive.is_keras3 else legacy.loaded(archive)
    except ModelError as error:
        raise ModelError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from error
