"""When the synthetic patients' hearts beat, and which kind of beat each one is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RATE_HZ", "Rhythm", "Schedule", "schedule"]

RATE_HZ = 360
"""Sampling rate of the synthetic records: MIT-BIH's."""

_FIRST_BEAT_S = 0.5


@dataclass(frozen=True)
class Rhythm:
    """How a patient's heart beats.

    Attributes:
        note: WFDB rhythm annotation, such as "(N".
        dominant: code of the patient's dominant beat: N, L or R.
        rr_s: mean RR interval in seconds.
        irregularity: random part of an RR interval, relative; large in atrial fibrillation.
        atrial: share of premature S beats.
        ventricular: share of premature V beats.
        fusion: share of fusion beats F.
        paced: share of the remaining beats that a demand pacemaker triggers.
    """

    note: str
    dominant: str
    rr_s: float
    irregularity: float
    atrial: float
    ventricular: float
    fusion: float
    paced: float


@dataclass(frozen=True, eq=False)
class Schedule:
    """The beats of a simulated record.

    Attributes:
        sample: int64 [beats], R peaks at RATE_HZ.
        symbol: WFDB code of each.
        rr_s: float64 [beats], RR interval before each, in seconds.
    """

    sample: NDArray[np.int64]
    symbol: list[str]
    rr_s: NDArray[np.float64]


def schedule(rng: np.random.Generator, rhythm: Rhythm, seconds: float) -> Schedule:
    """Beats for a record. Every kind of beat that the rhythm has a share of occurs at least once.

    Args:
        rng: draws them.
        rhythm: RR interval, and the share of each kind of beat.
        seconds: length of the record.
    """
    count = int(seconds / rhythm.rr_s * 1.3) + 8  # enough for the quickest; the surplus is cut
    symbol = _symbols(rng, rhythm, count, int(seconds / rhythm.rr_s))
    rr = _intervals(rng, rhythm, symbol)
    sample = np.rint((_FIRST_BEAT_S + np.cumsum(rr) - rr[0]) * RATE_HZ).astype(np.int64)
    fits = sample < int((seconds - 0.1) * RATE_HZ)
    return Schedule(sample[fits], symbol[fits].tolist(), rr[fits])


def _symbols(rng: np.random.Generator, rhythm: Rhythm, count: int, expected: int) -> NDArray[np.str_]:
    symbol = np.full(count, rhythm.dominant, dtype="<U1")
    if rhythm.paced:
        for start in range(0, count, 12):  # the pacemaker comes and goes for some beats at a time
            if start == 0 or rng.random() < rhythm.paced:
                symbol[start : start + 12] = "/"
        symbol[(symbol == "/") & (rng.random(count) < 0.06)] = "f"
    places = rng.permutation(np.arange(4, int(0.9 * expected), 2)).tolist()  # side by side only in pairs
    for kind, share, pairs in (("A", rhythm.atrial, 0.2), ("V", rhythm.ventricular, 0.1), ("F", rhythm.fusion, 0.0)):
        for _ in range(max(1, round(share * expected)) if share else 0):
            at = places.pop()
            symbol[at] = "a" if kind == "A" and rng.random() < 0.08 else kind
            if rng.random() < pairs:
                symbol[at + 1] = kind
    return symbol


def _intervals(rng: np.random.Generator, rhythm: Rhythm, symbol: NDArray[np.str_]) -> NDArray[np.float64]:
    """RR interval before each beat, in seconds: sinus rhythm that breathes, premature beats and their pauses."""
    count = len(symbol)
    time = np.arange(count) * rhythm.rr_s
    breath, mayer, drift = rng.uniform(0, 2 * np.pi, 3)
    sway = 0.03 * np.sin(2 * np.pi * 0.25 * time + breath) + 0.02 * np.sin(2 * np.pi * 0.1 * time + mayer)
    sway += 0.05 * np.sin(2 * np.pi * time / 140 + drift)
    sinus = rhythm.rr_s * (1 + sway) * np.clip(1 + rhythm.irregularity * rng.standard_normal(count), 0.55, 1.7)
    early = {"A": (0.60, 0.90), "a": (0.55, 0.75), "V": (0.52, 0.85), "F": (0.88, 0.99)}
    rr: NDArray[np.float64] = sinus.copy()
    for i in range(1, count):
        kind, last = str(symbol[i]), str(symbol[i - 1])
        if kind in early:
            rr[i] = sinus[i] * rng.uniform(*early[kind])
        elif last in "VF":  # compensatory: the sinus node keeps its time
            rr[i] = max(2 * sinus[i - 1] - rr[i - 1], 0.5 * sinus[i])
        elif last in "Aa":  # not compensatory: it is reset
            rr[i] = sinus[i] * rng.uniform(0.98, 1.12)
        elif kind == "/":
            rr[i] = rhythm.rr_s * 1.02
    return rr
