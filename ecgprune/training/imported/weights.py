"""Weights of a Keras 3 model into the tf_keras layers that were rebuilt from its config.

A .keras file keeps them by place: `layers/<class in snake case>[_n]/vars/<i>`, nested as the models are nested.
An .h5 file keeps a list for each layer of the outermost model, trainable weights first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import ModelError
from ecgprune.importers.keras_archive import KerasArchive, hdf5
from ecgprune.training.imported.layers import LAYERS

__all__ = ["Leaf", "Places", "Weights"]


class Places:
    """Names the layers of one model as Keras 3 does in its weights: by class, counted."""

    def __init__(self, above: str) -> None:
        self._above = above
        self._used: dict[str, int] = {}

    def next(self, class_name: str) -> str:
        """The place of the next layer of the model, which is of class `class_name`."""
        name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
        name = re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
        number = self._used.get(name, -1) + 1
        self._used[name] = number
        return f"{self._above}layers/{name}_{number}" if number else f"{self._above}layers/{name}"


@dataclass(frozen=True)
class Leaf:
    """A layer that holds weights itself.

    Attributes:
        where: Its name in the model, `encoder/conv1d`.
        place: Where its weights are in a .keras file.
        class_name: Of the Keras 3 layer.
        layer: The tf_keras layer.
    """

    where: str
    place: str
    class_name: str
    layer: Any


class Weights:
    """The weights of a Keras 3 file."""

    def __init__(self, archive: KerasArchive) -> None:
        """Opens them.

        Raises:
            ModelError: They are damaged.
        """
        self._path, self._is_zip = archive.path, archive.is_zip
        self._file = hdf5(archive.weights, archive.path)

    def of(self, where: str, place: str) -> list[NDArray[np.float32]]:
        """The weights of one layer without parts.

        Raises:
            ModelError: The file does not have them.
        """
        stored = self._at(place) if self._is_zip else self._listed(where.split("/")[0])
        return [_values(found, where, found.shape) for found in stored]

    def load(self, leaves: Sequence[Leaf]) -> None:
        """Sets the weights of all layers.

        Raises:
            ModelError: A layer's are missing, or of another shape.
        """
        for _, group in _grouped(leaves, by_layer=self._is_zip):
            if self._is_zip:
                stored = list(self._parts(group[0].place, group[0].class_name))
                targets = list(group[0].layer.weights)
            else:
                stored = self._listed(group[0].where.split("/")[0])
                targets = [w for leaf in group for w in leaf.layer.trainable_weights]
                targets += [w for leaf in group for w in leaf.layer.non_trainable_weights]
            whose = f"'{group[0].where}' ({group[0].class_name})"
            if len(stored) != len(targets):
                raise ModelError(
                    f"{self._path} holds {len(stored)} weights of layer {whose}; expected {len(targets)}: "
                    "it is damaged, or of a version of Keras that keeps them otherwise"
                )
            for target, found in zip(targets, stored, strict=True):
                target.assign(_values(found, whose, tuple(target.shape)))

    def _parts(self, place: str, class_name: str) -> Iterator[Any]:
        """The weights at a place, then those of its parts."""
        yield from self._at(place)
        for part in LAYERS[class_name].parts if class_name in LAYERS else ():
            inner = f"{place}/{part}"
            cells = [f"{inner}/cell"] if f"{inner}/cell" in self._file else []
            for there in (inner, *cells):
                yield from self._at(there)

    def _at(self, place: str) -> list[Any]:
        group = self._file.get(f"{place}/vars")
        return [] if group is None else [group[name] for name in sorted(group, key=int)]

    def _listed(self, top: str) -> list[Any]:
        group = self._file.get(f"model_weights/{top}")
        if group is None:
            return []
        names = [n.decode() if isinstance(n, bytes) else str(n) for n in group.attrs.get("weight_names", ())]
        missing = next((name for name in names if name not in group), None)
        if missing is not None:
            raise ModelError(f"{self._path} is damaged: weight '{missing}' is missing")
        return [group[name] for name in names]


def _grouped(leaves: Sequence[Leaf], *, by_layer: bool) -> Iterator[tuple[str, list[Leaf]]]:
    """Leaves with weights one by one, or by the layer of the outermost model that they are in."""
    groups: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.layer.weights:
            groups.setdefault(leaf.where if by_layer else leaf.where.split("/")[0], []).append(leaf)
    yield from groups.items()


def _values(stored: Any, whose: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A stored weight, read after its shape was compared: a damaged file may claim any size."""
    if tuple(stored.shape) != shape:
        raise ModelError(f"layer {whose} has a weight of shape {tuple(stored.shape)}; expected {shape}")
    values = np.asarray(stored, np.float32)
    if not np.all(np.isfinite(values)):
        raise ModelError(f"layer {whose} has weights that are not finite numbers; train the model again")
    return values
