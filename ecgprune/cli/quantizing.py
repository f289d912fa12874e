"""A float model that a command is given, quantized on the way."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ecgprune.cli import sources
from ecgprune.cli.console import note, progress_bar
from ecgprune.cli.data import cached

__all__ = ["int8"]


def int8(model: Path, representative: Path | None, out: Path) -> Path:
    """The int8 .tflite of a model: `model` itself, or for a float model what is written to the folder `out`.

    Args:
        model: A .tflite, a Keras file or the folder of a SavedModel.
        representative: The inputs to quantize with, checked to be there where they are needed.
        out: Gets model.tflite and model.json, see `pipeline.own_float`.

    Raises:
        ModelError: The model or the inputs are not usable.
        QuantizationError: The model cannot be converted to int8.
    """
    if representative is None or not sources.is_float(model):
        return model
    from ecgprune import config as configs
    from ecgprune.importers.representative import FEW
    from ecgprune.pipeline import own_float, own_samples
    from ecgprune.training.outcome import output_warning

    name = sources.named_beats(representative)
    with tempfile.TemporaryDirectory(prefix="ecgprune-beats-") as scratch, progress_bar("quantize") as progress:
        samples = representative
        if name is not None:
            samples = Path(scratch) / f"{name}.npz"
            config = configs.load(name)
            own_samples.write(config, cached(config.data.database), samples, progress)
        about = own_float.to_int8(model, samples, out, progress)
    if about["samples"] < FEW:
        note(
            f"warning: {representative} holds {about['samples']} samples; with {FEW} or more the ranges of activations "
            "are more likely to hold for all inputs"
        )
    told = output_warning(about["output_error"])
    if told:
        note(f"warning: {told}")
    return out / own_float.TFLITE
