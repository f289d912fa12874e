"""Finished steps of a run folder as bytes: done on one machine, kept on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress, replacing
from ecgprune.errors import ArtifactError
from ecgprune.pipeline.run_folder import RunFolder, Step

__all__ = ["Parcel", "pack", "unpack"]


@dataclass(frozen=True)
class Parcel:
    """What some steps of a run wrote.

    Attributes:
        files: {path of a file in the run folder: its bytes}.
        entries: {step: its entry in the manifest}.
    """

    files: dict[str, bytes]
    entries: dict[str, dict[str, Any]]


def pack(run: RunFolder, steps: Sequence[Step]) -> Parcel:
    """What `steps`, which are done, wrote."""
    outputs = [run.path / name for step in steps for name in step.outputs]
    files = [file for path in outputs for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()]
    named = {file.relative_to(run.path).as_posix(): file.read_bytes() for file in files}
    return Parcel(named, {step.name: run.manifest[step.name] for step in steps})


def unpack(parcel: Parcel, run: RunFolder, steps: Sequence[Step]) -> None:
    """Does `steps` in `run` by writing what `parcel` holds.

    Raises:
        ArtifactError: they were done by other code, with other settings or from other inputs than `run` has; or a Keras
            model would be overwritten that the run did not make.
    """
    for step in steps:

        def write(progress: Progress, step: Step = step) -> None:
            for name in step.outputs:
                with replacing(run.path / name) as new:
                    _write(parcel, name, new)

        run.execute(replace(step, work=write), no_progress)
        if run.manifest[step.name] != parcel.entries[step.name]:
            raise ArtifactError(
                f"step '{step.name}' was done by another version of ecgprune; install the same one on every machine"
            )


def _write(parcel: Parcel, name: str, path: Path) -> None:
    """Writes the output `name`, a file or a folder, to `path`."""
    if name in parcel.files:
        path.write_bytes(parcel.files[name])
        return
    for file, content in parcel.files.items():
        if file.startswith(f"{name}/"):
            inside = path / file.removeprefix(f"{name}/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.write_bytes(content)
