"""What a device says of a live ECG, from whole records; firmware/lib/ecg/ecgp_stream.c gives the same events.

Samples are filtered, R peaks detected, and each beat is classified as soon as its window is there and the next R peak
is known, or is too late to matter: RR intervals beyond 2 s count as 2 s. A class is claimed only where the signal is
there and its quality is not poor. A beat without a class counts for the rhythm and teaches the template beat nothing.
The waves of ventricular flutter count for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg import filter as band_pass
from ecgprune.ecg import flutter, patient, signal_loss
from ecgprune.ecg.beats import RR_LIMIT_S
from ecgprune.ecg.flutter import Flutter
from ecgprune.ecg.qrs import detect
from ecgprune.ecg.quality import BLOCK, block_sums
from ecgprune.ecg.signal_loss import SignalLoss, bad_blocks
from ecgprune.ecg.stream_beat import Patient

__all__ = [
    "BEAT",
    "FLUTTER",
    "FLUTTER_OVER",
    "LEADS",
    "NO_CLASS",
    "NO_SIGNAL",
    "QUALITY_GOOD",
    "QUALITY_POOR",
    "SIGNAL_BACK",
    "WAIT",
    "Classifier",
    "Event",
    "Lead",
    "events",
]

BEAT, NO_SIGNAL, SIGNAL_BACK, QUALITY_POOR, QUALITY_GOOD, FLUTTER, FLUTTER_OVER = range(7)
"""Kinds of events, as ecgp_event_kind."""

NO_CLASS = -1
"""Class of a beat that no class is claimed for."""

LEADS = 2
"""Most leads of a stream."""

# firmware/lib/ecg/ecgp_stream.h has the same, and a test compares the two.
RING = 360  # filtered samples that are kept
RR_LIMIT = RR_LIMIT_S * patient.RATE_HZ
INDICES = 1 << 32  # sample indices begin at 0 again
WAIT = RR_LIMIT + 46  # samples after which a beat waits no longer for the next


@dataclass(frozen=True)
class Lead:
    """One lead as the ADC delivers it; as ecgp_stream_lead_t.

    Attributes:
        units_per_volt: gain.
        zero: ADC units at 0 V.
        lowest: the ADC's lowest value.
        highest: its highest value; both 0: unknown, -32768 and 32767.
    """

    units_per_volt: int
    zero: int = 0
    lowest: int = 0
    highest: int = 0

    def railed(self, samples: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """[samples], whether each is at an end of the range."""
        lowest, highest = (self.lowest, self.highest) if self.lowest != self.highest else (-32768, 32767)
        return (samples <= lowest) | (samples >= highest)


@dataclass(frozen=True)
class Classifier:
    """What classifies beats.

    Attributes:
        window: samples of the window at 180 Hz.
        before: of them, samples before the R peak.
        scores: {"ecg", "rr", "patient", "context": int8 [beats, values]} to int8 [beats, classes].
    """

    window: int
    before: int
    scores: Callable[[Mapping[str, NDArray[np.int8]]], NDArray[np.int8]]


@dataclass(frozen=True)
class Event:
    """One event; the fields are those of ecgp_event_t."""

    kind: int
    sample: int
    rr: int = 0
    beat_class: int = NO_CLASS
    score: int = 0
    reason: int = 0
    quality: int = 0
    late: bool = False
    lead: int = 0


def events(
    samples: NDArray[np.integer[Any]],
    rate_hz: int,
    leads: Sequence[Lead],
    classifier: Classifier | None = None,
    gaps: Sequence[tuple[int, int]] = (),
) -> list[Event]:
    """All events of a recording, which ends with ecgp_stream_gap(stream, 0).

    Args:
        samples: [frames, leads] in ADC units.
        rate_hz: frames a second.
        leads: of the frames.
        classifier: None: beats get no class.
        gaps: (frame before which frames are missing, how many), rising.

    Raises:
        ValueError: the rate or a gain is out of the filter's range.
    """
    stream = _Stream(rate_hz, leads, classifier)
    bounds = [0, *(at for at, _ in gaps), len(samples)]
    first = 0
    missing = [*(frames for _, frames in gaps), 0]
    for (start, end), gap in zip(pairwise(bounds), missing, strict=True):
        stream.segment(samples[start:end], first)
        first += end - start + gap
    return stream.classified()


class _Stream:
    """The state of a stream, from one segment without a gap to the next; as ecgp_stream_t.

    Within a segment, times are indices at 180 Hz from its first low-passed sample.
    """

    def __init__(self, rate_hz: int, leads: Sequence[Lead], classifier: Classifier | None) -> None:
        self.rate_hz, self.leads, self.classifier = rate_hz, leads, classifier
        self.before = max(patient.BEFORE, classifier.before if classifier else 0)
        after = max(patient.AFTER, classifier.window - classifier.before if classifier else 0)
        self.need = after + band_pass.delay()
        self.patient = Patient()
        self.losses = [SignalLoss() for _ in leads]
        self.flutter = Flutter()
        self.learned = False
        self.told: list[Event] = []
        self.beat_of: dict[int, int] = {}  # event to beat
        self.pending: list[int] = []
        self.last: int | None = None
        self.open_from = self.shut_from = 0
        self.shut = False

    def segment(self, samples: NDArray[np.integer[Any]], first: int) -> None:
        """Takes in frames without a gap, the first one of which has this index."""
        low = np.stack(
            [
                band_pass.low_passed(samples[:, i], self.rate_hz, lead.units_per_volt, lead.zero)
                for i, lead in enumerate(self.leads)
            ]
        )
        main = self.leads[0]
        both = band_pass.causal(samples[:, 0], self.rate_hz, main.units_per_volt, main.zero)
        self.filtered = both[band_pass.delay() :]
        self.first, self.last, self.pending = first, None, []
        self.open_from = self.shut_from = self.flutter.run = 0
        self.found = detect(low)
        count = low.shape[1]
        frame = np.arange(count) * self.rate_hz // patient.RATE_HZ
        ends = np.searchsorted(frame, frame, "right")  # samples there are when the frame of each has been taken in
        taken = frame + band_pass.reach(self.rate_hz)
        railed = [lead.railed(samples[:, i]) for i, lead in enumerate(self.leads)]
        bad = [bad_blocks(one, at, taken, self.rate_hz) for one, at in zip(low, railed, strict=True)]
        self._run(low[0], bad, ends)
        while self.pending:
            self._release(count, closing=True)

    def _run(self, low: NDArray[np.int16], bad: list[list[int]], ends: NDArray[np.int64]) -> None:
        """Goes through all moments of a segment at which something may happen; low: of the first lead."""
        found = {at: i for i, at in enumerate(self.found.found.tolist())}
        sums = block_sums(low)
        silent, since = self.losses[0].reason == signal_loss.NO_BEAT, -1
        lost, turned, waves = set[int](), False, False
        for k in self._moments(len(low), ends):
            now = k + 1
            if k in found:
                self.pending.append(found[k])
                silent, since = False, k
            self.losses[0].silent = silent or k - since >= signal_loss.SILENCE
            for lead, loss in enumerate(self.losses):
                if now % signal_loss.BLOCK == 0:
                    loss.block(bad[lead][now // signal_loss.BLOCK - 1])
                lost |= {lead} if loss.changed() else set()
            if now % BLOCK == 0:
                turned |= self.patient.quality.ends(*(int(each[now // BLOCK - 1]) for each in sums))
            if now % flutter.BLOCK == 0 and now >= flutter.WINDOW + flutter.BLOCK:
                end = now - band_pass.delay()
                waves |= self.flutter.second(flutter.judged(self.filtered[end - flutter.WINDOW : end]))
            self._judge(now)
            if now == ends[k]:
                self._tell(now, lost=lost, turned=turned, waves=waves)
                lost, turned, waves = set(), False, False
                while self.pending and self._ready(now):
                    self._release(now, closing=False)

    def _judge(self, now: int) -> None:
        """Shuts down, or opens again: from these times on, no class is claimed, or is again."""
        shut = self.patient.quality.poor or self.losses[0].reason != signal_loss.GOOD
        if shut and not self.shut:
            self.shut_from = max(now - self.need, 0)
        if not shut and self.shut:
            self.open_from = now
        self.shut = shut

    def _moments(self, count: int, ends: NDArray[np.int64]) -> list[int]:
        """Samples with which anything may happen, and the last of their frames."""
        peaks, found, silence = self.found.sample, self.found.found, signal_loss.SILENCE
        times = [found, found + silence, peaks + self.need - 1, peaks + WAIT - 1, np.array([0, silence - 1])]
        every = np.concatenate([*times, np.arange(signal_loss.BLOCK - 1, count, signal_loss.BLOCK)])
        every = every[(every >= 0) & (every < count)]
        moments: list[int] = np.unique(np.concatenate([every, ends[every] - 1])).tolist()
        return moments

    def _tell(self, now: int, *, lost: Set[int], turned: bool, waves: bool) -> None:
        """Events of the leads' signals, of the quality, and of flutter."""
        quality = self.patient.quality
        bad, good = self._frame(max(now - self.need, 0)), self._frame(now)
        for lead in sorted(lost):
            reason = self.losses[lead].reason
            kind, at = (NO_SIGNAL, good if lead else bad) if reason else (SIGNAL_BACK, good)
            self.told.append(Event(kind, at, reason=reason, quality=quality.quality, lead=lead))
        if turned:
            kind, at = (QUALITY_POOR, bad) if quality.poor else (QUALITY_GOOD, good)
            self.told.append(Event(kind, at, quality=quality.quality))
        if waves:
            kind, ago = (FLUTTER, flutter.SPAN) if self.flutter.on else (FLUTTER_OVER, flutter.GONE)
            at = self._frame(max(now - band_pass.delay() - ago, 0))
            self.told.append(Event(kind, at, quality=quality.quality))

    def _frame(self, sample: int) -> int:
        """The frame at the time of a 180 Hz sample of the segment."""
        after = (2 * sample * self.rate_hz + patient.RATE_HZ) // (2 * patient.RATE_HZ)
        return (self.first + after) % INDICES

    def _ready(self, now: int) -> bool:
        passed = now - int(self.found.sample[self.pending[0]])
        return passed >= self.need and (len(self.pending) > 1 or passed >= WAIT)

    def _release(self, now: int, *, closing: bool) -> None:
        """Makes an event of the first beat that waits."""
        at = self.pending.pop(0)
        peak = int(self.found.sample[at])
        after = 0 if closing else RR_LIMIT
        if self.pending:
            after = min(int(self.found.sample[self.pending[0]]) - peak, RR_LIMIT)
        before = min(peak - self.last, RR_LIMIT) if self.last is not None and self.learned else 0
        passed = now - peak
        window = own = None
        if passed >= self.need and passed - band_pass.delay() + self.before <= RING and peak >= self.before:
            window = self.filtered[peak - patient.BEFORE : peak + patient.AFTER]
            start = peak - (self.classifier.before if self.classifier else 0)
            own = self.filtered[start : start + (self.classifier.window if self.classifier else 0)]
        is_open = peak >= self.open_from and (not self.shut or peak < self.shut_from)
        self.learned = not self.flutter.on
        if self.learned:
            self.patient.enter((before, after), window, own, is_open=is_open)
            self.beat_of[len(self.told)] = len(self.patient.beats) - 1
        rr = (self._frame(peak) - self._frame(self.last)) % INDICES if self.last is not None else 0
        quality, late = self.patient.quality.quality, bool(self.found.search_back[at])
        self.told.append(Event(BEAT, self._frame(peak), rr, quality=quality, late=late))
        self.last = peak

    def classified(self) -> list[Event]:
        """The events, with classes."""
        beats = self.patient.beats
        if self.classifier is None or not any(beat.claimed for beat in beats):
            return self.told
        rows = iter(self.classifier.scores(self.patient.inputs()))
        for event, beat in self.beat_of.items():
            if beats[beat].claimed:
                row = next(rows)
                best = int(row.argmax())
                self.told[event] = replace(self.told[event], beat_class=best, score=int(row[best]))
        return self.told
