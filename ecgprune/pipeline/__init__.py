"""The way of the data: the steps of a run, in order, each from the artefacts of those before it.

Stages know nothing of one another; what they hand on is named here, once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, replacing, sha256_bytes, sha256_file, write_json, write_text
from ecgprune.config import Config
from ecgprune.errors import DataError
from ecgprune.steps import Step

__all__ = ["STAGES", "Source", "find_source", "steps"]

STAGES = ("dataset", "train", "prune", "quantize", "export", "build", "verify", "report")
"""The stages in order; each step belongs to one, and a command runs all steps up to its stage."""

_DATASET = ("dataset.npz", "dataset.json")


@dataclass(frozen=True)
class Source:
    """Where a run's records come from. folder None: they are generated. digest: hash of the records' files."""

    folder: Path | None
    digest: str


def find_source(config: Config, given: Path | None, cached: Path) -> Source:
    """The records that `config` asks for: in the `given` folder, else in the `cached` one, else generated.

    Raises DataError: there are none, or a folder is given for a database that is generated.
    """
    if config.data.database == "synthetic":
        if given is not None:
            raise DataError(f"config '{config.name}' generates its records; --data is for configs that read them")
        return Source(None, "")
    folder = given or cached
    if given is None and not cached.is_dir():
        raise DataError(
            f"config '{config.name}' needs the MIT-BIH database: give its folder with --data, "
            "or call `ecgprune data fetch mitdb` once"
        )
    if not folder.is_dir():
        raise DataError(f"no folder {folder}: --data takes the folder with the records of {config.data.database}")
    files = sorted(p for p in folder.iterdir() if p.suffix in (".hea", ".dat", ".atr"))
    return Source(folder, sha256_bytes("".join(f"{sha256_file(p)} {p.name}\n" for p in files).encode()))


def steps(config: Config, run: Path, source: Source) -> list[tuple[str, Step]]:
    """(stage, step) of every step of a run, in order."""
    return [*_dataset_steps(config, run, source), *_training_steps(config, run), *_firmware_steps(config, run)]


def _dataset_steps(config: Config, run: Path, source: Source) -> list[tuple[str, Step]]:
    def make(progress: Progress) -> None:
        from ecgprune.ecg import synthetic

        size = config.data.synthetic
        synthetic.make_database(run / "records", size.patients, size.minutes, config.seed, progress)

    def read(progress: Progress) -> None:
        from ecgprune.ecg import build

        build.build_dataset(source.folder or run / "records", config.data, config.seed, progress).save(run)

    settings = [asdict(config.data), config.seed, source.digest]
    code = ("ecg",)
    made = [] if source.folder else [
        Step("records", "make records", (), ("records",), make, [asdict(config.data.synthetic), config.seed], code)
    ]  # fmt: skip
    beats = Step("dataset", "read beats", tuple(o for s in made for o in s.outputs), _DATASET, read, settings, code)
    return [("dataset", s) for s in [*made, beats]]


def _training_steps(config: Config, run: Path) -> list[tuple[str, Step]]:
    common = [config.seed, asdict(config.model), asdict(config.train)]
    code = ("training",)

    def train(progress: Progress) -> None:
        from ecgprune.training import fit

        fit.train_dense(_load(run), config, run / "dense.keras", run / "dense.json", run / "logs" / "dense", progress)

    def prune(index: int, progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.run_stage(_load(run), config, index, run / sources[index], run / stages[index], progress)

    def one_shot(progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.one_shot(_load(run), config, run / "dense.keras", run / "prune" / "one-shot.keras", progress)

    def finish(progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.finish(config, run / "prune", run / "pruned.keras")

    def quantize(progress: Progress) -> None:
        from ecgprune.training import quantize as quantization

        quantization.quantize(_load(run), config, run / "pruned.keras", run / "model.tflite")

    stages = [f"prune/stage-{i + 1:02}.keras" for i in range(len(config.prune.stages))]
    sources = ["dense.keras", *stages]
    found = [("train", Step("dense", "train", _DATASET, ("dense.keras", "dense.json"), train, common, code))]
    pruned: list[str] = []
    for i, (before, after) in enumerate(zip(sources, stages, strict=False)):
        stage = config.prune.stages[i]
        settings = [*common, asdict(stage), config.prune.granularity, config.prune.on_floor]
        made = (after, after.replace(".keras", ".json"))
        title = f"prune to {stage.sparsity:.0%}"
        step = Step(f"stage-{i + 1:02}", title, (*_DATASET, before), made, partial(prune, i), settings, code)
        found.append(("prune", step))
        pruned += made
    settings = [*common, asdict(config.prune)]
    if config.prune.one_shot:
        made = ("prune/one-shot.keras", "prune/one-shot.json")
        title = f"one-shot to {config.prune.stages[-1].sparsity:.0%}"
        found.append(("prune", Step("one-shot", title, (*_DATASET, "dense.keras"), made, one_shot, settings, code)))
    found.append(("prune", Step("pruned", "choose stage", tuple(pruned), ("pruned.keras",), finish, settings, code)))
    inputs = (*_DATASET, "pruned.keras")
    settings = [config.seed, asdict(config.quantize)]
    found.append(("quantize", Step("quantize", "quantize", inputs, ("model.tflite",), quantize, settings, code)))
    return found


def _load(run: Path) -> Dataset:
    from ecgprune.ecg.dataset import Dataset

    return Dataset.load(run)
