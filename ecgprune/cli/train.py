"""ecgprune train: from ECG records to a dense model."""

from __future__ import annotations

import click

from ecgprune.artifacts import read_json
from ecgprune.cli import stages
from ecgprune.cli.groups import RunOptions, run_options
from ecgprune.cli.options import command, config_argument
from ecgprune.formatting import percent, score


@command()
@config_argument
@run_options()
def train(config: str, options: RunOptions) -> None:
    """Read beats and train the dense model.

    CONFIG is a TOML file or the name of a shipped config; `ecgprune configs` lists those.
    """
    stages.go("train", config, options, lambda run: read_json(run / "dense.json"), _human)


def _human(found: stages.Result) -> None:
    click.echo(
        f"Dense model: {found['parameters']} parameters, best of {found['epochs_run']} epochs; on validation beats "
        f"accuracy {percent(found['accuracy'], 2)}, macro-F1 {score(found['macro_f1'])}"
    )
