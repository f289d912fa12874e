"""Convolutions on inputs packed in pairs, two positions in a word, and max pooling in the same call.

See firmware/kernels/ep_pairs.h for the trick and its bound, ep_conv_pairs.h for the layout of the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import sparse
from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.ops.window import Window
from ecgprune.codegen.requant import multiply
from ecgprune.graph.graph import Op

__all__ = ["Packing", "call", "with_max_pool"]

Params = dict[str, int | str | Array | None]

WORDS = 4
"""Words multiplied side by side; EP_PAIR_WORDS in firmware/kernels/ep_pairs.h."""
SCRATCH_BYTES = (1024, 4096)
"""A row is cut into chunks whose scratch takes up to 3/2 of the input, within these ends, or that are one tile."""
MAX_DISTANCE = 36
SUM_LIMIT = 1 << 22
REACH_LIMIT = 1 << 29
SHIFT_LIMIT = 22
POOLED = 2


@dataclass(frozen=True)
class Packing:
    """The fields of ep_conv_pairs_params that say how input is packed."""

    distance: int
    phases: int
    length: int

    @classmethod
    def of(cls, at: Window) -> Packing:
        """The distance that wastes the fewest positions, a chunk's overhead weighed as four, within SCRATCH_BYTES."""
        limit = sorted((3 * at.input_h * at.input_w * at.input_c // 2, *SCRATCH_BYTES))[1]
        reach = (at.kernel_w - 1) * at.dilation_w
        phases = min(at.stride_w, reach + 1)
        sizes = [cls(d, phases, d + reach // at.stride_w) for d in range(WORDS, MAX_DISTANCE + 1, WORDS)]
        fitting = [p for p in sizes if 4 * p.words(at) <= limit] or sizes[:1]
        return min(fitting, key=lambda p: (-(-at.output_w // (2 * p.distance)) * (2 * p.distance + 4), p.distance))

    def words(self, at: Window) -> int:
        """Words of scratch: the sums of a channel, and the packed input of a chunk."""
        return 2 * self.distance + at.kernel_h * at.input_c * self.phases * self.length

    def offsets(self, at: Window, channels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The word that a weight's first position reads: shape (outputs, kernel_h, kernel_w, inputs).

        channels: the input channel that each weight reads, of a shape that broadcasts to it.
        """
        columns = np.arange(at.kernel_w, dtype=np.int64)[None, None, :, None] * at.dilation_w
        rows = np.arange(at.kernel_h, dtype=np.int64)[None, :, None, None]
        line = (rows * at.input_c + channels) * self.phases + columns % at.stride_w
        return np.asarray(line * self.length + columns // at.stride_w)


def call(
    dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8], channels: npt.NDArray[np.int64]
) -> list[KernelCall]:
    """The sparse form on packed pairs, or nothing where its sums, factors or counts could leave their bounds.

    rows: weights as (output channels, taps). channels: see `Packing.offsets`.
    """
    rescale = _rescale(requant, rows)
    packing = Packing.of(at)
    words = packing.words(at)
    if rescale is None or rows.shape[1] + words // sparse.MAX_DELTA > sparse.MAX_COUNT:
        return []
    offsets = packing.offsets(at, channels).reshape(len(rows), -1)
    order = np.argsort(offsets, axis=1)
    stream = sparse.pack(np.take_along_axis(rows, order, 1), np.take_along_axis(offsets, order, 1))
    return [
        replace(
            dense,
            kernel="ep_conv_sparse_pairs_s8",
            header="ep_conv_pairs.h",
            params_type="ep_conv_pairs_params",
            params={
                **at.fields,
                **rescale,
                "pool": 1,
                **vars(packing),
                "outputs": len(rows),
                "counts": Array("counts", "uint16_t", stream.counts),
                "entries": Array("entries", "uint8_t", stream.entries),
            },
            scratch_bytes=4 * words,
        )
    ]


def with_max_pool(conv: KernelCall, pool: Op, pooling: KernelCall) -> KernelCall | None:
    """`conv` and the max pooling that follows it in one call, None where the kernel cannot do that.

    Rescaling is monotone within a channel, so the largest accumulator gives the largest output.
    """
    wanted = {"filter_h": 1, "stride_h": 1, "filter_w": POOLED, "stride_w": POOLED, "pad_top": 0, "pad_left": 0}
    wanted |= {"min": -128, "max": 127}
    width = conv.params.get("window.output_w")
    if conv.params.get("pool") != 1 or pooling.kernel != "ep_max_pool_s8" or not isinstance(width, int):
        return None
    if any(pooling.params[name] != value for name, value in wanted.items()):
        return None
    if pooling.params["output_w"] != width // POOLED:
        return None
    params = {**conv.params, "pool": POOLED, "window.output_w": width // POOLED * POOLED}
    return replace(conv, params=params, outputs=pooling.outputs, fused=pool.index)


def _rescale(requant: Mapping[str, int | str | Array | None], rows: npt.NDArray[np.int8]) -> Params | None:
    """The fields of ep_requant as ep_rescale.h needs them, None where a bound does not hold.

    A channel without weights has one output, which bias and factor are chosen to give: with a factor of 2^-2 a bias
    of 4 * n makes n.
    """
    bias, multiplier, shift = (requant[f"requant.{name}"] for name in ("bias", "multiplier", "shift"))
    assert isinstance(bias, Array)
    assert isinstance(multiplier, Array)
    assert isinstance(shift, Array)
    folded, factors, shifts = bias.data.copy(), multiplier.data.copy(), shift.data.copy()
    if factors.size > 1:
        for channel in np.flatnonzero(~rows.any(axis=1)):
            output = multiply(int(folded[channel]), int(factors[channel]), int(shifts[channel]))
            folded[channel] = 4 * output.clip(-255, 255)
            factors[channel], shifts[channel] = 1 << 30, -1
    sums = 128 * np.abs(rows.astype(np.int64)).sum(axis=1)
    reach = sums + np.abs(folded.astype(np.int64))
    if sums.max() >= SUM_LIMIT or reach.max() >= REACH_LIMIT or shifts.min() < -SHIFT_LIMIT or shifts.max() > -1:
        return None
    return {
        **requant,
        "requant.bias": replace(bias, data=folded),
        "requant.multiplier": replace(multiplier, data=factors),
        "requant.shift": replace(shift, data=shifts),
    }
