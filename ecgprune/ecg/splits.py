"""Divides beats into training, validation and test data: by beat, or by patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import TEST, TRAIN, VALIDATION
from ecgprune.ecg.databases import registry
from ecgprune.errors import DataError

__all__ = ["MitdbLists", "by_beat", "by_patient", "choose_patients", "mitdb_lists", "patient_of", "validation_by_beat"]

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


def patient_of(record: str) -> str:
    """The patient's name: that of the record, but "201+202" for the two records of one patient."""
    return registry.get("mitdb").patient_of(record)


def by_beat(
    label: NDArray[np.uint8], test_fraction: float, validation_fraction: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """uint8 [beats], index into SPLITS: random, stratified by class. Validation is a share of what is not test."""
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
    """uint8 [beats], index into SPLITS: `test` as given; `fraction` of the rest validates, by class."""
    split = np.where(test, TEST, TRAIN).astype(np.uint8)
    for value in np.unique(label[~test]):
        beats = rng.permutation(np.flatnonzero(~test & (label == value)))
        split[beats[: int(len(beats) * fraction + 0.5)]] = VALIDATION
    return split


def by_patient(
    counts: dict[str, NDArray[np.int64]],
    test: Sequence[str] | None,
    test_fraction: float,
    validation_fraction: float,
    rng: np.random.Generator,
) -> dict[str, int]:
    """Splits patients into training, validation and test.

    Args:
        counts: {patient: beats per class}.
        test: the test patients; None draws them.
        test_fraction: share of the patients that is drawn for the test.
        validation_fraction: share of the rest that is drawn for validation.
        rng: draws them.

    Returns:
        {patient: index into SPLITS}.

    Raises:
        DataError: fewer than two patients are left to divide.
    """
    tests = set(choose_patients(counts, test_fraction, rng) if test is None else test)
    rest = {p: n for p, n in counts.items() if p not in tests}
    validations = set(choose_patients(rest, validation_fraction, rng))
    return {p: TEST if p in tests else VALIDATION if p in validations else TRAIN for p in counts}


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
