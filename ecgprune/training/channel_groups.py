"""Which channels of a model belong together, and the model without some of them.

A channel is an index on a tensor's last axis. Convolutions, dense and recurrent layers make channels; what follows
passes them on, lists them one after another (concatenation), repeats them (flattening) or ties them (a residual sum: it
can only lose a channel that all of its terms lose). A group is the channels that are tied: all of it goes, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import PruningError
from ecgprune.training._tf import keras
from ecgprune.training.channel_weights import DEPTHWISE, MAKERS, smaller_weights

__all__ = ["Groups", "Walk", "find", "model_nodes", "remove"]

_LAYERS = keras.layers
_KEEPERS = (
    _LAYERS.Activation, _LAYERS.ActivityRegularization, _LAYERS.AlphaDropout, _LAYERS.AveragePooling1D,
    _LAYERS.AveragePooling2D, _LAYERS.BatchNormalization, _LAYERS.Cropping1D, _LAYERS.Cropping2D, _LAYERS.Dropout,
    _LAYERS.ELU, _LAYERS.GaussianDropout, _LAYERS.GaussianNoise, _LAYERS.GlobalAveragePooling1D,
    _LAYERS.GlobalAveragePooling2D, _LAYERS.GlobalMaxPooling1D, _LAYERS.GlobalMaxPooling2D, _LAYERS.LeakyReLU,
    _LAYERS.MaxPooling1D, _LAYERS.MaxPooling2D, _LAYERS.PReLU, _LAYERS.ReLU, _LAYERS.Rescaling, _LAYERS.Softmax,
    _LAYERS.SpatialDropout1D, _LAYERS.SpatialDropout2D, _LAYERS.UpSampling1D, _LAYERS.UpSampling2D,
    _LAYERS.ZeroPadding1D, _LAYERS.ZeroPadding2D,
)  # fmt: skip
_MERGERS = (_LAYERS.Add, _LAYERS.Average, _LAYERS.Maximum, _LAYERS.Minimum, _LAYERS.Multiply, _LAYERS.Subtract)
_RESHAPERS = (_LAYERS.Flatten, _LAYERS.Reshape)

Ids = NDArray[np.intp]


@dataclass(frozen=True)
class Groups:
    """The channel groups of a model, numbered from 0.

    Attributes:
        removable: bool [groups]; false for what the model takes and gives, and for what a softmax divides among.
        space: int [groups]; groups that the same layers make share a space: its size is those layers' width.
        taken: {layer: int [channels]}: the group of each channel on the last axis of a layer's input, for layers with
            weights or a shape of their own.
        given: {layer: int [channels]}: the same of its output.
        makers: the convolutions, dense and recurrent layers, which make new channels from all that they take.
    """

    removable: NDArray[np.bool_]
    space: Ids
    taken: dict[str, Ids]
    given: dict[str, Ids]
    makers: tuple[str, ...]

    def kept(self, gone: Ids) -> NDArray[np.bool_]:
        """bool [groups]: false for the groups `gone`.

        Raises:
            PruningError: one is fixed, or a layer would have none.
        """
        keep = np.ones(len(self.removable), bool)
        keep[gone] = False
        if not np.all(keep | self.removable):
            raise PruningError("channels that a model takes or gives cannot be removed; choose removable groups")
        empty = [name for name in self.makers if not keep[self.given[name]].any()]
        if empty:
            raise PruningError(f"layer {empty[0]} would lose all of its channels; at least one stays")
        return keep


def model_nodes(model: Any) -> Iterator[Any]:
    """The layer calls of a functional Keras model, each after those whose outputs it takes."""
    for depth in sorted(model._nodes_by_depth, reverse=True):
        yield from model._nodes_by_depth[depth]


def find(model: Any, left: dict[str, str] | None = None, excluded: Collection[str] = ()) -> Groups:
    """The channel groups of a functional tf_keras `model`.

    Args:
        model: the model.
        left: gets {layer: reason} of each layer of a kind that is not supported: the channels that it takes and gives
            stay. None: such a layer is an error.
        excluded: names of layers whose own channels stay.

    Raises:
        PruningError: the model has a layer of a kind that is not supported; the message names it.
    """
    walk = Walk(left=left)
    for node in model_nodes(model):
        walk.visit(node)
    walk.fix([walk.channels[str(id(tensor))] for tensor in model.outputs])
    walk.fix([walk.given[name] for name in excluded if name in walk.given])
    return walk.groups()


def remove(model: Any, gone: Ids, groups: Groups | None = None) -> Any:
    """Removes channel groups.

    The contribution of the removed channels to other layers is lost; where it was zero, the outputs stay the same.

    Args:
        model: a functional tf_keras model.
        gone: int [removed], numbers of groups.
        groups: what `find` returns for the model.

    Returns:
        A smaller Keras model with the same layer names.

    Raises:
        PruningError: as `find`; or a group may not be removed, or a layer would have no channel left.
    """
    groups = groups or find(model)
    keep = groups.kept(gone)

    def smaller(layer: Any) -> Any:
        settings = layer.get_config()
        if isinstance(layer, MAKERS):
            settings["filters" if "filters" in settings else "units"] = int(keep[groups.given[layer.name]].sum())
        elif isinstance(layer, _LAYERS.Reshape):
            settings["target_shape"] = (*layer.output_shape[1:-1], int(keep[groups.given[layer.name]].sum()))
        return layer.__class__.from_config(settings)

    copy = keras.models.clone_model(model, clone_function=smaller)
    for source, target in zip(model.layers, copy.layers, strict=True):
        if source.name in groups.taken and source.weights:
            taken, given = keep[groups.taken[source.name]], keep[groups.given[source.name]]
            target.set_weights(smaller_weights(source, taken, given))
        elif source.weights:  # of a kind that is not supported, so that nothing around it has changed
            target.set_weights(source.get_weights())
    return copy


@dataclass
class Walk:
    """Follows channels through a model. `channels` maps a tensor's id to the channel numbers on its last axis."""

    channels: dict[str, Ids] = field(default_factory=dict)
    taken: dict[str, Ids] = field(default_factory=dict)
    given: dict[str, Ids] = field(default_factory=dict)
    makers: list[str] = field(default_factory=list)
    fixed: list[Ids] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    left: dict[str, str] | None = None

    def visit(self, node: Any) -> None:
        try:
            self._follow(node)
        except PruningError as error:
            if self.left is None:
                raise
            self.left[node.layer.name] = str(error)
            self.fix([self.channels[key] for key in node.flat_input_ids])
            shapes = node.output_shapes if isinstance(node.output_shapes, list) else [node.output_shapes]
            for output, shape in zip(node.flat_output_ids, shapes, strict=True):
                self.channels[output] = self.new(shape[-1])
                self.fix([self.channels[output]])

    def _follow(self, node: Any) -> None:
        """Finds the channels that a call of a layer gives. Raises PruningError before it has changed anything."""
        layer, sources = node.layer, [self.channels[key] for key in node.flat_input_ids]
        if len(node.flat_output_ids) > 1:
            raise PruningError(f"layer {layer.name} gives several tensors; channel pruning follows one")
        (output,) = node.flat_output_ids
        again = self.taken.get(layer.name)
        if again is not None:  # the same weights at work once more
            self.tie([again, sources[0]], layer)
        if not sources:
            self.channels[output] = self.new(node.output_shapes[0][-1])
            self.fix([self.channels[output]])
            return
        given = self.rule(layer)(node, sources)
        self.channels[output] = given
        if self.ends(layer):
            self.fix([given])
        if layer.weights or isinstance(layer, _LAYERS.Reshape):
            self.taken.setdefault(layer.name, sources[0])
            self.given.setdefault(layer.name, given)

    def ends(self, layer: Any) -> bool:
        """Whether the channels that a layer gives are fixed."""
        return _activation(layer) == "softmax"

    def rule(self, layer: Any) -> Callable[[Any, list[Ids]], Ids]:
        """What becomes of the channels in `layer`. Raises PruningError: not known."""
        kind = type(layer)
        if getattr(layer, "data_format", None) == "channels_first":
            raise PruningError(f"layer {layer.name} has its channels first; channel pruning needs channels_last")
        if kind in MAKERS and getattr(layer, "groups", 1) == 1:
            return self.make
        if kind in DEPTHWISE:
            return lambda node, sources: np.repeat(sources[0], layer.depth_multiplier)
        if kind is _LAYERS.BatchNormalization and list(layer.axis) != [len(layer.input_shape) - 1]:
            raise PruningError(f"layer {layer.name} normalizes axis {list(layer.axis)}; it must be the last one")
        if kind in _KEEPERS:
            return lambda node, sources: sources[0]
        if kind in _MERGERS:
            return lambda node, sources: self.tie(sources, layer)
        if kind is _LAYERS.Concatenate:
            return self._concatenate
        if kind in _RESHAPERS:
            return self._reshape
        raise PruningError(
            f"channel pruning does not know what layer {layer.name} ({kind.__name__}) makes of channels; it knows "
            + ", ".join(sorted(k.__name__ for k in (*MAKERS, *DEPTHWISE, *_KEEPERS, *_MERGERS,
                                                    _LAYERS.Concatenate, *_RESHAPERS)))
        )  # fmt: skip

    def make(self, node: Any, sources: list[Ids]) -> Ids:
        """New channels, which a layer gives wherever it is called."""
        layer = node.layer
        if layer.name in self.given:
            return self.given[layer.name]
        self.makers.append(layer.name)
        return self.new(node.output_shapes[-1])

    def _concatenate(self, node: Any, sources: list[Ids]) -> Ids:
        rank = len(node.output_shapes)
        return np.concatenate(sources) if node.layer.axis in (-1, rank - 1) else self.tie(sources, node.layer)

    def _reshape(self, node: Any, sources: list[Ids]) -> Ids:
        """Values in order, cut into rows of the new width: what shares a column of them is tied."""
        before, after = node.input_shapes, node.output_shapes
        if None in (*before[1:], *after[1:]):
            raise PruningError(f"layer {node.layer.name} reshapes a tensor of unknown size {before[1:]}")
        columns = np.tile(sources[0], int(np.prod(before[1:-1], dtype=int))).reshape(-1, after[-1])
        return self.tie(list(columns), node.layer)

    def new(self, count: int) -> Ids:
        made = np.arange(len(self.parent), len(self.parent) + count)
        self.parent.extend(made.tolist())
        return made

    def fix(self, sources: list[Ids]) -> None:
        self.fixed.extend(sources)

    def tie(self, sources: list[Ids], layer: Any) -> Ids:
        """Ties the channels of equal place; returns those of the first.

        Raises:
            PruningError: not equally many.
        """
        widths = sorted({len(source) for source in sources})
        if len(widths) > 1:
            raise PruningError(f"layer {layer.name} joins tensors of {widths[0]} and {widths[1]} channels; "
                               "channel pruning needs equally many")  # fmt: skip
        for other in sources[1:]:
            for a, b in zip(sources[0].tolist(), other.tolist(), strict=True):
                _join(self.parent, a, b)
        return sources[0]

    def groups(self) -> Groups:
        number: dict[int, int] = {}
        roots = [_root(self.parent, channel) for channel in range(len(self.parent))]
        of = np.array([number.setdefault(root, len(number)) for root in roots], np.intp)
        removable = np.ones(len(number), bool)
        for ids in self.fixed:
            removable[of[ids]] = False
        given = {name: of[ids] for name, ids in self.given.items()}
        spaces = list(range(len(number)))
        for name in self.makers:
            for group in given[name].tolist():
                _join(spaces, int(given[name][0]), group)
        space = np.array([_root(spaces, group) for group in range(len(number))], np.intp)
        taken = {name: of[ids] for name, ids in self.taken.items()}
        return Groups(removable, space, taken, given, tuple(self.makers))


def _activation(layer: Any) -> str:
    """The name of a layer's activation function, if it has one."""
    return "softmax" if type(layer) is _LAYERS.Softmax else getattr(getattr(layer, "activation", None), "__name__", "")


def _root(parent: list[int], item: int) -> int:
    while parent[item] != item:
        parent[item] = parent[parent[item]]
        item = parent[item]
    return item


def _join(parent: list[int], a: int, b: int) -> None:
    """Joins two sets of a union-find; the smaller number stands for both."""
    low, high = sorted((_root(parent, a), _root(parent, b)))
    parent[high] = low
