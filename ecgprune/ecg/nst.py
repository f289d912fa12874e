"""Signal and noise as PhysioNet's `nst` measures them, and where it adds noise.

The noise stress test is that of Moody, Muldrow and Mark 1984 (A noise stress test for arrhythmia detectors, Computers
in Cardiology 11:381-384), its signal-to-noise ratio that of PhysioNet's `nst` (nst(1) and sigamp(1) of the WFDB
Applications Guide, https://physionet.org/physiotools/wag/nst-1.htm):

    SNR = 10 log10(S / (N a^2)), a the gain of the noise.
    S = A^2 / 8; A is the mean peak-to-peak amplitude of the record's first 300 normal QRS complexes, each from 50 ms
        before to 50 ms after its annotation, the largest and the smallest 5% left out.
    N = R^2; R is the mean RMS of the noise in stretches of one second, each about its own mean, the largest and the
        smallest 5% left out.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ecgprune.config import DataConfig
from ecgprune.ecg.beats import lead_mv
from ecgprune.ecg.records import Record

__all__ = ["in_noise", "rms_amplitude", "signal_amplitude"]

_NOT_NORMAL = ("V", "E", "F")
"""Beats that sigamp leaves out (map1 of WFDB's ecgmap.h): PVC, ventricular escape, fusion."""
_QRS_COUNT, _QRS_S = 300, 0.05
_START_S, _PART_S = 300, 120


def in_noise(count: int, rate_hz: int) -> NDArray[np.bool_]:
    """Where nst adds noise to a record of `count` samples: two minutes in four, from 5 minutes on."""
    since = np.arange(count) - _START_S * rate_hz
    found: NDArray[np.bool_] = (since >= 0) & (since // (_PART_S * rate_hz) % 2 == 0)
    return found


def signal_amplitude(record: Record, config: DataConfig) -> float:
    """Root of nst's S in millivolts, of the chosen lead's normal QRS complexes; of all, where none is normal."""
    reach = round(_QRS_S * record.sample_rate_hz)
    inside = (record.beat_sample >= reach) & (record.beat_sample < len(record.signal) - reach)
    normal = inside & ~np.isin(record.beat_symbol, _NOT_NORMAL)
    peaks = record.beat_sample[normal if normal.any() else inside][:_QRS_COUNT]
    millivolts = lead_mv(record, config)
    return _trimmed_mean(np.ptp(millivolts[peaks[:, None] + np.arange(-reach, reach + 1)], axis=1)) / sqrt(8)


def rms_amplitude(millivolts: NDArray[np.float64], rate_hz: int) -> float:
    """nst's R in millivolts: RMS of a signal of noise in stretches of one second."""
    seconds = millivolts[: len(millivolts) // rate_hz * rate_hz].reshape(-1, rate_hz)
    return _trimmed_mean(seconds.std(axis=1))


def _trimmed_mean(values: NDArray[np.float64]) -> float:
    """Mean of all but the smallest and the largest 5%, as in sigamp."""
    cut = len(values) // 20
    return float(np.sort(values)[cut : len(values) - cut].mean())
