"""Channel pruning: what each channel is worth, and which channels are removed to meet a goal.

The worth of a group of channels (see `channel_groups`) is the rise of the loss that a first-order expansion predicts
for its removal: for every example the sum of activation times gradient over all places where the group is read,
squared, and summed over the examples. Activation times gradient is the criterion of Molchanov et al., "Pruning
Convolutional Neural Networks for Resource Efficient Inference", ICLR 2017; squared per example it is the diagonal
Fisher estimate of Theis et al., "Faster gaze prediction with dense networks and Fisher pruning", 2018, which stays
meaningful near a minimum, where the gradients of the examples cancel out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import PruningError
from ecgprune.training import channel_groups, kernels
from ecgprune.training._tf import keras, tf
from ecgprune.training.channel_groups import Groups
from ecgprune.training.channel_weights import MAKERS
from ecgprune.training.kernels import Kernel
from ecgprune.training.task import Task

__all__ = ["choose", "importance", "macs", "total_macs", "uses", "widths"]

IMPORTANCE_EXAMPLES = 4096
"""Training examples that importance is measured on, drawn once by the seed."""
IMPORTANCE_BATCH = 1024
COST_SHARE = 0.25
"""Share of a space's channels that is taken away to measure what one of them costs."""
_LEAST = 1e-30


def macs(model: Any, nonzero: bool = False) -> dict[str, int]:
    """Multiply-accumulates of one inference: the weights of a kernel times how often each is used.

    Kernel positions that fall into padding count too.

    Args:
        model: a functional Keras model.
        nonzero: count only weights that are not zero.

    Returns:
        {layer: multiply-accumulates}, of the layers with kernels.
    """
    found: dict[str, int] = {}
    times = uses(model)
    for kernel in kernels.find(model):
        values = kernel.variable.numpy()
        weights = int(np.count_nonzero(values)) if nonzero else int(values.size)
        found[kernel.layer] = found.get(kernel.layer, 0) + times[kernel.name] * weights
    return found


def uses(model: Any) -> dict[str, int]:
    """{kernel: how often one inference of a functional Keras `model` multiplies by each of its weights}."""
    found: dict[str, int] = {}
    of_layer: dict[str, list[Kernel]] = {}
    for kernel in kernels.find(model):
        of_layer.setdefault(kernel.layer, []).append(kernel)
    for node in channel_groups.model_nodes(model):
        for kernel in of_layer.get(node.layer.name, ()):
            times = kernel.uses(_first(node.input_shapes), _first(node.output_shapes))
            found[kernel.name] = found.get(kernel.name, 0) + times
    return found


def _first(shapes: Any) -> Any:
    """The shape itself, or the first of several."""
    return shapes[0] if isinstance(shapes, list) else shapes


def total_macs(model: Any) -> int:
    """Multiply-accumulates of all layers; zeros count."""
    return sum(macs(model).values())


def widths(model: Any) -> dict[str, int]:
    """{layer: channels} of the layers that make channels, in the model's order."""
    groups = channel_groups.find(model, {})
    return {name: len(groups.given[name]) for name in groups.makers}


def importance(model: Any, groups: Groups, task: Task, seed: int) -> NDArray[np.float64]:
    """The rise of the loss that is predicted for the removal of each group; see the head of this module.

    Args:
        model: a functional Keras model.
        groups: its channel groups.
        task: has the training examples and the loss.
        seed: draws up to IMPORTANCE_EXAMPLES of them.

    Returns:
        float64 [groups], in units of twice the mean loss of an example. Groups that nothing reads have 0.
    """
    train = task.drawn(IMPORTANCE_EXAMPLES, seed)
    probe = keras.models.clone_model(model, clone_function=_probed)
    probe.set_weights(model.get_weights())
    probes = {layer.name: layer for layer in probe.layers if isinstance(layer, _Probe)}
    worth = np.zeros(len(groups.removable))
    for start in range(0, len(train), IMPORTANCE_BATCH):
        index = train[start : start + IMPORTANCE_BATCH]
        with tf.GradientTape() as tape:
            inputs, targets, _ = task.examples(model, index)
            loss = tf.reduce_sum(task.loss(targets, probe(inputs)))
        read = [(name, tensor) for name, layer in probes.items() for tensor in layer.taken()]
        effect = np.zeros((len(index), len(worth)))
        for (name, tensor), slope in zip(read, tape.gradient(loss, [tensor for _, tensor in read]), strict=True):
            if slope is None:  # what the model takes: no weight has a say in it
                continue
            each = tf.reduce_sum(tensor * slope, axis=list(range(1, len(tensor.shape) - 1))).numpy()
            np.add.at(effect.T, groups.taken[name], each.T)
        worth += np.square(effect).sum(axis=0)
    return worth / len(train)


