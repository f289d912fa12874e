"""The model that a user gives, as the engine takes it: functional, of tf_keras, with no models inside."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecgprune.errors import ModelError, TrainingError, reading
from ecgprune.training import channel_groups, masks
from ecgprune.training._tf import keras, tf
from ecgprune.training.samples import Shapes

__all__ = ["functional", "input_shapes", "readable", "taken"]


def taken(model: Any) -> Any:
    """A tf_keras model from what a user has.

    Args:
        model: a tf_keras model; a Keras 3 model, which is rebuilt from its own file; or the path of a file of either.

    Raises:
        ModelError: the file cannot be taken, or has a layer that is not supported.
    """
    from ecgprune.training.imported import keras_model

    if isinstance(model, str | Path):
        if Path(model).is_dir():
            raise ModelError(f"{model} is a folder; pruning takes a .keras or .h5 file, which holds the model's layers")
        return keras_model(readable(Path(model)))
    if isinstance(model, keras.Model) or not type(model).__module__.startswith("keras."):
        return model  # `functional` says what is wrong with anything else
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as scratch:
        file = Path(scratch) / "model.keras"
        model.save(file)
        return keras_model(file)


def readable(path: Path) -> Path:
    """`path`. Raises ModelError: it cannot be read."""
    with reading(path, ModelError), path.open("rb"):
        return path


def functional(model: Any) -> Any:
    """`model` as a functional tf_keras model with no models inside.

    Raises:
        TrainingError: it is none.
    """
    if not isinstance(model, keras.Model):
        raise TrainingError(f"the model is a {type(model).__module__}.{type(model).__name__}; expected a Keras model")
    if not getattr(model, "_is_graph_network", False) or not model.built:
        raise TrainingError(
            f"model {model.name} is subclassed, or not built; pruning needs a functional or sequential model whose "
            "input shape is known"
        )
    flat = keras.Model(model.inputs, model.outputs, name=model.name)
    if not any(isinstance(layer, keras.Model) for layer in flat.layers):
        return flat
    inputs = [keras.Input(t.shape[1:], name=n) for n, t in zip(flat.input_names, flat.inputs, strict=True)]
    try:
        return masks.copied(keras.Model(inputs, _inlined(flat, inputs), name=model.name))
    except ValueError as error:  # two layers of one name
        reason = str(error).splitlines()[0]
        raise TrainingError(f"model {model.name} holds models that cannot be taken apart: {reason}") from error


def _inlined(model: Any, inputs: Sequence[Any]) -> list[Any]:
    """The outputs of `model` for `inputs`, by its layers and those of the models inside it."""
    made = {str(id(tensor)): given for tensor, given in zip(model.inputs, inputs, strict=True)}
    for node in channel_groups.model_nodes(model):
        if not node.is_input:
            taken_here = {key: [made[key]] * len(node.flat_input_ids) for key in node.flat_input_ids}
            arguments, options = node.map_arguments(taken_here)  # which pops one for each use
            inside = isinstance(node.layer, keras.Model)
            found = _inlined(node.layer, tf.nest.flatten(arguments)) if inside else node.layer(*arguments, **options)
            made |= dict(zip(node.flat_output_ids, tf.nest.flatten(found), strict=True))
    return [made[str(id(tensor))] for tensor in model.outputs]


def input_shapes(model: Any) -> Shapes:
    """{input of a functional model: its shape without the batch}."""
    return {
        name: tuple(None if size is None else int(size) for size in tensor.shape[1:])
        for name, tensor in zip(model.input_names, model.inputs, strict=True)
    }
