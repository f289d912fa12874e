"""Options and arguments that commands share: one name, one meaning, everywhere. Those that go together: groups.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ecgprune.artifacts import check_writable
from ecgprune.cli import completion
from ecgprune.cli.console import VERBOSITY

__all__ = [
    "DEFAULT_BOARD",
    "FiniteRange",
    "NameOrPath",
    "PathType",
    "board_option",
    "command",
    "compress_option",
    "config_argument",
    "format_option",
    "model_argument",
    "optimize_option",
    "out_option",
    "representative_option",
    "runtime_option",
    "source_argument",
    "tolerance_option",
    "vectors_option",
    "verbosity_options",
]

DEFAULT_BOARD = "mps2_an386"
_MOST_VECTORS = 1_000_000

F = TypeVar("F", bound=Callable[..., Any])


class FiniteRange(click.FloatRange):
    """A float between two bounds; click's own takes nan, which no bound excludes, and inf."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number", param, ctx)
        return number


def command(name: str | None = None, **attributes: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """As `click.command`, with -v and -q, which the group takes as well."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        made: click.Command = click.decorators.command(name, cls=click.Command, **attributes)(function)
        made.params += verbosity_options()
        return made

    return decorate


def verbosity_options() -> list[click.Parameter]:
    """`-v` and `-q`, each repeatable and counted together in the context."""

    def count(sign: int) -> Callable[[click.Context, click.Parameter, int], None]:
        def add(ctx: click.Context, _: click.Parameter, value: int) -> None:
            ctx.meta[VERBOSITY] = ctx.meta.get(VERBOSITY, 0) + sign * value

        return add

    return [
        click.Option(flags, count=True, expose_value=False, callback=count(sign), help=text)
        for flags, sign, text in (
            (("-v", "--verbose"), 1, "Show more progress on stderr."),
            (("-q", "--quiet"), -1, "Show no progress on stderr."),
        )
    ]


def format_option(function: F) -> F:
    """`--format human|json`."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(["human", "json"]),
        default="human",
        show_default=True,
        help="Print tables, or one JSON object.",
    )(function)


def _folder_to_write(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    if value is not None:
        ctx.meta["ecgprune.out"] = value
        check_writable(value)
    return value


class PathType(click.Path):
    """A path; an empty one is refused, for it would mean the working directory."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(path_type=Path, **attributes)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


class NameOrPath(click.ParamType[str]):
    """A model by its name or path; an empty one is refused."""

    name = "model"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value) or self.fail("the path is empty", param, ctx)


def out_option(help_text: str, *, required: bool = True, file: bool = False) -> Callable[[F], F]:
    """`--out`: a folder, or with `file` a file; checked to be writable before any work is done."""
    kind = PathType(dir_okay=not file)
    return click.option("--out", type=kind, required=required, callback=_folder_to_write, help=help_text)


board_option = click.option(
    "--board",
    "boards",
    multiple=True,
    shell_complete=completion.boards,
    callback=lambda _ctx, _param, names: tuple(dict.fromkeys(names)),
    help=f"Board to build for; repeatable. Each core gets its own code.  "
    f"[default: the config's; for a .tflite {DEFAULT_BOARD}]",
)

runtime_option = click.option(
    "--runtime",
    type=click.Choice(["native", "tflm"]),
    default="native",
    show_default=True,
    help="Generated C, or TensorFlow Lite Micro.",
)

compress_option = click.option(
    "--compress", is_flag=True, help="Store pruned tensors small, with --runtime tflm; takes time and arena."
)

representative_option = click.option(
    "--representative",
    type=PathType(),
    help="Inputs to quantize a Keras model or SavedModel with: an .npz or .npy of some hundred samples, or a shipped "
    "config, for its training beats.",
)

optimize_option = click.option(
    "--optimize",
    type=click.Choice(["balanced", "speed", "ram", "flash"]),
    default="balanced",
    show_default=True,
    help="Objective of kernel selection; balanced: the least RAM and flash within 5 % of the fastest.",
)


_POSITIVE = click.FloatRange(0, min_open=True)
clock_option = click.option(
    "--clock-mhz", type=_POSITIVE, help="Clock of the estimated time, in MHz.  [default: the board's]"
)
current_option = click.option(
    "--ua-per-mhz",
    type=_POSITIVE,
    help="Your part's current, of which the energy in µJ follows.  [default: the board's]",
)
supply_option = click.option("--supply-v", type=_POSITIVE, help="Supply voltage of that current.  [default: 3]")


def operating_point_options(function: F) -> F:
    """`--clock-mhz`, `--ua-per-mhz` and `--supply-v`."""
    return clock_option(current_option(supply_option(function)))


tolerance_option = click.option(
    "--tolerance",
    type=FiniteRange(min=0.0),
    default=0.0,
    show_default=True,
    help="How far float32 outputs on a board may lie from TFLM's on the host; integers have no tolerance.",
)


def vectors_option(default: int) -> Callable[[F], F]:
    """`--vectors N`."""
    return click.option(
        "--vectors",
        type=click.IntRange(1, _MOST_VECTORS),
        default=default,
        show_default=True,
        help="Random test vectors per board.",
    )


config_argument = click.argument("config", shell_complete=completion.configs)
source_argument = click.argument("source", shell_complete=completion.sources)
model_argument = click.argument("model", type=NameOrPath(), shell_complete=completion.models)
