"""ecgprune release: a finished run as a folder to ship."""

from __future__ import annotations

from pathlib import Path

import click

from ecgprune.cli.console import progress_bar
from ecgprune.cli.options import PathType, command, out_option
from ecgprune.errors import ArtifactError

_ALWAYS = ("model.tflite", "vectors.bin", "README.md")


@command()
@click.argument("run", type=PathType())
@out_option("Folder to write; new, empty, or an earlier release, which is replaced.")
def release(run: Path, out: Path) -> None:
    """Pack the model of a finished run to ship.

    RUN is a run folder. The release holds the generated C, the .tflite, test vectors and a model card.
    """
    from ecgprune.pipeline.release import release as pack

    if out.exists() and not out.is_dir():
        raise ArtifactError(f"{out} is a file; --out takes a folder")
    if out.is_dir() and any(out.iterdir()) and not all((out / name).is_file() for name in _ALWAYS):
        raise ArtifactError(f"{out} holds files and is not an earlier release; give --out a new or an empty folder")
    with progress_bar("release") as progress:
        report = pack(run, out, progress)
    click.echo(f"{report['model']['name']} is in {out}; see {out / 'README.md'}")
