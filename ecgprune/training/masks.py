"""Which weights are pruned: tfmot's wrappers with masks that are nested and exact.

Weights are pruned one by one, or in blocks of four. A block is four weights that follow one another in the receptive
field of one output, in the order of TFLite's OHWI weights (kernel position, then input channel), or along the inputs of
a dense layer's output; the last block of a row may be short. Sparsity counts weights in both cases: the fewest blocks
that meet the target are pruned, so up to three more weights than it asks for are zero.

tfmot chooses a mask by a threshold on the magnitudes. Ties at the threshold then survive (with enough zeros, all of
them), and a weight that an earlier stage removed may come back, since the optimizer moves it before it is masked
again. Here weights are pruned by rank, the count is exact, and what is zero at the start of a stage stays zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.training._tf import keras, pruning_impl, tf, tfmot

__all__ = [
    "BLOCK",
    "callback",
    "count",
    "expected_zeros",
    "kernels",
    "pruned",
    "pruned_copy",
    "sparsity",
    "strip",
    "wrap",
]

BLOCK = 4
"""Weights of a block."""

_WIDTH = {"weight": 1, "block": BLOCK}
"""Weights that are pruned together, by granularity."""


def kernels(model: Any) -> dict[str, NDArray[np.float32]]:
    """The prunable weights by layer name, in the model's order: every convolution's and dense layer's kernel.

    Biases and batch norm are a few percent of the weights and are not pruned.
    """
    return {
        layer.name: layer.kernel.numpy()
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
    }


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


def pruned(kernel: NDArray[np.float32], granularity: str, target: float) -> NDArray[np.float32]:
    """`kernel` with its smallest weights or blocks set to zero, as a layer's mask at sparsity `target` does."""
    mask = _chosen(tf.constant(kernel), tf.constant(kernel != 0), _WIDTH[granularity], tf.constant(target))[1]
    return np.where(mask.numpy() == 0, np.float32(0), kernel)


def pruned_copy(model: Any, granularity: str, targets: Mapping[str, float]) -> Any:
    """A copy of `model` with every kernel `pruned` to its layer's sparsity in `targets`."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for name, kernel in kernels(model).items():
        copy.get_layer(name).kernel.assign(pruned(kernel, granularity, targets[name]))
    return copy


def wrap(model: Any, granularity: str, schedule: Callable[[str, float], Any]) -> Any:
    """A copy of `model` whose kernels are pruned while it is trained, with `callback` among the callbacks.

    Args:
        model: a Keras model.
        granularity: "weight" or "block".
        schedule: returns the tfmot pruning schedule of a layer, from its name and its present sparsity.
    """
    found = kernels(model)

    def wrapped(layer: Any) -> Any:
        if layer.name not in found:
            return layer.__class__.from_config(layer.get_config())
        now = float(np.mean(found[layer.name] == 0))
        return tfmot.sparsity.keras.prune_low_magnitude(
            layer.__class__.from_config(layer.get_config()), pruning_schedule=schedule(layer.name, now)
        )

    copy = keras.models.clone_model(model, clone_function=wrapped)
    for source, target in zip(model.layers, copy.layers, strict=True):
        target.set_weights(source.get_weights())
        if source.name in found:
            target.pruning_obj = _Nested(target.pruning_obj, found[source.name] != 0, _WIDTH[granularity])
            for _, mask, _ in target.pruning_vars:  # all ones from tfmot: zeros would live until the first update
                mask.assign(found[source.name] != 0)
    return copy


def strip(model: Any) -> Any:
    """A copy of a wrapped model without the wrappers; zeros are +0.0."""
    bare = tfmot.sparsity.keras.strip_pruning(model)
    for layer in bare.layers:
        layer.set_weights([np.where(values == 0, np.float32(0), values) for values in layer.get_weights()])
    return bare


def callback() -> Any:
    """The Keras callback that counts steps for the schedules, and masks the weights once more after each epoch."""
    return tfmot.sparsity.keras.UpdatePruningStep()


class _Nested(pruning_impl.Pruning):  # type: ignore[misc]
    """tfmot's pruning of one layer, with masks by rank instead of by threshold."""

    def __init__(self, built: Any, alive: NDArray[np.bool_], width: int) -> None:
        """`built`: the object that tfmot built for the layer. `alive`: the weights that may stay. See `_chosen`."""
        super().__init__(
            training_step_fn=built._step_fn, pruning_vars=built._pruning_vars,
            pruning_schedule=built._pruning_schedule, block_size=built._block_size,
            block_pooling_type=built._block_pooling_type,
        )  # fmt: skip
        self._alive, self._width = tf.constant(alive), width

    def _update_mask(self, weights: Any) -> tuple[Any, Any]:
        """(threshold, mask): tfmot's hook, called at the steps at which the schedule prunes."""
        return _chosen(weights, self._alive, self._width, self._pruning_schedule(self._step_fn())[1])


def _chosen(weights: Any, alive: Any, width: int, target: Any) -> tuple[Any, Any]:
    """(rank of the last block kept, mask of `weights`, 1 where they stay) at sparsity `target`.

    alive: bool, the weights that may stay. width: weights of a block, ranked by its L1 norm; first go the dead ones.
    """
    magnitude = _blocks(tf.abs(weights) * tf.cast(alive, weights.dtype), width)
    living = tf.reduce_any(_blocks(alive, width), axis=1)
    values, order = tf.math.top_k(tf.where(living, tf.reduce_sum(magnitude, axis=1), -1.0), k=len(magnitude))
    sizes = tf.gather(tf.reduce_sum(_blocks(tf.ones(weights.shape, tf.int32), width), axis=1), order)
    count = int(np.prod(weights.shape))
    stay = count - tf.cast(tf.round(count * tf.cast(target, tf.float32)), tf.int32)
    keep = tf.reduce_sum(tf.cast(tf.cumsum(sizes) <= stay, tf.int32))
    keep = tf.clip_by_value(keep, 1, tf.reduce_sum(tf.cast(living, tf.int32)))
    kept = tf.scatter_nd(order[:, tf.newaxis], tf.range(len(magnitude)) < keep, [len(magnitude)])
    mask = tf.logical_and(_weights(kept, weights.shape, width), alive)
    return tf.gather(values, keep - 1), tf.cast(mask, weights.dtype)


def _blocks(values: Any, width: int) -> Any:
    """`values` of a kernel, (..., outputs), in rows of `width` of one output; zeros, or False, fill up short ones."""
    rows = tf.reshape(values, [-1, values.shape[-1]])
    return tf.reshape(tf.pad(tf.transpose(rows), [[0, 0], [0, -rows.shape[0] % width]]), [-1, width])


def _weights(blocks: Any, shape: Any, width: int) -> Any:
    """One value per block, as `_blocks` orders them, given to each weight of a kernel of `shape`."""
    outputs = int(shape[-1])
    rows = tf.reshape(tf.repeat(blocks, width), [outputs, -1])[:, : int(np.prod(shape)) // outputs]
    return tf.reshape(tf.transpose(rows), shape)
