"""The units of a study as tasks of a Ray cluster. Scheduling and retries are Ray's.

Records are read on this machine, by the unit DATA of each group. Its beats go to the workers as bytes, and what a
worker makes comes back as bytes, so machines need not share a file system; they need the same version of ecgprune.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ecgprune.artifacts import no_progress
from ecgprune.errors import DataError, EcgpruneError, ToolMissingError
from ecgprune.pipeline.data import Source
from ecgprune.pipeline.parcel import Parcel, pack, unpack
from ecgprune.pipeline.run_folder import open_run
from ecgprune.study import work
from ecgprune.study.plan import Group
from ecgprune.study.run import Study, Tell

__all__ = ["execute_on"]

RETRIES = 5
"""How often a unit is done again whose worker was lost."""


def execute_on(address: str, study: Study, tell: Tell) -> None:
    """Runs every step of a study that is not done, on a Ray cluster. The rows are those of `Study.execute`.

    Args:
        address: of the cluster, "HOST:PORT"; "auto" takes the one of this machine.
        study: the study; it is resumed where it was interrupted.
        tell: shows a line and the progress.

    Raises:
        ToolMissingError: Ray is not installed.
        DataError: no cluster answers at this address.
        EcgpruneError: of a unit; or its worker was lost more often than RETRIES.
    """
    with _connected(address) as ray:
        do = ray.remote(num_cpus=1, max_retries=RETRIES)(_do)
        pending: dict[Any, tuple[Group, int]] = {}
        for group in study.groups:
            pending |= _submit(study, group, do, ray.put, tell)
        total = len(pending)
        with tell(f"{total} units on the Ray cluster") as progress:
            while pending:
                (done, *_), _ = ray.wait(list(pending), num_returns=1)
                group, number = pending.pop(done)
                _keep(study, group, number, _result(ray, done))
                progress(1 - len(pending) / total, f"{group.folder} {_units(study, group)[number].name}")
    for group in study.groups:
        study.write(group)


def _units(study: Study, group: Group) -> list[work.Unit]:
    return work.units(group, study.runs / group.folder, study.source)


def _submit(study: Study, group: Group, do: Any, put: Any, tell: Tell) -> dict[Any, tuple[Group, int]]:
    """Reads a group's records here, and submits its other units that are not done: {future: (group, number)}."""
    units = _units(study, group)
    with study.open(group) as run:
        for job in units[0].jobs:
            if not run.is_done(job.step):
                with tell(f"{group.folder}: {job.step.title}") as progress:
                    run.execute(job.step, progress)
        done = [all(run.is_done(job.step) for job in unit.jobs) for unit in units]
        if all(done):
            return {}
        read = put(pack(run, units[0].steps))
        dense = put(pack(run, units[1].steps)) if done[1] else do.remote(group, 1, study.source, read)
    found = {} if done[1] else {dense: (group, 1)}
    for number in range(2, len(units)):
        if not done[number]:
            found[do.remote(group, number, study.source, read, dense)] = group, number
    return found


def _do(group: Group, number: int, source: Source, *before: Parcel) -> Parcel:
    """Does a unit of a group in a folder of its own, from what the units before it made. Runs on a worker."""
    with (
        tempfile.TemporaryDirectory(prefix="ecgprune-study-") as folder,
        open_run(Path(folder) / group.folder, replace(group.config, seed=group.seed)) as run,
    ):
        units = work.units(group, run.path, source)
        for parcel, unit in zip(before, units, strict=False):
            unpack(parcel, run, unit.steps)
        for step in units[number].steps:
            run.execute(step, no_progress)
        return pack(run, units[number].steps)


def _keep(study: Study, group: Group, number: int, parcel: Parcel) -> None:
    with study.open(group) as run:
        unpack(parcel, run, _units(study, group)[number].steps)


def _result(ray: Any, future: Any) -> Parcel:
    """What a task returned. Raises EcgpruneError for what it raised."""
    try:
        parcel: Parcel = ray.get(future)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, EcgpruneError):
            raise error.cause from error
        raise
    except ray.exceptions.RayError as error:
        what = str(error).strip().splitlines()[0]
        raise DataError(f"the Ray cluster lost a unit {RETRIES + 1} times: {what}; call again to resume") from error
    return parcel


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """The module ray, connected to a cluster."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray reports usage to its makers otherwise
    try:
        import ray
    except ImportError as error:
        raise ToolMissingError("--ray needs Ray, which is not installed: pip install 'ecgprune[ray]'") from error
    try:
        ray.init(address=address, logging_level="ERROR", log_to_driver=False)
    except (ConnectionError, ValueError, RuntimeError) as error:
        what = "on this machine" if address == "auto" else f"at {address}"
        raise DataError(f"no Ray cluster answers {what}; start one with `ray start --head`, or omit --ray") from error
    try:
        yield ray
    finally:
        ray.shutdown()
