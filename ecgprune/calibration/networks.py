"""The networks that code is measured on: models A and B with random weights and a given share of zeros.

Nothing is trained. `make bench` and `make calibrate` work on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from ecgprune.training import models
from ecgprune.training._tf import seed_everything
from ecgprune.training.masks import BLOCK
from ecgprune.training.quantize import convert

__all__ = ["NETWORKS", "PATTERNS", "SEED", "random_network", "random_networks"]

NETWORKS = {"A": ("acharya", 260), "B": ("plain", 180)}
"""Model -> (network of the zoo, samples of its window)."""

PATTERNS = {
    "dense": ("weight", 0.0),
    **{f"{kind} {share}%": (kind, share / 100) for kind in ("weight", "block") for share in (60, 80, 90)},
}
"""Pattern -> (granularity, share of zeros)."""

SEED = 1

_CALIBRATION = 16


def random_network(name: str, window: int, granularity: str = "weight", sparsity: float = 0.0, seed: int = 1) -> bytes:
    """The int8 .tflite of the zoo's network `name` with random weights, those of least magnitude set to zero.

    The same arguments give the same bytes.

    Args:
        name: of a network of the zoo.
        window: samples of the input.
        granularity: "weight" or "block" (1x4, as training.masks defines it), whose magnitude is its L1 norm.
        sparsity: share of them that is zero in every layer, 0 to 1.
        seed: of all random numbers.
    """
    seed_everything(seed)
    rng = np.random.default_rng(seed)
    model = models.build(name, window)
    for layer in model.layers:
        if layer.get_weights():
            kernel, bias = layer.get_weights()
            rows = np.moveaxis(kernel, -1, 0).reshape(kernel.shape[-1], -1)
            kept = _pruned(rows, BLOCK if granularity == "block" else 1, sparsity)
            moved = kept.reshape(kernel.shape[-1], *kernel.shape[:-1])
            layer.set_weights([np.moveaxis(moved, 0, -1), rng.normal(0.0, 0.1, bias.shape).astype(np.float32)])
    ecg = np.clip(rng.normal(0.0, 2.0, (_CALIBRATION, 1, window, 1)), -8.0, 127 / 16).astype(np.float32)
    ecg[0, 0, 0, 0], ecg[0, 0, -1, 0] = -8.0, 127 / 16
    return convert(model, {"ecg": ecg})


def _pruned(rows: NDArray[np.float32], block: int, sparsity: float) -> NDArray[np.float32]:
    """`rows` (outputs, taps) with `sparsity` of its blocks set to zero, the smallest first."""
    outputs, taps = rows.shape
    blocks = np.ascontiguousarray(np.pad(rows, ((0, 0), (0, -taps % block)))).reshape(-1, block)
    order = np.argsort(np.abs(blocks).sum(axis=1), kind="stable")
    blocks[order[: round(sparsity * len(order))]] = 0.0
    return blocks.reshape(outputs, -1)[:, :taps]


def random_networks(patterns: Iterable[str] = tuple(PATTERNS)) -> Iterator[tuple[str, str, bytes]]:
    """(model, pattern, .tflite) of each model of NETWORKS with each of `patterns`."""
    for model, (network, window) in NETWORKS.items():
        for pattern in patterns:
            yield model, pattern, random_network(network, window, *PATTERNS[pattern], SEED)
