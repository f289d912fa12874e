"""ecgprune report: what a run found, on one page."""

from __future__ import annotations

import click

from ecgprune.artifacts import read_json
from ecgprune.cli import budgets, sources, stages, verify
from ecgprune.cli.console import table
from ecgprune.cli.groups import RunOptions, run_options
from ecgprune.cli.options import command, config_argument
from ecgprune.cli.scores import parts_table
from ecgprune.formatting import percent, score

__all__ = ["report", "write"]


@command()
@config_argument
@run_options(operating_point=True)
def report(config: str, options: RunOptions) -> None:
    """Write report.json and report.html of a run.

    CONFIG is a TOML file or the name of a shipped config; `ecgprune configs` lists those.
    """
    write(config, options, {})


def write(config: str, options: RunOptions, limits: budgets.Limits) -> None:
    """Runs every step of a run, shows the report, and checks it against the limits and the config's budget."""
    budget = sources.config(config).budget
    stages.check_boards(budget.boards)

    def human(found: stages.Result) -> None:
        _human(found)
        click.echo(f"Report: {options.out / 'report.html'}")

    found = stages.go("report", config, options, lambda run: read_json(run / "report.json"), human)
    rows = read_json(options.out / "verify.json")["firmware"]  # it has the stack at worst, which the report has not
    budgets.check(limits, rows, found["accuracy"]["int8"], budget)


def _human(found: stages.Result) -> None:
    if found["synthetic"]:
        click.echo("Everything here comes from a SYNTHETIC database.")
    rows = [
        (name, percent(scores["accuracy"], 2), score(scores["macro_f1"]))
        for name in ("dense", "one_shot", "pruned", "int8")
        if (scores := found["accuracy"].get(name))
    ]
    table(("model", "accuracy", "macro-F1"), rows, title="On test beats")
    if len(found["parts"]) > 1 or (found["parts"] and found["parts"][0]["intervals"]):
        parts_table(found["parts"], "int8, in brackets 95 % intervals over patients where they are held out")
    verify.human(found["verification"] | {"firmware": found["firmware"]})
    macs = found["macs"]
    click.echo(f"Sparsity {percent(found['sparsity']['overall'])}: {macs['effective']} of {macs['dense']} MACs remain")
