"""Convolutions on Helium, the vectors of Cortex-M55; see firmware/kernels/ep_helium.h and ep_conv_helium.h.

A kernel wants the field of a position, all taps of its window, in one piece. Where the input holds it so, it is read
there; otherwise the kernel copies the fields of a tile first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.ops.window import Window

__all__ = ["Fields", "conv_calls", "factors"]

Params = dict[str, int | str | Array | None]

TILE = 6
"""Positions of a tile; EP_HELIUM_TILE in firmware/kernels/ep_helium.h."""
TAPS = 16
"""Taps multiplied at once; EP_HELIUM_TAPS."""
LOWEST_SHIFT = -31


@dataclass(frozen=True)
class Fields:
    """Where the fields of a tile lie. window: as the kernel slides it; 1x1 kernels see one long row.

    depth, step, collect: see ep_conv_helium_params.
    """

    window: Window
    depth: int
    step: int
    collect: int

    @classmethod
    def of(cls, at: Window) -> Fields:
        depth = at.kernel_h * at.kernel_w * at.input_c
        if at.kernel_h == at.kernel_w == at.stride_h == at.stride_w == 1:
            pixels = at.positions
            at = replace(at, batches=1, input_h=1, input_w=pixels, output_h=1, output_w=pixels)
        collect = at.kernel_h > 1 or (at.kernel_w > 1 and at.dilation_w > 1)
        return cls(at, depth, depth if collect else at.stride_w * at.input_c, int(collect))

    def scratch_bytes(self, outputs: int) -> int:
        """Sums, copied fields, and outputs of rows that are shorter than a tile."""
        at = self.window
        width = at.positions if self.collect else at.output_w
        if self.collect:
            copied = TILE * self.step
        else:
            copied = (TILE - 1) * self.step + self.depth if at.stage != "EP_STAGE_NONE" or width < TILE else 0
        return 4 * TILE * outputs + copied + (TILE * outputs if width <= TILE else 0)


def conv_calls(dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The forms of a convolution that is not grouped, dense first; none where a factor is out of range.

    rows: weights as (output channels, taps).
    """
    scaled = factors(requant, len(rows))
    if scaled is None:
        return []
    fields = Fields.of(at)
    outputs, depth = rows.shape
    padded = np.zeros((outputs, -(-depth // TAPS) * TAPS), np.int8)
    padded[:, :depth] = rows
    chunks = np.ascontiguousarray(padded.reshape(outputs, -1, TAPS).transpose(1, 0, 2))
    return [
        replace(
            dense,
            kernel="ep_conv_helium_s8",
            header="ep_conv_helium.h",
            params_type="ep_conv_helium_params",
            params={
                **fields.window.fields,
                **scaled,
                "pool": 1,
                "outputs": outputs,
                "depth": depth,
                "step": fields.step,
                "collect": fields.collect,
                "weights": Array("weights", "int8_t", chunks, "16 taps of every output channel, then the next 16"),
            },
            scratch_bytes=fields.scratch_bytes(outputs),
        )
    ]


def factors(requant: Params, outputs: int) -> Params | None:
    """The fields of ep_requant as ep_helium_rescale.h needs them: one factor per channel, shifts -31 to -1."""
    multiplier, shift = requant["requant.multiplier"], requant["requant.shift"]
    assert isinstance(multiplier, Array)
    assert isinstance(shift, Array)
    multipliers = np.broadcast_to(multiplier.data, outputs)
    shifts = np.where(multipliers == 0, -1, shift.data)  # nothing is left of any value
    if shifts.max() > -1 or shifts.min() < LOWEST_SHIFT:
        return None
    return {
        **requant,
        "requant.multiplier": replace(multiplier, data=multipliers.copy()),
        "requant.shift": replace(shift, data=shifts.astype(np.int8)),
        "requant.per_channel": 1,
    }
