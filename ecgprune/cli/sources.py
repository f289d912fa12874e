"""SOURCE: a config or a model, told apart by the bytes of the file; anything else is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ecgprune.errors import ArtifactError, ConfigError
from ecgprune.importers import Kind, sniff

if TYPE_CHECKING:
    from ecgprune.config import Config

__all__ = ["check_representative", "config", "is_float", "keras_model", "model", "model_folder", "named_beats"]

_SUFFIXES = (".tflite", ".lite", ".keras", ".h5", ".hdf5")
_FLOAT = (Kind.ZIP, Kind.HDF5, Kind.SAVED_MODEL)
_EXPECTED = "SOURCE is a config, an int8 .tflite file, or a Keras model or SavedModel with --representative"
_OF_CONFIGS = ("data", "noise", "update")
_OF_FOLDERS = (*_OF_CONFIGS, "labels", "representative")  # what the config in the folder says
_OF_MODELS = ("name", "runtime", "compress", "optimize", "vectors", "labels", "tolerance", "representative")


def config(source: str) -> Config:
    """The config at path `source`, or the shipped one of that name.

    Raises:
        ConfigError: There is none, it is a model, or it is not usable.
    """
    from ecgprune import config as configs

    path = Path(source)
    if source not in configs.shipped() and path.exists():
        kind = sniff(path)
        if kind is Kind.TFLITE or kind in _FLOAT:
            raise ConfigError(
                f"{source} is {kind.value}; this command takes a config. "
                "Commands for a model are export, build, verify and bench"
            )
        if kind is not Kind.TEXT and kind is not Kind.EMPTY:
            raise ConfigError(f"{source} is {kind.value}; expected a config, which is TOML in UTF-8")
    return configs.load(source)


def keras_model(source: str) -> Path | None:
    """The path of a Keras model given as SOURCE; None: SOURCE is something else.

    Raises:
        ArtifactError: SOURCE has the name of a Keras model, and there is no such file.
    """
    path = Path(source)
    if not path.exists():
        if path.suffix.lower() in (".keras", ".h5", ".hdf5"):
            raise ArtifactError(f"no file {source}; SOURCE is a config or a Keras model")
        return None
    from ecgprune import config as configs

    if source in configs.shipped():
        return None
    return path if sniff(path) in _FLOAT else None


def model(source: str) -> Path | None:
    """The path of a model given as SOURCE, a .tflite or a float model; None: SOURCE is a config.

    Raises:
        ArtifactError: SOURCE is of another kind, or there is no such model.
        click.UsageError: Options are given that go with another kind of SOURCE.
    """
    from ecgprune import config as configs

    path = Path(source)
    if source in configs.shipped():
        found = None
    elif not path.exists():
        if path.suffix.lower() in _SUFFIXES:
            raise ArtifactError(f"no file {source}; {_EXPECTED}")
        found = None
    else:
        found = _by_content(path)
    if found:
        _refuse_options(_OF_CONFIGS, "a config; SOURCE is a model")
    else:
        _refuse_options(_OF_MODELS, "a model; a config says it itself")
    if found:
        check_representative(found, click.get_current_context().params.get("representative"))
    return found


def model_folder(source: str) -> Path | None:
    """The folder given as SOURCE, with a model.tflite and its config.toml; None: SOURCE is something else.

    Raises:
        click.UsageError: Options are given that go with another kind of SOURCE.
    """
    path = Path(source)
    if not path.is_dir() or is_float(path):
        return None
    _refuse_options(_OF_FOLDERS, "another SOURCE; in a folder, config.toml says it")
    return path


def is_float(path: Path) -> bool:
    """Whether it is a float model that is quantized first: a Keras file, or the folder of a SavedModel."""
    return sniff(path) in _FLOAT


def check_representative(path: Path, representative: Path | None) -> None:
    """Checks that --representative is given where the model at `path` is a float one, and only there.

    Raises:
        ArtifactError: It is missing, or there is no such file.
        click.UsageError: The model is a .tflite.
    """
    if not is_float(path):
        if representative is not None:
            raise click.UsageError("--representative goes with a Keras model or SavedModel; a .tflite is quantized")
        return
    if representative is None:
        raise ArtifactError(
            f"{path} is {sniff(path).value}: quantizing it takes --representative FILE, an .npy or .npz with some "
            "hundred inputs as the model gets them: numpy.save('inputs.npy', x_train[:500])"
        )
    if not representative.is_file() and not named_beats(representative):
        raise ArtifactError(
            f"no file {representative}; --representative takes an .npz or .npy file, or the name of a shipped config"
        )


def named_beats(representative: Path) -> str | None:
    """The name of the shipped config whose beats are representative inputs; None where it is the path of a file."""
    from ecgprune import config as configs

    name = str(representative)
    return name if name in configs.shipped() and not representative.is_file() else None


def _by_content(path: Path) -> Path | None:
    kind = sniff(path)
    if kind is Kind.TFLITE or kind in _FLOAT:
        return path
    if kind is Kind.TEXT and path.suffix.lower() not in _SUFFIXES:
        return None
    raise ArtifactError(f"{path} is {kind.value}; {_EXPECTED}")


def _refuse_options(names: tuple[str, ...], why: str) -> None:
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} goes with {why}")
