"""Which beats of a dataset train, validate and test: the splits of a config, on the records that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import TEST, TRAIN, VALIDATION
from ecgprune.config import DataConfig
from ecgprune.ecg import splits
from ecgprune.ecg.beats import Beats, to_rate
from ecgprune.ecg.databases import registry
from ecgprune.ecg.dataset import CLASSES
from ecgprune.ecg.filter import delay

__all__ = ["MIXED", "Division", "Span", "divide", "left_out", "prefixed"]

MIXED = ("mitdb", "svdb")
"""The databases of "mixed", each a sub-folder of the data folder; records are named with it: "svdb/801"."""

_SPLIT_STREAM, _FOLD_STREAM = 0x5917, 0xF01D  # streams of their own, apart from what else the seeds draw


@dataclass(frozen=True)
class Span:
    """How long a record is.

    Attributes:
        sample_rate_hz: of the record.
        samples: at that rate.
    """

    sample_rate_hz: int
    samples: int


@dataclass(frozen=True, eq=False)
class Division:
    """Who trains and who tests.

    Attributes:
        split: uint8 [beats], index into SPLITS, or splits.LEFT_OUT.
        folds: {patient: fold, from 1} of the patients that do not test; empty without data.folds.
    """

    split: NDArray[np.uint8]
    folds: dict[str, int] = field(default_factory=dict)


def prefixed(database: str, name: str) -> str:
    """The name that a list of `database` has for a record of the dataset: without a folder."""
    return name.removeprefix(f"{database}/")


def left_out(names: Sequence[str], config: DataConfig) -> dict[str, str]:
    """{record: why it is used nowhere}, of the records `names`."""
    reasons = {}
    if config.database in ("mitdb", "mixed"):
        reasons = _left_out_of_mitdb(config)
    found = {}
    for name in names:
        if name.startswith("svdb/") and config.database == "mixed":
            if prefixed("svdb", name) in registry.get("svdb").splits["blind"]:
                found[name] = "kept for the blind test"
        elif (reason := reasons.get(prefixed("mitdb", name))) is not None:
            found[name] = reason
    return found


def _left_out_of_mitdb(config: DataConfig) -> dict[str, str]:
    lists = splits.mitdb_lists()
    reasons = dict.fromkeys(lists.paced, "paced") if config.split == "inter" or not config.paced else {}
    if config.split == "inter":
        tested = {splits.patient_of(r) for r in lists.ds2}
        reasons |= {r: "same patient as a test record" for r in lists.ds1 if splits.patient_of(r) in tested}
    return reasons


def divide(
    names: Sequence[str], parts: Sequence[Beats], spans: Sequence[Span], config: DataConfig, seed: int
) -> Division:
    """Divides the beats of records.

    Args:
        names: of the records.
        parts: their beats.
        spans: their lengths.
        config: how they are divided.
        seed: draws the split; data.fold_seed draws the folds.

    Raises:
        DataError: there are too few patients.
    """
    rng = np.random.default_rng([seed, _SPLIT_STREAM])
    label = np.concatenate([b.label for b in parts])
    if config.split == "time":
        return Division(np.concatenate([_by_time(b, s, config) for b, s in zip(parts, spans, strict=True)]))
    if config.split == "intra":
        return Division(splits.by_beat(label, config.test_fraction, config.validation_fraction, rng))
    patients = [splits.patient_of(name, config.database, config.same_patient) for name in names]
    owner = np.concatenate([np.full(len(b.label), patients.index(p)) for b, p in zip(parts, patients, strict=True)])
    counts = {
        p: np.bincount(label[owner == i], minlength=len(CLASSES))
        for i, p in enumerate(patients)
        if patients.index(p) == i
    }
    listed = _test_patients(names, config)
    tests = splits.choose_patients(counts, config.test_fraction, rng) if listed is None else listed
    rest = {p: n for p, n in counts.items() if p not in tests}
    folds: dict[str, int] = {}
    if config.folds:
        folds = splits.folds(rest, config.folds, np.random.default_rng([config.fold_seed, _FOLD_STREAM]))
        validations = [p for p, fold in folds.items() if fold == config.fold]
    elif config.validation == "patient":
        validations = splits.choose_patients(rest, config.validation_fraction, rng)
    else:
        test = np.isin(owner, [patients.index(p) for p in tests])
        return Division(splits.validation_by_beat(label, test, config.validation_fraction, rng))
    side = [TEST if p in tests else VALIDATION if p in validations else TRAIN for p in patients]
    return Division(np.array(side, dtype=np.uint8)[owner], folds)


def _by_time(beats: Beats, span: Span, config: DataConfig) -> NDArray[np.uint8]:
    """The split of one record's beats; on the clock of the model's input."""
    peak = to_rate(beats.sample, span.sample_rate_hz, config.sample_rate_hz)
    length = span.samples * config.sample_rate_hz // span.sample_rate_hz
    start, reach = peak - config.window_before, delay(config.sample_rate_hz)
    return splits.by_time(start, peak, config.window, reach, length, config.test_fraction, config.validation_fraction)


def _test_patients(names: Sequence[str], config: DataConfig) -> list[str] | None:
    """The patients that test, where a list says so; None: they are drawn."""
    if config.database not in ("mitdb", "mixed"):
        return None
    ds2 = splits.mitdb_lists().ds2
    return sorted({splits.patient_of(n, config.database) for n in names if prefixed("mitdb", n) in ds2})
