"""What a run folder holds, read for the report."""

from __future__ import annotations

import json
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.artifacts import TEST, sha256_file
from ecgprune.errors import ArtifactError

__all__ = ["MEASUREMENTS", "ON_TARGET", "TFLM_BENCH", "Beats", "Run", "load"]

ON_TARGET = "on-target.json"
"""What a user measured on connected boards; most runs have none."""

TFLM_BENCH = "tflm-bench.json"
"""What `ecgprune bench` measured of the same model on TensorFlow Lite Micro; most runs have none."""

MEASUREMENTS = (ON_TARGET, TFLM_BENCH)
"""Files that commands after the run write, {"measurements": [...]}; the report shows them."""

_LINKED = (
    ("The int8 model", "model.tflite", "firmware/compressed.tflite"),
    ("Generated C for the {core}", "firmware/src/{folder}/*.c", "firmware/src/{folder}/*.h"),
    ("Folder for your project, {core}", "firmware/drop-in/{folder}/README.md"),
    ("Image for {board}", "firmware/images/{board}/firmware.*"),
    ("Test vectors", "firmware/vectors.bin", "firmware/vectors.json"),
    ("Verification", "verify.json"),
    ("Figures of this page", "report.json"),
    ("Config, sums", "config.toml", "SHA256SUMS"),
)  # fmt: skip
"""(title, files of the run folder that the page links); {core}, {folder} and {board}: one group for each."""

# File -> the command that writes it.
_MADE_BY = {
    "config.toml": "run",
    "dataset.json": "run",
    "dataset.npz": "run",
    "dense.json": "train",
    "prune/chosen.json": "prune",
    "model.tflite": "quantize",
    "quantize.json": "quantize",
    "evaluation.json": "quantize",
    "predictions.npz": "quantize",
    "firmware/plan.json": "export",
    "verify.json": "verify",
}


@dataclass(frozen=True)
class Beats:
    """The test beats and the predictions of the int8 model.

    Attributes:
        ecg: int8 [n, window].
        label: uint8 [n], indices into the classes.
        predicted: uint8 [n], indices into the classes.
        probabilities: float [n, classes].
    """

    ecg: npt.NDArray[np.int8]
    label: npt.NDArray[np.uint8]
    predicted: npt.NDArray[np.uint8]
    probabilities: npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Run:
    """The artefacts of a run as plain values.

    config_text is config.toml as it stands. measurements has the entries of each of MEASUREMENTS that are about this
    .tflite. links are (title, paths in the run folder) of the files that the page links.
    """

    config: dict[str, Any]
    config_text: str
    dataset: dict[str, Any]
    dense: dict[str, Any]
    stages: list[dict[str, Any]]
    one_shot: dict[str, Any] | None
    chosen: dict[str, Any]
    quantize: dict[str, Any]
    evaluation: dict[str, Any]
    plan: dict[str, Any]
    verify: dict[str, Any]
    beats: Beats
    tflite_bytes: int
    tflite_sha256: str
    measurements: dict[str, list[dict[str, Any]]]
    links: list[tuple[str, list[str]]]


def load(folder: Path) -> Run:
    """The artefacts in a run folder.

    Args:
        folder: the run folder.

    Raises:
        ArtifactError: a file is missing (the message names the command that makes it) or damaged.
    """
    if not folder.is_dir():
        raise ArtifactError(f"no run folder {folder}; 'ecgprune run CONFIG --out {folder}' makes one")
    config_text = _path(folder, "config.toml").read_text(encoding="utf-8")
    try:
        config = tomllib.loads(config_text)
    except tomllib.TOMLDecodeError as error:
        raise ArtifactError(f"{folder / 'config.toml'} is damaged: {error}") from error
    names = sorted(p.relative_to(folder).as_posix() for p in (folder / "prune").glob("stage-*.json"))
    if not names:
        raise ArtifactError(f"no prune/stage-01.json in {folder}; 'ecgprune prune' makes it")
    one_shot = "prune/one-shot.json"
    tflite = _path(folder, "model.tflite")
    sha256 = sha256_file(tflite)
    plan, verify = _json(folder, "firmware/plan.json"), _json(folder, "verify.json")
    return Run(
        config=config,
        config_text=config_text,
        dataset=_json(folder, "dataset.json"),
        dense=_json(folder, "dense.json"),
        stages=[_json(folder, name) for name in names],
        one_shot=_json(folder, one_shot) if (folder / one_shot).exists() else None,
        chosen=_json(folder, "prune/chosen.json"),
        quantize=_json(folder, "quantize.json"),
        evaluation=_json(folder, "evaluation.json"),
        plan=plan,
        verify=verify,
        beats=_beats(folder),
        tflite_bytes=tflite.stat().st_size,
        tflite_sha256=sha256,
        measurements={name: _measurements(folder, name, sha256) for name in MEASUREMENTS},
        links=_links(folder, plan, verify),
    )


def _measurements(folder: Path, name: str, sha256: str) -> list[dict[str, Any]]:
    """The entries of a file of measurements that are about the model with this hash."""
    rows = _json(folder, name).get("measurements", []) if (folder / name).exists() else []
    return [row for row in rows if row["model"]["sha256"] == sha256]


def _links(folder: Path, plan: dict[str, Any], verify: dict[str, Any]) -> list[tuple[str, list[str]]]:
    found = []
    for title, *patterns in _LINKED:
        groups: list[dict[str, Any]] = [{}]
        if "{board}" in title:
            groups = verify["firmware"]
        elif "{core}" in title:
            groups = plan["cores"]
        for group in groups:
            names = [p.format(**group) for p in patterns]
            there = [f.relative_to(folder).as_posix() for n in names for f in sorted(folder.glob(n)) if f.is_file()]
            # These two are written with the page, or right after it.
            own = [n for n in names if n in ("report.json", "SHA256SUMS") and n not in there]
            found += [(title.format(**group), there + own)] if there + own else []
    return found


def _path(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ArtifactError(f"no {name} in {folder}; 'ecgprune {_MADE_BY[name]}' makes it")
    return path


def _json(folder: Path, name: str) -> dict[str, Any]:
    path = _path(folder, name) if name in _MADE_BY else folder / name
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArtifactError(f"{path} is damaged: {error}; delete it and run again") from error
    if not isinstance(value, dict):
        raise ArtifactError(f"{path} is damaged: it holds no JSON object; delete it and run again")
    return value


def _beats(folder: Path) -> Beats:
    dataset = _arrays(folder, "dataset.npz", ("ecg", "label", "split"))
    said = _arrays(folder, "predictions.npz", ("label", "predicted", "probabilities"))
    test = dataset["split"] == TEST
    if not np.array_equal(dataset["label"][test], said["label"]):
        raise ArtifactError(
            f"{folder / 'predictions.npz'} is not about the test beats of dataset.npz; delete it and run again"
        )
    return Beats(dataset["ecg"][test], said["label"], said["predicted"], said["probabilities"])


def _arrays(folder: Path, name: str, wanted: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    path = _path(folder, name)
    try:
        with np.load(path) as file:
            return {key: file[key] for key in wanted}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{path} is damaged: {error}; delete it and run again") from error
