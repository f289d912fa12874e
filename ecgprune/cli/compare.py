"""ecgprune compare: what changed from one result to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ecgprune.artifacts import versioned, write_text
from ecgprune.cli import sources
from ecgprune.cli.budgets import LimitType
from ecgprune.cli.console import table
from ecgprune.cli.options import PathType, command, out_option

if TYPE_CHECKING:
    from ecgprune.gates.compare import Comparison

__all__ = ["compare"]


@command()
@click.argument("a", type=PathType())
@click.argument("b", type=PathType())
@click.option(
    "--fail-over", type=LimitType("share"), metavar="SHARE",
    help="Exit with 7 where a figure of B is larger, or a score lower, than A's by more than this: 2%, 0.02. 0 allows "
    "nothing.",
)  # fmt: skip
@click.option(
    "--format", "style", type=click.Choice(["human", "json", "markdown"]), default="human", show_default=True,
    help="Print tables, one JSON object, or Markdown for a pull request.",
)  # fmt: skip
@out_option("File that also gets the Markdown.", required=False, file=True)
def compare(a: Path, b: Path, fail_over: float | None, style: str, out: Path | None) -> None:
    """Show what changed from A to B: scores, cycles, flash, RAM, stack, and by layer.

    A and B are run folders, files report.json or verify.json, or the JSON of `ecgprune bench`. Images are the same
    where board and runtime are. Scores differ by percentage points, all else relative to A.
    """
    from ecgprune.gates import compare as gate
    from ecgprune.gates import results

    for given in (a, b):
        instead = "a result to compare is a run folder, or made by: ecgprune bench"
        sources.refuse_shipped(str(given), f"{instead} {given} --out {given}.json")
    found = gate.compare(results.read(a), results.read(b))
    if out is not None:
        write_text(out, gate.markdown(found))
    if style == "json":
        click.echo(json.dumps(versioned(found.as_dict()), indent=2))
    elif style == "markdown":
        click.echo(gate.markdown(found), nl=False)
    else:
        _human(found)
    if fail_over is not None:
        gate.check(found, fail_over)


def _human(found: Comparison) -> None:
    from ecgprune.gates.compare import shown

    for text in (*found.remarks, *found.lost):
        click.echo(text)
    table(("", "figure", "change"), [(c.where, c.figure, shown(c)) for c in found.changes],
          title=f"{found.a} to {found.b}")  # fmt: skip
    if found.layers:
        rows = [(c.where, c.layer, c.kernel or f"{c.figure}: {shown(c)}") for c in found.layers]
        table(("", "layer", "change"), rows, title="Layers that changed")
