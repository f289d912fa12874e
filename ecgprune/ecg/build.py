"""Makes the dataset of a run from a folder of records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import SPLITS, TRAIN, Progress, no_progress
from ecgprune.config import DataConfig
from ecgprune.ecg import patient, simulate, splits
from ecgprune.ecg.beats import ECG_SCALE, RR_SCALE, Beats, record_beats
from ecgprune.ecg.databases import registry
from ecgprune.ecg.dataset import CLASSES, SCHEMA_VERSION, Dataset
from ecgprune.ecg.records import Record, read_record, record_names
from ecgprune.errors import DataError

__all__ = ["build_dataset"]


def build_dataset(data_dir: Path, config: DataConfig, seed: int, progress: Progress = no_progress) -> Dataset:
    """Reads and checks every record of a folder, cuts its beats, and divides them.

    Args:
        data_dir: the folder of records.
        config: which beats, and how they are divided.
        seed: draws the split and simulated rhythms.
        progress: called before each record.

    Raises:
        DataError: as `records.read_record`; or the folder holds another database than config.database; or there are no
            beats to train, validate or test on.
    """
    names = record_names(data_dir)
    beats: dict[str, Beats] = {}
    hashes: dict[str, str] = {}
    for i, name in enumerate(names):
        progress(i / len(names), f"record {name}")
        record = read_record(data_dir, name)
        _check_origin(record, config, data_dir)
        beats[name] = record_beats(record, config)
        hashes |= record.hashes
    left_out = _left_out(names, config)
    kept = [name for name in names if name not in left_out]
    if not kept:
        raise DataError(f"no record of {data_dir} is of use with split '{config.split}'; it holds {', '.join(names)}")
    parts = [beats[name] for name in kept]
    label = np.concatenate([b.label for b in parts])
    record_index = np.concatenate([np.full(len(b.label), i, dtype=np.uint16) for i, b in enumerate(parts)])
    split = _split(label, record_index, kept, config, seed)
    _check_split(split, config, data_dir)
    info = _info(config, kept, label, record_index, split)
    info["name"] = registry.get(config.database).called(names)
    info["left_out"] = {"edge_beats": sum(b.left_out for b in parts), "records": left_out}
    info["input_hashes"] = hashes
    progress(1.0, f"{len(label)} beats")
    dataset = Dataset(
        ecg=np.concatenate([b.ecg for b in parts]),
        rr=np.concatenate([b.rr for b in parts]),
        label=label,
        record=record_index,
        sample=np.concatenate([b.sample for b in parts]),
        split=split,
        info=info,
        patient=np.concatenate([b.patient for b in parts if b.patient is not None]) if config.patient else None,
    )
    return _with_simulated(dataset, parts, config, seed) if config.simulated else dataset


def _with_simulated(dataset: Dataset, parts: Sequence[Beats], config: DataConfig, seed: int) -> Dataset:
    """`dataset` and, after its beats, simulated ones of its training patients, each rhythm a record of its own.

    Their names follow in info["simulated_records"], so that info["records"] lists what was read.
    """
    rng = np.random.default_rng([seed, 0x51A7])
    arrays = {name: [values] for name, values in dataset.arrays().items()}
    read = dataset.info["records"]
    names: list[str] = []
    train = dataset.split == TRAIN
    for index, part in enumerate(parts):
        for rows in simulate.rows(part, train[dataset.record == index], config.simulated, config, rng):
            count = len(rows.label)
            arrays["record"].append(np.full(count, len(read) + len(names), np.uint16))
            arrays["sample"].append(np.full(count, -1, np.int64))
            arrays["split"].append(np.full(count, TRAIN, np.uint8))
            for name in ("ecg", "rr", "label", *(("patient",) if config.patient else ())):
                arrays[name].append(getattr(rows, name))
            names.append(read[index])
    joined: dict[str, Any] = {name: np.concatenate(values) for name, values in arrays.items()}
    info = dataset.info | {"simulated_records": names, "simulated_beats": len(joined["label"]) - len(dataset)}
    return replace(dataset, **joined, info=info)


def _check_origin(record: Record, config: DataConfig, folder: Path) -> None:
    """Raises DataError: the record is not of config.database. Results name the database that they come from."""
    known = record.name in registry.get("mitdb").records
    if record.synthetic != (config.database == "synthetic") or (config.database == "mitdb" and not known):
        what = "a synthetic record" if record.synthetic else "MIT-BIH's" if known else "no record of MIT-BIH"
        raise DataError(
            f"{record.name} in {folder} is {what}, and the config asks for database '{config.database}'; "
            "give the folder of that database, or a config for this one"
        )


def _left_out(names: Sequence[str], config: DataConfig) -> dict[str, str]:
    """Record -> why it is used nowhere."""
    if config.database != "mitdb" or config.split != "inter":
        return {}
    lists = splits.mitdb_lists()
    tested = {splits.patient_of(r) for r in lists.ds2}
    reasons = dict.fromkeys(lists.paced, "paced")
    reasons |= {r: "same patient as a test record" for r in lists.ds1 if splits.patient_of(r) in tested}
    return {name: reasons[name] for name in names if name in reasons}


def _split(
    label: NDArray[np.uint8], record: NDArray[np.uint16], names: Sequence[str], config: DataConfig, seed: int
) -> NDArray[np.uint8]:
    rng = np.random.default_rng([seed, 0x5917])  # a stream of its own, apart from what else the seed draws
    if config.split == "intra":
        return splits.by_beat(label, config.test_fraction, config.validation_fraction, rng)
    counts = {n: np.bincount(label[record == i], minlength=len(CLASSES)) for i, n in enumerate(names)}
    ds2 = [n for n in names if n in splits.mitdb_lists().ds2] if config.database == "mitdb" else None
    if config.validation == "patient":
        side = splits.by_patient(counts, ds2, config.test_fraction, config.validation_fraction, rng)
        return np.array([side[n] for n in names], dtype=np.uint8)[record]
    tests = splits.choose_patients(counts, config.test_fraction, rng) if ds2 is None else ds2
    test = np.isin(record, [names.index(n) for n in tests])
    return splits.validation_by_beat(label, test, config.validation_fraction, rng)


def _check_split(split: NDArray[np.uint8], config: DataConfig, folder: Path) -> None:
    for i, name in enumerate(SPLITS):
        if not (split == i).any():
            raise DataError(f"split '{config.split}' of {folder} leaves no beats for {name}; it needs more records")


def _info(
    config: DataConfig, names: list[str], label: NDArray[np.uint8], record: NDArray[np.uint16], split: NDArray[np.uint8]
) -> dict[str, Any]:
    beats, patients = {}, {}
    for i, part in enumerate(SPLITS):
        counts = np.bincount(label[split == i], minlength=len(CLASSES)).tolist()
        beats[part] = dict(zip(CLASSES, counts, strict=True))
        patients[part] = sorted({splits.patient_of(names[r]) for r in np.unique(record[split == i])})
    return {
        "schema_version": SCHEMA_VERSION,
        "name": config.database,
        "synthetic": config.database == "synthetic",
        "database": config.database,
        "split": config.split,
        "classes": list(CLASSES),
        "window": config.window,
        "sample_rate_hz": config.sample_rate_hz,
        "ecg_scale": ECG_SCALE,
        "rr_scale": RR_SCALE,
        **({"patient_scale": patient.SCALE} if config.patient else {}),
        "records": names,
        "beats": beats,
        "patients": patients,
        "config": asdict(config),
    }
