"""From records to beats."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ecgprune.artifacts import Progress, sha256_bytes, sha256_file
from ecgprune.config import Config
from ecgprune.errors import DataError
from ecgprune.steps import Step

if TYPE_CHECKING:
    from ecgprune.ecg.dataset import Dataset

__all__ = ["DATASET", "Source", "find_source", "load", "steps"]

DATASET = ("dataset.npz", "dataset.json")


@dataclass(frozen=True)
class Source:
    """Where a run's records come from. folder None: they are generated. digest: hash of the records' files."""

    folder: Path | None
    digest: str


def find_source(config: Config, given: Path | None, cached: Path, run: Path) -> Source:
    """The records that `config` asks for: in the `given` folder, else in the `cached` one, else generated.

    A run that has read its beats goes on without its records. Raises DataError: there are none, or a folder is given
    for a database that is generated.
    """
    if config.data.database == "synthetic":
        if given is not None:
            raise DataError(f"config '{config.name}' generates its records; --data is for configs that read them")
        return Source(None, "")
    folder = given or cached
    if folder.is_dir():
        files = (p for p in folder.iterdir() if p.suffix in (".hea", ".dat", ".atr"))
        return Source(folder, _digest({p.name: sha256_file(p) for p in files}))
    if given is not None:
        raise DataError(f"no folder {folder}: --data takes the folder with the records of {config.data.database}")
    if not (run / "dataset.json").is_file():
        raise DataError(
            f"config '{config.name}' needs the MIT-BIH database: give its folder with --data, "
            "or call `ecgprune data fetch mitdb` once"
        )
    return Source(folder, _digest(json.loads((run / "dataset.json").read_text(encoding="utf-8"))["input_hashes"]))


def _digest(hashes: Mapping[str, str]) -> str:
    return sha256_bytes("".join(f"{hashes[name]} {name}\n" for name in sorted(hashes)).encode())


def steps(config: Config, run: Path, source: Source) -> list[tuple[str, Step]]:
    def make(progress: Progress) -> None:
        from ecgprune.ecg import synthetic

        size = config.data.synthetic
        synthetic.make_database(run / "records", size.patients, size.minutes, config.seed, progress)

    def read(progress: Progress) -> None:
        from ecgprune.ecg import build

        build.build_dataset(source.folder or run / "records", config.data, config.seed, progress).save(run)

    settings = [asdict(config.data), config.seed, source.digest]
    code = ("ecg",)
    if source.folder:
        return [("dataset", Step("dataset", "read beats", (), DATASET, read, settings, code))]
    size = [asdict(config.data.synthetic), config.seed]
    return [
        ("dataset", Step("records", "make records", (), ("records",), make, size, code)),
        ("dataset", Step("dataset", "read beats", ("records",), DATASET, read, settings, code)),
    ]


def load(run: Path) -> Dataset:
    """The run's beats."""
    from ecgprune.ecg.dataset import Dataset

    return Dataset.load(run)
