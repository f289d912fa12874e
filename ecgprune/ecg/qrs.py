"""The QRS detector: causal, in integers, from one lead or two; firmware/lib/ecg/ecgp_qrs.c is its equal.

From low-passed leads (`filter.low_passed`) at 180 Hz to R peaks, in three parts:

1. `qrs_candidates` finds where a lead is steepest: every QRS complex, and as many P waves, T waves and bits of noise.
   Candidates of two leads within 56 ms are one.
2. Each is measured in every lead, and set against levels (`qrs_levels`): medians of the last 8 beats, and of the last 8
   candidates that were none. A small network (`qrs_network`) gives it a score from these ratios and from the time since
   the last beat.
3. A score above 0 is a beat. One that is clear is taken 133 ms after the greatest sum, others after 189 ms, if they are
   still the greatest. One that may be a P wave (`qrs_doubt`) is held up to 300 ms longer. Where no beat comes for
   1.25 median RR intervals or 1.6 s, the best candidate left out since the last beat is taken after all: the lower its
   score, the later, and not if that is too low. After 1.5 s without a beat the levels decay, until something is.

The candidates of the first 2 s set the levels, and are gone through after that.

All arithmetic fits in 32 bits. A shift to the right rounds down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.qrs_candidates import BEFORE, EARLY, LEARN, NEAR, WAIT, lead_of, measured
from ecgprune.ecg.qrs_doubt import is_better, is_doubtful, is_low
from ecgprune.ecg.qrs_levels import REFRACTORY, Event, Levels, early_score, median
from ecgprune.ecg.qrs_network import network

__all__ = ["QrsBeats", "detect"]

# firmware/lib/ecg/ecgp_qrs.c and ecgp_qrs.h have the same constants, and a test compares the two.
LEADS = 2  # most leads
APART = 18  # samples from an R peak to the next, at least, where the leads do not agree on them: 100 ms
LEARNED = 12  # most candidates that are learned from
SEARCH_SCORE = -3072  # of a candidate that a search back may take
SEARCH_RR_16 = 20  # median RR intervals before a search back, at least, in sixteenths
SEARCH_MOST = 290  # samples, if those are more
SEARCH_LEAST = 50  # samples after a beat in which a search back takes none: 278 ms
SEARCH_SHIFT = 6  # it waits a sample longer for each 2**SEARCH_SHIFT that the score is below 0
RISES = 5  # eighths of a candidate's height; so high is the sum when it is decided on, if another one is coming
HOLD = 54  # samples after a candidate that is held in which a better one may come: 300 ms


@dataclass(frozen=True)
class QrsBeats:
    """The beats of a record, by time; arrays [beats], or [beats, leads].

    Attributes:
        sample: int64, sample of the R peak at 180 Hz, counted from the first sample of the low-passed signal.
        found: int64, sample with which the beat was found.
        search_back: bool, whether a search back found it.
        height: int64 [beats, leads], sum of the steepness.
        slope: int64 [beats, leads], greatest steepness.
        noise: int64 [beats, leads], median height of the last candidates that were no beats.
        rejected: int64, candidates that were no beats since the beat before was found.
    """

    sample: NDArray[np.int64]
    found: NDArray[np.int64]
    search_back: NDArray[np.bool_]
    height: NDArray[np.int64]
    slope: NDArray[np.int64]
    noise: NDArray[np.int64]
    rejected: NDArray[np.int64]


def detect(low: NDArray[np.int16]) -> QrsBeats:
    """The beats that ecgp_qrs_push() finds in a whole record.

    Args:
        low: int16 [leads, samples] at 180 Hz in units of 5 uV, each as `filter.low_passed` gives it.

    Raises:
        ValueError: there are no leads, or too many.
    """
    leads = len(low)
    if not 1 <= leads <= LEADS:
        raise ValueError(f"the QRS detector takes 1 to {LEADS} leads, got {leads}")
    detector = _Detector(Levels(leads), network(leads))
    if low.shape[1]:
        detector.run(list(_events(low)), low.shape[1])
    rows = detector.beats
    peak, found, back, height, slope, noise, rejected = (np.array([row[i] for row in rows], np.int64) for i in range(7))
    height, slope, noise = (each.reshape(len(rows), leads) for each in (height, slope, noise))
    return QrsBeats(peak, found, back.astype(np.bool_), height, slope, noise, rejected)


def _events(low: NDArray[np.int16]) -> Iterator[Event]:
    """Candidates as they are shown: by time, and of one time those of the first lead first."""
    leads = [lead_of(samples) for samples in low]
    at = np.concatenate([lead.at for lead in leads])
    owner = np.repeat(np.arange(len(leads)), [len(lead.at) for lead in leads])
    kept = np.concatenate([lead.kept for lead in leads])
    found = [measured(lead, at, owner == number) for number, lead in enumerate(leads)]
    coming = np.stack([lead.total[at + WAIT] for lead in leads])
    rises: Any = (coming >= RISES * np.stack([each.height for each in found])).any(axis=0)
    names = ("height", "slope", "before", "after", "peak", "shape")
    columns = [np.stack([getattr(each, name) for each in found], axis=1).tolist() for name in names]
    shown = sorted(
        [(at[i] + EARLY, owner[i], i, False) for i in range(len(at))]
        + [(at[i] + WAIT, owner[i], i, True) for i in np.flatnonzero(kept)]
    )
    last = None
    for _, _, i, late in shown:
        place = int(at[i]) - BEFORE
        if late:
            if last is not None and place - last <= NEAR:
                continue
            last = place
        yield Event(place, late, bool(rises[i]), *(column[i] for column in columns))


@dataclass
class _Detector:
    """Goes through candidates; as ecgp_qrs_t.

    Attributes:
        levels: what is known of beats and noise.
        score: of a candidate's features.
        beats: a row of QrsBeats for each.
        best: score and candidate of what a search back would take.
        held: a beat and its distances, unless a better one follows.
        taken: sample with which the last candidate was decided on.
        peak: the last R peak.
    """

    levels: Levels
    score: Callable[[Sequence[int]], int]
    beats: list[tuple[int | list[int], ...]] = field(default_factory=list)
    best: tuple[int, Event] | None = None
    held: tuple[Event, list[int]] | None = None
    taken: int = 0
    peak: int = -APART

    def run(self, events: list[Event], samples: int) -> None:
        """Goes through all that is shown in a record."""
        first = [event for event in events if event.late and event.shown < LEARN][:LEARNED]
        queue = [(event, distances, False) for event, distances in zip(first, self.levels.learn(first), strict=True)]
        now = LEARN - 1
        for _, group in groupby((event for event in events if event.shown >= LEARN), key=lambda event: event.shown):
            now = self._go_through(queue, now, samples)
            together = list(group)
            queue = [(event, self.levels.distances(event), len(together) == 1) for event in together]
        if self._go_through(queue, now, samples) < samples:
            self._tell_before(samples)

    def _go_through(self, queue: list[tuple[Event, list[int], bool]], now: int, samples: int) -> int:
        """Decides on candidates, one with each sample after `now`. Returns the last of these samples."""
        for event, distances, alone in queue:
            now = max(now + 1, event.shown)
            if now >= samples:
                break
            self._tell_before(now)
            if self._tell_held_before(event, distances, now):
                now += 1
                if now >= samples:
                    break
            self._take(event, now, distances, alone and now == event.shown)
        return now

    def _tell_before(self, now: int) -> None:
        """The beat that was held, or the search back, that is due before sample `now`, if one is."""
        if self.held is not None:
            due = max(self.held[0].at + HOLD + WAIT + 1, self.taken + 1)
            if due < now:
                self._beat(self.held[0], due, search_back=False)
        elif self.best is not None and self.levels.last is not None:
            usual = min(median(self.levels.rr) * SEARCH_RR_16 >> 4, SEARCH_MOST)
            due = self.levels.last + usual + (-self.best[0] >> SEARCH_SHIFT) + WAIT + 1
            if max(due, self.taken + 1) < now:
                self._beat(self.best[1], max(due, self.taken + 1), search_back=True)

    def _tell_held_before(self, event: Event, distances: list[int], now: int) -> bool:
        """Tells the beat that is held, if `event` after it is one for good and not better; or lets it go, if it is."""
        if self.held is None or not self._is_possible(event):
            return False
        features = self.levels.features(event, distances)
        is_beat = self.score(features) > (0 if event.late else early_score(features))
        if is_beat and is_better(event, distances, *self.held):
            self.held = self.best = None
            return False
        if event.late:
            self.taken = now
            self._beat(self.held[0], now, search_back=False)
        return event.late

    def _is_possible(self, event: Event) -> bool:
        return self.levels.since(event) >= REFRACTORY and not is_low(event)

    def _take(self, event: Event, now: int, distances: list[int], at_hand: bool) -> None:
        """Decides on a candidate with sample `now`; `at_hand`: its shape can still be learned."""
        self.taken = now
        if self.held is not None or not self._is_possible(event):
            return
        features = self.levels.features(event, distances)
        score = self.score(features)
        if score > (0 if event.late else early_score(features)):
            if event.late and is_doubtful(event, distances):
                self.held = (event, distances)
                return
            self._beat(event, now, search_back=False)
            if at_hand:
                self.levels.learn_shape(event)
        elif event.late:
            self.levels.reject(event)
            is_possible = score > SEARCH_SCORE and self.levels.since(event) >= SEARCH_LEAST
            if is_possible and (self.best is None or score > self.best[0]):
                self.best = (score, event)

    def _beat(self, event: Event, now: int, *, search_back: bool) -> None:
        levels = self.levels
        noise = [median(values) for values in levels.noise]
        self.peak = max(levels.peak(event), self.peak + APART)
        self.beats.append((self.peak, now, search_back, event.height, event.slope, noise, levels.rejected))
        levels.beat(event)
        self.best = self.held = None
