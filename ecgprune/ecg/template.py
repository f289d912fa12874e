"""The template beat: a running mean of a patient's beats. firmware/lib/ecg/ecgp_morphology.c is its equal.

It is slow where the rhythm is irregular, so that ectopic beats hardly enter it.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.integers import towards_zero

__all__ = ["FRACTION", "IRREGULAR", "LEARNING", "REGULAR", "TemplateBeat", "of_one_template", "template_before"]

# firmware/lib/ecg/ecgp_morphology.h has the same, and a test compares the two.
LEARNING = 24  # beats in the template beat before it becomes a running mean
REGULAR, IRREGULAR = 24, 200  # of which a beat is 1/24, or 1/200 where the rhythm is irregular
FRACTION = 256  # parts of a unit that the template beat is kept in


class TemplateBeat:
    """The template beat of one patient, beat after beat; before the first one, that beat itself."""

    def __init__(self) -> None:
        self.beats = 0
        self._fine = np.zeros(0, np.int64)

    def before(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """[window], floored to whole units: what the beat `x` is set against."""
        return self._fine // FRACTION if self.beats else x

    def learn(self, x: NDArray[np.int64], steady: bool) -> None:
        """Takes in a beat; the difference is clipped to half the template beat's mean size: none weighs much."""
        fine = self._fine if self.beats else x * FRACTION
        bound = max(int(np.abs(fine).sum()) // (2 * len(x)), 2 * FRACTION)
        share = REGULAR if steady else IRREGULAR
        if self.beats < LEARNING - 1:
            share = (self.beats + 2) * (1 if steady else 4)
        self._fine = fine + towards_zero(np.clip(x * FRACTION - fine, -bound, bound), share)
        self.beats += 1


def template_before(x: NDArray[np.int64], steady: NDArray[np.bool_]) -> NDArray[np.int64]:
    """int64 [beats, window]: the template beat before each beat, floored to whole units.

    Args:
        x: int64 [beats, window], windows about their means.
        steady: [beats], whether each is in rhythm.
    """
    found = np.empty_like(x)
    template = TemplateBeat()
    for i, each in enumerate(x):
        found[i] = template.before(each)
        template.learn(each, bool(steady[i]))
    return found


def of_one_template(count: int, template: NDArray[np.int64] | None) -> list[slice]:
    """The parts of `count` beats that have one template beat each; rising numbers tell them apart."""
    if template is None or not count:
        return [slice(0, count)]
    bounds = [0, *(np.flatnonzero(np.diff(template)) + 1).tolist(), count]
    return [slice(a, b) for a, b in itertools.pairwise(bounds)]
