"""A user's Keras file as a tf_keras model. No file runs code: classes come from tables, never from the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ecgprune.errors import ModelError
from ecgprune.importers import Kind, keras_archive, sniff
from ecgprune.training._tf import tf
from ecgprune.training.conversion import Traced, traced
from ecgprune.training.height_one import height_one
from ecgprune.training.imported import legacy
from ecgprune.training.imported.comparison import check_same
from ecgprune.training.imported.rebuild import rebuilt
from ecgprune.training.imported.saved_model import traced_signature

__all__ = ["keras_model", "traced_model"]

_OF_DAMAGE = (
    ValueError, TypeError, KeyError, AttributeError, IndexError, ZeroDivisionError, OverflowError, NotImplementedError,
    RecursionError, AssertionError, tf.errors.OpError,
)  # fmt: skip
"""What tf_keras and TensorFlow raise for settings that fit nothing, besides what is checked before."""


def keras_model(path: Path) -> Any:
    """Loads a Keras model from a file that anybody may have written.

    Args:
        path: A .keras file of Keras 3 or tf_keras, or an .h5 file of either; told apart by their bytes.

    Returns:
        A tf_keras Functional model, not compiled, for float32. One of Keras 3 was rebuilt layer by layer, and compared
        with the original on random inputs where the keras package is installed.

    Raises:
        ModelError: It is no such file or damaged; it holds code (a Lambda, a function, a class of the user's own); it
            is of a class, or has a layer, that is not supported; or an input has no fixed size.
        OSError: The file cannot be opened.
    """
    archive = keras_archive.read(path)
    try:
        if not archive.is_keras3:
            return legacy.loaded(archive)
        model = rebuilt(archive)
        check_same(archive, model)
        return model
    except ModelError as error:
        raise ModelError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from error
    except _OF_DAMAGE as error:
        reason = (str(error).splitlines() or [""])[0]
        raise ModelError(f"{path} is damaged: its config makes no model ({type(error).__name__}: {reason})") from error


def traced_model(path: Path) -> Traced:
    """A user's model as the converter takes it: at batch size 1, one-dimensional layers as layers of height 1.

    Args:
        path: A Keras file, see `keras_model`, or the folder of a SavedModel.

    Returns:
        The model.

    Raises:
        ModelError: As `keras_model` and `saved_model.traced_signature` raise it.
        QuantizationError: A layer has channels first.
        OSError: The file cannot be opened.
    """
    if sniff(path) is Kind.SAVED_MODEL:
        return traced_signature(path)
    return traced(height_one(keras_model(path)))
