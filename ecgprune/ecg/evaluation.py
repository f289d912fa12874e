"""A model's answers on records, scored: by EC57's rules, with intervals over patients, with and without records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg import ec57
from ecgprune.ecg.databases.registry import Database

__all__ = [
    "LEARNING_MINUTES",
    "LEFT_OUT",
    "RESAMPLES",
    "Answers",
    "Subset",
    "over_patients",
    "per_record",
    "rules",
    "score",
    "subsets",
]

RESAMPLES = 2000
LEARNING_MINUTES = 5.0
"""EC57 lets a device learn for five minutes: its test period begins then (bxb's default start)."""

LEFT_OUT = {"edge_beats": "left_out", "gap_beats": "in_gaps", "unclassed_beats": "unclassed"}
"""Reason why beats are not scored (too near to an end of the record; in a gap of the signal; of a code without a class)
-> the attribute of `beats.Beats` that counts them."""

_MOST_OF_S = "232"
"""The record of MIT-BIH that holds three quarters of the S beats of DS2."""

_RULES = (
    "Beats: every beat annotation that has a class, at the annotated R peak. Detection is not tested.",
    "Classes of ANSI/AAMI EC57 and their annotation codes: {classes}. Unknown beats are of class Q, and count.",
    "Left out and counted: a beat whose window does not lie wholly inside its record, or has invalid samples.",
    "Per class: every beat counts; a beat of any other class that is called S is a false positive of S. F1 is the "
    "harmonic mean of sensitivity and positive predictivity. Macro-F1 is the mean F1 of the classes that there are.",
    "EC57's statistics of S and V: as PhysioNet's bxb counts, F and Q called V are no false positives of V, and Q "
    "called S is none of S.",
    "Time: whole records, as publications on DS1 and DS2 count. Result 'ec57' begins after five minutes, which are for "
    "learning, and leaves out paced records, as the standard does.",
    "Intervals: 95 %, percentile, bootstrap over patients. A resample draws as many patients as there are, with "
    "replacement, and takes all beats of each. A resample without a class has no part in its interval; a class "
    "of fewer than two patients has none.",
)


def rules(codes: Mapping[str, int], classes: Sequence[str]) -> list[str]:
    """How the figures are counted, in words, for people who compare them with others.

    Args:
        codes: {annotation code: index into `classes`}.
        classes: names of the classes.
    """
    by_class = [f"{name} = {' '.join(c for c, i in codes.items() if i == k)}" for k, name in enumerate(classes)]
    return [rule.format(classes=", ".join(by_class)) for rule in _RULES]


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model says of one record.

    Attributes:
        record: its name.
        patient: whose it is.
        lead: the signal that was used.
        label: uint8 [beats], index into the classes.
        predicted: uint8 [beats].
        minute: float [beats], when each beat is, in minutes from the start.
        left_out: beats that were not scored, by reason: those of LEFT_OUT.
    """

    record: str
    patient: str
    lead: str
    label: NDArray[np.uint8]
    predicted: NDArray[np.uint8]
    minute: NDArray[np.float64]
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class Subset:
    """A part of what was scored.

    Attributes:
        name: in JSON.
        title: for people.
        left_out: records that are no part of it.
        from_minute: beats before are no part of it.
    """

    name: str
    title: str
    left_out: tuple[str, ...] = ()
    from_minute: float = 0.0


def subsets(database: Database, records: Iterable[str], trained: Iterable[str] = ()) -> list[Subset]:
    """The parts of these records that are worth a result of their own, the whole first.

    Args:
        database: whose records they are.
        records: their names.
        trained: those that the model was trained with.
    """
    names = list(records)
    seen = tuple(name for name in names if name in set(trained))
    paced = tuple(name for name in names if name in database.paced)
    found = [Subset("all", "all records")]
    if seen and len(seen) < len(names):
        found.append(Subset("unseen", "not trained with", seen))
    if paced:
        found.append(Subset("without_paced", "without paced records", paced))
    if database.name == "mitdb" and _MOST_OF_S in names:
        found.append(Subset("without_232", "without record 232", (_MOST_OF_S,)))
    found.append(Subset("ec57", "EC57's period: no paced, from minute 5", paced, LEARNING_MINUTES))
    return found


def score(
    answers: Sequence[Answers], classes: Sequence[str], subset: Subset, resamples: int = RESAMPLES, seed: int = 1
) -> dict[str, Any] | None:
    """The result on a subset, ready for JSON; None where no beats are left.

    Args:
        answers: of all records.
        classes: names of the classes.
        subset: what is scored.
        resamples: of the bootstrap over patients.
        seed: draws them.

    Returns:
        {"name", "title", "records", "records_left_out", "patients", "beats", "confusion", "accuracy", "macro_f1",
        "macro_f1_nsvf", "per_class": {class: {"se", "ppv", "f1", "support", "patients"}}, "ec57": {"S" and "V": {"se",
        "ppv", "f1"}}, "intervals": the same scores as [low, high]}. None stands for a score that does not exist, and
        for the intervals of fewer than two patients.
    """
    kept = [a for a in answers if a.record not in subset.left_out]
    matrices: dict[str, NDArray[np.int64]] = {}
    for one in kept:
        use = one.minute >= subset.from_minute
        matrix = ec57.confusion(one.label[use], one.predicted[use], classes)
        matrices[one.patient] = matrices.get(one.patient, 0) + matrix
    if not kept or not any(m.any() for m in matrices.values()):
        return None
    each = np.stack(list(matrices.values()))
    whole = each.sum(axis=0)
    found = _tree(ec57.scores(whole, classes), classes, _value)
    for i, name in enumerate(classes):
        found["per_class"][name] |= {
            "support": int(whole[i].sum()),
            "patients": int((each[:, i].sum(axis=1) > 0).sum()),
        }
    return {
        "name": subset.name,
        "title": subset.title,
        "records": len(kept),
        "records_left_out": [name for name in subset.left_out if name in {a.record for a in answers}],
        "patients": len(matrices),
        "beats": int(whole.sum()),
        "confusion": whole.tolist(),
        **found,
        "intervals": intervals(each, classes, resamples, seed),
    }


def intervals(
    each: NDArray[np.int64], classes: Sequence[str], resamples: int = RESAMPLES, seed: int = 1
) -> dict[str, Any] | None:
    """95 % percentile intervals by bootstrap over patients; None for fewer than two, of a class as of all.

    Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman and Hall, 1993, chapter 13.

    Args:
        each: int64 [patients, reference class, predicted class], each patient's confusion matrix.
        classes: names of the classes.
        resamples: of the patients.
        seed: draws them.
    """
    if len(each) < 2:
        return None
    found = _tree(ec57.scores(over_patients(each, resamples, seed), classes), classes, _interval)
    having = (each.sum(axis=2) > 0).sum(axis=0)
    for kind in ("per_class", "ec57"):
        for name in found[kind]:
            if having[classes.index(name)] < 2:  # every resample that has the class has the same beats of it
                found[kind][name] = dict.fromkeys(found[kind][name])
    return found


def over_patients(each: NDArray[np.int64], resamples: int = RESAMPLES, seed: int = 1) -> NDArray[np.int64]:
    """[resamples, ...]: the sums of as many patients as there are, drawn with replacement.

    Args:
        each: int64 [patients, ...], counts of each patient.
        resamples: how many.
        seed: draws them; the same seed draws the same patients.
    """
    patients = len(each)
    draws = np.random.default_rng(seed).multinomial(patients, np.full(patients, 1 / patients), size=resamples)
    drawn: NDArray[np.int64] = (draws @ each.reshape(patients, -1)).reshape(resamples, *each.shape[1:])
    return drawn


def per_record(answers: Sequence[Answers], classes: Sequence[str]) -> list[dict[str, Any]]:
    """One row for each record: {"record", "patient", "lead", "beats", "left_out", "accuracy", "ec57", "confusion"}."""
    rows = []
    for one in answers:
        matrix = ec57.confusion(one.label, one.predicted, classes)
        found = _tree(ec57.scores(matrix, classes), classes, _value)
        rows.append(
            {
                "record": one.record,
                "patient": one.patient,
                "lead": one.lead,
                "beats": len(one.label),
                "left_out": dict(one.left_out),
                "accuracy": found["accuracy"],
                "ec57": found["ec57"],
                "confusion": matrix.tolist(),
            }
        )
    return rows


def _tree(found: ec57.Scores, classes: Sequence[str], pick: Callable[[NDArray[np.float64]], Any]) -> dict[str, Any]:
    """All scores by name, each through `pick`."""
    place = {name: i for i, name in enumerate(classes)}
    return {
        "accuracy": pick(found.accuracy),
        "macro_f1": pick(found.macro_f1),
        "macro_f1_nsvf": pick(found.macro_f1_nsvf),
        "per_class": {
            name: {key: pick(getattr(found, key)[..., i]) for key in ("se", "ppv", "f1")} for name, i in place.items()
        },
        "ec57": {
            name: {
                "se": pick(found.se[..., place[name]]),
                "ppv": pick(found.ec57_ppv[..., place[name]]),
                "f1": pick(found.ec57_f1[..., place[name]]),
            }
            for name in ec57.ECTOPIC
            if name in place
        },
    }


def _value(score: NDArray[np.float64]) -> float | None:
    return None if np.isnan(score) else float(score)


def _interval(scores: NDArray[np.float64]) -> list[float] | None:
    there = scores[~np.isnan(scores)]
    return [float(v) for v in np.percentile(there, [2.5, 97.5])] if len(there) else None
