"""Options that every command shares, and how progress and results are shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from ecgprune.artifacts import Progress

_WIDTH = 120  # columns of a table that goes to a file or a pipe

F = TypeVar("F", bound=Callable[..., Any])


def _remember_out(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    if value is not None:
        ctx.meta["ecgprune.out"] = value
    return value


def format_option(command: F) -> F:
    """`--format human|json`."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(["human", "json"]),
        default="human",
        show_default=True,
        help="Results for people, or one JSON value on stdout.",
    )(command)


def out_option(help_text: str, *, required: bool = True) -> Callable[[F], F]:
    """`--out FOLDER`."""
    return click.option(
        "--out", type=click.Path(path_type=Path), required=required, callback=_remember_out, help=help_text
    )


def show(style: str, value: Any, human: Callable[[], None]) -> None:
    """Prints `value` as JSON, or calls `human` to print it for people."""
    if style == "json":
        click.echo(json.dumps(value, indent=2))
    else:
        human()


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """Prints a plain table; columns whose every cell starts with a digit, sign or dash align right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.show_header = any(headings)
    for i, heading in enumerate(headings):
        numeric = bool(rows) and all(row[i][:1].isdigit() or row[i][:1] in "-+ " for row in rows)
        shown.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH).print(shown)


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A `Progress` on stderr: a bar on a terminal, nothing elsewhere (in CI logs the steps' names are enough)."""
    if not sys.stderr.isatty():
        yield lambda done, doing: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = [
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[doing]}"),
    ]
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=1.0, doing="")
        yield lambda done, doing: bars.update(task, completed=done, doing=doing)


def note(message: str) -> None:
    """A line about what is going on, on stderr."""
    click.echo(message, err=True)
