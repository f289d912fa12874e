"""ecgprune run: every step, from ECG records to verified firmware."""

from __future__ import annotations

from ecgprune.cli import report
from ecgprune.cli.budgets import Limits, budget_options
from ecgprune.cli.options import RunOptions, command, config_argument, run_options


@command()
@config_argument
@run_options(boards=True)
@budget_options()
def run(config: str, options: RunOptions, limits: Limits) -> None:
    """Run every step, from ECG records to the report.

    CONFIG is a TOML file or the name of a shipped config; `ecgprune configs` lists those. Steps that are done are kept;
    an interrupted run is resumed by the same command. Exits with 7 where a limit is broken, of an option or of the
    config's [budget].
    """
    report.write(config, options, limits)
