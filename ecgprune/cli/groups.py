"""Options that go together: a command gets their values as one dataclass."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from ecgprune.cli.options import (
    PathType,
    board_option,
    clock_option,
    compress_option,
    current_option,
    format_option,
    optimize_option,
    out_option,
    representative_option,
    runtime_option,
    supply_option,
    vectors_option,
)

__all__ = [
    "PackageOptions",
    "RunOptions",
    "TfliteOptions",
    "gathered",
    "package_kinds",
    "package_options",
    "run_options",
    "tflite_options",
]


@dataclass(frozen=True)
class RunOptions:
    """What every command on a run folder takes.

    Attributes:
        out: The run folder.
        data: Folder of the config's ECG records; None: the cached one, or they are generated.
        noise: Folder of the config's noise records, likewise.
        seed: Instead of the config's; None: the config's.
        update: Take a changed config.
        style: "human" or "json".
        boards: Boards instead of the config's; empty: the config's.
        clock_mhz: Clock of the report's times instead of the config's.
        ua_per_mhz: Current in microamperes for each MHz instead of the config's.
        supply_v: Voltage of that current instead of the config's.
    """

    out: Path
    data: Path | None
    noise: Path | None
    seed: int | None
    update: bool
    style: str
    boards: tuple[str, ...] = ()
    clock_mhz: float | None = None
    ua_per_mhz: float | None = None
    supply_v: float | None = None


@dataclass(frozen=True)
class TfliteOptions:
    """What a config says itself, for a SOURCE that is a .tflite.

    Attributes:
        name: C prefix of the generated code.
        runtime: "native" or "tflm".
        optimize: Objective of kernel selection.
        vectors: Random test vectors per board.
        compress: Store pruned tensors small, on the tflm runtime.
        labels: Names of the classes, in the order of the output's values; empty: not known.
        representative: Inputs that a float model is quantized with; None: the model is int8.
    """

    name: str
    runtime: Literal["native", "tflm"]
    optimize: Literal["balanced", "speed", "ram", "flash"]
    vectors: int
    compress: bool = False
    labels: tuple[str, ...] = ()
    representative: Path | None = None


@dataclass(frozen=True)
class PackageOptions:
    """Packages for build systems, in place of the plain export.

    Attributes:
        kinds: Their kinds; empty: none.
        archive: Pack each into an archive.
        ecg: Add the ECG chain.
        package_version: Three numbers.
        package_vendor: Who gives them out.
        package_url: Where people find more; "" for nowhere.
    """

    kinds: tuple[str, ...]
    archive: bool
    ecg: bool
    package_version: str
    package_vendor: str
    package_url: str


def run_options(
    *, boards: bool = False, out_required: bool = True, operating_point: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options of `RunOptions`; the command gets them as one argument `options`.

    Args:
        boards: take --board too.
        out_required: whether a command without --out is refused; else it may leave `options.out` None.
        operating_point: take --clock-mhz, --ua-per-mhz and --supply-v too.
    """
    return gathered(
        RunOptions,
        "options",
        (
            out_option("Run folder; created, or resumed.", required=out_required),
            click.option("--data", type=PathType(), help="Folder with the config's ECG records."),
            click.option("--noise", type=PathType(), help="Folder with the config's noise records."),
            click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Seed; else the config's, or 1."),
            click.option("--update", is_flag=True, help="Take a changed config; redo only what depends on the change."),
            *((board_option,) if boards else ()),
            *((clock_option, current_option, supply_option) if operating_point else ()),
            format_option,
        ),
    )


def tflite_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `TfliteOptions`; the command gets them as one argument `tflite`."""
    name = click.option("--name", default="model", show_default=True, help="C prefix of the generated code.")
    labels = click.option("--labels", callback=_labels, help="Names of the classes, separated by commas: N,S,V,F,Q.")
    options = (name, runtime_option, compress_option, optimize_option, vectors_option(100), labels,
               representative_option)  # fmt: skip
    return gathered(TfliteOptions, "tflite", options)(function)


def package_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `PackageOptions`; the command gets them as one argument `packages`."""
    options = (
        click.option(
            "--package", "kinds", type=click.Choice(package_kinds()), multiple=True,
            callback=lambda _ctx, _param, names: tuple(dict.fromkeys(names)),
            help="Write a package for this build system into --out instead; repeatable.",
        ),
        click.option("--archive", is_flag=True, help="Pack each package; an --out NAME.zip or .tar.gz does so too."),
        click.option("--ecg", is_flag=True, help="Put the ECG chain into packages: samples in, classified beats out."),
        click.option("--package-version", default="1.0.0", show_default=True, help="Version of the packages."),
        click.option("--package-vendor", default="ecgprune", show_default=True, help="Who gives the packages out."),
        click.option("--package-url", default="", help="Web page that the packages name."),
    )  # fmt: skip
    return gathered(PackageOptions, "packages", options)(function)


def package_kinds() -> list[str]:
    """As `packaging.kind_names`, which imports too much for a list of names."""
    modules = Path(__file__).parents[1].glob("packaging/kinds/[a-z]*.py")
    return sorted(path.stem.replace("_", "-") for path in modules)


def _labels(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The names in a list; they stand in comments of the generated C as they are."""
    if value is None:
        return ()
    names = tuple(name.strip() for name in value.split(","))
    wrong = next((name for name in names if not re.fullmatch(r"[\w .+-]+", name)), None)
    if wrong is not None:
        said = f"{wrong!r} is no name of a class: use letters, digits, blanks and _ . + -"
        raise click.BadParameter(said, ctx, param)
    return names


def gathered(
    kind: Callable[..., Any], argument: str, options: tuple[Callable[..., Any], ...], names: set[str] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds `options` to a command, which gets their values as one `kind` in `argument`.

    Args:
        kind: a dataclass, or a function of the values by name.
        argument: the command's.
        options: click's decorators.
        names: of the options; None: the fields of `kind`.
    """
    names = names or set(kind.__dataclass_fields__)  # type: ignore[attr-defined]

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def gathering(**values: Any) -> Any:
            own = {name: values.pop(name) for name in names & values.keys()}
            return function(**values, **{argument: kind(**own)})

        for option in reversed(options):
            gathering = option(gathering)
        return gathering

    return decorate
