"""ecgprune run: every step, from ECG records to verified firmware."""

from __future__ import annotations

from pathlib import Path

from ecgprune.cli import report
from ecgprune.cli.budgets import Limits, budget_options
from ecgprune.cli.groups import RunOptions, run_options
from ecgprune.cli.junit import junit_option, written
from ecgprune.cli.options import command, config_argument


@command()
@config_argument
@run_options(boards=True, operating_point=True)
@budget_options()
@junit_option
def run(config: str, options: RunOptions, limits: Limits, junit: Path | None) -> None:
    """Run every step, from ECG records to the report.

    CONFIG is a TOML file or the name of a shipped config; `ecgprune configs` lists those. Steps that are done are kept;
    an interrupted run is resumed by the same command. Exits with 7 where a limit is broken, of an option or of the
    config's [budget].
    """
    with written(junit, options.out / "verify.json"):
        report.write(config, options, limits)
