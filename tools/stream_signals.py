"""What happens on a body, as samples of an ADC of 11 bits like MIT-BIH's; for tests and for fuzz_ecg.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.stream import Lead

LEAD = Lead(200_000, 1024, 0, 2047)
"""200 units per millivolt about 1024."""

Floats = NDArray[np.float64]


def heart(rate_hz: float, seconds: float, per_minute: float) -> Floats:
    """[samples] in millivolts: a P wave, a QRS complex of 1 mV and a T wave for each beat."""
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    rr = 60 / per_minute
    from_peak = (time - 0.5 + 0.5 * rr) % rr - 0.5 * rr
    wave = np.exp(-((from_peak / 0.012) ** 2)) - 0.2 * np.exp(-(((from_peak - 0.03) / 0.012) ** 2))
    if rr > 0.3:
        wave += 0.25 * np.exp(-(((from_peak - min(0.28, 0.35 * rr)) / 0.05) ** 2))
    if rr > 0.4:
        wave += 0.12 * np.exp(-(((from_peak + 0.16) / 0.025) ** 2))
    return wave


def fibrillation(rate_hz: float, seconds: float) -> Floats:
    """[samples] in millivolts: waves of 5 Hz that come and go, as in ventricular fibrillation."""
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    return 0.5 * np.sin(2 * np.pi * 5 * time + 2 * np.sin(time)) * (1 + 0.5 * np.sin(0.7 * time))


def hum(rate_hz: float, seconds: float, hz: float) -> Floats:
    """[samples] in millivolts: 1 mV from peak to peak of powerline."""
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)


def adc(millivolts: Floats) -> NDArray[np.int16]:
    """[samples] in units of LEAD, clipped to its range."""
    return np.clip(np.rint(LEAD.zero + 200 * millivolts), LEAD.lowest, LEAD.highest).astype(np.int16)


def lost(samples: NDArray[np.int16], rate_hz: float, first_s: float, last_s: float, value: int) -> NDArray[np.int16]:
    """The samples with a constant instead of the signal for some time: no electrode, or saturation."""
    found = samples.copy()
    found[int(first_s * rate_hz) : int(last_s * rate_hz)] = value
    return found
