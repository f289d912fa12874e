"""A finished run as a folder to ship: C, .tflite, config, test vectors and a model card: all that building it needs."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, no_progress, read_json, replacing
from ecgprune.config import Config, load
from ecgprune.errors import ArtifactError
from ecgprune.formatting import percent, score
from ecgprune.pipeline.sums import SUMS, altered, read_sums
from ecgprune.templating import environment

__all__ = ["model_card", "release"]

_VECTORS = 100
_PATIENTS, _MINUTES = 16, 2.0  # enough beats of each class to choose the vectors from


def release(run: Path, out: Path, progress: Progress = no_progress) -> dict[str, Any]:
    """Writes the model of a finished run to a folder.

    The vectors are beats of the synthetic database, whatever the model was trained on: recordings of patients are not
    shipped. Their expected outputs are TFLM's. The generated C is checked on them before anything is written.

    Args:
        run: folder of a finished run.
        out: folder to write; an older one is replaced.
        progress: told the share done.

    Returns:
        The run's report.

    Raises:
        ArtifactError: the run is not finished, or one of its files was changed.
        VerificationError: the C differs from TFLM.
    """
    report_file, config_file = run / "report.json", run / "config.toml"
    if not report_file.is_file():
        raise ArtifactError(f"no report.json in {run}; only a finished run can be released: call `ecgprune run` first")
    _check_sums(run)
    report = read_json(report_file)
    config = load(str(config_file))
    with replacing(out) as new:
        core = _first_core(run)
        shutil.copytree(run / "firmware" / "src" / core.lower(), new)
        for name in ("model.tflite", "config.toml"):
            shutil.copyfile(run / name, new / name)
        _write_vectors(new, core, config, progress)
        (new / "README.md").write_text(model_card(report, config), encoding="utf-8")
    return report


def _check_sums(run: Path) -> None:
    """Raises ArtifactError where a file of the run is not what the run wrote, as its SHA256SUMS says."""
    if not (run / SUMS).is_file():
        raise ArtifactError(f"no SHA256SUMS in {run}; only a finished run can be released: call `ecgprune run` first")
    for name in altered(run, read_sums(run)):
        raise ArtifactError(f"{run / name} is not what the run wrote; call `ecgprune run` again to mend it")


def _first_core(run: Path) -> str:
    """The core of the first board, whose code is released. Raises ArtifactError: the run is of an older ecgprune."""
    file = run / "firmware" / "plan.json"
    cores = read_json(file).get("cores")
    if not cores:
        raise ArtifactError(f"{file} lists no cores: an older ecgprune wrote it; call `ecgprune run` again")
    return str(cores[0]["core"])


def _write_vectors(folder: Path, core: str, config: Config, progress: Progress) -> None:
    from ecgprune import verify
    from ecgprune.ecg import build, synthetic

    with tempfile.TemporaryDirectory(prefix="ecgprune-release-") as scratch:
        records = Path(scratch) / "records"
        synthetic.make_database(records, _PATIENTS, _MINUTES, config.seed, progress)
        settings = replace(
            config.data, database="synthetic", split="intra", folds=0, annotator="", beats={}, lead="", same_patient=()
        )
        beats = build.build_dataset(records, settings, config.seed, progress)
        beats = beats.take(verify.choose(beats.label, _VECTORS))
        result = verify.run(
            folder / "model.tflite",
            [verify.Generated(folder, core)],
            beats.inputs,
            Path(scratch) / "verify.json",
            host_vectors=_VECTORS,
            board_vectors=_VECTORS,
            vectors=folder / "vectors.bin",
            source=f"SYNTHETIC database, seed {config.seed}, {_PATIENTS} patients of {_MINUTES:g} minutes",
            progress=progress,
        )
    verify.check(result)


def model_card(report: dict[str, Any], config: Config) -> str:
    """README.md of a released model: what it takes and answers, where it comes from, its scores and its costs."""
    from ecgprune.ecg.databases import registry

    data = report["dataset"]
    sources = data.get("sources") or [registry.get(data["database"]).about(data["records"])]  # older reports lack it
    template = environment("ecgprune.packaging").get_template("model_card.md.j2")
    return template.render(report=report, config=config, sources=sources, percent=percent, score=score)
