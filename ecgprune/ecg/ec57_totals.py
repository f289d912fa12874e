"""Figures of EC57 over several records: gross, average, and with intervals over patients.

Gross figures are those of all beats together. An average is the mean over records, of those that have the figure.
PhysioNet's sumstats gives the same, but for the gross positive predictivity of S: it leaves out F called S, which EC57
and bxb count as false positives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.ec57_beats import BeatComparison, Rates, rates, rms
from ecgprune.ecg.ec57_periods import LABELS
from ecgprune.ecg.ec57_runs import RunComparison, run_rates
from ecgprune.ecg.evaluation import RESAMPLES, over_patients

__all__ = ["RUN_KINDS", "ScoredRecord", "averages", "figures", "intervals"]

RUN_KINDS = ("V", "S")

_SHARES = ("se", "ppv", "fpr")
_SINGLE = ("false_v_per_hour", "rr_error_ms", "rr_error_matched_ms")
_MISSED = "missed_in_shut_down"


@dataclass(frozen=True, eq=False)
class ScoredRecord:
    """One record's comparison.

    Attributes:
        record: its name.
        patient: whose it is.
        beats: of the beats.
        runs: {kind of RUN_KINDS: of the runs}.
    """

    record: str
    patient: str
    beats: BeatComparison
    runs: Mapping[str, RunComparison]


def figures(scored: Sequence[ScoredRecord]) -> dict[str, Any]:
    """Gross figures of records, ready for JSON; see `report.schema_score.Figures`. None: there is nothing to divide by.

    Args:
        scored: at least one record.
    """
    matrix = np.sum([s.beats.matrix for s in scored], axis=0)
    found = rates(matrix)
    hours = sum(s.beats.duration_s for s in scored) / 3600
    return {
        "beats": int(matrix[:5].sum()),
        **{name: _detection(one) for name, one in found.items()},
        "false_v_per_hour": float(found["V"].fp / hours) if hours else None,
        "rr_error_ms": rms(np.concatenate([s.beats.rr_errors for s in scored])),
        "rr_error_matched_ms": rms(np.concatenate([s.beats.rr_errors_matched for s in scored])),
        "runs": {kind: _runs([s.runs[kind] for s in scored]) for kind in RUN_KINDS},
        _MISSED: _in_shut_down(matrix),
        "shut_down_s": sum(s.beats.shut_down_s for s in scored),
        "in_flutter": sum(s.beats.in_flutter for s in scored),
        "duration_s": sum(s.beats.duration_s for s in scored),
    }


def averages(scored: Sequence[ScoredRecord]) -> dict[str, Any]:
    """Means of the rates over records, ready for JSON; see `report.schema_score.Averages`.

    Args:
        scored: at least one record.
    """
    each = [figures([s]) for s in scored]
    names = each[0]["runs"][RUN_KINDS[0]]
    return {
        "QRS": _means([e["QRS"] for e in each], _SHARES[:2]),
        "S": _means([e["S"] for e in each], _SHARES[:2]),
        "V": _means([e["V"] for e in each], _SHARES),
        **_means(each, _SINGLE),
        "runs": {
            kind: {name: _means([e["runs"][kind][name] for e in each], _SHARES[:2]) for name in names}
            for kind in RUN_KINDS
        },
        _MISSED: _means([e[_MISSED] for e in each], list(each[0][_MISSED])),
    }


def intervals(
    scored: Sequence[ScoredRecord], resamples: int = RESAMPLES, seed: int = 1
) -> dict[str, dict[str, list[float] | None]] | None:
    """95 % percentile intervals of gross rates by bootstrap over patients; None for fewer than two patients.

    Args:
        scored: the records.
        resamples: of the patients.
        seed: draws them.

    Returns:
        {"QRS", "S", "V": {"se", "ppv": [low, high]}}; None for a rate that exists in no resample.
    """
    each: dict[str, NDArray[np.int64]] = {}
    for one in scored:
        each[one.patient] = each.get(one.patient, 0) + one.beats.matrix
    if len(each) < 2:
        return None
    drawn = rates(over_patients(np.stack(list(each.values())), resamples, seed))
    return {name: {"se": _between(r.tp, r.fn), "ppv": _between(r.tp, r.fp)} for name, r in drawn.items()}


def _detection(found: Rates) -> dict[str, Any]:
    tp, fn, fp = int(found.tp), int(found.fn), int(found.fp)
    values = {"se": _share(tp, tp + fn), "ppv": _share(tp, tp + fp), "tp": tp, "fn": fn, "fp": fp}
    return values if found.tn is None else values | {"fpr": _share(fp, fp + int(found.tn)), "tn": int(found.tn)}


def _runs(compared: Sequence[RunComparison]) -> dict[str, dict[str, Any]]:
    sensitivity = np.sum([c.sensitivity for c in compared], axis=0)
    predictivity = np.sum([c.predictivity for c in compared], axis=0)
    found = {}
    for name, r in run_rates(sensitivity, predictivity).items():
        counts = {"found": int(r.found), "missed": int(r.missed), "true": int(r.true), "false": int(r.false)}
        found[name] = {
            "se": _share(counts["found"], counts["found"] + counts["missed"]),
            "ppv": _share(counts["true"], counts["true"] + counts["false"]),
            **counts,
        }
    return found


def _in_shut_down(matrix: NDArray[np.int64]) -> dict[str, float | None]:
    """The share of beats that were missed in shut-down: of all, and of the classes that bxb prints."""
    missed, all_beats = matrix[:5, LABELS.index("X")], matrix[:5].sum(axis=1)
    found = {"all": _share(int(missed.sum()), int(all_beats.sum()))}
    for name in "NSVF":
        k = LABELS.index(name)
        found[name] = _share(int(missed[k]), int(all_beats[k]))
    return found


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _means(rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, float | None]:
    """The mean of each value over the rows that have it."""
    found: dict[str, float | None] = {}
    for key in keys:
        there = [row[key] for row in rows if row[key] is not None]
        found[key] = sum(there) / len(there) if there else None
    return found


def _between(part: NDArray[np.int64], rest: NDArray[np.int64]) -> list[float] | None:
    whole = part + rest
    shares = part[whole > 0] / whole[whole > 0]
    return [float(v) for v in np.percentile(shares, [2.5, 97.5])] if len(shares) else None
