"""How progress and results are shown. Results go to stdout, everything else to stderr."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from ecgprune.artifacts import Progress, no_progress, versioned
from ecgprune.cli import signals
from ecgprune.formatting import grouped, percent

__all__ = ["VERBOSITY", "grouped", "note", "progress_bar", "show", "table"]

VERBOSITY = "ecgprune.verbosity"
"""Where -v and -q are counted in click's context: above 0 more is shown on stderr, below 0 nothing."""

_WIDTH = 120  # columns of a table that goes to a file or a pipe


def show(style: str, value: Mapping[str, Any], human: Callable[[], None]) -> None:
    """Prints `value` as one JSON object with a schema_version, or calls `human` to print it for people."""
    if style == "json":
        click.echo(json.dumps(versioned(value), indent=2))
    else:
        human()


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """Prints a plain table; columns whose every cell starts with a digit, sign or dash align right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.show_header = any(headings)
    for i, heading in enumerate(headings):
        numeric = bool(rows) and all(row[i][:1].isdigit() or row[i][:1] in "-+ " for row in rows)
        shown.add_column(Text(heading), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    text = io.StringIO()
    Console(file=text, highlight=False, width=None if sys.stdout.isatty() else _WIDTH).print(shown)
    click.echo(text.getvalue().rstrip("\n"))


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A `Progress` on stderr: a bar on a terminal. Elsewhere nothing, or with -v a line for each thing begun.

    It also raises where a signal came and was swallowed, see `signals.check`.
    """
    with _shown(title) as shown:

        def progress(done: float, doing: str) -> None:
            signals.check()
            shown(done, doing)

        yield progress
        signals.check()


@contextmanager
def _shown(title: str) -> Iterator[Progress]:
    level = _verbosity()
    if level < 0:
        yield no_progress
    elif sys.stderr.isatty():
        with _bar(title) as progress:
            yield progress
    else:
        yield _lines(title) if level else no_progress


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
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


def _lines(title: str) -> Progress:
    """A `Progress` that prints a line whenever something else is being done."""
    last = ""

    def progress(done: float, doing: str) -> None:
        nonlocal last
        if doing != last:
            note(f"{title}: {doing} ({percent(done, 0)})")
            last = doing

    return progress


def note(message: str) -> None:
    """Prints a line about what is going on, on stderr, unless -q was given."""
    if _verbosity() >= 0:
        with suppress(OSError):
            click.echo(message, err=True)


def _verbosity() -> int:
    context = click.get_current_context(silent=True)
    return int(context.meta.get(VERBOSITY, 0)) if context else 0
