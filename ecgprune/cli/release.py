"""ecgprune release: a finished run as a folder to ship."""

from __future__ import annotations

from pathlib import Path

import click

from ecgprune.cli.console import out_option, progress_bar


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@out_option("Folder to write; an older one of the same name is replaced.")
def release(run: Path, out: Path) -> None:
    """Pack the model of the finished run in folder RUN: C, .tflite, test vectors and a model card."""
    from ecgprune.pipeline.release import release as pack

    with progress_bar("release") as progress:
        report = pack(run, out, progress)
    click.echo(f"{report['model']['name']} is in {out}; see {out / 'README.md'}")
