"""What the synthetic patients' beats look like, and the noise on top of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.rhythm import RATE_HZ, Rhythm, Schedule

__all__ = ["Patient", "make_patient", "render"]

Waves = NDArray[np.float64]
"""float64 [waves, 5]: one Gaussian a row: place (s from the R peak), width (s), mV in MLII, mV in V1, and 1 where the
place moves with the heart rate (T waves)."""

_KINDS = ("normal", "left", "paced", "normal", "right", "normal", "paced", "fibrillating")


@dataclass(frozen=True, eq=False)
class Patient:
    """A simulated patient.

    Attributes:
        kind: one of _KINDS.
        rhythm: how the heart beats.
        beats: the forms that each WFDB code can take.
        wander_mv: baseline wander in mV, as all noise a standard deviation or an amplitude.
        hum_mv: mains hum in mV.
        muscle_mv: muscle noise in mV.
        flutter_mv: fibrillation waves in mV.
    """

    kind: str
    rhythm: Rhythm
    beats: dict[str, list[Waves]]
    wander_mv: float
    hum_mv: float
    muscle_mv: float
    flutter_mv: float


def make_patient(rng: np.random.Generator, index: int) -> Patient:
    """The patient of this number: its kind goes round in a circle, all else is drawn."""
    kind = _KINDS[index % len(_KINDS)]
    atrial, ventricular, fusion = rng.uniform(0.04, 0.09), rng.uniform(0.05, 0.12), rng.uniform(0.025, 0.05)
    fibrillates = kind == "fibrillating"
    rhythm = Rhythm(
        note={"fibrillating": "(AFIB", "paced": "(P"}.get(kind, "(N"),
        dominant={"left": "L", "right": "R"}.get(kind, "N"),
        rr_s=rng.uniform(0.62, 0.82),
        irregularity=0.14 if fibrillates else rng.uniform(0.008, 0.025),
        atrial=0.0 if fibrillates else atrial,
        ventricular=ventricular,
        fusion=fusion,
        paced=0.75 if kind == "paced" else 0.0,
    )
    return Patient(
        kind,
        rhythm,
        beats=_forms(rng, rhythm.dominant, fibrillates),
        wander_mv=rng.uniform(0.05, 0.25),
        hum_mv=rng.uniform(0.005, 0.03),
        muscle_mv=rng.uniform(0.015, 0.045),
        flutter_mv=0.05 if fibrillates else 0.0,
    )


def _forms(rng: np.random.Generator, dominant: str, fibrillates: bool) -> dict[str, list[Waves]]:
    p_wave = [] if fibrillates else [_vary(rng, [(-0.165, 0.022, 0.13, 0.06, 0)])]
    narrow = _vary(rng, [
        (-0.028, 0.009, -0.10, 0.02, 0), (0.0, 0.011, 1.10, 0.22, 0), (0.028, 0.011, -0.22, -0.75, 0),
        (0.225, 0.050, 0.12, 0.05, 1), (0.275, 0.036, 0.20, 0.08, 1),
    ])  # fmt: skip
    left = _vary(rng, [
        (-0.022, 0.021, 0.75, -0.55, 0), (0.024, 0.023, 0.80, -0.80, 0), (0.270, 0.055, -0.25, 0.30, 1),
    ])  # fmt: skip
    right = _vary(rng, [
        (-0.026, 0.009, -0.08, 0.15, 0), (0.0, 0.012, 0.95, -0.30, 0), (0.050, 0.026, -0.38, 0.75, 0),
        (0.270, 0.050, 0.25, -0.22, 1),
    ])  # fmt: skip
    qrs = {"N": narrow, "L": left, "R": right}[dominant]
    early_p = _vary(rng, [(-0.120, 0.017, rng.choice([-0.10, 0.05, 0.09]), -0.06, 0)])
    foci = [_focus(rng) for _ in range(2)]
    own = np.concatenate([*p_wave, qrs])
    paced = np.concatenate([_vary(rng, [(-0.060, 0.0015, 0.9, 0.5, 0)]), _focus(rng)])
    return {
        dominant: [own],
        "A": [np.concatenate([early_p, qrs])],
        "a": [np.concatenate([early_p, right if dominant != "R" else left])],
        "V": foci,
        "F": [_mix(own, focus, share) for focus in foci for share in (0.35, 0.5, 0.65)],
        "/": [paced],
        "f": [_mix(paced, own, share) for share in (0.4, 0.6)],
    }


def _focus(rng: np.random.Generator) -> Waves:
    """A beat born in a ventricle: wide, without P, its T against its QRS."""
    sign, side = rng.choice([-1.0, 1.0]), rng.choice([-1.0, 1.0])
    width = rng.uniform(0.026, 0.042)
    return _vary(rng, [
        (-1.1 * width, 0.8 * width, 0.35 * sign, 0.3 * side, 0), (0.0, width, 1.25 * sign, 0.9 * side, 0),
        (2.2 * width, 0.8 * width, -0.35 * sign * rng.uniform(-0.5, 1.5), -0.3 * side, 0),
        (0.290, 0.065, -0.35 * sign, -0.25 * side, 1),
    ])  # fmt: skip


def _mix(first: Waves, second: Waves, share: float) -> Waves:
    """Both wave fronts at once, the first with this share."""
    mixed = np.concatenate([first, second])
    mixed[: len(first), 2:4] *= share
    mixed[len(first) :, 2:4] *= 1 - share
    return mixed


def _vary(rng: np.random.Generator, rows: list[tuple[float, ...]]) -> Waves:
    """A patient's own variant of a textbook form."""
    waves = np.array(rows, dtype=np.float64)
    waves[:, 0] *= 1 + 0.08 * rng.standard_normal()
    waves[:, 1] *= np.exp(0.12 * rng.standard_normal(len(waves)))
    waves[:, 2:4] *= np.exp(0.18 * rng.standard_normal((len(waves), 2)))
    return waves


