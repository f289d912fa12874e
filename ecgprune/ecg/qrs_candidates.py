"""Candidates of the QRS detector: where the steepness of a lead, summed over 111 ms, is greatest.

firmware/lib/ecg/ecgp_qrs_lead.c is its equal, sample by sample. All arithmetic fits in 32 bits.

1. The low-passed signal less itself 4 samples before, summed over 3 samples twice: a band-pass about 14 Hz with zeros
   at 0, 60 (twice) and 90 Hz. That is [1 2 3 3 2 1] and a difference of lag 3.
2. Its size, clipped, is the steepness. Summed over SUM samples it rises to one hump for a QRS complex of either sign.
3. A candidate is a sample with a greater sum than all in some time before it. It is shown twice: early, when it has not
   been overtaken for EARLY samples, and once more when it has not been for WAIT samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["EARLY", "LEARN", "NEAR", "SHAPE", "WAIT", "Lead", "Measures", "lead_of", "measured"]

# firmware/lib/ecg/ecgp_qrs_lead.h has the same constants, and a test compares the two.
LAG = 4  # samples of the difference
SUM = 20  # samples whose steepness is summed: 111 ms
EARLY = 24  # samples after which a greatest sum is shown early: 133 ms
WAIT = 34  # samples after which a greatest sum is a candidate for good: 189 ms
NEAR = 10  # samples to either side in which another lead's greatest sum belongs to the same candidate: 56 ms
EARLIEST, LATEST = 26, 6  # samples before the greatest sum between which the R peak is looked for
SHARP = 6  # samples to either side that an R peak is set against
SHAPE = 20  # samples of the shape
SHAPE_FROM = 6  # of them before the R peak; as the differences are 4 samples late, the first is 10 samples before it
HEIGHT_SHIFT = 3  # of a sum, to fit its typical values into 16 bits
LEARN = 360  # samples before the detector knows its levels: 2 s
BEFORE = 49  # samples before the greatest sum that a candidate takes, twice SUM and NEAR: none is found before them
_LARGEST = 32767
_AFTER = EARLY - NEAR  # samples after the greatest sum that are measured

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Lead:
    """One lead, gone through; indices are those of `held`.

    Attributes:
        held: int64 [BEFORE + samples + WAIT], the low-passed signal: sample k is held[BEFORE + k].
        difference: int64 [the same], smoothed, clipped to 16 bits.
        total: int64 [the same], the sum of the sizes of the last SUM differences.
        at: int64 [candidates], where the greatest sums are, by time.
        kept: bool [candidates], whether it is one for good, not only early.
    """

    held: Ints
    difference: Ints
    total: Ints
    at: Ints
    kept: NDArray[np.bool_]


@dataclass(frozen=True)
class Measures:
    """What one lead is like at candidates; all int64 [candidates], `shape` [candidates, SHAPE].

    Attributes:
        height: the greatest sum / 2**HEIGHT_SHIFT, at most 32767.
        slope: greatest steepness among the samples of the sum.
        before: sum of the steepness of the SUM samples before those, as `height`.
        after: sum of the steepness of the samples after the greatest sum, as `height`.
        peak: sample of the R peak, were it a beat.
        shape: differences about the R peak.
    """

    height: Ints
    slope: Ints
    before: Ints
    after: Ints
    peak: Ints
    shape: Ints


def lead_of(low: NDArray[np.int16]) -> Lead:
    """Goes through a whole lead.

    Args:
        low: [samples] at 180 Hz, low-passed, in units of 5 uV; one or more. All before the first counts as equal to it.
    """
    held = np.pad(low.astype(np.int64), (BEFORE, 0), mode="edge")
    lagged = held - np.concatenate([np.repeat(held[:1], LAG), held[:-LAG]])
    difference = np.clip(_summed(_summed(lagged, 3), 3), -_LARGEST, _LARGEST)
    total = _summed(np.abs(difference), SUM)
    at, kept = _greatest(total)
    whole = at >= 2 * BEFORE
    end = (0, WAIT)
    return Lead(np.pad(held, end), np.pad(difference, end), np.pad(total, end), at[whole], kept[whole])


def _summed(values: Ints, size: int) -> Ints:
    """[samples]: the sum of each value and the size - 1 before it; 0 before the first."""
    total = np.concatenate([np.zeros(size, np.int64), np.cumsum(values)])
    found: Ints = total[size:] - total[:-size]
    return found


def _greatest(total: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Where sums are greater than the one before and not overtaken for EARLY samples; and whether for WAIT samples."""
    early, late = (
        total >= sliding_window_view(np.concatenate([total[1:], np.zeros(size, np.int64)]), size).max(axis=1)
        for size in (EARLY, WAIT)
    )
    rising = np.concatenate([[False], total[1:] > total[:-1]])
    places = np.flatnonzero(rising & early)
    places = places[places < len(total) - EARLY]
    found: list[int] = []
    for place in places.tolist():  # smaller ones in the time of a greater one are none
        if not found or place > found[-1] + WAIT or total[place] > total[found[-1]]:
            found.append(place)
    at = np.array(found, np.int64)
    return at, late[at] & (at < len(total) - WAIT)


def measured(lead: Lead, at: Ints, own: NDArray[np.bool_]) -> Measures:
    """Measures a lead at candidates.

    Args:
        lead: as `lead_of` gives it.
        at: [candidates] as of `Lead`, of this lead or of others.
        own: [candidates], whether it is of this lead. If not, the greatest sum within NEAR samples takes its place.
    """
    about: Any = at[:, None] + np.arange(-NEAR, NEAR + 1)
    at = np.where(own, at, at - NEAR + lead.total[about].argmax(axis=1)) if len(at) else at
    size = np.abs(lead.difference)
    offset = np.arange(-EARLIEST, 1 - LATEST)
    place: Any = at[:, None] + offset
    sharp = np.abs(2 * lead.held[place] - lead.held[place - SHARP] - lead.held[place + SHARP])
    peak = at + (offset[sharp.argmax(axis=1)] if len(at) else 0)

    def sums(first: int, count: int) -> Ints:
        total = size[at[:, None] + np.arange(first, first + count)].sum(axis=1)
        found: Ints = np.minimum(total >> HEIGHT_SHIFT, _LARGEST)
        return found

    return Measures(
        height=np.minimum(lead.total[at] >> HEIGHT_SHIFT, _LARGEST),
        slope=size[at[:, None] + np.arange(1 - SUM, 1)].max(axis=1, initial=0),
        before=sums(1 - 2 * SUM, SUM),
        after=sums(1, _AFTER),
        peak=peak - BEFORE,
        shape=lead.difference[peak[:, None] + np.arange(-SHAPE_FROM, SHAPE - SHAPE_FROM)],
    )
