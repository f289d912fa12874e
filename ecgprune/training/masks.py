"""Which weights are pruned: tfmot's schedules and pruning, with masks that are nested and exact.

Weights are pruned one by one, or in blocks of four. A block is four weights that follow one another in the receptive
field of one output, in the order of TFLite's OHWI weights (kernel position, then input channel), or along the inputs of
a dense layer's output; the last block of a row may be short. Sparsity counts weights in both cases: the fewest blocks
that meet the target are pruned, so up to three more weights than it asks for are zero.

tfmot chooses a mask by a threshold on the magnitudes. Ties at the threshold then survive (with enough zeros, all of
them), and a weight that an earlier stage removed may come back, since the optimizer moves it before it is masked
again. Here weights are pruned by rank, the count is exact, and what is zero at the start of a stage stays zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.training import kernels as layers
from ecgprune.training._tf import keras, pruning_impl, tf
from ecgprune.training.kernels import PLAIN, Kernel, Layout

__all__ = [
    "BLOCK",
    "Pruner",
    "copied",
    "count",
    "expected_zeros",
    "kernels",
    "pruned",
    "pruned_copy",
    "ranked",
    "settled",
    "sparsity",
]

BLOCK = 4
"""Weights of a block."""

_WIDTH = {"weight": 1, "block": BLOCK}
"""Weights that are pruned together, by granularity."""


def kernels(model: Any) -> dict[str, NDArray[np.float32]]:
    """The prunable weights by name, in the model's order; see training/kernels.py."""
    return {kernel.name: kernel.variable.numpy() for kernel in layers.find(model)}


def sparsity(model: Any) -> dict[str, Any]:
    """Zeros as found in the weights: {"overall": share, "per_layer": [{"layer", "zeros", "weights", "sparsity"}]}."""
    return count(kernels(model))


