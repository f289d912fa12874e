"""Makes the dataset of a run from a folder of records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import SPLITS, TEST, Progress, no_progress
from ecgprune.config import DataConfig
from ecgprune.ecg import context, division, origins, patient, splits
from ecgprune.ecg.beats import ECG_SCALE, RR_SCALE, Beats, record_beats
from ecgprune.ecg.dataset import CLASSES, SCHEMA_VERSION, Dataset
from ecgprune.ecg.filter import BAND_HZ
from ecgprune.ecg.leads import chosen_lead, wanted_lead
from ecgprune.ecg.records import read_record, reading_of, record_names
from ecgprune.errors import DataError

__all__ = ["beats_alone", "build_dataset", "names_in"]


def build_dataset(data_dir: Path, config: DataConfig, seed: int, progress: Progress = no_progress) -> Dataset:
    """Reads and checks every record of a folder, cuts its beats, and divides them.

    Args:
        data_dir: the folder of records; for database "mixed" the one that holds a folder for each database.
        config: which beats, and how they are divided.
        seed: draws the split.
        progress: called before each record.

    Raises:
        DataError: as `records.read_record`; or the folder holds another database than config.database; or there are no
            beats to train, validate or test on.
    """
    names = names_in(data_dir, config)
    left_out = division.left_out(names, config)
    parts: dict[str, Beats] = {}
    spans: list[division.Span] = []
    said = origins.Said()
    for i, name in enumerate(names):
        progress(i / len(names), f"record {name}")
        record = read_record(data_dir, name, reading_of(config))
        origins.check(record, config, data_dir)
        lead = chosen_lead(record, config)
        if lead is None:
            left_out.setdefault(name, f"no lead {wanted_lead(record, config)}")
        said.add(record, lead, used=name not in left_out, wanted=wanted_lead(record, config))
        if name not in left_out:
            parts[name] = record_beats(record, config)
            spans.append(division.Span(record.sample_rate_hz, len(record.signal)))
    if not parts:
        why = f"lead {config.lead}" if config.lead and config.lead_missing == "leave-out" else f"split '{config.split}'"
        raise DataError(f"no record of {data_dir} is of use with {why}; it holds {', '.join(names)}")
    kept, beats = list(parts), list(parts.values())
    divided = division.divide(kept, beats, spans, config, seed)
    dataset = _joined(beats, divided.split)
    _check_split(dataset.split, config, data_dir)
    info = _info(config, kept, dataset.label, dataset.record, dataset.split) | said.info(config, names)
    counts = {"edge_beats": "left_out", "gap_beats": "in_gaps", "unclassed_beats": "unclassed"}
    info["left_out"] = {key: sum(getattr(b, count) for b in beats) for key, count in counts.items()}
    info["left_out"]["records"] = dict(sorted(left_out.items()))
    if config.split == "time":
        info["left_out"]["overlapping_beats"] = int((divided.split == splits.LEFT_OUT).sum())
    if divided.folds:
        info["folds"] = divided.folds
    progress(1.0, f"{len(dataset)} beats")
    return replace(dataset, info=info)


def names_in(data_dir: Path, config: DataConfig) -> list[str]:
    """The records of a data folder: for database "mixed" those of each of its databases, "mitdb/100".

    Raises:
        DataError: there is no such folder, or one without records.
    """
    if config.database != "mixed":
        return record_names(data_dir)
    missing = [d for d in division.MIXED if not (data_dir / d).is_dir()]
    if missing:
        raise DataError(
            f"no folder {missing[0]} in {data_dir}; database 'mixed' takes the folder that holds the folders "
            f"{' and '.join(division.MIXED)}"
        )
    return [f"{database}/{name}" for database in division.MIXED for name in record_names(data_dir / database)]


def beats_alone(beats: Beats, config: DataConfig) -> Dataset:
    """The beats of one record, all in split "test": for a model that is trained; its info has what models take."""
    info = {"classes": list(CLASSES), "window": config.window, "sample_rate_hz": config.sample_rate_hz}
    return replace(_joined([beats], np.full(len(beats.label), TEST, np.uint8)), info=info | _scales(config))


def _joined(parts: Sequence[Beats], split: NDArray[np.uint8]) -> Dataset:
    """The beats of all records that stand in a split, without info."""

    def joined(arrays: Sequence[Any]) -> Any:
        return np.concatenate(arrays)[split != splits.LEFT_OUT]

    patients = [b.patient for b in parts if b.patient is not None]
    contexts = [b.context for b in parts if b.context is not None]
    return Dataset(
        ecg=joined([b.ecg for b in parts]),
        rr=joined([b.rr for b in parts]),
        label=joined([b.label for b in parts]),
        record=joined([np.full(len(b.label), i, dtype=np.uint16) for i, b in enumerate(parts)]),
        sample=joined([b.sample for b in parts]),
        split=split[split != splits.LEFT_OUT],
        patient=joined(patients) if patients else None,
        context=joined(contexts) if contexts else None,
    )


def _check_split(split: NDArray[np.uint8], config: DataConfig, folder: Path) -> None:
    for i, name in enumerate(SPLITS):
        if not (split == i).any():
            raise DataError(f"split '{config.split}' of {folder} leaves no beats for {name}; it needs more records")


def _scales(config: DataConfig) -> dict[str, float]:
    """What one unit of each int8 input is worth at the model's float inputs."""
    scales = {"ecg_scale": ECG_SCALE, "rr_scale": RR_SCALE}
    scales |= {"patient_scale": patient.SCALE} if config.patient else {}
    return scales | ({"context_scale": context.SCALE} if config.context else {})


def _info(
    config: DataConfig, names: list[str], label: NDArray[np.uint8], record: NDArray[np.uint16], split: NDArray[np.uint8]
) -> dict[str, Any]:
    beats, patients = {}, {}
    for i, part in enumerate(SPLITS):
        counts = np.bincount(label[split == i], minlength=len(CLASSES)).tolist()
        beats[part] = dict(zip(CLASSES, counts, strict=True))
        used = [names[r] for r in np.unique(record[split == i])]
        patients[part] = sorted({splits.patient_of(n, config.database, config.same_patient) for n in used})
    return {
        "schema_version": SCHEMA_VERSION,
        "database": config.database,
        "split": config.split,
        "classes": list(CLASSES),
        "window": config.window,
        "sample_rate_hz": config.sample_rate_hz,
        "band_hz": list(BAND_HZ),
        **_scales(config),
        "records": names,
        "beats": beats,
        "patients": patients,
        "config": json.loads(json.dumps(asdict(config))),  # lists for tuples, as it is read back
    }
