"""How large a model is: parameters and multiply-accumulates, with and without its zeros."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ecgprune.training import keras_file, masks
from ecgprune.training.channels import macs

__all__ = ["count"]


def count(source: Path) -> dict[str, int]:
    """Sizes of the .keras model in `source`.

    Returns:
        {"params" (with those of batch norm), "weights" (prunable), "macs"}, and each with the prefix "nonzero_".
        A weight counts as many multiply-accumulates as its layer has output positions.
    """
    model = keras_file.load(source)
    kernels = masks.kernels(model)
    weights = sum(int(kernel.size) for kernel in kernels.values())
    zeros = sum(int(np.sum(kernel == 0)) for kernel in kernels.values())
    params = int(model.count_params())
    return {
        "params": params,
        "nonzero_params": params - zeros,
        "weights": weights,
        "nonzero_weights": weights - zeros,
        "macs": sum(macs(model).values()),
        "nonzero_macs": sum(macs(model, nonzero=True).values()),
    }
