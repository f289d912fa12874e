"""Divides beats into training, validation and test data: by beat, by time, or by patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import TEST, TRAIN, VALIDATION
from ecgprune.ecg.databases import registry
from ecgprune.errors import DataError

__all__ = [
    "LEFT_OUT",
    "MitdbLists",
    "by_beat",
    "by_time",
    "choose_patients",
    "folds",
    "mitdb_lists",
    "patient_of",
    "validation_by_beat",
]

LEFT_OUT = 255
"""In place of an index into SPLITS: the beat is used nowhere."""

_DRAWS = 4000


@dataclass(frozen=True)
class MitdbLists:
    """Record lists of MIT-BIH; their sources are cited in databases/mitdb.toml."""

    ds1: tuple[str, ...]
    ds2: tuple[str, ...]
    paced: tuple[str, ...]
    same_patient: tuple[tuple[str, ...], ...]


def mitdb_lists() -> MitdbLists:
    """The record lists of the registry."""
    mitdb = registry.get("mitdb")
    return MitdbLists(mitdb.splits["ds1"], mitdb.splits["ds2"], mitdb.paced, mitdb.same_patient)


def patient_of(record: str, database: str = "mitdb", same_patient: Sequence[Sequence[str]] = ()) -> str:
    """The patient's name: that of the record, or "201+202" where several records are of one patient.

    Args:
        record: its name; of database "mixed" with its own database before it, "mitdb/201".
        database: as the config names it.
        same_patient: more groups of records that are of one patient, as the config names them.
    """
    for group in same_patient:
        if record in group:
            return "+".join(group)
    if database == "wfdb":  # a folder there is the user's own
        return record
    home, slash, name = record.rpartition("/")
    return home + slash + registry.get(home if database == "mixed" else database).patient_of(name)


def by_beat(
    label: NDArray[np.uint8], test_fraction: float, validation_fraction: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A random split, stratified by class.

    Args:
        label: uint8 [beats], class of each beat.
        test_fraction: share of the beats that test, 0 to 1.
        validation_fraction: share of the others that validate, 0 to 1.
        rng: draws the beats.

    Returns:
        uint8 [beats], index into SPLITS.
    """
    split = np.full(len(label), TRAIN, dtype=np.uint8)
    for value in np.unique(label):
        beats = rng.permutation(np.flatnonzero(label == value))
        tests = int(len(beats) * test_fraction + 0.5)
        validations = int((len(beats) - tests) * validation_fraction + 0.5)
        split[beats[:tests]] = TEST
        split[beats[tests : tests + validations]] = VALIDATION
    return split


def validation_by_beat(
    label: NDArray[np.uint8], test: NDArray[np.bool_], fraction: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A random split of the beats that do not test, stratified by class.

    Args:
        label: uint8 [beats], class of each beat.
        test: [beats], which beats test.
        fraction: share of the others that validate, 0 to 1.
        rng: draws the beats.

    Returns:
        uint8 [beats], index into SPLITS.
    """
    split = np.where(test, TEST, TRAIN).astype(np.uint8)
    for value in np.unique(label[~test]):
        beats = rng.permutation(np.flatnonzero(~test & (label == value)))
        split[beats[: int(len(beats) * fraction + 0.5)]] = VALIDATION
    return split


def by_time(
    start: NDArray[np.int64], peak: NDArray[np.int64], window: int, reach: int, length: int, test_fraction: float,
    validation_fraction: float,
) -> NDArray[np.uint8]:  # fmt: skip
    """Splits the beats of one record in the order of time: the last of it tests, what comes before that validates.

    A beat belongs to the part that its R peak lies in. One whose samples, as recorded, are among those of a later
    part's beat is left out, so no sample stands on both sides.

    Args:
        start: [beats], the first sample of each window, rising.
        peak: [beats], the R peaks, on the same clock.
        window: samples of a window.
        reach: samples before and after a window that its filtered values are made from.
        length: of the record, in the same samples.
        test_fraction: share of the record's time that tests.
        validation_fraction: share of the remaining time that validates.

    Returns:
        uint8 [beats], index into SPLITS, or LEFT_OUT.
    """
    test_from = length * (1 - test_fraction)
    validation_from = test_from * (1 - validation_fraction)
    split = np.where(peak >= test_from, TEST, np.where(peak >= validation_from, VALIDATION, TRAIN)).astype(np.uint8)
    kept = split.copy()
    for part, later in ((TRAIN, (VALIDATION, TEST)), (VALIDATION, (TEST,))):
        theirs = start[np.isin(split, later)]
        if len(theirs):
            kept[(split == part) & (start + window + 2 * reach > theirs.min())] = LEFT_OUT
    return kept


def folds(counts: dict[str, NDArray[np.int64]], number: int, rng: np.random.Generator) -> dict[str, int]:
    """Deals patients into groups for cross-validation, such that each has about the same share of every class.

    Of a few thousand random deals it is the best: least sum over groups and classes of |share - 1 / number|. Patients
    of each database (what stands before the last "/" of their names) are dealt by themselves, so that every group has
    its part of each.

    Args:
        counts: {patient: beats per class}.
        number: of groups.
        rng: draws the deals.

    Returns:
        {patient: its group, from 1}.

    Raises:
        DataError: there are fewer patients than groups.
    """
    names = sorted(counts, key=lambda name: (name.rpartition("/")[0], name))
    if len(names) < number:
        raise DataError(f"cannot make {number} folds of {len(names)} patients; lower data.folds or add records")
    table = np.stack([counts[name] for name in names]).astype(np.float64)
    table = table[:, table.any(axis=0)]
    table /= table.sum(axis=0)
    homes = np.unique([name.rpartition("/")[0] for name in names], return_inverse=True)[1]
    best, least = np.zeros(len(names), np.intp), np.inf
    for _ in range(_DRAWS):
        order = np.concatenate([rng.permutation(np.flatnonzero(homes == home)) for home in np.unique(homes)])
        group = np.empty(len(names), np.intp)
        group[order] = np.arange(len(names)) % number
        shares = np.zeros((number, table.shape[1]))
        np.add.at(shares, group, table)
        cost = float(np.abs(shares - 1 / number).sum())
        if cost < least:
            best, least = group, cost
    return {name: int(group) + 1 for name, group in zip(names, best, strict=True)}


def choose_patients(counts: dict[str, NDArray[np.int64]], fraction: float, rng: np.random.Generator) -> list[str]:
    """Patients such that each class has about the same share of its beats with them.

    Of a few thousand random choices it is the best: least sum over the classes of |share - fraction|, where a class
    that is wholly on one side counts as 1.

    Args:
        counts: {patient: beats per class}.
        fraction: share of the patients, 0 to 1; at least one is chosen, and one is left.
        rng: draws the choices.

    Returns:
        Their names, sorted.

    Raises:
        DataError: fewer than two patients.
    """
    names = sorted(counts)
    if len(names) < 2:
        raise DataError(f"cannot split by patient: only {len(names)} patients are left to divide; add records")
    size = min(max(round(len(names) * fraction), 1), len(names) - 1)
    table = np.stack([counts[name] for name in names]).astype(np.float64)
    table = table[:, table.any(axis=0)]
    choices = np.stack([rng.permutation(len(names))[:size] for _ in range(_DRAWS)])
    shares = table[choices].sum(axis=1) / table.sum(axis=0)
    cost = np.where((shares == 0) | (shares == 1), 1.0, np.abs(shares - fraction)).sum(axis=1)
    return [names[i] for i in sorted(choices[int(np.argmin(cost))])]
