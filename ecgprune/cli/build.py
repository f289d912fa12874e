"""ecgprune build: from C to firmware images."""

from __future__ import annotations

from pathlib import Path

import click

from ecgprune.artifacts import read_json
from ecgprune.cli import bare, budgets, sources, stages
from ecgprune.cli.console import grouped, table
from ecgprune.cli.groups import RunOptions, TfliteOptions, run_options, tflite_options
from ecgprune.cli.options import command, source_argument

__all__ = ["build"]


@command()
@source_argument
@run_options(boards=True)
@tflite_options
@budgets.budget_options()
def build(source: str, options: RunOptions, tflite: TfliteOptions, limits: budgets.Limits) -> None:
    """Build firmware; it must fit each board's memory.

    SOURCE is a config (a TOML file, or the name of a shipped one), or a model: a .tflite file, a run folder or another
    folder with model.tflite, the name of a shipped model, or a Keras model or SavedModel with --representative. Exits
    with 6 where an image does not fit, with 7 where a limit is broken, of an option or of the config's [budget]; cycles
    are the predicted ones, as nothing runs here.
    """
    model = sources.model(source)
    budget = sources.config(source).budget if model is None else None
    stages.check_boards(budget.boards if budget else ())
    if model is not None:
        scores = budgets.scores(limits, model.run)
        found = bare.build(model, options, tflite, _read, _human)
    else:
        found = stages.go("build", source, options, lambda run: _read(run / "firmware" / "images"), _human)
        scores = budgets.scores(limits, options.out)
    stages.refuse_gaps(found["skipped"])
    rows = [
        {**image, "stack_worst_bytes": image["stack_bytes"], "cycles_estimate": image["cycles_predicted"]}
        for image in found["images"]
    ]
    on_boards = [row for row in rows if row["flash_bytes"] is not None]  # the host has no figures
    budgets.check(limits, on_boards, scores, budget)


def _read(folder: Path) -> stages.Result:
    """What was built, from the image.json of each board."""
    found = read_json(folder / "images.json")
    built = [read_json(folder / b / "image.json") for b in found["boards"] if (folder / b / "image.json").exists()]
    cores = {core["core"]: core for core in read_json(folder.parent / "plan.json")["cores"]}
    for image in built:
        core = cores[found["cores"][image["board"]]]
        image |= {"core": core["core"], **{key: core[key] for key in ("cycles_predicted", "instructions_estimate")}}
    return {"images": built, "skipped": found["skipped"]}


def _human(found: stages.Result) -> None:
    figures = ("cycles_predicted", "instructions_estimate", "image_flash_bytes", "image_ram_bytes", "stack_bytes")
    table(
        ("board", "runtime", "cycles, predicted", "instructions, predicted", "flash", "RAM", "stack, worst case"),
        [(image["board"], image["runtime"], *(grouped(image[key]) for key in figures)) for image in found["images"]],
        title="Images: one inference as predicted, and bytes with start-up code and harness",
    )
    for why in found["skipped"]:
        click.echo(f"left out: {why}")
