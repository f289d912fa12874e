"""The stages as commands. Each runs every step up to its own that is not yet done; `run` runs them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ecgprune.cli.console import format_option, note, out_option, progress_bar, show
from ecgprune.cli.data import cached

_TITLES = {
    "train": "Read beats and train the dense model.",
    "prune": "Prune the model stage by stage, one-shot beside it.",
    "quantize": "Quantize to int8; zeros must stay zeros.",
    "export": "Generate C from the int8 model, or from any .tflite.",
    "build": "Build the firmware; it must fit each board's memory.",
    "verify": "Run the same beats on every runtime; all bytes must agree.",
    "report": "Write report.json and report.html.",
    "run": "The whole job: from ECG records to verified firmware.",
}


def _run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every command on a run folder takes."""
    options = (
        out_option("Run folder; made, or gone on with."),
        click.option("--data", type=click.Path(path_type=Path), help="Folder with the config's ECG records."),
        click.option("--noise", type=click.Path(path_type=Path), help="Folder with the config's noise records."),
        click.option("--update", is_flag=True, help="Take a changed config; redo only what depends on the change."),
        format_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


_BOARD = click.option(
    "--board", "boards", multiple=True,
    help="Board to build for; repeatable. Each core gets code of its own.  [default: config's]",
)  # fmt: skip


def _go(
    stage: str, source: str, out: Path, data: Path | None, noise: Path | None, update: bool, style: str,
    boards: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Runs a config's steps up to those of `stage`, then shows the stage's result."""
    from ecgprune import config as configs
    from ecgprune import pipeline
    from ecgprune.cli import results
    from ecgprune.pipeline import run_folder

    config = configs.load(source)
    if boards:
        config = replace(config, firmware=replace(config.firmware, boards=boards))
    origin = pipeline.find_source(config, data, cached("mitdb"), out)
    origin = replace(origin, noise=pipeline.find_noise(config, noise, cached("nstdb"), out))
    last = pipeline.STAGES.index("report" if stage == "run" else stage)
    todo = [s for at, s in pipeline.steps(config, out, origin) if pipeline.STAGES.index(at) <= last]
    with run_folder.open_run(out, config, update=update) as run:
        for number, step in enumerate(todo, start=1):
            kept = run.is_done(step)
            note(f"[{number:2}/{len(todo)}] {step.title}{' (kept)' if kept else ''}")
            if not kept:
                with progress_bar(step.title) as progress:
                    run.execute(step, progress)
        run.write_sums(todo)
    found = results.value(stage, out)
    show(style, found, lambda: results.human(stage, out, found))
    results.refuse_gaps(stage, found)


def _stage(name: str) -> click.Command:
    """The command of a stage that works on a config alone."""

    @click.command(name, help=_TITLES[name], short_help=_TITLES[name])
    @click.argument("config")
    @_run_options
    def command(config: str, out: Path, data: Path | None, noise: Path | None, update: bool, style: str) -> None:
        _go(name, config, out, data, noise, update, style)

    return command


def _board_stage(name: str) -> click.Command:
    """The command of a stage that also takes boards."""

    @click.command(name, help=_TITLES[name], short_help=_TITLES[name])
    @click.argument("config")
    @_run_options
    @_BOARD
    def command(
        config: str, out: Path, data: Path | None, noise: Path | None, update: bool, style: str,
        boards: tuple[str, ...],
    ) -> None:  # fmt: skip
        _go(name, config, out, data, noise, update, style, boards)

    return command


_HELP = " SOURCE is a config (a file, or the name of a shipped one) or a .tflite file."


def _model_stage(name: str) -> click.Command:
    """The command of a stage that works on a config or on a .tflite alone."""

    @click.command(name, help=_TITLES[name] + _HELP, short_help=_TITLES[name])
    @click.argument("source")
    @_run_options
    @_BOARD
    @click.option("--name", default="model", show_default=True, help="C prefix of a .tflite's generated code.")
    @click.option("--runtime", type=click.Choice(["native", "tflm"]), default="native", show_default=True)
    @click.option("--optimize", type=click.Choice(["speed", "ram", "flash"]), default="speed", show_default=True,
                  help="What a .tflite's generated code spares; a config says it itself.")  # fmt: skip
    @click.option("--vectors", type=click.IntRange(1), default=100, show_default=True, help="Test vectors per board.")
    def command(
        source: str, out: Path, data: Path | None, noise: Path | None, update: bool, style: str,
        boards: tuple[str, ...], **options: Any,
    ) -> None:  # fmt: skip
        if source.endswith(".tflite"):
            from ecgprune.cli import bare

            bare.go(name, Path(source), out, boards or ("mps2_an386",), style, **options)
        else:
            _go(name, source, out, data, noise, update, style, boards)

    return command


COMMANDS = [
    *(_stage(name) for name in ("train", "prune", "quantize", "report")),
    *(_model_stage(name) for name in ("export", "build", "verify")),
    _board_stage("run"),
]
