"""The QRS detector: causal, in integers; firmware/lib/ecg/ecgp_qrs.c is its equal.

From a low-passed lead (`filter.low_passed`) at 180 Hz to R peaks, in three parts:

1. `qrs_candidates` finds where the signal is steepest: every QRS complex, and as many P waves, T waves
   and bits of noise.
2. Levels follow the heights of beats and of the other candidates: medians of the last 8 of each. A candidate is a beat
   where its height is beyond a threshold between the two. Soon after a beat it must be steep too, or it is a T wave.
3. Where no beat comes for 1.75 median RR intervals, the greatest candidate left out since the last beat is taken after
   all, if it is beyond a part of the threshold. After 1.5 s without a beat the levels decay, until something is.

The candidates of the first 2 s set the levels, and are gone through after that.

All arithmetic fits in 32 bits. A shift to the right rounds down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.qrs_candidates import LEARN, WAIT, candidates

__all__ = ["QrsBeats", "detect"]

# firmware/lib/ecg/ecgp_qrs.c has the same constants, and a test compares the two.
LEVELS = 8  # heights in a median, and RR intervals
LEAST_HEIGHT = 40  # of a beat: a QRS complex of about 20 uV
THRESHOLD_16 = 6  # place of the threshold between the levels of noise and of beats, in sixteenths
SEARCH_8 = 4  # part of the threshold that is enough for a search back, in eighths
SEARCH_RR_16 = 28  # median RR intervals before a search back, in sixteenths
T_SOON, T_LATE = 55, 90  # samples after a beat: up to 306 ms a T wave is likely, from 500 ms on there is none
T_STEEP_16, T_FLAT_16 = 8, 3  # parts of the last beat's slope that tell a beat from a T wave, at T_SOON and at T_LATE
SILENCE, HALVES = 270, 90  # samples without a beat after which levels decay, and samples in which they halve
RR_USUAL, RR_LEAST, RR_MOST = 144, 36, 360  # samples: before a beat is known, and what RR intervals are clipped to


class Candidate(NamedTuple):
    """One candidate, as `qrs_candidates.Candidates` has them."""

    at: int
    height: int
    slope: int
    peak: int


@dataclass(frozen=True)
class QrsBeats:
    """The beats of a record, by the time at which they were found; arrays [beats].

    A search back finds a beat late: after the next candidate, and never after the next beat.

    Attributes:
        sample: int64, sample of the R peak at 180 Hz, counted from the first sample of the low-passed signal.
        found: int64, sample with which the beat was found.
        search_back: bool, whether a search back found it.
        height: int64, of the candidate.
        slope: int64, of the candidate.
        noise: int64, median height of the last candidates that were no beats.
        rejected: int64, candidates that were no beats between the beat before and the time that this one was found.
    """

    sample: NDArray[np.int64]
    found: NDArray[np.int64]
    search_back: NDArray[np.bool_]
    height: NDArray[np.int64]
    slope: NDArray[np.int64]
    noise: NDArray[np.int64]
    rejected: NDArray[np.int64]


def detect(low: NDArray[np.int16]) -> QrsBeats:
    """The beats that ecgp_qrs_push() finds in a whole lead.

    Args:
        low: int16 [samples] at 180 Hz in units of 5 uV, as `filter.low_passed` gives it.
    """
    found = candidates(low)
    every = list(map(Candidate._make, np.stack([found.at, found.height, found.slope, found.peak], axis=1).tolist()))
    levels = _Levels()
    learned = [each for each in every if each.at + WAIT < LEARN]
    levels.learn(learned)
    now = LEARN - 1
    for each in every:
        now = max(now + 1, each.at + WAIT)
        if now >= len(low):
            break
        levels.search_before(now)
        levels.take(each, now)
    levels.search_before(len(low))
    columns = np.array(levels.beats, np.int64).reshape(-1, 7).T
    return QrsBeats(columns[0], columns[1], columns[2].astype(np.bool_), *columns[3:])


@dataclass
class _Levels:
    """What is known of the lead's beats and noise; as ecgp_qrs_t.

    Attributes:
        beats: a row of QrsBeats for each.
        signal: heights of the last beats.
        noise: heights of the last candidates that were none.
        rr: the last RR intervals, in samples.
        last: the last beat; None before the first.
        best: the candidate that a search back would take.
        known: sample with which `best` was known.
        rejected: candidates left out since the last beat was found.
    """

    beats: list[tuple[int, ...]] = field(default_factory=list)
    signal: list[int] = field(default_factory=list)
    noise: list[int] = field(default_factory=list)
    rr: list[int] = field(default_factory=lambda: [RR_USUAL] * LEVELS)
    last: Candidate | None = None
    best: Candidate | None = None
    known: int = 0
    rejected: int = 0

    def learn(self, first: list[Candidate]) -> None:
        """Levels from the first candidates: that of beats is the third greatest of them, or the least of fewer."""
        height = sorted(each.height for each in first)[-3:][0] if first else 0
        self.signal = [height] * LEVELS
        self.noise = [height >> 3] * LEVELS

    def search_before(self, now: int) -> None:
        """The search back that is due before sample `now`, if one is."""
        if self.best is not None and self.last is not None:
            due = max(self.last.at + (_median(self.rr) * SEARCH_RR_16 >> 4) + WAIT + 1, self.known + 1)
            if due < now:
                self._beat(self.best, due, search_back=True)

    def take(self, one: Candidate, now: int) -> None:
        """Decides on a candidate with sample `now`."""
        since = one.at - self.last.at if self.last else SILENCE
        decay = min((since - SILENCE) // HALVES, 15) if since > SILENCE else 0
        noise = _median(self.noise) >> decay
        above = max((_median(self.signal) >> decay) - noise, 0)
        threshold = max(noise + (above * THRESHOLD_16 >> 4), LEAST_HEIGHT)
        if self._flat(one, since):
            self._reject(one)
        elif one.height > threshold:
            self._beat(one, now, search_back=False)
        else:
            self._reject(one)
            if 8 * one.height > SEARCH_8 * threshold and (self.best is None or one.height > self.best.height):
                self.best, self.known = one, now

    def _flat(self, one: Candidate, since: int) -> bool:
        """Whether a candidate is a T wave, by its slope."""
        if self.last is None or since >= T_LATE:
            return False
        over = max(since - T_SOON, 0)
        part = T_STEEP_16 * (T_LATE - T_SOON) - (T_STEEP_16 - T_FLAT_16) * over  # times 16 * (T_LATE - T_SOON)
        return one.slope * (16 * (T_LATE - T_SOON)) < self.last.slope * part

    def _reject(self, one: Candidate) -> None:
        self.noise = [*self.noise[1:], one.height]
        self.rejected += 1

    def _beat(self, one: Candidate, now: int, *, search_back: bool) -> None:
        noise = _median(self.noise)
        self.beats.append((one.peak, now, search_back, one.height, one.slope, noise, self.rejected))
        self.signal = [*self.signal[1:], one.height]
        if self.last:
            self.rr = [*self.rr[1:], min(max(one.at - self.last.at, RR_LEAST), RR_MOST)]
        self.last, self.best, self.rejected = one, None, 0


def _median(values: list[int]) -> int:
    """Of LEVELS values: the mean of the two in the middle, rounded down."""
    ordered = sorted(values)
    return (ordered[LEVELS // 2 - 1] + ordered[LEVELS // 2]) >> 1
