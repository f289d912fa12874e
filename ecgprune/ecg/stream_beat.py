"""The beats of a live ECG: what they teach, and what the classifier is given of them; as ecgp_stream_beat.c."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg import beats, context, patient
from ecgprune.ecg.quality import Quality, TemplateWatch
from ecgprune.ecg.template import TemplateBeat

__all__ = ["Beat", "Patient"]


@dataclass(frozen=True)
class Beat:
    """A beat that has become an event.

    Attributes:
        before: RR interval before it in samples at 180 Hz; where it is unknown, the next one.
        after: RR interval after it, likewise.
        claimed: whether a class is claimed for it.
        anew: whether the template beat begins anew with it.
        window: int16 [patient.BEFORE + patient.AFTER], in units of 5 uV; none where no class is claimed.
        own: int16 [samples], the classifier's window, likewise.
    """

    before: int
    after: int
    claimed: bool = False
    anew: bool = False
    window: NDArray[np.int16] | None = None
    own: NDArray[np.int16] | None = None


@dataclass
class Patient:
    """What is known about the patient, and of the signal's quality."""

    beats: list[Beat] = field(default_factory=list)
    quality: Quality = field(default_factory=Quality)
    watch: TemplateWatch = field(default_factory=TemplateWatch)
    template: TemplateBeat = field(default_factory=TemplateBeat)

    def enter(
        self, rr: tuple[int, int], window: NDArray[np.int16] | None, own: NDArray[np.int16] | None, *, is_open: bool
    ) -> Beat:
        """Takes in a beat.

        Args:
            rr: RR intervals before and after it; 0: unknown.
            window: int16 [patient.BEFORE + patient.AFTER] about the R peak; None where it is not whole.
            own: the classifier's window.
            is_open: whether there was a signal of good quality at the R peak.
        """
        before = rr[0] or rr[1] or patient.NORMAL_RR
        after = rr[1] or before
        if window is None:
            beat = Beat(before, after)
            self.beats.append(beat)
            return beat
        x = patient.centred_windows(window[None])[0]
        claimed = is_open
        anew = self.watch.beat(self.quality.beat(x, self.template.before(x)))
        if anew:
            self.template = TemplateBeat()
        beat = Beat(before, after, claimed, anew, window if claimed else None, own if claimed else None)
        self.beats.append(beat)
        if claimed:
            steady = patient.regular(*self._intervals(self.beats[-patient.PAST :]))[-1]
            self.template.learn(x, bool(steady))
        return beat

    @staticmethod
    def _intervals(beats: list[Beat]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        both = np.array([(beat.before, beat.after) for beat in beats], np.int64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def inputs(self) -> dict[str, NDArray[np.int8]]:
        """The classifier's inputs of all beats that a class is claimed for: int8 [beats, values] of each kind."""
        claimed = np.array([beat.claimed for beat in self.beats])
        before, after = self._intervals(self.beats)
        number = np.cumsum([beat.anew for beat in self.beats])[claimed]
        windows = np.stack([beat.window for beat in self.beats if beat.window is not None])
        own = np.stack([beat.own for beat in self.beats if beat.own is not None])
        return {
            "ecg": beats.normalize(own),
            "rr": beats.rr_of_intervals(before, after, patient.RATE_HZ)[claimed],
            "patient": patient.features(windows, claimed, before, after, number),
            "context": context.features(windows, claimed, before, after, number),
        }
