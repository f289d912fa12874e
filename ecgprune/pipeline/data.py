"""The steps from records to beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ecgprune.artifacts import Progress, read_json, sha256_bytes
from ecgprune.config import Config
from ecgprune.errors import ArtifactError, DataError
from ecgprune.pipeline.run_folder import Step

if TYPE_CHECKING:
    from ecgprune.ecg.dataset import Dataset

__all__ = ["DATASET", "Source", "find_noise", "find_source", "inputs", "load", "steps"]

DATASET = ("dataset.npz", "dataset.json")
NOISE = "noise.npz"
SECOND = "second_lead.npz"


@dataclass(frozen=True)
class Source:
    """Where the records of a run come from.

    Attributes:
        folder: None where they are generated.
        digest: hash of the records' files.
        noise: folder of the noise records; None where training uses none.
    """

    folder: Path | None
    digest: str
    noise: Path | None = None


def find_source(config: Config, given: Path | None, cached: Path, run: Path) -> Source:
    """The records that a config needs.

    A run that has read its beats can be resumed without its records.

    Args:
        config: the config.
        given: the folder that the user names, if any.
        cached: the folder to use otherwise.
        run: the run folder.

    Raises:
        DataError: there are no records, or a folder is given for a database that is generated.
    """
    if config.data.database == "synthetic":
        if given is not None:
            raise DataError(f"config '{config.name}' generates its records; --data is for configs that read them")
        return Source(None, "")
    folder = given or cached
    if folder.is_dir():
        return Source(folder, _digest(_file_hashes(config, folder)))
    if given is not None:
        raise DataError(f"no folder {folder}: --data takes the folder with the records of {config.data.database}")
    if not (run / "dataset.json").is_file():
        name = config.data.database
        needed = ("mitdb", "svdb") if name == "mixed" else (name,)
        fetched = " and ".join(f"`ecgprune data fetch {database}`" for database in needed)
        if name == "wfdb":
            raise DataError(f"config '{config.name}' reads records of your own: give their folder with --data")
        what = "MIT-BIH database" if name == "mitdb" else f"database {name}"
        raise DataError(f"config '{config.name}' needs the {what}: give its folder with --data, or call {fetched} once")
    hashes = read_json(run / "dataset.json").get("input_hashes")
    if not isinstance(hashes, dict):
        raise ArtifactError(f"{run / 'dataset.json'} is damaged: it lacks input_hashes; give --data to redo it")
    return Source(folder, _digest(hashes))


def find_noise(config: Config, given: Path | None, cached: Path, run: Path) -> Path | None:
    """The folder of the noise records that a config needs; None if it needs none.

    A run that has read them can be resumed without them.

    Args:
        config: the run's config.
        given: the folder that the user named, or None.
        cached: the folder that `ecgprune data fetch nstdb` fills.
        run: the run folder.

    Raises:
        DataError: there are no noise records, or a folder is given and the config uses none.
    """
    if not config.train.noise_share:
        if given is not None:
            raise DataError(
                f"config '{config.name}' trains without recorded noise (train.noise_share is 0); "
                "--noise is for configs that use it"
            )
        return None
    if given is not None and not given.is_dir():
        raise DataError(f"no folder {given}: --noise takes the folder with the noise records bw, em and ma")
    if given is None and not cached.is_dir() and not (run / NOISE).is_file():
        raise DataError(
            f"config '{config.name}' trains with recorded noise: give the folder of the MIT-BIH Noise Stress Test "
            "Database with --noise, or call `ecgprune data fetch nstdb` once"
        )
    return given or cached


def inputs(config: Config) -> tuple[str, ...]:
    """The files of the run folder that `load` reads for training."""
    train = config.train
    return (*DATASET, *([NOISE] if train.noise_share else []), *([SECOND] if train.second_lead_share else []))


def _file_hashes(config: Config, folder: Path) -> dict[str, str]:
    """{file: SHA-256} of the records' files."""
    from ecgprune.ecg import build, records

    return records.file_hashes(folder, build.names_in(folder, config.data), records.reading_of(config.data))


def _digest(hashes: Mapping[str, str]) -> str:
    return sha256_bytes("".join(f"{hashes[name]} {name}\n" for name in sorted(hashes)).encode())


def steps(config: Config, run: Path, source: Source) -> list[tuple[str, Step]]:
    """(stage, step) of generating or reading records, and of adding noise, in order."""
    records = source.folder or run / "records"

    def make(progress: Progress) -> None:
        from ecgprune.ecg import synthetic

        size = config.data.synthetic
        synthetic.make_database(run / "records", size.patients, size.minutes, config.seed, progress)

    def read(progress: Progress) -> None:
        from ecgprune.ecg import build

        build.build_dataset(records, config.data, config.seed, progress).save(run)

    def add_noise(progress: Progress) -> None:
        from ecgprune.ecg import noise
        from ecgprune.ecg.dataset import Dataset

        assert source.noise is not None, "find_noise tells where the noise is"
        train, settings = Dataset.load(run).subset("train"), config.train
        takes = noise.noisy_takes(
            records, source.noise, train, settings.noise_takes, settings.noise_snr_db, config.seed, progress
        )
        noise.save(takes, run / NOISE)

    def read_second_lead(progress: Progress) -> None:
        from ecgprune.ecg import noise, second_lead
        from ecgprune.ecg.dataset import Dataset

        noise.save(second_lead.inputs(records, Dataset.load(run).subset("train"), progress), run / SECOND)

    settings = [asdict(config.data), config.seed, source.digest]
    code = ("ecg",)
    found = []
    if not source.folder:
        found.append(
            Step(
                name="records",
                title="make records",
                inputs=(),
                outputs=("records",),
                work=make,
                settings=[asdict(config.data.synthetic), config.seed],
                code=code,
            )
        )
    found.append(
        Step(
            name="dataset",
            title="read beats",
            inputs=() if source.folder else ("records",),
            outputs=DATASET,
            work=read,
            settings=settings,
            code=code,
        )
    )
    if config.train.noise_share:
        wanted = [config.train.noise_takes, config.train.noise_snr_db, config.seed]
        found.append(
            Step(
                name="noise",
                title="training beats with noise",
                inputs=DATASET,
                outputs=(NOISE,),
                work=add_noise,
                settings=wanted,
                code=code,
            )
        )
    if config.train.second_lead_share:
        found.append(
            Step(
                name="second_lead",
                title="read the second lead",
                inputs=DATASET,
                outputs=(SECOND,),
                work=read_second_lead,
                code=code,
            )
        )
    return [("dataset", step) for step in found]


def load(run: Path) -> Dataset:
    """The beats of a run, with the training beats' noisy takes and second lead where it has some.

    Raises:
        ArtifactError: a file is damaged.
    """
    from ecgprune.ecg import noise
    from ecgprune.ecg.dataset import Dataset

    noisy, second = (noise.load(path) if path.is_file() else None for path in (run / NOISE, run / SECOND))
    return replace(Dataset.load(run), noisy=noisy, second=second)
