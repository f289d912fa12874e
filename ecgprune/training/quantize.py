"""Quantization to pure int8: int8 inputs and outputs, weights per channel, zeros kept; after training or with QAT.

`conversion` runs the converter and checks its output; here is what a run adds: beats, fine-tuning, scales of inputs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress, replacing
from ecgprune.config import Config
from ecgprune.errors import LostZerosError, QuantizationError
from ecgprune.graph.tflite import TfliteFile
from ecgprune.training import keras_file, masks, models, qat, stored
from ecgprune.training._tf import seed_everything
from ecgprune.training.arrays import TRAIN, Beats, rows, trainable
from ecgprune.training.augment import model_inputs
from ecgprune.training.conversion import convert, traced
from ecgprune.training.outcome import Quantized
from ecgprune.training.post_training import quantized

__all__ = ["check_zeros", "convert", "quantize"]

TUNING_SHARE = 0.8
"""Of the progress shown, when there is fine-tuning."""


def quantize(
    beats: Beats, config: Config, source: Path, out: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Quantizes a float model, batch size 1.

    Inputs are int8 with exactly the scales of the dataset and zero point 0, so `Beats.inputs` go in as they are. Ranges
    of activations are measured on training beats only.

    Args:
        beats: all beats.
        config: method, calibration and seed.
        source: the float model (.keras).
        out: the file to write (.tflite).
        progress: called as work goes on.

    Returns:
        {"method", "bytes", "output_error", "mended" (as `outcome.Quantized`), "calibration_beats", "sparsity" (of
        the int8 weights; as `masks.sparsity`), "inputs", "outputs": [{"name", "shape", "scale", "zero_point"}]}, and
        after quantization-aware fine-tuning {"epochs", "best_epoch" (from 1), "learning_rate", "history", "accuracy",
        "macro_f1" (of the validation beats, int8 simulated)}.

    Raises:
        QuantizationError: operators stay float, or an input's scale is not the dataset's.
        LostZerosError: zeros were lost.
    """
    trainable(beats)
    seed_everything(config.seed)
    model = keras_file.load(source)
    models.check_window(model, int(beats.ecg.shape[1]), source.name)
    train = rows(beats, TRAIN)
    count = min(config.quantize.calibration_beats, len(train))
    chosen = np.random.default_rng(config.seed).permutation(train)[:count]
    inputs = calibration(model, beats, np.sort(chosen))
    result: dict[str, Any] = {"method": config.quantize.method}
    if config.quantize.method == "qat":
        model, fitted = qat.fine_tune(
            model, beats, config, inputs, lambda done, what: progress(done * TUNING_SHARE, what)
        )
        result |= {
            "epochs": config.quantize.qat_epochs,
            "best_epoch": fitted.best_epoch + 1,
            "learning_rate": config.quantize.qat_learning_rate,
            "history": fitted.history,
            **fitted.scores,
        }
        # What was learnt is right for this rounding: equalized channels would be rounded in other ways.
        content = convert(
            model, inputs, lambda done, what: progress(TUNING_SHARE + (1 - TUNING_SHARE) * done, what)
        )
        found = Quantized(content, None, False)
    else:
        found = quantized(traced(model), inputs, progress)
    file = TfliteFile(found.content)
    check_zeros(file, model)
    _check_inputs(file, model, beats)
    with replacing(out) as new:
        new.write_bytes(found.content)
    return result | {
        "bytes": len(found.content),
        **found.told,
        "calibration_beats": count,
        "sparsity": _sparsity(file, model),
        "inputs": [_described(t) for t in file.inputs],
        "outputs": [_described(t) for t in file.outputs],
    }


def calibration(model: Any, beats: Beats, index: NDArray[np.intp]) -> dict[str, NDArray[np.float32]]:
    """The inputs that calibrate the ranges of activations.

    Before the beats stands the first of them with -128 and 127 steps at its ends, so that the range of each input is
    exactly that of int8; at the ends the fewest activations depend on these values.

    Args:
        model: the Keras model.
        beats: all beats.
        index: int [n], the beats to use.

    Returns:
        {input name: float32 [n + 1, ...]}.
    """
    inputs = model_inputs(model, beats, np.concatenate([index[:1], index]))
    for name, values in inputs.items():
        scale = np.float32(beats.info[f"{name}_scale"])
        values[0].flat[0], values[0].flat[values[0].size - 1] = -128 * scale, 127 * scale
    return inputs


def _check_inputs(file: TfliteFile, model: Any, beats: Beats) -> None:
    """Raises QuantizationError: an input is not quantized as the dataset's integers are, or not of batch size 1."""
    for name, tensor in zip(model.input_names, file.inputs, strict=True):
        expected = float(beats.info[f"{name}_scale"])
        found = [*tensor.scale.tolist(), *tensor.zero_point.tolist()]
        if found != [expected, 0] or tensor.shape[0] != 1 or name not in tensor.name:
            raise QuantizationError(
                f"input '{tensor.name}' has scale {found[0]}, zero point {found[1]}, batch size {tensor.shape[0]}; "
                f"'{name}' with scale {expected}, zero point 0, batch size 1 was expected"
            )


def check_zeros(file: TfliteFile, model: Any) -> None:
    """Checks that the zeros of a model are zeros of its .tflite.

    Args:
        file: the int8 model.
        model: the Keras model that it was converted from.

    Raises:
        LostZerosError: a weight that is zero in `model` is not zero in the .tflite.
    """
    for kernel, found in stored.matched(file, model):
        op, name = found.op, kernel.name
        if any(np.any(tensor.zero_point) for tensor in found.tensors):
            raise QuantizationError(f"layer {name} has weights with a zero point, so its zeros are not stored as 0")
        zero = kernel.layout.rows(kernel.variable.numpy()) == 0
        lost = int(np.sum(zero & (found.rows != 0)))
        if lost:
            zeros = int(zero.sum())
            raise LostZerosError(f"quantization lost {lost} of the {zeros} zeros of layer {name} ({op.name})")


def _sparsity(file: TfliteFile, model: Any) -> dict[str, Any]:
    """As `masks.sparsity`, of the int8 weights: small weights that were rounded to zero count too."""
    return masks.count({kernel.name: found.rows for kernel, found in stored.matched(file, model)})


def _described(tensor: Any) -> dict[str, Any]:
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "scale": float(tensor.scale[0]),
        "zero_point": int(tensor.zero_point[0]),
    }
