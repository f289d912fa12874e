"""One threshold for all layers: the smallest weights of the model go, wherever they are.

Magnitude pruning with a global threshold, as Blalock et al. name it, "What is the state of neural network pruning?"
(arXiv 2003.03033); layers are not normalized.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import PruningError
from ecgprune.training import kernels, masks

__all__ = ["targets"]


def targets(
    model: Any, granularity: str, target: float, excluded: Collection[str] = (), most: float = 1.0
) -> dict[str, float]:
    """The sparsity of each layer that one threshold on the magnitudes gives.

    A block counts by its L1 norm, as within a layer. What is zero already goes first, so no layer loses zeros.

    Args:
        model: the Keras model.
        granularity: "weight" or "block".
        target: share of the weights of the layers that are pruned, together, 0 to 1.
        excluded: names of kernels that are not pruned and do not count.
        most: share of a layer's weights that may go; the others then give more.

    Returns:
        {layer: sparsity} of the kernels that are pruned.

    Raises:
        PruningError: with every layer at `most`, the target is not reached.
    """
    found = [kernel for kernel in kernels.find(model) if kernel.name not in excluded]
    ranked = [masks.ranked(kernel.variable.numpy(), granularity, kernel.layout) for kernel in found]
    counts = [int(sizes.sum()) for _, sizes in ranked]
    may_go = [_first(magnitude, sizes, most) for magnitude, sizes in ranked]
    magnitude = np.concatenate([m[:n] for (m, _), n in zip(ranked, may_go, strict=True)])
    sizes = np.concatenate([s[:n] for (_, s), n in zip(ranked, may_go, strict=True)])
    layer = np.repeat(np.arange(len(found)), may_go)
    wanted = round(target * sum(counts))
    if sizes.sum() < wanted:
        raise PruningError(
            f"sparsity {target:g} is out of reach: with every layer pruned to at most {most:.0%} it is "
            f"{sizes.sum() / sum(counts):.3f}; lower the stage's goal"
        )
    order = np.argsort(magnitude, kind="stable")
    enough = int(np.searchsorted(np.cumsum(sizes[order]), wanted)) + 1 if wanted else 0
    gone = order[: max(enough, int((magnitude == 0).sum()))]
    zeros = np.bincount(layer[gone], sizes[gone], minlength=len(found))
    return {kernel.name: float(n / count) for kernel, n, count in zip(found, zeros, counts, strict=True)}


def _first(magnitude: NDArray[np.float32], sizes: NDArray[np.int64], most: float) -> int:
    """How many of a layer's blocks, smallest first, may go: those that are zero already, and up to `most`."""
    within = int(np.searchsorted(np.cumsum(sizes), most * sizes.sum(), side="right"))
    return max(int((magnitude == 0).sum()), min(within, len(sizes) - 1))
