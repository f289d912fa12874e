"""Biases that take back the mean error of what int8 computes before them.

Rounded weights and inputs shift the mean of a channel, and the shifts of many layers add up. Layer by layer the mean
error of each channel against the float model is taken off its bias (empirical bias correction: Nagel et al.,
"Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, arXiv:1906.04721).
"""

from __future__ import annotations

import numpy as np

from ecgprune.graph.tflite import StoredOperator, TfliteFile
from ecgprune.training.conversion import Converted, weighted
from ecgprune.training.litert import Examples, answers

__all__ = ["corrected"]

ROUNDS = 2
"""Passes over the layers: where a ReLU hides a part of what a bias moves, one pass leaves a part of the error. Dividing
by the share that it does not hide was tried instead and is worse (validation beats of the study's group compact-1)."""


def corrected(found: Converted, examples: Examples) -> bytes:
    """The int8 model with corrected biases.

    Args:
        found: the model in float and in int8.
        examples: real inputs to measure on.
    """
    file, reference = TfliteFile(found.int8), TfliteFile(found.reference)
    pairs = [pair for pair in zip(weighted(file), weighted(reference), strict=True) if _has_bias(file, pair[0])]
    true = answers(found.reference, examples, [op.output_indices[0] for _, op in pairs])
    limits = np.iinfo(np.int32)
    for _ in range(ROUNDS):
        for (op, _), wanted in zip(pairs, true, strict=True):
            (now,) = answers(bytes(file.content), examples, [op.output_indices[0]])
            shift = (wanted - now).mean(axis=tuple(range(wanted.ndim - 1)))
            bias = op.inputs[2]
            assert bias.data is not None
            moved = np.round(bias.data + shift / bias.scale.astype(np.float64))
            bias.data[:] = np.clip(moved, limits.min, limits.max)
    return bytes(file.content)


def _has_bias(file: TfliteFile, op: StoredOperator) -> bool:
    """Whether an operator adds a constant bias that no other operator adds."""
    if len(op.inputs) < 3:
        return False
    third = op.inputs[2]  # of an LSTM weights
    return third.dtype == np.int32 and third.data is not None and file.users(third.buffer) == 1