def render(rng: np.random.Generator, patient: Patient, beats: Schedule, samples: int) -> NDArray[np.float64]:
    """The ECG of a synthetic patient.

    Args:
        rng: draws noise, and how beats differ.
        patient: the shapes of its beats, and its noise.
        beats: when each beat comes, and of which kind it is.
        samples: length of the record, at RATE_HZ.

    Returns:
        float64 [samples, 2], millivolts of MLII and V1.
    """
    ecg = _noise(rng, patient, samples)
    breath = 1 + 0.06 * np.sin(2 * np.pi * 0.25 * beats.sample / RATE_HZ)
    for sample, symbol, rr, size in zip(beats.sample.tolist(), beats.symbol, beats.rr_s, breath, strict=True):
        forms = patient.beats[symbol]
        waves = forms[int(rng.integers(len(forms)))]
        _add_beat(ecg, sample, _jittered(rng, waves, float(np.sqrt(min(rr, 1.2) / 0.8)), float(size)))
    return ecg


def _jittered(rng: np.random.Generator, waves: Waves, stretch: float, size: float) -> Waves:
    """One beat's own variant of its form; no two beats are alike."""
    beat = waves.copy()
    beat[:, 0] *= np.where(waves[:, 4] > 0, stretch, 1.0)
    beat[:, 0] += 0.03 * np.abs(waves[:, 0]) * rng.standard_normal(len(waves))
    beat[:, 1] *= np.exp(0.06 * rng.standard_normal(len(waves)))
    beat[:, 2:4] *= size * np.exp(0.08 * rng.standard_normal((len(waves), 1)))
    return beat


def _add_beat(ecg: NDArray[np.float64], sample: int, beat: Waves) -> None:
    first = max(sample - int(0.4 * RATE_HZ), 0)
    last = min(sample + int(0.7 * RATE_HZ), len(ecg))
    time = (np.arange(first, last) - sample) / RATE_HZ
    bumps = np.exp(-0.5 * ((time[:, None] - beat[:, 0]) / beat[:, 1]) ** 2)
    ecg[first:last] += bumps @ beat[:, 2:4]


def _noise(rng: np.random.Generator, patient: Patient, samples: int) -> NDArray[np.float64]:
    """Baseline wander, power line, muscles, moving electrodes, and fibrillating atria."""
    time = np.arange(samples) / RATE_HZ
    noise = np.zeros((samples, 2))
    for lead in range(2):
        for hertz in (0.05, 0.15, 0.3):
            noise[:, lead] += patient.wander_mv / 2 * np.sin(
                2 * np.pi * hertz * rng.uniform(0.8, 1.2) * time + rng.uniform(0, 2 * np.pi)
            )
        noise[:, lead] += patient.hum_mv * np.sin(2 * np.pi * 60 * time + rng.uniform(0, 2 * np.pi))
        swell = 1 + 0.4 * np.sin(2 * np.pi * 0.9 * time + rng.uniform(0, 2 * np.pi))
        waver = np.cumsum(2 * np.pi * (6 + 0.8 * np.sin(2 * np.pi * 0.37 * time)) / RATE_HZ)
        noise[:, lead] += patient.flutter_mv * swell * np.sin(waver)
    effort = np.full(samples, patient.muscle_mv)
    for _ in range(rng.poisson(3 * samples / RATE_HZ / 60)):  # three efforts and three knocks a minute
        effort += 0.06 * np.exp(-0.5 * ((time - rng.uniform(0, time[-1])) / rng.uniform(0.3, 1.2)) ** 2)
    for _ in range(rng.poisson(3 * samples / RATE_HZ / 60)):
        knock = np.exp(-0.5 * ((time - rng.uniform(0, time[-1])) / rng.uniform(0.08, 0.3)) ** 2)
        noise += knock[:, None] * rng.normal(0, 0.3, 2)
    noise += effort[:, None] * rng.standard_normal((samples, 2))
    return noise
