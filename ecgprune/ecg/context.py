"""Inputs that set a beat against the beats around it and against the same patient's beats of similar shape.

They go beside those of patient.py and are as causal: a beat's inputs take nothing that comes after it but the next RR
interval. All of it is integer arithmetic that firmware/lib/ecg/ecgp_context.c, ecgp_shape.c and ecgp_similarity.c
repeat bit for bit. Everything fits in 32 bits. Which features are here was decided by cross-validation over training
patients (docs/results/mixed.md).

Shapes are compared by correlation, which does not depend on the amplitude. A unit vector is a part of a window about
its mean, divided by its Euclidean length. A beat that correlates with many of the last beats has the patient's usual
shape, whatever that is. Whether such similar beats came early as well tells an ectopic focus from a conducted beat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.integers import about_mean, log2_ratio, quotient, to_int8, towards_zero
from ecgprune.ecg.patient import BEFORE, QRS, P, centred_windows, earliness, templates

__all__ = ["FEATURES", "SCALE", "features"]

FEATURES = (
    "share of similar beats",  # 127: all; of the last 32
    "similarity of the last beats",  # 127: all of the same shape
    "median similarity",  # 127 times the correlation
    "highest similarity",
    "earliness of similar beats",  # as "previous RR to the median of 64" of patient.py
    "earliness beyond that of similar beats",
    "correlation of the QRS with the template beat",  # 128 times the correlation
    "correlation of the beat with the template beat",
    "correlation of the T wave with the template beat",
    "QRS size to the template beat's",  # 64 an octave
    "QRS amplitude to its steepest slope",  # 32 an octave
    "slope's mean distance from the R peak",  # 16 a sample
    "samples above half of the amplitude",  # 4 a sample
    "samples above a quarter of the amplitude",
    "ST and T against the template beat",  # 64 per mean size of the template beat's QRS
    "P wave of the template beat",
    "size of the template beat's P wave to its QRS",  # 32 an octave
)
"""What the columns are, and what one unit of each is worth."""

SCALE = 1 / 32
"""What one unit is worth to the model."""

# firmware/lib/ecg/ecgp_context.h, ecgp_shape.h and ecgp_similarity.h have the same, and a test compares them.
REMEMBERED = 32  # beats whose shapes are remembered
POINTS, STRIDE, FIRST = 20, 2, 34  # every second sample of the QRS is a point of a remembered shape
SHIFTS = (-2, 0, 2)  # samples by which a beat may be moved to be similar
UNIT = 127  # length of a remembered unit vector
ALIKE, LIKE = 115, 102  # similarities of 0.9 and 0.8
FULL = 19  # above LIKE by this much is fully similar
LENGTH = 2048  # length of the template beat's unit vectors
REACH = 3  # samples by which a beat may be moved to correlate with the template beat
WHOLE, T = (12, 92), (82, 128)  # samples of the window, from and to: the beat, ST and T
SLOPE = (28, 82)  # the QRS with what is about it, where slopes are looked for


def features(
    windows: NDArray[np.int16],
    whole: NDArray[np.bool_],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    template: NDArray[np.int64] | None = None,
) -> NDArray[np.int8]:
    """The features of one patient's beats, in their order.

    Args:
        windows: int16 [whole beats, patient.BEFORE + patient.AFTER] at patient.RATE_HZ, in units of 5 uV.
        whole: [beats], which of the beats have a window; the others count for the rhythm only.
        before: int64 [beats], RR interval before each beat in samples, from 1 to two seconds.
        after: int64 [beats], RR interval after each beat, likewise.
        template: as `patient.features` takes it.

    Returns:
        int8 [whole beats, features].
    """
    x = centred_windows(windows)
    template_beats = templates(x, before, after, whole, template)
    early = earliness(before)[whole].astype(np.int64)
    return np.stack([*_similarity(x, early), *_shape(x, template_beats)], axis=1)


def _root(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Square root, rounded down; exact, as x is below 2**52."""
    root: NDArray[np.int64] = np.sqrt(x.astype(np.float64)).astype(np.int64)
    return root