def choose(
    model: Any,
    groups: Groups,
    worth: NDArray[np.float64],
    enough: Callable[[Any], bool],
    allocation: str,
    cost: Callable[[Any], int] = total_macs,
) -> NDArray[np.intp]:
    """Selects the groups to remove so that a goal is met. At least one channel of each layer stays.

    The order of removal depends on the allocation, and no more groups are removed than needed:
    "uniform": least worth first within each space of channels; all spaces lose the same share.
    "sensitivity": least worth first in the whole model, relative to the mean worth of the space.
    "cost": least worth per cost of a channel first. The cost is measured for each space: the difference that removing a
    quarter of its channels makes to `cost`.
    Absolute worth would remove the channels of the last layers first: each of them matters little while the others
    compute the same.

    Args:
        model: a functional Keras model.
        groups: its channel groups.
        worth: float64 [groups], from `importance`.
        enough: whether a model meets the goal.
        allocation: "uniform", "sensitivity" or "cost".
        cost: multiply-accumulates, or predicted instructions, of a model.

    Returns:
        Numbers of the groups to remove; none where the model meets the goal already.

    Raises:
        PruningError: the goal is out of reach.
    """
    order = _order(model, groups, worth, allocation, cost)
    if enough(model):
        return order[:0]
    low, high = 0, len(order)  # `low` are too few; `high` may be enough
    if not enough(channel_groups.remove(model, order, groups)):
        raise PruningError("with one channel left in every layer the goal is still not met; set a lower one")
    while high - low > 1:
        middle = (low + high) // 2
        if enough(channel_groups.remove(model, order[:middle], groups)):
            high = middle
        else:
            low = middle
    return order[:high]


def _order(
    model: Any, groups: Groups, worth: NDArray[np.float64], allocation: str, cost: Callable[[Any], int]
) -> NDArray[np.intp]:
    """The groups that may be removed, in order of removal; the group of most worth of each layer stays."""
    stay = {int(groups.given[name][np.argmax(worth[groups.given[name]])]) for name in groups.makers}
    removable = [int(group) for group in np.flatnonzero(groups.removable) if group not in stay]
    spaces = {int(s): [g for g in removable if groups.space[g] == s] for s in groups.space[removable]}
    key = np.zeros(len(worth))
    whole = cost(model) if allocation == "cost" else 0  # a prediction of instructions takes seconds
    for space, members in spaces.items():
        members.sort(key=lambda group: (worth[group], group))
        if allocation == "uniform":
            key[members] = (np.arange(len(members)) + 0.5) / len(members)
        else:
            each = _cost_of_one(model, groups, members, cost, whole) if allocation == "cost" else 1.0
            key[members] = worth[members] / max(float(np.mean(worth[groups.space == space])), _LEAST) / each
    return np.array(sorted(removable, key=lambda group: (key[group], group)), np.intp)


def _cost_of_one(model: Any, groups: Groups, members: list[int], cost: Callable[[Any], int], whole: int) -> float:
    """Cost of a channel of a space: the mean over those of least worth; at least 1. whole: the cost of `model`."""
    some = members[: max(1, round(COST_SHARE * len(members)))]
    saved = whole - cost(channel_groups.remove(model, np.array(some, np.intp), groups))
    return max(saved / len(some), 1.0)


def _probed(layer: Any) -> Any:
    """A copy of `layer` that, where it reads all channels, can be asked what it took."""
    copy = layer.__class__.from_config(layer.get_config())
    return _Probe(copy, name=layer.name) if type(layer) in MAKERS else copy


class _Probe(keras.layers.Layer):  # type: ignore[misc]
    """A layer that remembers what it took, as tensors of its own: their gradients are of this reader alone."""

    def __init__(self, layer: Any, name: str) -> None:
        super().__init__(name=name)
        self.layer = layer
        self._taken: list[Any] = []

    def call(self, inputs: Any) -> Any:
        taken = tf.identity(inputs)
        if tf.executing_eagerly():
            self._taken.append(taken)
        return self.layer(taken)

    def taken(self) -> list[Any]:
        """What it took since it was last asked."""
        taken, self._taken = self._taken, []
        return taken
