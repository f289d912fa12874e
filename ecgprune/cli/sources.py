"""SOURCE: a config or a .tflite, told apart by the bytes of the file; anything else is refused in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ecgprune.errors import ArtifactError, ConfigError
from ecgprune.importers import Kind, sniff

if TYPE_CHECKING:
    from ecgprune.config import Config

__all__ = ["config", "keras_model", "tflite"]

_SUFFIXES = (".tflite", ".lite")
_OF_CONFIGS = ("data", "noise", "update")
_OF_TFLITES = ("name", "runtime", "compress", "optimize", "vectors", "labels", "tolerance")


def config(source: str) -> Config:
    """The config at path `source`, or the shipped one of that name.

    Raises:
        ConfigError: There is none, it is a model, or it is not usable.
    """
    from ecgprune import config as configs

    path = Path(source)
    if source not in configs.shipped() and path.exists():
        kind = sniff(path)
        if kind is Kind.TFLITE:
            raise ConfigError(
                f"{source} is {kind.value}; this command takes a config. "
                "Commands for a .tflite are export, build, verify and bench"
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
    return path if sniff(path) in (Kind.ZIP, Kind.HDF5, Kind.SAVED_MODEL) else None


def tflite(source: str) -> Path | None:
    """The path of a .tflite given as SOURCE; None: SOURCE is a config.

    Raises:
        ArtifactError: SOURCE is a model of another kind, or there is no such .tflite.
        click.UsageError: Options are given that go with the other kind of SOURCE.
    """
    from ecgprune import config as configs

    path = Path(source)
    if source in configs.shipped():
        found = None
    elif not path.exists():
        if path.suffix.lower() in _SUFFIXES:
            raise ArtifactError(f"no file {source}; SOURCE is a config or a .tflite file")
        found = None
    else:
        found = _by_content(path)
    _refuse_options(_OF_CONFIGS if found else _OF_TFLITES, bool(found))
    return found


def _by_content(path: Path) -> Path | None:
    kind = sniff(path)
    if kind is Kind.TFLITE:
        return path
    if kind is Kind.TEXT and path.suffix.lower() not in _SUFFIXES:
        return None
    raise ArtifactError(f"{path} is {kind.value}; SOURCE is a config or an int8 .tflite file")


def _refuse_options(names: tuple[str, ...], is_tflite: bool) -> None:
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            why = "a config; SOURCE is a .tflite" if is_tflite else "a .tflite; a config says it itself"
            raise click.UsageError(f"--{name} goes with {why}")
