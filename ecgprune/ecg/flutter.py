"""Ventricular flutter and fibrillation: waves without a baseline; firmware/lib/ecg/ecgp_flutter.c is its equal.

A sine wave added to itself half a period later is nothing; of a heart that beats, nearly all is left. That is the VF
filter of Kuo and Dillman (Computers in Cardiology 1978, pages 347 to 349). Half a period is pi times the mean size over
the mean change from one sample to the next. Every second the last 2 s are judged so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BEATS", "BLOCK", "GONE", "MAYBE", "SPAN", "WAVES", "WINDOW", "Flutter", "judged"]

BEATS, MAYBE, WAVES = range(3)
"""What 2 s are: no flutter, perhaps, certainly."""

# firmware/lib/ecg/ecgp_flutter.h has the same, and a test compares the two.
BLOCK, WINDOW = 180, 360  # samples at 180 Hz from one judgement to the next, and of what is judged
STRIDE = 2  # samples from one that counts to the next
SHORTEST, LONGEST = 12, 36  # samples of half a wave: 450 to 150 waves a minute
LEAST = 10  # mean size of the waves: 50 uV
BEGIN, END = 3, 2  # windows in a row that begin flutter, and that end it
SPAN, GONE = WINDOW + (BEGIN - 1) * BLOCK, END * BLOCK  # samples since flutter began when it is seen, and since its end


def judged(window: NDArray[np.int16]) -> int:
    """BEATS, MAYBE or WAVES.

    Args:
        window: int16 [WINDOW] at 180 Hz, filtered, in units of 5 uV.
    """
    v = window.astype(np.int64)
    size = int(np.abs(v[STRIDE::STRIDE]).sum())
    change = int(np.abs(np.diff(v[::STRIDE])).sum())
    if size < LEAST * len(v[STRIDE::STRIDE]):
        return BEATS
    half = (201 * size + 16 * change) // (32 * change + 1)  # 201/32: pi STRIDE
    if not SHORTEST <= half <= LONGEST:
        return BEATS
    now, before = v[LONGEST::STRIDE], v[LONGEST - half : len(v) - half : STRIDE]
    left, all_ = int(np.abs(now + before).sum()), int((np.abs(now) + np.abs(before)).sum())
    return WAVES if 2 * left < all_ else MAYBE if 3 * left < 2 * all_ else BEATS


@dataclass
class Flutter:
    """Whether there is flutter; as ecgp_flutter_t.

    Attributes:
        on: whether there is.
        run: windows in a row that say otherwise.
    """

    on: bool = False
    run: int = 0

    def second(self, found: int) -> bool:
        """Takes in what `judged` gave; True when `on` has changed."""
        self.run = self.run + 1 if found == (BEATS if self.on else WAVES) else 0
        if self.run < (END if self.on else BEGIN):
            return False
        self.on, self.run = not self.on, 0
        return True
