"""Inputs that set a beat against the patient's own rhythm and the patient's template beat; for patients never seen.

All of it is integer arithmetic that firmware/lib/ecg repeats bit for bit, beat after beat: ecgp_rhythm.c and
ecgp_morphology.c, called by ecgp_patient.c. Everything fits in 32 bits. A beat's inputs take nothing that comes after
it but the next RR interval.

The template beat is a running mean of the windows, slow where the rhythm is irregular so that ectopic beats hardly
enter it. Rhythm: RR against memories of several lengths (de Chazal et al. 2004, doi:10.1109/TBME.2004.827359:
previous, next, mean of ten, mean of the record), and in absolute terms, as a patient with mostly ectopic beats has no
sinus RR.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.integers import LOG2_STEPS, about_mean, log2_ratio, quotient, to_int8, towards_zero
from ecgprune.ecg.template import FRACTION, of_one_template, template_before

__all__ = [
    "AFTER",
    "BEFORE",
    "FEATURES",
    "QRS",
    "RATE_HZ",
    "SCALE",
    "P",
    "centred_windows",
    "earliness",
    "features",
    "regular",
    "templates",
]

FEATURES = (
    "previous RR to the mean of 64",  # RR ratios: 256 * (a - b) / b
    "next RR to the mean of 64",
    "previous RR to next RR",  # 256 * (a - b) / (a + b)
    "previous RR to the mean of 8",
    "previous RR to the mean of 256",
    "previous RR to the median of 64",
    "next RR to the median of 64",
    "previous RR to the fourth quintile of 64",
    "previous RR to the longest of 16",
    "RR before that to the mean of 64",
    "previous RR to the RR before that",  # 256 * (a - b) / (a + b)
    "mean change of 32 RR",  # 256 * change / mean of 64
    "median change of 32 RR",
    "mean deviation of 64 RR",  # 512 * deviation / mean of 64
    "previous RR in mean deviations",  # 32 each
    "previous RR to 0.8 s",  # 64 an octave
    "next RR to 0.8 s",
    "QRS against the template beat",  # distances: 32 an octave, P wave 64
    "QRS distance to its mean",
    "P wave against the template beat",
    "P wave's distance to its mean",
    "P wave's amplitude to the template beat's",  # 64 an octave
    "T wave against the template beat",
    "QRS against the previous beat's",
    "QRS width to the template beat's",  # 32 a sample
    "R peak against the template beat's",  # 64 per amplitude of the template beat
    "QRS minimum against the template beat's",  # 128 per amplitude of the template beat
    "QRS maximum against the template beat's",
)
"""What the columns are, and what one unit of each is worth."""

SCALE = 1 / 32
"""What one unit is worth to the model."""
RATE_HZ = 180
BEFORE, AFTER = 52, 84
"""Samples of the window that is looked at, before the R peak and from it on. What follows is in samples as well."""

# firmware/lib/ecg/ecgp_rhythm.h and ecgp_morphology.h have the same, and those of template.py; a test compares them.
PAST = 64  # RR intervals remembered
LONG = 256  # RR intervals in the long mean, which forgets exponentially
NORMAL_RR = RATE_HZ * 4 // 5  # 0.8 s
SPREAD = 64  # beats in the running mean of distances
LIMIT = 4095  # 20 mV
QRS, P, T = (34, 74, 4), (4, 40, 3), (74, 132, 3)  # from, to, and by how much a beat may be moved to fit
BASELINE = (28, 80)  # its median is the QRS's foot
UNKNOWN = 1 << 30


def features(
    windows: NDArray[np.int16],
    whole: NDArray[np.bool_],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    template: NDArray[np.int64] | None = None,
) -> NDArray[np.int8]:
    """The features of one patient's beats, in their order.

    Args:
        windows: int16 [whole beats, BEFORE + AFTER] at RATE_HZ, in units of 5 uV.
        whole: [beats], which of the beats have a window; the others count for the rhythm only.
        before: int64 [beats], RR interval before each beat in samples, from 1 to two seconds.
        after: int64 [beats], RR interval after each beat, likewise.
        template: int64 [whole beats], rising numbers of the template beats, each of which begins anew; None: one.

    Returns:
        int8 [whole beats, features].
    """
    rhythm = [column[whole] for column in _rhythm(before, after)]
    steady = regular(before, after)[whole]
    parts = [_morphology(windows[part], steady[part]) for part in of_one_template(len(windows), template)]
    return np.stack([*rhythm, *np.concatenate(parts, axis=1)], axis=1)


def regular(before: NDArray[np.int64], after: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a beat comes within an eighth of its time, and is not followed by an early one."""
    median = _part(_past(before), 1, 2)
    early_or_late: NDArray[np.bool_] = np.abs(before - median) * 8 < median
    return early_or_late & (after * 8 > 7 * median)


