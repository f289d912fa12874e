"""Simulates rhythms that few records hold, with the normal beats of a patient: for training, never for tests.

Only the rhythm is simulated, and with it the inputs that depend on RR intervals; the windows are those of the patient.
Inputs that compare a beat with the template beat are computed again along the simulated record.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.config import DataConfig
from ecgprune.ecg.beats import RR_LIMIT_S, Beats, normalize, patient_features, rr_features
from ecgprune.ecg.dataset import CLASSES

__all__ = ["Rows", "rows"]

MOST = 700  # beats of a simulated record
SETTLED = 20  # running means settle first: beats before that are left out
FEWEST = 100  # normal beats; with fewer nothing is simulated
ECTOPIC_PART = 6  # ectopic beats, and sinus beats among them: each a sixth of those in atrial fibrillation


@dataclass(frozen=True, eq=False)
class Rows:
    """Simulated beats of one patient; arrays as in `dataset.Dataset`."""

    ecg: NDArray[np.int8]
    rr: NDArray[np.int8]
    label: NDArray[np.uint8]
    patient: NDArray[np.int8] | None


def rows(
    beats: Beats, usable: NDArray[np.bool_], count: int, config: DataConfig, rng: np.random.Generator
) -> list[Rows]:
    """Simulates two rhythms from the normal beats of a record: atrial fibrillation, and a mostly ectopic patient.

    Atrial fibrillation (class N): RR intervals drawn lognormally about the local median, with a spread from 0.10 to
    0.28 that is the record's own. Mostly ectopic (classes S and N): runs of 2 to 15 S beats at 0.50 to 0.85 of the
    sinus interval, between them 1 to 3 sinus beats, the first after a pause of 1.0 to 1.9 intervals. Such a patient has
    no sinus RR, and most of the patient's beats are S.

    Args:
        beats: of the record.
        usable: [beats], those whose windows may be used.
        count: beats in atrial fibrillation; of the ectopic patient there is a sixth of that of each class.
        config: of the dataset.
        rng: draws the rhythms.

    Returns:
        The two rhythms' rows. Fewer rows, or none, where the patient has few normal beats.
    """
    normal = np.flatnonzero(usable & (beats.label == CLASSES.index("N")))[:MOST]
    if len(normal) < FEWEST:
        return []
    before = beats.before[normal]
    fibrillating = _fibrillation(before, config.sample_rate_hz, rng)
    ectopic, premature = _ectopic(before, config.sample_rate_hz, rng)
    settled = np.arange(SETTLED, len(normal))
    chosen = [rng.permutation(settled[premature[settled] == kind])[: count // ECTOPIC_PART] for kind in (True, False)]
    label = np.where(premature, CLASSES.index("S"), CLASSES.index("N")).astype(np.uint8)
    return [
        _rows(beats.window[normal], fibrillating, np.zeros_like(label), rng.permutation(settled)[:count], config),
        _rows(beats.window[normal], ectopic, label, np.concatenate(chosen), config),
    ]


def _rows(
    window: NDArray[np.int16], rr: NDArray[np.int64], label: NDArray[np.uint8], chosen: NDArray[np.intp],
    config: DataConfig,
) -> Rows:  # fmt: skip
    chosen = np.sort(chosen)
    peaks = np.cumsum(rr)
    whole = np.ones(len(peaks), np.bool_)
    return Rows(
        ecg=normalize(window[chosen]),
        rr=rr_features(peaks, config.sample_rate_hz)[chosen],
        label=label[chosen],
        patient=patient_features(window, whole, peaks, config)[chosen] if config.patient else None,
    )


def _fibrillation(before: NDArray[np.int64], rate_hz: int, rng: np.random.Generator) -> NDArray[np.int64]:
    local = [np.median(before[max(0, i - 8) : i + 9]) for i in range(len(before))]
    spread = rng.uniform(0.10, 0.28)
    return _samples(np.array(local) * np.exp(rng.normal(0, spread, len(before))), rate_hz)


def _ectopic(
    before: NDArray[np.int64], rate_hz: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(RR before each beat, whether it is ectopic)."""
    sinus = float(np.median(before)) * np.exp(rng.normal(0, 0.05))
    early, pause = rng.uniform(0.50, 0.85), rng.uniform(1.0, 1.9)
    rr, premature = np.empty(len(before)), np.zeros(len(before), np.bool_)
    at = 0
    while at < len(before):
        own = int(rng.integers(1, 4))
        rr[at : at + own] = sinus
        rr[at] *= pause
        run = slice(at + own, at + own + int(rng.integers(2, 16)))
        rr[run], premature[run] = sinus * early, True
        at = run.stop
    return _samples(rr * np.exp(rng.normal(0, 0.055, len(rr))), rate_hz), premature


def _samples(rr: NDArray[np.float64], rate_hz: int) -> NDArray[np.int64]:
    whole: NDArray[np.int64] = np.rint(np.clip(rr, 0.3 * rate_hz, RR_LIMIT_S * rate_hz)).astype(np.int64)
    return whole
