"""What the commands of a run share: they run every step up to their own that is not done, and show the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ecgprune.cli import sources
from ecgprune.cli.console import note, progress_bar, show
from ecgprune.cli.data import cached
from ecgprune.cli.failures import resumable
from ecgprune.cli.groups import RunOptions
from ecgprune.errors import ToolMissingError

__all__ = ["Result", "check_boards", "go", "refuse_gaps"]

Result = dict[str, Any]


def go(
    stage: str, source: str, options: RunOptions, read_result: Callable[[Path], Result], human: Callable[[Result], None]
) -> Result:
    """Runs a config's steps up to those of `stage`, shows the result, and returns it.

    Args:
        stage: One of `pipeline.STAGES`.
        source: A config: its path, or the name of a shipped one.
        options: Of the command.
        read_result: Reads the result of the stage from the run folder.
        human: Prints it for people.

    Raises:
        EcgpruneError: Whatever the config, the records or a step may raise.
    """
    from ecgprune import pipeline
    from ecgprune.pipeline import run_folder

    config = sources.config(source)
    if options.seed is not None:
        config = replace(config, seed=options.seed)
    asked = {name: getattr(options, name) for name in ("boards", "clock_mhz", "ua_per_mhz", "supply_v")}
    given = {name: value for name, value in asked.items() if value}
    config = replace(config, firmware=replace(config.firmware, **given))
    origin = pipeline.find_source(config, options.data, cached(config.data.database), options.out)
    origin = replace(origin, noise=pipeline.find_noise(config, options.noise, cached("nstdb"), options.out))
    last = pipeline.STAGES.index(stage)
    todo = [s for at, s in pipeline.steps(config, options.out, origin) if pipeline.STAGES.index(at) <= last]
    resumable()
    with run_folder.open_run(options.out, config, update=options.update) as run:
        for number, step in enumerate(todo, start=1):
            kept = run.is_done(step)
            note(f"[{number:2}/{len(todo)}] {step.title}{' (kept)' if kept else ''}")
            if not kept:
                with progress_bar(step.title) as progress:
                    run.execute(step, progress)
            for line in pipeline.remarks(options.out, step):
                note(f"        {line}")
        run.write_sums(todo)
        found = read_result(options.out)
    show(options.style, found, lambda: human(found))
    return found


def check_boards(names: Iterable[str]) -> None:
    """Checks names of boards before any work is done.

    Raises:
        BoardError: One is unknown.
    """
    from ecgprune.board import find_board

    for name in names:
        find_board(name)


def refuse_gaps(skipped: list[str]) -> None:
    """Fails a command that left out something that was asked for.

    `run` goes as far as the machine allows, and its report says what was left out.

    Raises:
        ToolMissingError: Something was left out.
    """
    if skipped:
        raise ToolMissingError(f"not done: {skipped[0]}")
