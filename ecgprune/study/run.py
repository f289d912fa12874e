"""Executes the plan step by step. Finished steps are kept, and the remaining time is estimated."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, write_json
from ecgprune.pipeline import data
from ecgprune.pipeline.data import Source
from ecgprune.pipeline.run_folder import RunFolder, open_run
from ecgprune.report.summary import versions
from ecgprune.study import work
from ecgprune.study.intervals import compared
from ecgprune.study.plan import Group

__all__ = ["Study"]

Tell = Callable[[str], AbstractContextManager[Progress]]
"""Shows a line of text, and progress while the block lasts."""


@dataclass
class Study:
    """A plan with its folders.

    Attributes:
        groups: the plan, in the order of execution.
        runs: one folder per group and seed.
        results: gets GROUP-SEED.json for each.
        source: where the records come from.
    """

    groups: list[Group]
    runs: Path
    results: Path
    source: Source
    _left: float = 0.0
    _guessed: float = field(default=0.0, init=False)
    _took: float = field(default=0.0, init=False)

    def execute(self, tell: Tell) -> None:
        """Runs every step that is not done. An interrupted study is resumed at the first step that is not done."""
        self._left = sum(job.seconds for group in self.groups for job in self._missing(group))
        for number, group in enumerate(self.groups, start=1):
            with self.open(group) as run:
                for unit in work.units(group, run.path, self.source):
                    for job in unit.jobs:
                        self._do(run, job, f"[{number}/{len(self.groups)}] {group.folder}: {job.step.title}", tell)
            self.write(group)

    def write(self, group: Group) -> None:
        """Writes GROUP-SEED.json of a group whose steps are done."""
        run = self.runs / group.folder
        scored = [point for unit in work.units(group, run, self.source) for point in unit.points]
        test = data.load(run).subset("test")
        write_json(self._file(group), {
            "config": replace(group.config, seed=group.seed).as_dict(),
            "versions": versions(),
            "points": [work.collected(run, test, point) for point in scored],
            "compared": [{"group": group.name, "seed": group.seed} | row for row in compared(run, test, scored)],
        })  # fmt: skip

    def open(self, group: Group) -> AbstractContextManager[RunFolder]:
        """The run folder of a group, created or resumed."""
        return open_run(self.runs / group.folder, replace(group.config, seed=group.seed), update=True)

    def collected(self, what: str = "points") -> list[dict[str, Any]]:
        """The scored points of the groups that are complete; or how stages were "compared" with one shot."""
        files = [self._file(group) for group in self.groups]
        found = [json.loads(file.read_text(encoding="utf-8")) for file in files if file.is_file()]
        return [row for group in found for row in group.get(what, ())]

    def _file(self, group: Group) -> Path:
        return self.results / f"{group.folder}.json"

    def _do(self, run: RunFolder, job: work.Job, what: str, tell: Tell) -> None:
        if run.is_done(job.step):
            return
        began = time.monotonic()
        with tell(f"{what} ({_spoken(self._left * self._pace())} left)") as progress:
            run.execute(job.step, progress)
        self._left -= job.seconds
        self._guessed += job.seconds
        self._took += time.monotonic() - began

    def _pace(self) -> float:
        """Time that steps take, as a share of the guess; the guess itself counts like ten minutes of measurement."""
        return (self._took + 600) / (self._guessed + 600)

    def _missing(self, group: Group) -> Iterator[work.Job]:
        with self.open(group) as run:
            for unit in work.units(group, run.path, self.source):
                yield from (job for job in unit.jobs if not run.is_done(job.step))


def _spoken(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