def _lengths(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """[rows, 1]: more than the Euclidean length of each row, by at most 1."""
    return _root((x * x).sum(axis=1, keepdims=True)) + 1


def _unit(x: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Each row about its mean, scaled to `length`, rounded towards zero."""
    about = about_mean(x)
    unit: NDArray[np.int64] = towards_zero(about * length, _lengths(about))
    return unit


def _similarity(x: NDArray[np.int64], early: NDArray[np.int64]) -> list[NDArray[np.int8]]:
    """The first six of FEATURES: a beat's QRS against those of up to REMEMBERED beats before it.

    Args:
        x: int64 [beats, window], from `centred_windows`.
        early: int64 [beats], from `earliness`.
    """
    ends = FIRST + POINTS * STRIDE
    moved = np.stack([_unit(x[:, FIRST + s : ends + s : STRIDE], UNIT) for s in SHIFTS], axis=1)
    kept = moved[:, SHIFTS.index(0)]
    found = np.zeros((6, len(x)), np.int64)
    share_alike, share_like, median, highest, early_alike, early_beyond = found  # rows in the order of FEATURES
    early_beyond[:] = early
    for i in range(1, len(x)):
        past = slice(max(0, i - REMEMBERED), i)
        count = past.stop - past.start
        alike = np.maximum(towards_zero(kept[past] @ moved[i].T, UNIT).max(axis=1), 0)
        share = np.clip(alike - LIKE, 0, FULL)
        earlier = int(towards_zero(int((share * early[past]).sum()), int(share.sum()) + FULL // 2))
        share_alike[i] = UNIT * int((alike >= ALIKE).sum()) // count
        share_like[i] = UNIT * int(share.sum()) // (FULL * count)
        median[i], highest[i] = np.sort(alike)[(count - 1) // 2], alike.max()
        early_alike[i], early_beyond[i] = earlier, early[i] - earlier
    return [to_int8(row) for row in found]


def _shape(x: NDArray[np.int64], template: NDArray[np.int64]) -> list[NDArray[np.int8]]:
    """The other FEATURES: a beat against the template beat, and the beat's own shape.

    Args:
        x: int64 [beats, window], from `centred_windows`.
        template: int64 [beats, window], the template beat before each of them.
    """
    low, high, _ = QRS
    size, template_size = _size(x[:, low:high]), _size(template[:, low:high])
    p_from, p_to, _ = P
    p_wave = template[:, p_from:p_to]
    edge = p_wave[:, -6:].sum(axis=1) // 6
    t = x[:, slice(*T)].sum(axis=1) - template[:, slice(*T)].sum(axis=1)
    slope = np.abs(np.diff(x[:, slice(*SLOPE)], axis=1))
    place = np.abs(np.arange(SLOPE[0], SLOPE[1] - 1) - BEFORE)
    spread = (slope * place * 16).sum(axis=1) // (slope.sum(axis=1) + 1)
    amplitude = x[:, low:high].max(axis=1, initial=-(1 << 30)) - x[:, low:high].min(axis=1, initial=1 << 30)
    height = np.abs(x[:, slice(*SLOPE)])
    peak = height[:, low - SLOPE[0] : high - SLOPE[0]].max(axis=1, initial=0)[:, None]
    return [
        _correlation(x, template, (low, high)),
        _correlation(x, template, WHOLE),
        _correlation(x, template, T),
        to_int8(2 * log2_ratio(size, template_size)),
        to_int8(log2_ratio(amplitude + 1, slope.max(axis=1, initial=0) + 1) - 64),
        to_int8(spread - 160),
        to_int8(4 * (2 * height > peak).sum(axis=1) - 64),
        to_int8(4 * (4 * height > peak).sum(axis=1) - 96),
        quotient(56 * t, template_size),
        quotient(2560 * (p_wave.max(axis=1, initial=-(1 << 30)) - edge), template_size),
        to_int8(log2_ratio(_size(p_wave), template_size) + 96),
    ]


def _size(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum of absolute deviations from the mean, and one for each sample."""
    size: NDArray[np.int64] = np.abs(about_mean(x)).sum(axis=1) + x.shape[1]
    return size


def _correlation(x: NDArray[np.int64], template: NDArray[np.int64], part: tuple[int, int]) -> NDArray[np.int8]:
    """128 times the highest correlation of the window's part, moved by up to REACH, with the template beat's."""
    low, high = part
    unit = _unit(template[:, low:high], LENGTH)
    best: Any = None
    for s in range(-REACH, REACH + 1):
        about = about_mean(x[:, low + s : high + s])
        found = towards_zero((about * unit).sum(axis=1), LENGTH // 128 * _lengths(about)[:, 0])
        best = found if best is None else np.maximum(best, found)
    return to_int8(best)
