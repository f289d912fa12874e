"""Requantization as the fast kernels do it: what its fields must be, and whether its bounds hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, Params
from ecgprune.codegen.requant import multiply

__all__ = ["MATRIX", "RESCALE", "Bounds", "rescale"]


@dataclass(frozen=True)
class Bounds:
    """What a kernel's requantization can take.

    Attributes:
        right: least and most bits that it shifts to the right.
        reach: what 128 * sum|w| + |bias| must stay below.
    """

    right: tuple[int, int]
    reach: int


RESCALE = Bounds((2, 22), 1 << 29)
"""firmware/lib/nn/ecgp_rescale.h"""
MATRIX = Bounds((1, 31), 1 << 30)
"""firmware/lib/nn/ecgp_matrix.h"""


def rescale(
    requant: Mapping[str, int | str | Array | None],
    rows: npt.NDArray[np.int8],
    bounds: Bounds = RESCALE,
    sum_limit: int | None = None,
) -> Params | None:
    """The fields of ecgp_requant as these kernels need them, None where a bound does not hold.

    Multipliers are from 2^30 up.

    A channel without weights has one output n. Bias and factor are set so that they give it, whatever the model's were:
    with a factor of 2^-(k + 1), where k is the least shift, a bias of n * 2^(k + 1) does.

    Args:
        requant: the fields as `weights.requantization` gives them.
        rows: int8 weights (output channels, taps).
        bounds: of the kernel's requantization.
        sum_limit: what 128 * sum|w| must stay below besides; None for no such limit.
    """
    bias, multiplier, shift = (requant[f"requant.{name}"] for name in ("bias", "multiplier", "shift"))
    assert isinstance(bias, Array)
    assert isinstance(multiplier, Array)
    assert isinstance(shift, Array)
    folded, factors, shifts = bias.data.copy(), multiplier.data.copy(), shift.data.copy()
    least, most = bounds.right
    if factors.size > 1:
        for channel in np.flatnonzero(~rows.any(axis=1)):
            output = multiply(int(folded[channel]), int(factors[channel]), int(shifts[channel]))
            folded[channel] = output.clip(-255, 255) << (least + 1)
            factors[channel], shifts[channel] = 1 << 30, -least
    sums = 128 * np.abs(rows.astype(np.int64)).sum(axis=1)
    reach = sums + np.abs(folded.astype(np.int64))
    if sum_limit is not None and sums.max() >= sum_limit:
        return None
    if factors.min() < 1 << 30:  # TFLM's are normalized, but for a factor of 0
        return None
    if reach.max() >= bounds.reach or -shifts.min() > most or -shifts.max() < least:
        return None
    return {
        **requant,
        "requant.bias": replace(bias, data=folded),
        "requant.multiplier": replace(multiplier, data=factors),
        "requant.shift": replace(shift, data=shifts),
    }
