"""A rebuilt model against the Keras 3 model itself, on random inputs, where the keras package is at hand."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import ModelError
from ecgprune.importers.keras_archive import KerasArchive, objects
from ecgprune.training._tf import hushed
from ecgprune.training.imported.layers import LAYERS
from ecgprune.training.imported.legacy import MODELS, PARTS
from ecgprune.training.imported.operations import OPERATIONS

__all__ = ["TOLERANCE", "check_same"]

TOLERANCE = 1e-5
"""Of the largest output, or of 1 where that is larger."""

_MODULES = re.compile(r"keras(\.(layers|initializers|regularizers|constraints|src\.(ops|models)\.\w+))?")
_STORED = {"__keras_tensor__", "__slice__", "__numpy__", "__tensor__", "__ellipsis__", "DTypePolicy", "InputLayer"}


def check_same(archive: KerasArchive, model: Any) -> None:
    """Compares a rebuilt model with the original.

    Nothing is compared where that cannot be loaded safely: of an .h5 file, with an object that is not in the tables
    here, or without the keras package.

    Args:
        archive: What Keras 3 stored.
        model: The tf_keras model that was made of it.

    Raises:
        ModelError: Their outputs differ.
    """
    if not archive.is_zip or not all(map(_is_known, objects(archive.config))):
        return
    rng = np.random.default_rng(1)
    whole = any(made.get("class_name") == "Embedding" for made in objects(archive.config))
    inputs = [_random(rng, (2, *(int(n) for n in tensor.shape[1:])), whole) for tensor in model.inputs]
    with hushed():
        expected = _original(archive, inputs)
    if expected is None:
        return
    found = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    for ours, theirs in zip(found if isinstance(found, list) else [found], expected, strict=True):
        error = float(np.max(np.abs(np.asarray(ours, np.float64) - theirs), initial=0.0))
        allowed = TOLERANCE * max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
        if not error <= allowed:
            raise ModelError(
                f"it answers otherwise once it is rebuilt for tf_keras: by {error:.2g}; expected at most "
                f"{allowed:.2g}. This is an error of ecgprune; please report it"
            )


def _is_known(made: dict[str, Any]) -> bool:
    kind, module = made.get("class_name"), made.get("module")
    known = kind in LAYERS or kind in OPERATIONS or kind in MODELS or kind in PARTS or kind in _STORED
    return known and (module is None or _MODULES.fullmatch(str(module)) is not None)


def _random(rng: np.random.Generator, shape: tuple[int, ...], whole: bool) -> NDArray[np.float32]:
    return rng.integers(0, 2, shape).astype(np.float32) if whole else rng.normal(size=shape).astype(np.float32)


def _original(archive: KerasArchive, inputs: list[NDArray[np.float32]]) -> list[NDArray[np.float64]] | None:
    """The outputs of the Keras 3 model; None where the keras package cannot load it."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        import keras

        model = keras.saving.deserialize_keras_object(archive.config, safe_mode=True)
        with tempfile.TemporaryDirectory() as folder:
            weights = Path(folder) / "model.weights.h5"
            weights.write_bytes(archive.weights)
            if not model.built:
                model.build(model.input_shape)
            model.load_weights(weights)
        named = isinstance(model._inputs_struct, dict) if hasattr(model, "_inputs_struct") else False
        fed: Any = dict(zip(model._inputs_struct, inputs, strict=True)) if named else inputs
        found = model(fed if named or len(inputs) > 1 else inputs[0], training=False)
        flat = found.values() if isinstance(found, dict) else found if isinstance(found, list | tuple) else [found]
        return [np.asarray(keras.ops.convert_to_numpy(value), np.float64) for value in flat]
    except (ImportError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, OSError):
        # Another version of Keras, or another backend: no verdict.
        return None
