"""Which candidates of the QRS detector may be P waves, and which are better; firmware/lib/ecg/ecgp_qrs_doubt.c.

A P wave as high as a beat is followed by its QRS complex before it is decided on, or soon after. So a candidate that is
not like the template is held, if something as high is coming: whichever of the two is nearer to the template and at
least as steep is the beat. After a true beat it is a T wave that comes, and that is less steep.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecgprune.ecg.integers import log2_ratio
from ecgprune.ecg.qrs_levels import Event

__all__ = ["is_better", "is_doubtful", "is_low"]

LEAST_HEIGHT = 40  # of a beat in one of the leads: a QRS complex of about 20 uV
NEARER = 8  # octaves / 32 by which a better candidate is nearer to the template, at least


def is_low(event: Event) -> bool:
    """Whether a candidate is too low in every lead to be a QRS complex."""
    return max(event.height) < LEAST_HEIGHT


def is_doubtful(event: Event, distances: Sequence[int]) -> bool:
    """Whether a late candidate may be a P wave: it is not like the template, and something as high is coming."""
    return event.rises and sum(distances) > 0


def is_better(event: Event, distances: Sequence[int], held: Event, held_distances: Sequence[int]) -> bool:
    """Whether the candidate after `held` is the better one: as steep or steeper, and nearer to the template.

    Args:
        event: the candidate.
        distances: its distance to the template of each lead.
        held: the candidate before, which is in doubt.
        held_distances: the same of it.
    """
    steeper = int(log2_ratio(np.array(event.slope) + 1, np.array(held.slope) + 1).sum())
    return sum(held_distances) - sum(distances) > NEARER and steeper >= 0
