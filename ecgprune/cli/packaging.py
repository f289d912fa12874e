"""ecgprune export --package: the model for a build system."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ecgprune.artifacts import locked
from ecgprune.cli import sources, stages
from ecgprune.cli.console import grouped, note, progress_bar, show, table
from ecgprune.cli.groups import PackageOptions, RunOptions, TfliteOptions
from ecgprune.cli.options import DEFAULT_BOARD
from ecgprune.cli.quantizing import int8
from ecgprune.errors import ConfigError

if TYPE_CHECKING:
    from ecgprune.config import ExportConfig
    from ecgprune.interface import ModelContract
    from ecgprune.pipeline.packages import Wanted

__all__ = ["export", "wanted"]

_OF_PACKAGES = ("archive", "ecg", "package_version", "package_vendor", "package_url")


def wanted(options: PackageOptions) -> bool:
    """Whether packages are asked for.

    Raises:
        click.UsageError: An option of packages stands without --package.
    """
    if not options.kinds:
        context = click.get_current_context()
        for name in _OF_PACKAGES:
            if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"--{name.replace('_', '-')} goes with --package KIND")
    return bool(options.kinds)


def export(source: str, options: RunOptions, tflite: TfliteOptions, packages: PackageOptions) -> None:
    """Writes packages of the model of SOURCE, and shows what was written.

    Raises:
        EcgpruneError: As `pipeline.packages.write`; the source cannot be taken.
    """
    from ecgprune.pipeline import trained_model
    from ecgprune.pipeline.packages import Wanted

    if tflite.compress:
        raise click.UsageError("--compress goes with --runtime tflm, and packages hold generated C")
    typed = click.get_current_context().get_parameter_source("vectors") is ParameterSource.COMMANDLINE
    asked = Wanted(
        packages.kinds, packages.archive, packages.ecg, packages.package_version, packages.package_vendor,
        packages.package_url, tflite.vectors if typed else None,
    )  # fmt: skip
    model = sources.model(source)
    if model is None:
        _of_config(source, options, asked)
        return
    if packages.ecg and model.config is None:  # how its beats are made has to be known
        found = trained_model.find(source)
        model = sources.ModelSource(found.path, found.config, found.run)
    wanted = sources.settings(tflite, model.config.export if model.config else None)
    with tempfile.TemporaryDirectory(prefix="ecgprune-package-") as scratch:
        quantized = int8(model.path, tflite.representative, Path(scratch))
        _of_model(quantized, options, asked, wanted, model.contract(tflite.labels))


def _of_model(model: Path, options: RunOptions, asked: Wanted, settings: ExportConfig, contract: ModelContract) -> None:
    """Into the folder --out, or the archive that it names."""
    from ecgprune.packaging import is_archive
    from ecgprune.pipeline import packages

    boards = options.boards or (DEFAULT_BOARD,)
    packages.places(asked, settings.name, options.out)
    guard = contextlib.nullcontext() if is_archive(options.out) else locked(options.out)
    with guard, progress_bar("package") as progress:
        found = packages.write(model, options.out, asked, settings, boards, contract, progress)
    show(options.style, found, lambda: _human(found))


def _of_config(source: str, options: RunOptions, asked: Wanted) -> None:
    """Into the folder packages/ of the run, after its steps up to the export; for the core of its first board."""
    from ecgprune.config import load
    from ecgprune.packaging import is_archive
    from ecgprune.pipeline import packages
    from ecgprune.pipeline.contract import contract_of

    if is_archive(options.out):
        raise ConfigError(f"{options.out}: for a config, --out is the run folder; --archive packs what it writes there")
    packages.check_runtime(sources.config(source).export)

    def packed(run: Path) -> stages.Result:
        config = load(str(run / "config.toml"))
        boards = options.boards or config.firmware.boards[:1]
        contract = contract_of(config.data)
        with progress_bar("package") as progress:
            return packages.write(
                run / "model.tflite", run / "packages", asked, config.export, boards, contract, progress
            )

    stages.go("export", source, options, packed, _human)


def _human(found: stages.Result) -> None:
    constants, vectors = found["constant_bytes"], found["vectors"]
    table(
        ("package", "files", "bytes", "place"),
        [(row["kind"], str(row["files"]), grouped(row["bytes"]), row["path"]) for row in found["packages"]],
        title=f"{found['name']} {found['version']}, for {found['core']}, objective {found['optimize']}: arena "
        f"{grouped(found['arena_bytes'])} bytes, weights and tables {grouped(constants)} bytes",
    )
    if not vectors:
        note(f"without test vectors: {found['vectors_missing']}")
