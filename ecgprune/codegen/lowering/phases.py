"""The phases of a transposed convolution along one dimension: which taps reach an output, as windows of stride 1.

Output y adds up input i times tap k wherever i * stride + k = y + padding. So the outputs of one remainder of y by the
stride, a phase, are a convolution with every `stride`th tap, in reverse order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Phases", "together"]


@dataclass(frozen=True)
class Phases:
    """Some phases whose outputs are computed at the same time.

    Attributes:
        first: remainder of the first; the others follow.
        outputs: of each, positions of the window.
        pad: inputs that the first window hangs over.
        taps: int64 (phases, kernel of the window), the tap that each reads; -1 for none.
    """

    first: int
    outputs: int
    pad: int
    taps: npt.NDArray[np.int64]


def together(size: int, output: int, kernel: int, stride: int, padding: int, apart: bool) -> Iterator[Phases]:
    """All phases that have outputs, each by itself or all in one window.

    Args:
        size: cells of the input.
        output: cells of the output.
        kernel: taps.
        stride: outputs from one input to the next.
        padding: outputs that are cut off in front.
        apart: each by itself.
    """
    wanted = range(min(stride, output))
    for phases in ([p] for p in wanted) if apart else [list(wanted)]:
        yield _phases(phases, size, output, kernel, stride, padding)


def _phases(phases: Sequence[int], size: int, output: int, kernel: int, stride: int, padding: int) -> Phases:
    """One window that sees all inputs of the phases, and one more where it would be a pixel beyond the input."""
    reached = [  # per phase: {input, from the output's own place on: tap}
        {(phase + padding - k) // stride: k for k in range(kernel) if (phase + padding - k) % stride == 0}
        for phase in phases
    ]
    inputs = [i for of_phase in reached for i in of_phase] + [0]
    pad, width = -min(inputs), max(inputs) - min(inputs) + 1
    outputs = -(-(output - phases[0]) // stride)
    if width == 1 and outputs > size:
        width = 2
    taps = np.array([[of_phase.get(i - pad, -1) for i in range(width)] for of_phase in reached], np.int64)
    return Phases(phases[0], outputs, pad, taps)
