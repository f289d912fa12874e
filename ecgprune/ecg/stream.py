"""What a device says of a live ECG, from whole records; firmware/lib/ecg/ecgp_stream.c gives the same events.

Samples are filtered, R peaks detected, and each beat is classified as soon as its window is there and the next R peak
is known, or is too late to matter: RR intervals beyond 2 s count as 2 s. A class is claimed only where the signal is
there and its quality is not poor. A beat without a class counts for the rhythm and teaches the template beat nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg import beats, context, patient, signal_loss
from ecgprune.ecg import filter as band_pass
from ecgprune.ecg.qrs import QrsBeats, detect
from ecgprune.ecg.quality import BLOCK, Quality, TemplateWatch, block_sums
from ecgprune.ecg.signal_loss import SignalLoss, bad_blocks

__all__ = [
    "BEAT",
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

BEAT, NO_SIGNAL, SIGNAL_BACK, QUALITY_POOR, QUALITY_GOOD = range(5)
"""Kinds of events, as ecgp_event_kind."""

NO_CLASS = -1
"""Class of a beat that no class is claimed for."""

LEADS = 2
"""Most leads of a stream."""

# firmware/lib/ecg/ecgp_stream.h has the same, and a test compares the two.
RING = 384  # filtered samples that are kept
RR_LIMIT = beats.RR_LIMIT_S * patient.RATE_HZ
INDICES = 1 << 32  # sample indices begin at 0 again
WAIT = RR_LIMIT + 61  # samples after which a beat waits no longer for the next


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
    for i, (start, end) in enumerate(zip(bounds, bounds[1:], strict=False)):
        stream.segment(samples[start:end], first)
        first += end - start + (gaps[i][1] if i < len(gaps) else 0)
    return stream.classified()


@dataclass
class _Segment:
    """What lies between two gaps, at 180 Hz.

    Attributes:
        first: index of its first frame.
        filtered: int16 [samples], high-passed, delay taken back; the last band_pass.delay() are not known.
        found: beats of the detector.
        frame: int64 [samples], the frame, counted from the first, with which a low-passed sample comes.
    """

    first: int
    filtered: NDArray[np.int16]
    found: QrsBeats
    frame: NDArray[np.int64]


@dataclass
class _Beat:
    """A beat that has become an event, and what its inputs are made of."""

    before: int
    after: int
    claimed: bool = False
    anew: bool = False
    window: NDArray[np.int16] | None = None
    own: NDArray[np.int16] | None = None


@dataclass
class _Stream:
    rate_hz: int
    leads: Sequence[Lead]
    classifier: Classifier | None
    told: list[Event] = field(default_factory=list)
    beats: list[_Beat] = field(default_factory=list)
    of_event: list[tuple[int, int]] = field(default_factory=list)
    quality: Quality = field(default_factory=Quality)
    watch: TemplateWatch = field(default_factory=TemplateWatch)
    template: patient.TemplateBeat = field(default_factory=patient.TemplateBeat)

    def __post_init__(self) -> None:
        self.loss = SignalLoss(len(self.leads))
        self.before = max(patient.BEFORE, self.classifier.before if self.classifier else 0)
        after = self.classifier.window - self.classifier.before if self.classifier else 0
        self.after = max(patient.AFTER, after)
        self.need = self.after + band_pass.delay()

    def segment(self, samples: NDArray[np.integer[Any]], first: int) -> None:
        """Takes in frames without a gap, the first one of which has this index."""
        lows, railed = [], []
        for i, lead in enumerate(self.leads):
            lows.append(band_pass.low_passed(samples[:, i], self.rate_hz, lead.units_per_volt, lead.zero))
            lowest, highest = (lead.lowest, lead.highest) if lead.lowest != lead.highest else (-32768, 32767)
            railed.append((samples[:, i] <= lowest) | (samples[:, i] >= highest))
        low = np.stack(lows)
        main = self.leads[0]
        self.filtered = band_pass.causal(samples[:, 0], self.rate_hz, main.units_per_volt, main.zero)[
            band_pass.delay() :
        ]
        self.first, self.last, self.pending, self.usable = first, None, [], 0
        count = low.shape[1]
        frame = np.arange(count) * self.rate_hz // patient.RATE_HZ
        ends = np.searchsorted(frame, frame, "right")  # samples there are when the frame of each has been taken in
        taken = frame + band_pass.reach(self.rate_hz)
        self.found = detect(low[0])
        self._run(low, [bad_blocks(x, r, taken, self.rate_hz) for x, r in zip(low, railed, strict=True)], ends)
        while self.pending:
            self._release(count, closing=True)

    def _run(self, low: NDArray[np.int16], bad: list[list[int]], ends: NDArray[np.int64]) -> None:
        count = low.shape[1]
        found = {at: i for i, at in enumerate(self.found.found.tolist())}
        blocks = block_sums(low[0])
        silent, since = self.loss.reason == signal_loss.NO_BEAT, -1
        for k in self._moments(count, ends):
            now = k + 1
            self.usable = self.usable if self.loss.good else k
            if k in found:
                self.pending.append(found[k])
                silent, since = False, k
            self.loss.silent = silent or k - since >= signal_loss.SILENCE
            if now % signal_loss.BLOCK == 0:
                for lead, each in enumerate(bad):
                    self.loss.block(lead, each[now // signal_loss.BLOCK - 1])
            lost = self.loss.changed()
            self.usable = self.usable if self.loss.good else now
            turned = False
            if now % BLOCK == 0:
                turned = self.quality.ends(*(int(sums[now // BLOCK - 1]) for sums in blocks))
            self._poll(int(ends[k]), now == ends[k], lost, turned)

    def _moments(self, count: int, ends: NDArray[np.int64]) -> list[int]:
        """Samples at which anything may happen, and the last of their frames."""
        peaks, found = self.found.sample, self.found.found
        silence = signal_loss.SILENCE
        times = [found, found + silence, peaks + self.need - 1, peaks + WAIT - 1, np.array([0, silence - 1])]
        every = np.concatenate([*times, np.arange(signal_loss.BLOCK - 1, count, signal_loss.BLOCK)])
        every = every[(every >= 0) & (every < count)]
        moments: list[int] = np.unique(np.concatenate([every, ends[every] - 1])).tolist()
        return moments

    def _poll(self, now: int, last: bool, lost: bool, turned: bool) -> None:
        if lost:
            self.waiting_signal = True
        if turned:
            self.waiting_quality = True
        if not last:
            return
        at, quality = self._frame(now - 1), self.quality.quality
        if self.waiting_signal:
            kind = NO_SIGNAL if self.loss.reason else SIGNAL_BACK
            self.told.append(Event(kind, at, reason=self.loss.reason, quality=quality))
        if self.waiting_quality:
            self.told.append(Event(QUALITY_POOR if self.quality.poor else QUALITY_GOOD, at, quality=quality))
        self.waiting_signal = self.waiting_quality = False
        while self.pending and self._ready(now):
            self._release(now, closing=False)

    waiting_signal: bool = False
    waiting_quality: bool = False

    def _frame(self, sample: int) -> int:
        """The frame at the time of a 180 Hz sample of the segment."""
        after = (2 * sample * self.rate_hz + patient.RATE_HZ) // (2 * patient.RATE_HZ)
        return (self.first + after) % INDICES

    def _ready(self, now: int) -> bool:
        passed = now - int(self.found.sample[self.pending[0]])
        return passed >= self.need and (len(self.pending) > 1 or passed >= WAIT)

    def _release(self, now: int, *, closing: bool) -> None:
        at = self.pending.pop(0)
        peak = int(self.found.sample[at])
        after = 0 if closing else RR_LIMIT
        if self.pending:
            after = min(int(self.found.sample[self.pending[0]]) - peak, RR_LIMIT)
        before = min(peak - self.last, RR_LIMIT) if self.last is not None else 0
        rr = (self._frame(peak) - self._frame(self.last)) % INDICES if self.last is not None else 0
        before = before or after or patient.NORMAL_RR
        beat = _Beat(before, after or before)
        self.beats.append(beat)
        passed = now - peak
        if passed >= self.need and passed - band_pass.delay() + self.before <= RING and peak >= self.before:
            self._look(beat, peak)
        event = Event(BEAT, self._frame(peak), rr, quality=self.quality.quality, late=bool(self.found.search_back[at]))
        self.of_event.append((len(self.told), len(self.beats) - 1))
        self.told.append(event)
        self.last = peak

    def _look(self, beat: _Beat, peak: int) -> None:
        """Compares a beat with the patient's others, and cuts its windows where a class is claimed."""
        window = self.filtered[peak - patient.BEFORE : peak + patient.AFTER]
        x = patient.centred_windows(window[None])[0]
        claimed = not self.quality.poor and peak >= self.usable
        beat.anew = self.watch.beat(self.quality.beat(x, self.template.before(x)))
        if beat.anew:
            self.template = patient.TemplateBeat()
        if claimed:
            beat.claimed, beat.window = True, window
            recent = self.beats[-patient.PAST :]
            before, after = (np.array([getattr(b, name) for b in recent]) for name in ("before", "after"))
            self.template.learn(x, bool(patient.regular(before, after)[-1]))
            if self.classifier:
                start = peak - self.classifier.before
                beat.own = self.filtered[start : start + self.classifier.window]

    def inputs(self) -> dict[str, NDArray[np.int8]]:
        """The classifier's inputs of all beats that a class is claimed for."""
        claimed = np.array([b.claimed for b in self.beats])
        before, after = (np.array([getattr(b, name) for b in self.beats]) for name in ("before", "after"))
        anew = np.cumsum([b.anew for b in self.beats])[claimed]
        windows = np.stack([b.window for b in self.beats if b.window is not None])
        own = np.stack([b.own for b in self.beats if b.own is not None])
        return {
            "ecg": beats.normalize(own),
            "rr": beats.rr_of_intervals(before, after, patient.RATE_HZ)[claimed],
            "patient": patient.features(windows, claimed, before, after, anew),
            "context": context.features(windows, claimed, before, after, anew),
        }

    def classified(self) -> list[Event]:
        """The events, with classes."""
        if self.classifier is None or not any(b.claimed for b in self.beats):
            return self.told
        scores = self.classifier.scores(self.inputs())
        rows = iter(scores)
        for event, beat in self.of_event:
            if self.beats[beat].claimed:
                row = next(rows)
                best = int(row.argmax())
                self.told[event] = replace(self.told[event], beat_class=best, score=int(row[best]))
        return self.told
