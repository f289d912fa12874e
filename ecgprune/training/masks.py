"""Which weights are pruned: tfmot's wrappers with masks that are nested and exact.

tfmot chooses a mask by a threshold on the magnitudes. Ties at the threshold then survive (with enough zeros, all of
them), and a weight that an earlier stage removed may come back, since the optimizer moves it before it is masked
again. Here the smallest weights go by rank, the count is exact, and what was zero at a stage's start stays zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorflow_model_optimization.python.core.sparsity.keras import pruning_impl

from ecgprune.errors import PruningError
from ecgprune.training._tf import keras, tf, tfmot

__all__ = ["callback", "check_granularity", "count", "expected_zeros", "kernels", "sparsity", "strip", "wrap"]


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


def expected_zeros(weights: int, target: float) -> int:
    """Zeros among `weights` weights at sparsity `target`: rounded as tfmot does, in float32; one always stays."""
    return min(int(np.round(np.float32(weights) * np.float32(target))), weights - 1)


def check_granularity(granularity: str) -> None:
    """Raises PruningError: a granularity that is not built yet."""
    if granularity not in _GRANULARITIES:
        raise PruningError(
            f"pruning granularity '{granularity}' is not built yet; set prune.granularity to "
            + " or ".join(f"'{name}'" for name in sorted(_GRANULARITIES))
        )


def wrap(model: Any, granularity: str, schedule: Callable[[float], Any]) -> Any:
    """A copy of `model` whose kernels are pruned while it is trained (with `callback` among the callbacks).

    schedule: gives the tfmot pruning schedule of a layer from the sparsity that it has now.
    Raises PruningError: a granularity that is not built yet.
    """
    check_granularity(granularity)
    found = kernels(model)

    def wrapped(layer: Any) -> Any:
        if layer.name not in found:
            return layer.__class__.from_config(layer.get_config())
        now = float(np.mean(found[layer.name] == 0))
        return tfmot.sparsity.keras.prune_low_magnitude(
            layer.__class__.from_config(layer.get_config()), pruning_schedule=schedule(now)
        )

    copy = keras.models.clone_model(model, clone_function=wrapped)
    for source, target in zip(model.layers, copy.layers, strict=True):
        target.set_weights(source.get_weights())
        if source.name in found:
            rule = _GRANULARITIES[granularity]
            target.pruning_obj = rule(target.pruning_obj, found[source.name] != 0)
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


class _Weights(pruning_impl.Pruning):  # type: ignore[misc]
    """Unstructured: the weights of smallest magnitude go, those that were already zero first."""

    def __init__(self, built: Any, alive: NDArray[np.bool_]) -> None:
        """`built`: the object that tfmot built for one layer. `alive`: the weights that may stay."""
        super().__init__(
            training_step_fn=built._step_fn, pruning_vars=built._pruning_vars,
            pruning_schedule=built._pruning_schedule, block_size=built._block_size,
            block_pooling_type=built._block_pooling_type,
        )  # fmt: skip
        self._alive = tf.constant(alive)

    def _update_mask(self, weights: Any) -> tuple[Any, Any]:
        """(threshold, mask): tfmot's hook, called at the steps at which the schedule prunes."""
        target = self._pruning_schedule(self._step_fn())[1]
        rank = tf.reshape(tf.where(self._alive, tf.abs(weights), -1.0), [-1])
        count = int(rank.shape[0])
        keep = count - tf.cast(tf.round(count * tf.cast(target, tf.float32)), tf.int32)
        keep = tf.clip_by_value(keep, 1, tf.reduce_sum(tf.cast(self._alive, tf.int32)))
        values, order = tf.math.top_k(rank, k=count)
        kept = tf.cast(tf.range(count) < keep, weights.dtype)
        mask = tf.scatter_nd(order[:, tf.newaxis], kept, [count])
        return tf.gather(values, keep - 1), tf.reshape(mask, weights.shape)


_GRANULARITIES: dict[str, type[_Weights]] = {"weight": _Weights}
"""How a mask is chosen. Blocks and channels come here: a class with tfmot's `_update_mask` of its own."""
