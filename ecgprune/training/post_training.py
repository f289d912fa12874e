"""Quantization after training: what it does to the outputs is measured, and mended where it is much."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress
from ecgprune.training.bias_correction import corrected
from ecgprune.training.conversion import Traced, convert_traced
from ecgprune.training.equalization import equalized
from ecgprune.training.litert import Examples, answers
from ecgprune.training.outcome import ERROR_LIMIT, Quantized

__all__ = ["output_error", "quantized"]

MEASURED = 100
"""Inputs that the error is measured on, at most, and others that biases are corrected with."""


def quantized(source: Traced, inputs: Mapping[str, NDArray[np.float32]], progress: Progress = no_progress) -> Quantized:
    """Converts a model to int8; where that errs by more than ERROR_LIMIT, again with channels equalized, and corrects
    the biases.

    Args:
        source: the float model; one without a Keras model of its own is not equalized.
        inputs: {input name: float32 [n, ...]} to calibrate on, in the order of the model's inputs.
        progress: called as work goes on.

    Returns:
        The int8 model that errs less. Its error is measured on other inputs than biases are corrected with, where there
        are two or more.

    Raises:
        QuantizationError, LostZerosError: as `conversion.convert_traced`.
    """
    found = convert_traced(source, inputs, progress)
    measured, others = _chosen(inputs, 0), _chosen(inputs, 1)
    error = output_error(found.reference, found.int8, measured)
    if error <= ERROR_LIMIT:
        return Quantized(found.int8, error, False)
    second = found
    if source.model is not None:
        progress(0.5, "equalize")
        with equalized(source.model, inputs):
            second = convert_traced(source, inputs, lambda done, what: progress(0.5 + 0.4 * done, what))
    progress(0.9, "correct biases")
    mended = corrected(second, others)
    mended_error = output_error(found.reference, mended, measured)
    return Quantized(mended, mended_error, True) if mended_error < error else Quantized(found.int8, error, False)


def output_error(reference: bytes, int8: bytes, examples: Examples) -> float:
    """As `Quantized.output_error`.

    Args:
        reference: the float model, a .tflite.
        int8: the int8 model, with the same inputs and outputs in the same order.
        examples: real inputs.
    """
    wanted, found = answers(reference, examples), answers(int8, examples)
    return max(
        float(np.sum((ours - true) ** 2) / max(np.sum((true - true.mean(axis=0)) ** 2), np.finfo(np.float32).tiny))
        for ours, true in zip(found, wanted, strict=True)
    )


def _chosen(inputs: Mapping[str, NDArray[np.float32]], odd: int) -> Examples:
    """Evenly spaced examples, of those at even places or at odd ones; the only one where there is no other."""
    count = len(next(iter(inputs.values())))
    places = np.arange(min(odd, count - 1), count, 2)
    places = places[np.unique(np.linspace(0, len(places) - 1, min(len(places), MEASURED)).astype(np.intp))]
    return [values[places] for values in inputs.values()]
