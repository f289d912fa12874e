"""Whether there is a signal at all, in integers; firmware/lib/ecg/ecgp_signal.c is its equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "FLAT", "GOOD", "HUM", "NO_BEAT", "SATURATED", "SILENCE", "SignalLoss", "bad_blocks"]

GOOD, FLAT, SATURATED, NO_BEAT, HUM = range(5)
"""Why there is no signal, as ecgp_signal_reason."""

# firmware/lib/ecg/ecgp_signal.h has the same, and a test compares the two.
BLOCK, BLOCKS = 180, 3  # samples of a block, and bad ones in a row after which a lead has failed
LEAST = 6  # 30 uV: a block is flat whose highest and lowest sample are nearer
LEAST_HUM, SHARE = 40, 4  # 200 uV: a block is hum with this range, or more, whose mean second difference is 1/4 of it
SILENCE = 1800  # samples without a beat after which there is no signal: 10 s


def bad_blocks(low: NDArray[np.int16], railed: NDArray[np.bool_], frame: NDArray[np.int64], rate_hz: int) -> list[int]:
    """GOOD, FLAT, SATURATED or HUM for each whole block of a segment.

    Args:
        low: int16 [samples] at 180 Hz, low-passed, in units of 5 uV.
        railed: [frames], whether a sample is at an end of the ADC's range.
        frame: [samples], the frame with which each was made.
        rate_hz: frames a second.
    """
    blocks = len(low) // BLOCK
    pieces = low[: blocks * BLOCK].reshape(blocks, BLOCK).astype(np.int64)
    range_ = pieces.max(axis=1, initial=-32768) - pieces.min(axis=1, initial=32767)
    second = np.concatenate([np.zeros(min(2, len(low)), np.int64), np.abs(np.diff(low.astype(np.int64), 2))])
    noise = second[: blocks * BLOCK].reshape(blocks, BLOCK).sum(axis=1)
    hum = (range_ >= LEAST_HUM) & (SHARE * noise > BLOCK * range_)
    found = np.where(hum, HUM, np.where(range_ < LEAST, FLAT, GOOD))
    count = np.concatenate([[0], np.cumsum(railed)])
    ends = np.concatenate([[0], frame[BLOCK - 1 :: BLOCK][:blocks] + 1])
    full = np.diff(count[ends]) > rate_hz // 2
    bad: list[int] = np.where(full, SATURATED, found).tolist()
    return bad


@dataclass
class SignalLoss:
    """What is known of a lead; as ecgp_signal_t.

    Attributes:
        reason: why there is no signal.
        silent: whether SILENCE samples have passed without a beat.
        bad: bad blocks in a row, at most BLOCKS.
        why: what the last block was.
    """

    reason: int = GOOD
    silent: bool = False
    bad: int = 0
    why: int = GOOD

    def block(self, found: int) -> None:
        """A block ends; hum is bad at once, as some of it looks like beats."""
        self.bad = (BLOCKS if found == HUM else min(self.bad + 1, BLOCKS)) if found else 0
        self.why = found

    def changed(self) -> bool:
        """Whether `reason` changes now, to GOOD or from it."""
        now = self.why if self.bad == BLOCKS else NO_BEAT if self.silent else GOOD
        if (now == GOOD) == (self.reason == GOOD):
            return False
        self.reason = now
        return True
