"""Signal quality of a live ECG, in integers; firmware/lib/ecg/ecgp_quality.c and ecgp_template.c are its equals.

Every 2 s the last 10 s are judged by what a QRS detector and a template beat see of noise:

- how unlike beats are: the distance of a beat's QRS complex from the template beat or from one of the last four beats,
  whichever is nearest. So beats of two or three shapes, as in bigeminy, are no noise;
- how much the height of the QRS complex changes from a beat to the nearest of those;
- steps of the baseline, and the signal's second difference, both against the QRS complex's height.

The quality is a weighted sum of these, fitted to whether 10 s hold an error of detection or class: see
docs/internals/stream.md. RR intervals have no part in it: arrhythmia is no noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.integers import log2_ratio
from ecgprune.ecg.patient import QRS

__all__ = ["BLOCK", "Block", "Match", "Quality", "TemplateWatch", "block_sums", "measured"]

# firmware/lib/ecg/ecgp_quality.h and ecgp_template.h have the same, and a test compares them.
BLOCK, BLOCKS = 360, 5  # samples at 180 Hz, and blocks that count
PAST = 4  # beats whose shapes are remembered
POINTS, STRIDE, SHIFT = 20, 2, 2  # of a shape; samples by which a beat may be moved to match
UNIT, MOST = 64, 255  # distance of a beat from a flat line; longest distance
PIECE = 60  # samples of the pieces of baseline that are compared: 1/3 s
POOR, GOOD = 128, 136  # quality below which it is poor, and from which on it is good again
LEAST_BEATS = 3  # of 10 s, to be judged
WEIGHTS = (43, 19, 13, 8)  # of mismatch, change of height, noise and baseline, in 1/64
OFFSET, BEST = 512, 438  # what keeps values positive, and what that adds to the best quality
TRUSTED = 32  # beats near it from which on a template beat is trusted
FOREIGN, OF = 6, 8  # foreign beats of the last with which it begins anew before
FAR, NEAR = 40, 24  # distances that make a beat foreign: from the template beat, and from another beat


@dataclass(frozen=True)
class Match:
    """How far a beat is from others, in 1/UNIT of its own size; as ecgp_quality_match.

    Attributes:
        from_template: from the template beat.
        from_past: from the nearest of the last beats; MOST without any.
    """

    from_template: int
    from_past: int


@dataclass
class TemplateWatch:
    """Whether the template beat is of another shape than the beats; as ecgp_template_t, which says why.

    Attributes:
        foreign: of the last beats, the newest last: far from the template beat and near another beat.
        near: beats that were near the template beat, at most TRUSTED.
    """

    foreign: list[bool] = field(default_factory=list)
    near: int = 0

    def beat(self, match: Match) -> bool:
        """Takes in a beat; True when the template beat must begin anew with it."""
        far = match.from_template >= FAR
        self.foreign = [*self.foreign, far and match.from_past <= NEAR][-OF:]
        self.near = min(self.near + (not far), TRUSTED)
        anew = self.near < TRUSTED and sum(self.foreign) >= FOREIGN
        if anew:
            self.foreign, self.near = [], 0
        return anew


def block_sums(low: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of every whole block of a segment: the sum of second differences, and that of the baseline's steps.

    Args:
        low: int16 [samples] at 180 Hz, low-passed, in units of 5 uV.

    Returns:
        int64 [blocks] each.
    """
    blocks = len(low) // BLOCK
    wide = low[: blocks * BLOCK].astype(np.int64)
    second = np.concatenate([np.zeros(min(2, len(wide)), np.int64), np.abs(np.diff(wide, 2))])
    pieces = wide.reshape(-1, PIECE).sum(axis=1)
    steps = np.concatenate([np.zeros(min(1, len(pieces)), np.int64), np.abs(np.diff(pieces))])
    return second.reshape(blocks, BLOCK).sum(axis=1), steps.reshape(blocks, BLOCK // PIECE).sum(axis=1)


@dataclass
class Block:
    """What was measured in 2 s; as ecgp_quality_block."""

    beats: int = 0
    mismatch: int = 0
    change: int = 0
    height: int = 0
    noise: int = 0
    baseline: int = 0


def measured(blocks: Sequence[Block]) -> tuple[int, int, int, int] | None:
    """What is weighed of blocks: mismatch, change of height, noise, baseline; None with hardly any beats."""
    beats = sum(block.beats for block in blocks)
    if beats < LEAST_BEATS:
        return None
    mismatch, change = (
        4 * total // beats for total in (sum(b.mismatch for b in blocks), sum(b.change for b in blocks))
    )
    below = OFFSET - sum(block.height for block in blocks) // beats
    noise = max(block.noise for block in blocks) + below
    baseline = sum(block.baseline for block in blocks) // len(blocks) + below
    return mismatch, _log2(change), noise, baseline


@dataclass
class Quality:
    """The quality of the last 10 s; as ecgp_quality_t.

    Attributes:
        quality: 0 to 255.
        poor: whether it is poor.
    """

    quality: int = MOST
    poor: bool = False
    blocks: list[Block] = field(default_factory=lambda: [Block()])
    shapes: list[tuple[NDArray[np.int64], int]] = field(default_factory=list)

    def beat(self, x: NDArray[np.int64], template: NDArray[np.int64]) -> Match:
        """Takes in a beat and compares it.

        Args:
            x: [window] about its mean, as `patient.centred_windows` gives it.
            template: [window], the template beat.
        """
        moved = np.stack([_shape(x, by) for by in range(-SHIFT, SHIFT + 1)])
        own = moved[SHIFT]
        size = int(np.abs(own).sum()) + 1
        height = _height(x)
        from_template = _distance(moved, _shape(template), size)
        from_past, change = MOST, 0
        for shape, other in self.shapes:
            found = _distance(moved, shape, size)
            if found < from_past:
                from_past, change = found, abs(height - other)
        block = self.blocks[-1]
        block.beats += 1
        block.mismatch += min(from_template, from_past)
        block.change += change
        block.height += height
        self.shapes = [*self.shapes, (own, height)][-PAST:]
        return Match(from_template, from_past)

    def ends(self, noise: int, steps: int) -> bool:
        """A block ends with these sums; True when `poor` has changed."""
        block = self.blocks[-1]
        block.noise, block.baseline = _log2(noise // 64), _log2(steps // 16)
        before = self.poor
        self._judge(self.blocks[-BLOCKS:])
        self.blocks = [*self.blocks[1 - BLOCKS :], Block()]
        return self.poor != before

    def _judge(self, blocks: list[Block]) -> None:
        """Weighs what was measured; the quality stays where there are hardly any beats to judge it by."""
        values = measured(blocks)
        if values is None:
            return
        weighed = sum(weight * value for weight, value in zip(WEIGHTS, values, strict=True)) // 64
        self.quality = min(max(BEST - weighed, 0), MOST)
        self.poor = self.quality < (GOOD if self.poor else POOR)


def _shape(x: NDArray[np.int64], by: int = 0) -> NDArray[np.int64]:
    """Every second sample of the QRS, moved, about their mean, rounded down."""
    points = x[QRS[0] + by :: STRIDE][:POINTS]
    shape: NDArray[np.int64] = points - points.sum() // POINTS
    return shape


def _distance(moved: NDArray[np.int64], shape: NDArray[np.int64], size: int) -> int:
    return min(UNIT * int(np.abs(moved - shape).sum(axis=1).min()) // size, MOST)


def _height(x: NDArray[np.int64]) -> int:
    part = x[QRS[0] : QRS[1]]
    return _log2(int(part.max() - part.min()) + 1)


def _log2(value: int) -> int:
    """log2(value + 1), 32 an octave."""
    return int(log2_ratio(np.array(value + 1), np.array(1)))
