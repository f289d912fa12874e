"""Candidates of the QRS detector in one lead: where the steepness of the signal, summed over 111 ms, is greatest.

firmware/lib/ecg/ecgp_qrs_lead.c is its equal, sample by sample. All arithmetic fits in 32 bits.

1. The low-passed signal less itself 4 samples before, summed over 3 samples twice: a band-pass about 14 Hz with zeros
   at 0, 60 (twice) and 90 Hz. That is [1 2 3 3 2 1] and a difference of lag 3.
2. Its size, clipped, is the steepness. Summed over SUM samples it rises to one hump for a QRS complex of either sign.
3. A candidate is a sample with a greater sum than any before that is not overtaken for WAIT samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["BEFORE", "LEARN", "SUM", "WAIT", "Candidates", "candidates"]

# firmware/lib/ecg/ecgp_qrs_lead.h has the same constants, and a test compares the two.
LAG = 4  # samples of the difference
SUM = 20  # samples whose steepness is summed: 111 ms
WAIT = 34  # samples after which a greatest sum is a candidate: 189 ms
EARLIEST, LATEST = 26, 6  # samples before the greatest sum between which the R peak is looked for
SHARP = 6  # samples to either side that an R peak is set against
BEFORE = EARLIEST + SHARP  # samples before the greatest sum that a candidate takes: none is found before them
HEIGHT_SHIFT = 3  # of a sum, to fit its typical values into 16 bits
LEARN = 360  # samples before the detector knows its levels: 2 s
_LARGEST = 32767

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Candidates:
    """Candidates of one lead, by time; all int64 [candidates].

    Attributes:
        at: sample with the greatest sum. The candidate is known WAIT samples later.
        height: the sum / 2**HEIGHT_SHIFT, at most 32767.
        slope: greatest steepness among the samples of the sum, at most 32767.
        peak: sample of the R peak, were it a beat.
    """

    at: Ints
    height: Ints
    slope: Ints
    peak: Ints


def candidates(low: NDArray[np.int16]) -> Candidates:
    """The candidates in a whole lead.

    Args:
        low: [samples] at 180 Hz, low-passed, in units of 5 uV. All before the first counts as equal to it.
    """
    if not len(low):
        return Candidates(*(np.zeros(0, np.int64) for _ in range(4)))
    held = np.concatenate([np.repeat(low[:1], BEFORE), low]).astype(np.int64)  # held[k + BEFORE] is low[k]
    steepness = _steepness(held)
    total = _summed(steepness, SUM)
    at = _greatest(total)
    at = at[at >= 2 * BEFORE]
    window = sliding_window_view(np.concatenate([np.zeros(SUM - 1, np.int64), steepness]), SUM)
    return Candidates(
        at=at - BEFORE,
        height=np.minimum(total[at] >> HEIGHT_SHIFT, _LARGEST),
        slope=window[at].max(axis=1, initial=0),
        peak=_sharpest(held, at) - BEFORE,
    )


def _steepness(held: Ints) -> Ints:
    difference = held - np.concatenate([np.repeat(held[:1], LAG), held[:-LAG]])
    twice = _summed(_summed(difference, 3), 3)
    return np.minimum(np.abs(twice), _LARGEST)


def _summed(values: Ints, size: int) -> Ints:
    """[samples]: the sum of each value and the size - 1 before it; 0 before the first."""
    total = np.concatenate([np.zeros(size, np.int64), np.cumsum(values)])
    found: Ints = total[size:] - total[:-size]
    return found


def _greatest(total: Ints) -> Ints:
    """Where a sum is greater than the one before it and not overtaken for WAIT samples, WAIT + 1 apart or more."""
    after = sliding_window_view(np.concatenate([total[1:], np.zeros(WAIT, np.int64)]), WAIT).max(axis=1, initial=0)
    rising = np.concatenate([[False], total[1:] > total[:-1]])
    places = np.flatnonzero(rising & (total >= after))
    found: list[int] = []
    for place in places[places < len(total) - WAIT].tolist():
        if not found or place > found[-1] + WAIT:
            found.append(place)
    return np.array(found, np.int64)


def _sharpest(held: Ints, at: Ints) -> Ints:
    """The sample that is furthest from the mean of those SHARP before and after it: the first of equals."""
    offset = np.arange(-EARLIEST, 1 - LATEST)
    place: Any = at[:, None] + offset
    sharp = np.abs(2 * held[place] - held[place - SHARP] - held[place + SHARP])
    found: Ints = at + offset[sharp.argmax(axis=1)] if len(at) else at
    return found
