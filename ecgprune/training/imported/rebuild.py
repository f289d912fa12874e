"""A Keras 3 model, layer by layer, as a tf_keras model that answers the same.

Models inside the model are taken apart: their layers become layers of the one model, named `encoder_conv1d`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ecgprune.errors import ModelError
from ecgprune.importers.keras_archive import KerasArchive
from ecgprune.training._tf import keras
from ecgprune.training.imported import operations
from ecgprune.training.imported.layers import Built, build
from ecgprune.training.imported.weights import Leaf, Places, Weights

__all__ = ["rebuilt"]

_MODELS = ("Functional", "Model", "Sequential")
Config = Mapping[str, Any]


def rebuilt(archive: KerasArchive) -> Any:
    """The tf_keras model of a Keras 3 one.

    Args:
        archive: What Keras 3 stored.

    Returns:
        A tf_keras model with the same names of inputs and layers, and the same weights.

    Raises:
        ModelError: It is of a class, or has a layer, that is not supported; it is damaged; its size is not fixed.
    """
    made = _Maker(Weights(archive))
    outer = made.container(archive.config, "", "")
    inputs = outer.inputs()
    model = keras.Model(inputs, outer(inputs), name=str(archive.config["config"].get("name") or "model"))
    made.weights.load(made.leaves)
    return model


class _Maker:
    """What the models of one file share: the weights, the layers made so far, and names that are taken."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.leaves: list[Leaf] = []
        self._names: set[str] = set()

    def container(self, stored: Config, where: str, place: str) -> _Container:
        """A model. where, place: of its layers, with a slash at the end unless it is the outermost one."""
        kind = stored.get("class_name")
        if kind not in _MODELS or str(stored.get("module") or "keras").partition(".")[0] != "keras":
            raise ModelError(
                f"{f'layer {where[:-1]!r}' if where else 'the model'} is of class {kind}, whose code is not in the "
                "file; expected a Functional or Sequential model"
            )
        config = stored["config"]
        if not isinstance(config.get("layers"), list):
            raise ModelError(f"{f'layer {where[:-1]!r}' if where else 'the model'} has no layers: the file is damaged")
        return (_Sequential if kind == "Sequential" else _Functional)(self, config, where, place)

    def layer(self, stored: Config, where: str, place: str) -> Any:
        """A layer or a model inside the model, to be called."""
        if stored.get("class_name") in _MODELS:
            return self.container(stored, f"{where}/", f"{place}/")
        if stored.get("class_name") == "Normalization":
            return self._normalization(stored, where, place)
        built = build(stored, where, self.unused(where.replace("/", "_")))
        self.leaves.append(Leaf(where, place, str(stored["class_name"]), built.layer))
        return built

    def unused(self, name: str) -> str:
        """`name`, or with a number after it where a layer has it."""
        number, found = 1, name
        while found in self._names:
            number, found = number + 1, f"{name}_{number}"
        self._names.add(found)
        return found

    def _normalization(self, stored: Config, where: str, place: str) -> _Normalization:
        config = stored["config"]
        values = [config.get("mean"), config.get("variance")]
        if values[0] is None:
            values = list(self.weights.of(where, place)[:2])
        if len(values) < 2:
            raise ModelError(f"layer '{where}' (Normalization) has no mean and variance: adapt it, then save the model")
        plain = [v["config"]["value"] if isinstance(v, dict) else v for v in values]
        mean, variance = (np.asarray(v, np.float64) for v in plain)
        axes = config.get("axis", -1)
        axes = [] if axes is None else [axes] if isinstance(axes, int) else list(axes)
        return _Normalization(self.unused(where.replace("/", "_")), mean, variance, axes, bool(config.get("invert")))


@dataclass(frozen=True)
class _Normalization:
    """(x - mean) / deviation, as two layers: Keras keeps the statistics as weights that cloning forgets."""

    name: str
    mean: Any
    variance: Any
    axes: list[int]
    invert: bool

    def __call__(self, x: Any) -> Any:
        rank = len(x.shape)
        kept = [axis % rank for axis in self.axes]
        shape = [int(x.shape[axis]) if axis in kept else 1 for axis in range(1, rank)]
        full = [np.broadcast_to(v.reshape(-1), int(np.prod(shape))).reshape(shape) for v in (self.mean, self.variance)]
        mean, deviation = full[0], np.maximum(np.sqrt(full[1]), keras.backend.epsilon())
        if self.invert:
            x = keras.layers.Rescaling(deviation.tolist(), name=f"{self.name}_scale")(x)
            return keras.layers.Rescaling(1.0, mean.tolist(), name=self.name)(x)
        x = keras.layers.Rescaling(1.0, (-mean).tolist(), name=f"{self.name}_shift")(x)
        return keras.layers.Rescaling((1 / deviation).tolist(), name=self.name)(x)


