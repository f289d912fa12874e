"""Cross-validation by patient: what a config can be chosen by, without a look at the test patients.

    python tools/crossvalidate.py CONFIG --data FOLDER [--folds 5] [--out rows.json] [--set train.epochs=4 ...]

Every patient but those that test is held out once. The dense model is trained on the others, as the config says; beats
of those choose its epoch. Beats of the test patients are dropped before anything is trained. Scores are of all held-out
beats together, by database, with the 95 % interval of a bootstrap over patients.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import TEST, TRAIN
from ecgprune.config import Config, load
from ecgprune.ecg import second_lead
from ecgprune.ecg.build import build_dataset
from ecgprune.ecg.dataset import CLASSES, Dataset
from ecgprune.ecg.splits import patient_of, validation_by_beat
from ecgprune.training import fit

RESAMPLES = 1000
SHOWN = ("accuracy", "N", "S", "V")


def chosen_from(data: Path, config: Config, folds: int) -> Dataset:
    """The beats that a config may be chosen by: those of all patients that do not test."""
    found = build_dataset(data, replace(config.data, folds=folds), config.seed)
    found = found.take(np.flatnonzero(found.split != TEST))
    return replace(found, second=second_lead.inputs(data, found)) if config.train.second_lead_share else found


def held_out(beats: Dataset, config: Config, fold: int) -> Dataset:
    """The dataset of one fold: the fold's patients are its test, and some beats of the others validate."""
    data = config.data
    patients = [patient_of(name, data.database, data.same_patient) for name in beats.info["records"]]
    test = np.array([beats.info["folds"].get(p) == fold for p in patients])[beats.record]
    draw = np.random.default_rng([config.seed, fold])
    split = validation_by_beat(beats.label, test, data.validation_fraction, draw)
    trains = None if beats.second is None else {name: values[split == TRAIN] for name, values in beats.second.items()}
    return replace(beats, split=split, second=trains)


def confusions(beats: Dataset, predicted: NDArray[Any]) -> dict[str, NDArray[np.int64]]:
    """{record: [5, 5], label by prediction} of the test beats."""
    chosen = np.flatnonzero(beats.split == TEST)
    counts = {}
    for record in np.unique(beats.record[chosen]):
        mine = beats.record[chosen] == record
        pairs = beats.label[chosen][mine].astype(np.intp) * len(CLASSES) + predicted[chosen][mine]
        counted = np.bincount(pairs, minlength=len(CLASSES) ** 2)
        counts[beats.info["records"][record]] = counted.reshape(len(CLASSES), len(CLASSES))
    return counts


def scores(confusion: NDArray[Any]) -> NDArray[np.float64]:
    """Accuracy and the F1 of N, S and V."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    f1 = 2 * hits / np.maximum(confusion.sum(axis=-1) + confusion.sum(axis=-2), 1)
    accuracy = hits.sum(axis=-1) / confusion.sum(axis=(-2, -1))
    return np.concatenate([accuracy[..., None], f1[..., :3]], axis=-1)


def summary(counts: Sequence[NDArray[np.int64]]) -> dict[str, list[float]]:
    """{score: [value, lowest, highest]}, the interval over patients."""
    table = np.stack(counts)
    drawn = np.random.default_rng(1).integers(len(table), size=(RESAMPLES, len(table)))
    low, high = np.quantile(scores(table[drawn].sum(axis=1)), (0.025, 0.975), axis=0)
    rows = zip(scores(table.sum(axis=0)), low, high, strict=True)
    return {name: [round(float(v), 4) for v in row] for name, row in zip(SHOWN, rows, strict=True)}


def crossvalidated(data: Path, config: Config, folds: int) -> dict[str, NDArray[np.int64]]:
    """{record: its confusion matrix}, of every patient that does not test."""
    found: dict[str, NDArray[np.int64]] = {}
    every = chosen_from(data, config, folds)
    for fold in range(1, folds + 1):
        beats = held_out(every, config, fold)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            fit.train_dense(beats, config, folder / "dense.keras", folder / "dense.json", folder / "logs")
            found |= confusions(beats, fit.predict(folder / "dense.keras", beats).argmax(axis=1))
        print(f"fold {fold} of {folds}: {int((beats.split == TRAIN).sum())} beats trained", flush=True)
    return found


def changed(config: Config, settings: Sequence[str]) -> Config:
    """`config` with settings like train.epochs=4."""
    for text in settings:
        key, _, value = text.partition("=")
        section, _, name = key.partition(".")
        parsed = tomllib.loads(f"x = {value}")["x"]
        config = replace(config, **{section: replace(getattr(config, section), **{name: parsed})})
    return config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="a config file or the name of a preset")
    parser.add_argument("--data", type=Path, required=True, help="folder of the records")
    parser.add_argument("--folds", type=int, default=5, help="number of folds")
    parser.add_argument("--out", type=Path, help="file for the scores and the confusion matrix of each record (.json)")
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.NAME=VALUE", help="change a setting")
    options = parser.parse_args()
    counts = crossvalidated(options.data, changed(load(options.config), options.set), options.folds)
    groups: dict[str, list[NDArray[np.int64]]] = {}
    for record, table in counts.items():
        groups.setdefault(record.rpartition("/")[0], []).append(table)
    found = {group: summary(tables) for group, tables in groups.items()}
    for group, row in found.items():
        print(group or "all", *(f"{name} {v:.3f} ({low:.3f}-{high:.3f})" for name, (v, low, high) in row.items()))
    if options.out:
        records = {record: table.tolist() for record, table in counts.items()}
        options.out.write_text(json.dumps({"scores": found, "records": records}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
