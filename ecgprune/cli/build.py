"""ecgprune build: from C to firmware images."""

from __future__ import annotations

from pathlib import Path

import click

from ecgprune.artifacts import read_json
from ecgprune.cli import bare, sources, stages
from ecgprune.cli.console import grouped, table
from ecgprune.cli.options import (
    RunOptions,
    TfliteOptions,
    command,
    run_options,
    source_argument,
    tflite_options,
)

__all__ = ["build"]


@command()
@source_argument
@run_options(boards=True)
@tflite_options
def build(source: str, options: RunOptions, tflite: TfliteOptions) -> None:
    """Build firmware; it must fit each board's memory.

    SOURCE is a config (a TOML file, or the name of a shipped one), a .tflite file, or a Keras model or SavedModel with
    --representative.
    """
    model = sources.model(source)
    if model is not None:
        found = bare.build(model, options, tflite, _read, _human)
    else:
        found = stages.go("build", source, options, lambda run: _read(run / "firmware" / "images"), _human)
    stages.refuse_gaps(found["skipped"])


def _read(folder: Path) -> stages.Result:
    """What was built, from the image.json of each board."""
    found = read_json(folder / "images.json")
    built = [read_json(folder / b / "image.json") for b in found["boards"] if (folder / b / "image.json").exists()]
    return {"images": built, "skipped": found["skipped"]}


def _human(found: stages.Result) -> None:
    sizes = ("image_flash_bytes", "image_ram_bytes", "stack_bytes")
    table(
        ("board", "runtime", "flash", "RAM", "stack, worst case"),
        [(image["board"], image["runtime"], *(grouped(image[key]) for key in sizes)) for image in found["images"]],
        title="Images, in bytes",
    )
    for why in found["skipped"]:
        click.echo(f"left out: {why}")