def _past(rr: NDArray[np.int64]) -> NDArray[np.int64]:
    """[beats, PAST]: the RR intervals up to each beat, newest first; UNKNOWN before the record."""
    padded = np.concatenate([np.full(PAST - 1, UNKNOWN), rr])
    return np.lib.stride_tricks.sliding_window_view(padded, PAST)[:, ::-1]


def _part(values: NDArray[np.int64], numerator: int, denominator: int) -> NDArray[np.int64]:
    """Of each row's known values in rising order, the one at (count - 1) * numerator // denominator; 0 without any."""
    count = (values < UNKNOWN).sum(axis=1)
    at = np.maximum(count - 1, 0) * numerator // denominator
    chosen: NDArray[np.int64] = np.sort(values, axis=1)[np.arange(len(values)), at]
    return np.where(count > 0, chosen, 0)


def _mean(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Floored mean of each row's known values; 0 without any."""
    known = values < UNKNOWN
    mean: NDArray[np.int64] = np.where(known, values, 0).sum(axis=1) // np.maximum(known.sum(axis=1), 1)
    return mean


def _relative(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int8]:
    return quotient(256 * (a - b), b)


def earliness(before: NDArray[np.int64]) -> NDArray[np.int8]:
    """int8 [beats]: the feature "previous RR to the median of 64"."""
    return _relative(before, _part(_past(before), 1, 2))


def _rhythm(before: NDArray[np.int64], after: NDArray[np.int64]) -> list[NDArray[np.int8]]:
    """The first columns of FEATURES, int8 [beats] each: RR intervals against memories of them."""
    past = _past(before)
    known = past < UNKNOWN
    mean, median = _mean(past), _part(past, 1, 2)
    change = np.where(known[:, 1:33], np.abs(past[:, :32] - past[:, 1:33]), UNKNOWN)
    deviation = _mean(np.where(known, np.abs(past - mean[:, None]), UNKNOWN))
    previous = np.where(known[:, 1], past[:, 1], before)
    longest = np.where(known, past, 0)[:, :16].max(axis=1)
    normal = np.full_like(before, NORMAL_RR)
    return [
        _relative(before, mean),
        _relative(after, mean),
        quotient(256 * (before - after), before + after),
        _relative(before, _mean(past[:, :8])),
        _relative(before, _long_mean(before)),
        earliness(before),
        _relative(after, median),
        _relative(before, _part(past, 4, 5)),
        _relative(before, longest),
        _relative(previous, mean),
        quotient(256 * (before - previous), before + previous),
        quotient(256 * _mean(change), mean),
        quotient(256 * _part(change, 1, 2), mean),
        quotient(512 * deviation, mean),
        quotient(32 * (before - mean), np.maximum(np.maximum(deviation, mean // 50), 1)),
        to_int8(2 * log2_ratio(before, normal)),
        to_int8(2 * log2_ratio(after, normal)),
    ]


def _long_mean(rr: NDArray[np.int64]) -> NDArray[np.int64]:
    """Mean of all RR intervals so far, from LONG of them on a running one; kept in 1/FRACTION, floored."""
    found = np.empty_like(rr)
    mean = int(rr[0]) * FRACTION if len(rr) else 0
    for i, value in enumerate(rr.tolist()):
        mean += int(towards_zero(value * FRACTION - mean, min(i + 1, LONG)))
        found[i] = mean // FRACTION
    return found


def centred_windows(windows: NDArray[np.int16]) -> NDArray[np.int64]:
    """int64 [beats, window]: each window about its mean, clipped to LIMIT."""
    return np.clip(about_mean(windows.astype(np.int64)), -LIMIT, LIMIT)


def templates(
    x: NDArray[np.int64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    whole: NDArray[np.bool_],
    template: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """int64 [whole beats, window]: the template beat as it is before each beat.

    Args:
        x: int64 [whole beats, window], what `centred_windows` gives.
        before: as `features` takes it.
        after: likewise.
        whole: likewise.
        template: likewise.
    """
    steady = regular(before, after)[whole]
    return np.concatenate([template_before(x[part], steady[part]) for part in of_one_template(len(x), template)])


def _morphology(windows: NDArray[np.int16], steady: NDArray[np.bool_]) -> list[NDArray[np.int8]]:
    x = centred_windows(windows)
    template = template_before(x, steady)
    size = _size(template, QRS)
    qrs, p, t = (_distance(x, template, part) for part in (QRS, P, T))
    previous = np.concatenate([x[:1], x[:-1]])
    low, high, _ = QRS
    part, template_part = x[:, low:high], template[:, low:high]
    amplitude = np.abs(template_part).max(axis=1, initial=0) + 4
    return [
        to_int8(log2_ratio(qrs, size) + LOG2_STEPS),
        to_int8(log2_ratio(qrs, _running(qrs))),
        to_int8(2 * (log2_ratio(p, size) + 5 * LOG2_STEPS // 2)),
        to_int8(log2_ratio(p, _running(p))),
        to_int8(2 * log2_ratio(_size(x, P), _size(template, P))),
        to_int8(log2_ratio(t, size) + LOG2_STEPS),
        to_int8(log2_ratio(_distance(x, previous, QRS), size) + LOG2_STEPS),
        to_int8(2 * (_width(x) - _width(template))),
        quotient(64 * (x[:, BEFORE] - template[:, BEFORE]), amplitude),
        quotient(128 * (_least(part) - _least(template_part)), amplitude),
        quotient(128 * (-_least(-part) + _least(-template_part)), amplitude),
    ]


def _size(x: NDArray[np.int64], part: tuple[int, int, int]) -> NDArray[np.int64]:
    """Sum of absolute deviations from the part's mean, and one for each sample."""
    low, high, _ = part
    size: NDArray[np.int64] = np.abs(about_mean(x[:, low:high])).sum(axis=1) + (high - low)
    return size


def _distance(x: NDArray[np.int64], other: NDArray[np.int64], part: tuple[int, int, int]) -> NDArray[np.int64]:
    """Least sum of absolute differences of `x`, moved to fit, and `other`, each about its mean; one more per sample."""
    low, high, reach = part
    still = about_mean(other[:, low:high])
    moved = [np.abs(about_mean(x[:, low + s : high + s]) - still).sum(axis=1) for s in range(-reach, reach + 1)]
    least: NDArray[np.int64] = np.minimum.reduce(moved) + (high - low)
    return least


def _running(distance: NDArray[np.int64]) -> NDArray[np.int64]:
    """Running mean of the distances before each beat's, at least 1; more than three times the mean counts as that."""
    found = np.empty_like(distance)
    mean = int(distance[0]) * 16 if len(distance) else 0
    for i, value in enumerate(distance.tolist()):
        found[i] = max(mean // 16, 1)
        mean += int(towards_zero(min(value * 16, 3 * mean) - mean, min(i + 1, SPREAD)))
    return found


def _width(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Mean distance from the R peak of what rises above the QRS's foot, in 1/16 samples."""
    foot = np.sort(x[:, slice(*BASELINE)], axis=1)[:, (BASELINE[1] - BASELINE[0]) // 2]
    low, high, _ = QRS
    height = np.abs(x[:, low:high] - foot[:, None])
    width: NDArray[np.int64] = (height * np.abs(np.arange(low, high) - BEFORE) * 16).sum(axis=1) // (
        height.sum(axis=1) + 1
    )
    return width


def _least(x: NDArray[Any]) -> NDArray[np.int64]:
    least: NDArray[np.int64] = x.min(axis=1, initial=UNKNOWN)
    return least
