"""ADD and SUB as one linear rule of both bytes, where it gives TFLM's output for all 65536 pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Params
from ecgprune.codegen.requant import multiply

__all__ = ["linear_sum"]

_SHIFT, _EXTRA = 21, 20
_HALF = 1 << (_SHIFT - 1)  # what Helium takes off a sum before it rounds
_MOST = 2**23 - 1  # of a factor, so that 2^8 times it is an int32
_SLOPES = (0.0, 2.0**-20, 2.0**-18, 2.0**-16, 2.0**-14, 2.0**-12)
"""Factors so much larger take sums that lie just between two outputs away from zero, as TFLM rounds them."""


def linear_sum(params: Mapping[str, object], scales: tuple[float, float, float]) -> Params | None:
    """The factors and the offset of ecgp_add_linear_params; None where no such rule has the same bits.

    Args:
        params: the fields of ecgp_add_params.
        scales: of a, b and the output.
    """
    at = {name: value for name, value in params.items() if isinstance(value, int)}
    wanted = _outputs(at)
    bytes_ = np.arange(-128, 128, dtype=np.int64)
    for a, b in _factors([at[f"{name}_sign"] * scale / scales[2] for name, scale in zip("ab", scales, strict=False)]):
        offset = _offset((bytes_ * a)[:, None] + (bytes_ * b)[None, :], wanted)
        if offset is not None:
            return {"a_factor": a, "b_factor": b, "offset": offset}
    return None


def _factors(ratios: list[float]) -> Iterator[tuple[int, int]]:
    """Factors of a and b that may do, the likeliest first: those rounded to nearest, and their neighbours."""
    for slope, near_a, near_b in product(_SLOPES, (0, 1, -1), (0, 1, -1)):
        a, b = (round(ratio * (1.0 + slope) * 2.0**_SHIFT) for ratio in ratios)
        if max(abs(a), abs(b)) < _MOST:
            yield a + near_a, b + near_b


def _outputs(at: Mapping[str, int]) -> npt.NDArray[np.int64]:
    """TFLM's outputs of all pairs of bytes, int64 (256, 256), saturated to int8 only."""
    bytes_ = np.arange(-128, 128, dtype=np.int64)
    a, b = (
        at[f"{name}_sign"]
        * multiply((bytes_ - at[f"{name}_zero_point"]) << _EXTRA, at[f"{name}_multiplier"], at[f"{name}_shift"])
        for name in "ab"
    )
    sums = multiply(a[:, None] + b[None, :], at["output_multiplier"], at["output_shift"])
    return np.asarray((sums + at["output_zero_point"]).clip(-128, 127))


def _offset(sums: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> int | None:
    """What, added to the sums, makes them the wanted outputs times 2^21 and less than one more; None: nothing does.

    Saturated outputs bound it from one side only.
    """
    least = (wanted << _SHIFT) - sums
    low = int(least[wanted > -128].max(initial=-(2**31)))
    high = int(least[wanted < 127].min(initial=2**31)) + (1 << _SHIFT) - 1
    offset = (low + high) // 2
    reach = (int(sums.min()) + offset, int(sums.max()) + offset)
    within = abs(offset) < 2**31 - _HALF and reach[0] >= _HALF - 2**31 and reach[1] < 2**31
    return offset if low <= high and within else None
