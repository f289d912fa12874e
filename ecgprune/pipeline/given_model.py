"""The model that a user names: a shipped one, a folder of a run or of a model, or a file. Every command asks here."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from ecgprune.board import firmware_root
from ecgprune.errors import ArtifactError
from ecgprune.importers import Kind, sniff

__all__ = ["FLOAT", "config_of", "config_of_folder", "expected", "locate", "shipped_models"]

FLOAT = (Kind.ZIP, Kind.HDF5, Kind.SAVED_MODEL)
"""Kinds of float models."""

_CONFIG, _TFLITE, _FOLDER = "config.toml", "model.tflite", "models/"


def shipped_models() -> list[str]:
    """Names of the models in firmware/models."""
    return sorted(path.parent.name for path in firmware_root().glob(f"{_FOLDER}*/{_TFLITE}"))


def expected(configs: Sequence[str] = ()) -> str:
    """What can be given as a model, in words. configs: names of shipped configs, where one can be given as well."""
    config = f"a config ({', '.join(configs)}), " if configs else ""
    return (
        f"expected {config}a shipped model ({', '.join(shipped_models())}), a run folder, a folder with {_TFLITE}, an "
        "int8 .tflite, or a Keras model or SavedModel to be quantized"
    )


def locate(given: str | Path, configs: Sequence[str] = ()) -> Path:
    """The file of a model, or the folder of a SavedModel.

    Args:
        given: the name of a shipped model ("small" or "models/small"), a run folder, a folder with model.tflite, or a
            file. A folder here that is called like a shipped model is "./small".
        configs: as of `expected`.

    Raises:
        ArtifactError: there is none, or it is of another kind.
    """
    name = str(given).removeprefix(_FOLDER)
    if name in shipped_models() and not (str(given) != name and Path(given).exists()):
        return firmware_root() / "models" / name / _TFLITE
    path = Path(given)
    if not path.exists():
        near = difflib.get_close_matches(name, [*shipped_models(), *configs], n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ArtifactError(f"no {'config or model' if configs else 'model'} {given}: {hint}{expected(configs)}")
    kind = sniff(path)
    if kind is Kind.FOLDER:
        if (path / _TFLITE).is_file():
            return path / _TFLITE
        trained = next((f"; it holds {n}" for n in ("pruned.keras", "dense.keras") if (path / n).is_file()), "")
        raise ArtifactError(f"no {_TFLITE} in {given}{trained}: {expected(configs)}")
    if kind is not Kind.TFLITE and kind not in FLOAT:
        raise ArtifactError(f"{given} is {kind.value}: {expected(configs)}")
    return path


def config_of(model: Path) -> Path | None:
    """The config that a model was trained with: config.toml beside its file, or one folder above; None: not known."""
    return next((f / _CONFIG for f in (model.parent, model.parent.parent) if (f / _CONFIG).is_file()), None)


def config_of_folder(given: str | Path, model: Path) -> Path | None:
    """The same where a model is given by its folder or its name: then its config says how its C is generated.

    Args:
        given: what was given.
        model: what `locate` found.
    """
    return config_of(model) if model != Path(given) else None
