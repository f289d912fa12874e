"""A trained model wherever it lies, and its config: a run folder, a shipped model's folder, a .tflite, a Keras file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import sha256_file
from ecgprune.config import Config, load
from ecgprune.errors import ArtifactError
from ecgprune.importers import Kind, sniff
from ecgprune.pipeline import given_model

if TYPE_CHECKING:
    from ecgprune.ecg.dataset import Dataset

__all__ = ["TrainedModel", "find"]



@dataclass(frozen=True)
class TrainedModel:
    """A model, and the config that says how its inputs are made.

    Attributes:
        path: the model's file.
        kind: "int8" for a .tflite, or "float" for a Keras file.
        config: that it was trained with.
        run: its run folder, with the dataset that trained it; None where it lies elsewhere.
        sha256: of the file.
    """

    path: Path
    kind: str
    config: Config
    run: Path | None
    sha256: str

    def predict(self, beats: Dataset) -> NDArray[np.uint8]:
        """The class of each beat, an index into the dataset's classes.

        Raises:
            ArtifactError: the model does not give one score for each class.
            DataError, TrainingError: the beats do not fit its inputs.
            RefusedModelError: the runtime does not take it.
        """
        if self.kind == "int8":
            from ecgprune import verify

            runtime = verify.TflmHost if verify.has_tflm() else verify.Interpreter
            probabilities = verify.probabilities(self.path, beats.inputs, runtime)
        else:
            from ecgprune.training import fit

            probabilities = fit.predict(self.path, beats)
        classes = beats.info["classes"]
        if probabilities.shape[1:] != (len(classes),):
            raise ArtifactError(
                f"{self.path} gives {probabilities[0].size} values for a beat; expected one for each of the "
                f"{len(classes)} classes {', '.join(classes)}: this is no beat classifier of ecgprune's"
            )
        predicted: NDArray[np.uint8] = probabilities.argmax(axis=1).astype(np.uint8)
        return predicted

    @property
    def runtime(self) -> str:
        """What runs it: TFLM, or the TFLite interpreter where there is no wheel of TFLM for the machine."""
        if self.kind == "float":
            return "Keras, float32"
        from ecgprune import verify

        if verify.has_tflm():
            return f"TensorFlow Lite Micro on the host (tflite-micro {version('tflite-micro')})"
        return f"TFLite interpreter, reference kernels (ai-edge-litert {version('ai-edge-litert')})"


def find(given: str | Path, config: str | None = None) -> TrainedModel:
    """The model of that name or path.

    Args:
        given: as `given_model.locate` takes it.
        config: a config, by path or name; None: the config.toml beside the model or one folder above.

    Raises:
        ArtifactError: there is no model, it is of a kind that cannot be scored, or its config is not known.
        ConfigError: the config is not usable.
    """
    path = given_model.locate(given)
    kind, found = sniff(path), given_model.config_of(path)
    if kind is Kind.SAVED_MODEL:
        raise ArtifactError(f"{given} is {kind.value}; here a float model is a Keras file")
    if config is None and found is None:
        raise ArtifactError(
            f"how the inputs of {path} are made is not known: there is no config.toml beside it; give the config that "
            "it was trained with as --config"
        )
    settings = load(str(found if config is None else config))
    run = found.parent if found is not None and (found.parent / "dataset.json").is_file() else None
    return TrainedModel(path, "int8" if kind is Kind.TFLITE else "float", settings, run, sha256_file(path))
