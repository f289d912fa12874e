"""SOURCE: a config or a model, told apart by the bytes of the file; anything else is refused in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ecgprune.errors import ArtifactError, ConfigError
from ecgprune.importers import Kind, sniff

if TYPE_CHECKING:
    from ecgprune.cli.groups import TfliteOptions
    from ecgprune.config import Config, ExportConfig
    from ecgprune.interface import ModelContract

__all__ = [
    "ModelSource", "check_representative", "config", "is_float", "keras_model", "model", "named_beats", "only_model",
    "refuse_shipped",    "settings",
]  # fmt: skip

_SUFFIXES = (".tflite", ".lite", ".keras", ".h5", ".hdf5")
_FLOAT = (Kind.ZIP, Kind.HDF5, Kind.SAVED_MODEL)
_OF_CONFIGS = ("data", "noise", "seed", "update")
_OF_FOLDERS = (*_OF_CONFIGS, "labels", "representative")  # what the config in the folder says
_OF_MODELS = ("name", "runtime", "compress", "optimize", "vectors", "labels", "tolerance", "representative")


@dataclass(frozen=True)
class ModelSource:
    """A model that a command is given.

    Attributes:
        path: Its file, or the folder of a SavedModel.
        config: That it was trained with, where it is named by its folder or as a shipped one; None: not known.
        run: Its run folder; None: it is part of none.
    """

    path: Path
    config: Config | None
    run: Path | None

    def contract(self, labels: tuple[str, ...] = ()) -> ModelContract:
        """Class names and preprocessing, by the config; without one, just `labels`."""
        from ecgprune.interface import ModelContract
        from ecgprune.pipeline.contract import contract_of

        return ModelContract(labels=labels) if self.config is None else contract_of(self.config.data)


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


def model(source: str) -> ModelSource | None:
    """The model given as SOURCE; None: SOURCE is a config.

    Raises:
        ArtifactError: SOURCE is of another kind, or there is no such model.
        click.UsageError: Options are given that go with another kind of SOURCE.
    """
    if _is_config(source):
        _refuse_options(_OF_MODELS, "a model; a config says it itself")
        return None
    from ecgprune import config as configs

    found = only_model(source, configs.shipped())
    if found.config is not None:
        _refuse_options(_OF_FOLDERS, "another SOURCE; in a folder, config.toml says it")
        return found
    _refuse_options(_OF_CONFIGS, "a config; SOURCE is a model")
    check_representative(found.path, click.get_current_context().params.get("representative"))
    return found


def only_model(given: str, configs: Sequence[str] = ()) -> ModelSource:
    """The model given to a command.

    Args:
        given: As `pipeline.given_model.locate` takes it.
        configs: Names of shipped configs, where the command takes configs as well.

    Raises:
        ArtifactError: There is none.
        ConfigError: The config beside it is not usable.
    """
    from ecgprune.config import load
    from ecgprune.pipeline import given_model

    path = given_model.locate(given, configs)
    beside = given_model.config_of_folder(given, path)
    run = beside.parent if beside is not None and (beside.parent / "dataset.json").is_file() else None
    return ModelSource(path, load(str(beside)) if beside is not None else None, run)


def refuse_shipped(given: str, instead: str) -> None:
    """Refuses the name of a shipped model where a command takes results or artefacts, and no such path is there.

    Raises:
        ArtifactError: `given` is one. instead: what the command takes, and how a user gets it.
    """
    from ecgprune.pipeline.given_model import shipped_models

    if given in shipped_models() and not Path(given).exists():
        raise ArtifactError(f"{given} is a shipped model; {instead}")


def settings(tflite: TfliteOptions, config: ExportConfig | None = None) -> ExportConfig:
    """How code is generated: what the command line says, then what the model's config says, then the defaults.

    Raises:
        CodegenError: The name is not usable.
        click.UsageError: --compress does not go with the runtime.
    """
    from ecgprune.c_names import check_name
    from ecgprune.config import check

    context = click.get_current_context()
    names = ("name", "runtime", "optimize", "compress")
    typed = {n for n in names if context.get_parameter_source(n) is ParameterSource.COMMANDLINE}
    given = {n: getattr(config if config is not None and n not in typed else tflite, n) for n in names}
    check_name(given["name"])
    if given["compress"] and given["runtime"] != "tflm":
        raise click.UsageError("--compress goes with --runtime tflm; the native runtime has sparse kernels instead")
    return check({"export": given | ({"sparse": config.sparse} if config else {})}, "options").export


def _is_config(source: str) -> bool:
    """Whether SOURCE is a config: the name of a shipped one, a file of text, or what nothing else can be."""
    from ecgprune import config as configs
    from ecgprune.pipeline.given_model import shipped_models

    path = Path(source)
    if source in configs.shipped():
        return True
    if path.is_file():
        return sniff(path) is Kind.TEXT and path.suffix.lower() not in _SUFFIXES
    return path.suffix.lower() == ".toml" and not path.exists() and source not in shipped_models()


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


def _refuse_options(names: tuple[str, ...], why: str) -> None:
    context = click.get_current_context()
    for name in names:
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name} goes with {why}")