class _Container:
    """A model inside the model, or the outermost one. Calling it applies its layers, made once, to tensors."""

    def __init__(self, maker: _Maker, config: Config, where: str, place: str) -> None:
        self._maker, self._config, self._where = maker, config, where
        self._layers: dict[str, Any] = {}
        places = Places(place)
        for number, stored in enumerate(config["layers"]):
            name = str(stored.get("config", {}).get("name") or stored.get("name") or f"layer {number}")
            if _is_operation(stored):
                continue
            found = places.next(str(stored.get("class_name")))
            if stored.get("class_name") != "InputLayer":
                self._layers[name] = maker.layer(stored, f"{where}{name}", found)

    def inputs(self) -> list[Any]:
        """New inputs, with the names and shapes of the stored ones."""
        return [self._input(stored) for stored in self._stored_inputs()]

    def _stored_inputs(self) -> Iterator[Config]:
        raise NotImplementedError

    def _input(self, stored: Config) -> Any:
        config = stored["config"]
        shape = config.get("batch_shape") or config.get("batch_input_shape") or ()
        name = str(config.get("name") or "input")
        if not shape or any(n is None for n in shape[1:]):
            raise ModelError(
                f"input '{name}' has shape {tuple(shape)}: firmware needs a fixed size; build the model with one, as "
                "keras.Input((180, 1))"
            )
        return keras.Input(tuple(shape[1:]), name=self._maker.unused(name), dtype=config.get("dtype") or "float32")

    def __call__(self, inputs: Any) -> Any:
        raise NotImplementedError


class _Sequential(_Container):
    def _stored_inputs(self) -> Iterator[Config]:
        first = self._config["layers"][:1]
        if first and first[0].get("class_name") == "InputLayer":
            yield first[0]
            return
        shape = self._config.get("build_input_shape")
        if shape is None:
            raise ModelError("the model has never seen an input, so it has no shapes; call it once, then save it")
        yield {"config": {"name": "input", "batch_shape": shape}}

    def __call__(self, inputs: Any) -> Any:
        (x,) = _flat(inputs)
        for layer in self._layers.values():
            x = layer(x)
        return x


class _Functional(_Container):
    def _stored_inputs(self) -> Iterator[Config]:
        stored = {str(s.get("name") or s["config"].get("name")): s for s in self._config["layers"]}
        for name, _, _ in _histories(self._config.get("input_layers")):
            if name not in stored:
                raise ModelError(f"the model's input '{name}' is not among its layers: the file is damaged")
            yield stored[name]

    def __call__(self, inputs: Any) -> Any:
        names = self._config.get("input_layers")
        if isinstance(names, dict) and isinstance(inputs, dict):
            inputs = [inputs[key] for key in names]
        made = {
            (name, 0): tensor for (name, _, _), tensor in zip(_histories(names), _flat(inputs), strict=True)
        }
        todo = [
            (stored, str(stored["name"]), number, node)
            for stored in self._config["layers"]
            for number, node in enumerate(stored.get("inbound_nodes") or [])
        ]
        while todo:
            ready = [call for call in todo if all(key in made for key in _needs(call[3]))]
            if not ready:
                raise ModelError(f"layer '{self._where}{todo[0][1]}' has an input that nothing makes: it is damaged")
            call = ready[0]
            todo.remove(call)
            made[call[1], call[2]] = self._called(call[0], call[1], call[3], made)
        outputs = [
            _picked(made[name, node], tensor) for name, node, tensor in _histories(self._config.get("output_layers"))
        ]
        return outputs[0] if len(outputs) == 1 else outputs

    def _called(self, stored: Config, name: str, node: Config, made: Mapping[tuple[str, int], Any]) -> Any:
        arguments = [_decoded(value, made) for value in node.get("args", ())]
        named = {key: _decoded(value, made) for key, value in node.get("kwargs", {}).items() if value is not None}
        if _is_operation(stored):
            where = self._maker.unused(f"{self._where}{name}".replace("/", "_"))
            settings = {k: v for k, v in stored["config"].items() if k != "name"} | named
            return operations.apply(str(stored["class_name"]), where, arguments, settings)
        layer = self._layers[name]
        if isinstance(layer, Built):
            named.pop("training", None)
            return layer(*arguments, **named)
        return layer(arguments[0])


def _is_operation(stored: Config) -> bool:
    """Whether it is an operation of keras.ops; an .h5 file names no modules, but a layer's config says more."""
    if stored.get("module") is not None:
        return str(stored["module"]).startswith("keras.src.ops")
    is_layer = stored.get("class_name") in (*_MODELS, "InputLayer") or {"trainable", "dtype"} & {*stored["config"]}
    return not is_layer


def _histories(value: Any) -> list[tuple[str, int, int]]:
    """(layer, call, output) of each tensor in input_layers or output_layers, however they are nested."""
    if isinstance(value, dict):
        return [found for inner in value.values() for found in _histories(inner)]
    if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
        return [(value[0], int(value[1]), int(value[2]))]
    return [found for inner in value for found in _histories(inner)] if isinstance(value, list) else []


def _needs(value: Any) -> Iterator[tuple[str, int]]:
    """(layer, call) of every tensor in the arguments of a call."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            name, call, _ = value["config"]["keras_history"]
            yield name, call
            return
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _needs(inner)


def _decoded(value: Any, made: Mapping[tuple[str, int], Any]) -> Any:
    """An argument of a call: stored tensors as symbolic ones, constants and slices as themselves."""
    if isinstance(value, list):
        return [_decoded(inner, made) for inner in value]
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config", {})
    if kind == "__keras_tensor__":
        name, call, tensor = config["keras_history"]
        return _picked(made[name, call], tensor)
    if kind in ("__numpy__", "__tensor__"):
        return np.asarray(config["value"], config.get("dtype"))
    if kind == "__slice__":
        return slice(*(config[key] for key in ("start", "stop", "step")))
    if kind == "__ellipsis__":
        return Ellipsis
    if kind is None:
        return {key: _decoded(inner, made) for key, inner in value.items()}
    raise ModelError(f"an argument of class {kind} is not supported")


def _picked(result: Any, index: int) -> Any:
    return result[index] if isinstance(result, list | tuple) else result


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    return [found for inner in value for found in _flat(inner)] if isinstance(value, list | tuple) else [value]
