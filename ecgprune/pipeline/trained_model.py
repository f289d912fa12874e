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

if TYPE_CHECKING:
    from ecgprune.ecg.dataset import Dataset

__all__ = ["TrainedModel", "find"]

_CONFIG, _TFLITE = "config.toml", "model.tflite"
_EXPECTED = "MODEL is a run folder, a model's folder, or a model's file"
_KERAS = (Kind.ZIP, Kind.HDF5)


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


def find(given: Path, config: str | None = None) -> TrainedModel:
    """The model at a path.

    Args:
        given: a run folder, a folder with model.tflite and config.toml, or a model's file.
        config: a config, by path or name; None: the config.toml beside the model or one folder above.

    Raises:
        ArtifactError: there is no model, it is of a kind that cannot be scored, or its config is not known.
        ConfigError: the config is not usable.
    """
    path = given / _TFLITE if given.is_dir() else given
    if given.is_dir() and not path.is_file():
        trained = [name for name in ("pruned.keras", "dense.keras") if (given / name).is_file()]
        more = f"; it holds {trained[0]}, which can be given instead" if trained else ""
        raise ArtifactError(f"no {_TFLITE} in {given}{more}; {_EXPECTED}")
    if not path.is_file():
        raise ArtifactError(f"no file or folder {given}; {_EXPECTED}")
    kind = sniff(path)
    if kind is not Kind.TFLITE and kind not in _KERAS:
        raise ArtifactError(f"{path} is {kind.value}; MODEL is a .tflite or a Keras file")
    home = next((f for f in (path.parent, path.parent.parent) if (f / _CONFIG).is_file()), None)
    if config is None and home is None:
        raise ArtifactError(
            f"how the inputs of {path} are made is not known: there is no {_CONFIG} beside it; give the config that it "
            "was trained with as --config"
        )
    settings = load(str(home / _CONFIG) if config is None and home is not None else str(config))
    run = home if home is not None and (home / "dataset.json").is_file() else None
    return TrainedModel(path, "int8" if kind is Kind.TFLITE else "float", settings, run, sha256_file(path))