def count(weights_by_layer: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Zeros in {layer: weights}, as `sparsity` returns them."""
    counts = [(name, int(np.sum(values == 0)), int(values.size)) for name, values in weights_by_layer.items()]
    return {
        "overall": sum(zeros for _, zeros, _ in counts) / max(1, sum(weights for _, _, weights in counts)),
        "per_layer": [
            {"layer": name, "zeros": zeros, "weights": weights, "sparsity": zeros / weights}
            for name, zeros, weights in counts
        ],
    }


def expected_zeros(weights: int, target: float, granularity: str = "weight") -> int:
    """The fewest zeros of a pruned layer, rounded in float32 as tfmot does.

    One weight, or one block, always stays. Pruned by single weights there are exactly so many zeros, by blocks up to
    BLOCK - 1 more.

    Args:
        weights: number of the layer's weights.
        target: its sparsity, 0 to 1.
        granularity: "weight" or "block".
    """
    wanted = int(np.round(np.float32(weights) * np.float32(target)))
    return max(0, min(wanted, weights - _WIDTH[granularity]))


def pruned(
    kernel: NDArray[np.float32], granularity: str, target: float, layout: Layout = PLAIN
) -> NDArray[np.float32]:
    """A kernel with its smallest weights or blocks set to zero, as a layer's mask does.

    Args:
        kernel: float32, as Keras stores it.
        granularity: "weight" or "block".
        target: share of zeros, 0 to 1.
        layout: in which order TFLite stores the kernel, see `kernels`.
    """
    width = _WIDTH[granularity]
    mask = _chosen(kernel, kernel != 0, width, target, layout)[1]
    return np.where(mask == 0, np.float32(0), kernel)


def ranked(
    kernel: NDArray[np.float32], granularity: str, layout: Layout = PLAIN
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The weights or blocks of a kernel, smallest first, as masks rank them.

    Args:
        kernel: float32, as Keras stores it.
        granularity: "weight" or "block".
        layout: in which order TFLite stores the kernel, see `kernels`.

    Returns:
        float32 [units], the L1 norm of each, and int64 [units], how many weights it has.
    """
    width = _WIDTH[granularity]
    size = _blocks(np.ones(kernel.shape, np.int64), width, layout).sum(axis=1)
    norm = _blocks(np.abs(kernel), width, layout).sum(axis=1)
    order = np.argsort(norm, kind="stable")
    return norm[order], size[order]


def pruned_copy(model: Any, granularity: str, targets: Mapping[str, float]) -> Any:
    """A copy of `model` with every kernel `pruned` to its sparsity in `targets`."""
    copy = copied(model)
    for kernel in layers.find(copy):
        kernel.variable.assign(pruned(kernel.variable.numpy(), granularity, targets[kernel.name], kernel.layout))
    return copy


def copied(model: Any) -> Any:
    """A copy of `model` with weights of its own."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


class Pruner(keras.callbacks.Callback):  # type: ignore[misc]
    """Prunes the kernels of a model while it is trained, as tfmot's wrapper of a layer does.

    The masks are applied to the weights themselves, so that any layer can be pruned, wherever its weights lie.
    `before_step` stands at the start of every training step, and the pruner among the callbacks. Masks are updated
    before the compiled step, not in it, where tfmot's conditions and the ranking would take seconds to trace.
    """

    def __init__(self, model: Any, granularity: str, schedule: Callable[[str, float], Any]) -> None:
        """Masks what is zero already.

        Args:
            model: the Keras model that will be trained.
            granularity: "weight" or "block".
            schedule: returns the tfmot pruning schedule of a kernel, from its name and its present sparsity.
        """
        super().__init__()
        self._step = 0
        self.masks = {kernel.name: self._nested(kernel, granularity, schedule) for kernel in layers.find(model)}

    def _nested(self, kernel: Kernel, granularity: str, schedule: Callable[[str, float], Any]) -> _Nested:
        now = float(np.mean(kernel.variable.numpy() == 0))
        return _Nested(kernel, _WIDTH[granularity], schedule(kernel.name, now), lambda: tf.constant(self._step))

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Counts the step, and updates the masks where the schedules say so."""
        self._step += 1
        for nested in self.masks.values():
            if nested.may_update(self._step):
                nested.conditional_mask_update()

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def before_step(self) -> None:
        """Masks the weights."""
        for nested in self.masks.values():
            nested.weight_mask_op()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Masks what the last step of an epoch has moved: such weights are scored and kept."""
        for nested in self.masks.values():
            nested.weight_mask_op()


def settled(model: Any) -> Any:
    """`model`, with every zero +0.0: a mask makes -0.0 of a negative weight."""
    model.set_weights([np.where(values == 0, np.float32(0), values) for values in model.get_weights()])
    return model


class _Nested(pruning_impl.Pruning):  # type: ignore[misc]
    """tfmot's pruning of one kernel, with masks by rank instead of by threshold."""

    def __init__(self, kernel: Kernel, width: int, schedule: Any, step: Callable[[], Any]) -> None:
        alive = kernel.variable.numpy() != 0  # what may stay; see `_chosen`
        self.mask = tf.Variable(tf.cast(alive, kernel.variable.dtype), trainable=False)
        self._alive, self._width, self._layout = alive, width, kernel.layout
        super().__init__(
            training_step_fn=step,
            pruning_vars=[(kernel.variable, self.mask, tf.Variable(0.0, trainable=False))],
            pruning_schedule=schedule,
            block_size=(1, 1),
            block_pooling_type="AVG",
        )

    def may_update(self, step: int) -> bool:
        """Whether the schedule may prune at `step`; tfmot's own answer, for all kernels, takes milliseconds."""
        schedule = self._pruning_schedule
        ended = 0 <= schedule.end_step < step
        return not ended and step >= schedule.begin_step and (step - schedule.begin_step) % schedule.frequency == 0

    def _update_mask(self, weights: Any) -> tuple[Any, Any]:
        """(threshold, mask): tfmot's hook, called at the steps at which the schedule prunes."""
        target = float(self._pruning_schedule(self._step_fn())[1])
        return _chosen(weights.numpy(), self._alive, self._width, target, self._layout)


def _chosen(
    weights: NDArray[np.float32], alive: NDArray[np.bool_], width: int, target: float, layout: Layout
) -> tuple[np.float32, NDArray[np.float32]]:
    """(norm of the last block kept, mask of `weights`, 1 where they stay) at sparsity `target`.

    alive: the weights that may stay. width: weights of a block, ranked by its L1 norm; first go the dead ones.
    """
    magnitude = _blocks(np.abs(weights) * alive, width, layout)
    living = _blocks(alive, width, layout).any(axis=1)
    norm = np.where(living, magnitude.sum(axis=1), np.float32(-1))
    order = np.argsort(-norm, kind="stable")
    sizes = _blocks(np.ones(weights.shape, np.int64), width, layout).sum(axis=1)[order]
    stay = weights.size - int(np.round(np.float32(weights.size) * np.float32(target)))
    keep = max(1, min(int(np.sum(np.cumsum(sizes) <= stay)), int(np.sum(living))))
    kept = np.zeros(len(order), np.bool_)
    kept[order[:keep]] = True
    mask = _weights(kept, weights.shape, width, layout) & alive
    return norm[order[keep - 1]], mask.astype(np.float32)


def _blocks(values: NDArray[Any], width: int, layout: Layout) -> NDArray[Any]:
    """`values` of a kernel in rows of `width` of one output; zeros, or False, fill up short ones."""
    straight = np.swapaxes(values, -1, -2) if layout.swapped else values
    rows = straight.reshape(-1, layout.count(values.shape)).T
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % width))).reshape(-1, width)


def _weights(blocks: NDArray[np.bool_], shape: Sequence[int], width: int, layout: Layout) -> NDArray[np.bool_]:
    """One value per block, as `_blocks` orders them, given to each weight of a kernel of `shape`."""
    outputs = layout.count(shape)
    rows = np.repeat(blocks, width).reshape(outputs, -1)[:, : math.prod(shape) // outputs]
    if not layout.swapped:
        return rows.T.reshape(shape)
    return np.swapaxes(rows.T.reshape(*shape[:-2], shape[-1], shape[-2]), -1, -2)
