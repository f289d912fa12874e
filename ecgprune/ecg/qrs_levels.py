"""What the QRS detector knows of beats and noise, and a candidate's features; firmware/lib/ecg/ecgp_qrs_levels.c."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ecgprune.ecg.qrs_candidates import EARLY, SHAPE, WAIT
from ecgprune.ecg.qrs_network import COMMON_FEATURES, LEAD_FEATURES

__all__ = ["REFRACTORY", "SILENCE", "Event", "Levels", "early_score", "median"]

LEVELS = 8  # values in a median
REFRACTORY = 36  # samples after a beat in which there is none: 200 ms
SILENCE, HALVES = 270, 90  # samples without a beat after which levels decay, and samples in which they halve
MOST_HALVINGS = 15
RR_USUAL, RR_LEAST, RR_MOST = 144, 36, 360  # samples: before a beat is known, and what RR intervals are clipped to
SINCE_MOST = 720  # samples since the last beat, at most
FORGETS = 3  # the template's share of a new beat is 2**-FORGETS
TALL, LOW = -6, -40  # least heights of clear beats to their level: of any, and of those like the template; octaves / 32
UNLIKE = 24  # distance from the template beyond which a beat is hardly taken early
CLEAR_SCORE, UNLIKE_SCORE = 2048, 4096  # of beats that are taken early; 1024 is a factor of e in the odds
NEVER = 2**31 - 1  # no score is above it
OTHER_LEAD = 32  # octaves / 32 by which lead 0 must be beyond its level before lead 1 gives the R peak
OTHER_BETTER = 16  # octaves / 32 by which lead 1 must be nearer to its level then
LARGEST = 127  # size of a feature
MOST_REJECTED = 65535


class Event(NamedTuple):
    """A candidate as it is shown; lists have a value for each lead.

    Attributes:
        at: sample with the greatest sum.
        late: whether it is shown after WAIT samples, not EARLY.
        rises: if it is late, whether another one as high may be about to come: RISES of its height in some lead.
        height, slope, before, after, peak, shape: as of `qrs_candidates.Measures`.
    """

    at: int
    late: bool
    rises: bool
    height: list[int]
    slope: list[int]
    before: list[int]
    after: list[int]
    peak: list[int]
    shape: list[list[int]]

    @property
    def shown(self) -> int:
        """Sample with which it is known."""
        return self.at + (WAIT if self.late else EARLY)


@dataclass
class Levels:
    """Levels of all leads, and of time; as ecgp_qrs_levels_t.

    Attributes:
        leads: how many.
        signal: heights of the last beats, for each lead; likewise `steep` their slopes.
        noise: heights of the last candidates that were none, for each lead.
        template: mean shape of the beats, for each lead.
        rr: the last RR intervals, in samples.
        last: the greatest sum of the last beat; None before the first.
        rejected: candidates left out since the last beat was found.
    """

    leads: int
    signal: list[list[int]] = field(default_factory=list)
    steep: list[list[int]] = field(default_factory=list)
    noise: list[list[int]] = field(default_factory=list)
    template: list[list[int]] = field(default_factory=list)
    rr: list[int] = field(default_factory=lambda: [RR_USUAL] * LEVELS)
    last: int | None = None
    rejected: int = 0

    def learn(self, first: list[Event]) -> list[list[int]]:
        """Levels from the first candidates.

        The template is the shape of the greatest candidate so far. Returns the distances of each to it.
        """
        self.template = [[0] * SHAPE for _ in range(self.leads)]
        greatest = [0] * self.leads
        distances = []
        for event in first:
            for lead, height in enumerate(event.height):
                if height > greatest[lead]:
                    greatest[lead], self.template[lead] = height, list(event.shape[lead])
            distances.append(self.distances(event))
        for lead in range(self.leads):
            height = _of_beats([event.height[lead] for event in first])
            self.signal.append([height] * LEVELS)
            self.noise.append([height >> 3] * LEVELS)
            self.steep.append([_of_beats([event.slope[lead] for event in first])] * LEVELS)
        return distances

    def distances(self, event: Event) -> list[int]:
        """How far the shape in each lead is from the template: log2 of a ratio."""
        found = []
        for shape, template in zip(event.shape, self.template, strict=True):
            apart = sum(abs(x - t) for x, t in zip(shape, template, strict=True))
            found.append(_clipped(_log2(apart) - _log2(sum(map(abs, template)))))
        return found

    def learn_shape(self, event: Event) -> None:
        """Lets a beat's shape have its share in the template."""
        for lead, template in enumerate(self.template):
            template[:] = [t + ((x - t) >> FORGETS) for x, t in zip(event.shape[lead], template, strict=True)]

    def since(self, event: Event) -> int:
        """Samples since the last beat."""
        return SILENCE if self.last is None else event.at - self.last

    def features(self, event: Event, distances: list[int]) -> list[int]:
        """What the network sees: log2 of ratios, in 32nds, -127 to 127; LEAD_FEATURES of each lead, and the others."""
        halvings = min(max(self.since(event) - SILENCE, 0) // HALVES, MOST_HALVINGS)
        found = []
        for lead in range(self.leads):
            height, slope = _log2(event.height[lead]), _log2(event.slope[lead])
            found += [
                height - _log2(median(self.signal[lead]) >> halvings),
                height - _log2(median(self.noise[lead]) >> halvings),
                slope - _log2(median(self.steep[lead]) >> halvings),
                height - slope,
                _log2(event.before[lead]) - height,
                _log2(event.after[lead]) - height,
                distances[lead],
            ]
        time = _log2(min(self.since(event), SINCE_MOST))
        found += [time - _log2(each) for each in (median(self.rr), RR_USUAL, self.rr[-1])]
        return [_clipped(value) for value in (*found, _log2(self.rejected))]

    def peak(self, event: Event) -> int:
        """The R peak: the first lead's, unless that is far from its level, and the other is not."""
        off = [
            abs(_log2(height) - _log2(median(signal)))
            for height, signal in zip(event.height, self.signal, strict=True)
        ]
        return event.peak[-1 if off[0] > OTHER_LEAD and off[-1] + OTHER_BETTER < off[0] else 0]

    def beat(self, event: Event) -> None:
        """Takes in a beat."""
        if self.last is not None:
            _enter(self.rr, min(max(event.at - self.last, RR_LEAST), RR_MOST))
        for lead in range(self.leads):
            _enter(self.signal[lead], event.height[lead])
            _enter(self.steep[lead], event.slope[lead])
        self.last, self.rejected = event.at, 0

    def reject(self, event: Event) -> None:
        """Takes in a candidate that is no beat."""
        for noise, height in zip(self.noise, event.height, strict=True):
            _enter(noise, height)
        self.rejected = min(self.rejected + 1, MOST_REJECTED)


def early_score(features: Sequence[int]) -> int:
    """The score above which an early candidate is a beat; NEVER, if it is to be one for good first.

    It is as high in a lead as beats are, or less and closer to the template than to nothing.
    """
    leads = [features[i : i + LEAD_FEATURES] for i in range(0, len(features) - COMMON_FEATURES, LEAD_FEATURES)]
    return min(_early_score(lead[0], lead[-1]) for lead in leads)


def _early_score(height: int, distance: int) -> int:
    if height < LOW or (height < TALL and distance > 0):
        return NEVER
    return UNLIKE_SCORE if distance > UNLIKE else CLEAR_SCORE


def median(values: list[int]) -> int:
    """Of LEVELS values: the mean of the two in the middle, rounded down."""
    ordered = sorted(values)
    return (ordered[LEVELS // 2 - 1] + ordered[LEVELS // 2]) >> 1


def _of_beats(values: list[int]) -> int:
    """A level from candidates some of which are beats, or artefacts: the third greatest, if two are about as great.

    If it is less than half of the second, that one counts; if this is less than half of the first, the first does.
    """
    first, second, third = (*sorted(values, reverse=True), 0, 0, 0)[:3]
    return third if 2 * third > second else second if 2 * second > first else first


def _enter(values: list[int], value: int) -> None:
    """Enters a value in place of the oldest."""
    del values[0]
    values.append(value)


def _log2(value: int) -> int:
    """As `integers.log2_ratio` of value + 1 and 1."""
    octave = (value + 1).bit_length() - 1
    digits = (value + 1) >> (octave - 5) if octave >= 5 else (value + 1) << (5 - octave)
    return 32 * octave + digits - 32


def _clipped(value: int) -> int:
    return min(max(value, -LARGEST), LARGEST)
