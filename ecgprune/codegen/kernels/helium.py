"""Dense kernels on Helium, the vectors of Cortex-M55; see firmware/lib/nn/ecgp_helium.h and ecgp_conv_helium.h.

A kernel wants the field of a position, all taps of its window, in one piece. Where the input holds it so, it is read
there; otherwise the kernel copies the fields of a tile first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params, within
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.lowering.window import Window
from ecgprune.codegen.order import Steps, by_row, by_tile

__all__ = [
    "LANES",
    "MATRIX",
    "OUTPUTS",
    "TAPS",
    "TILE",
    "Convolution",
    "Fields",
    "chunks",
    "factors",
    "matrix_call",
    "matrix_features",
    "order",
    "padded",
    "tile_features",
]

MATRIX = "ecgp_fully_connected_helium_s8"

TILE = 6
"""Positions of a tile; ECGP_HELIUM_TILE in firmware/lib/nn/ecgp_helium.h."""
TAPS = 16
"""Taps multiplied at once; ECGP_HELIUM_TAPS."""
LANES = 4
"""Channels side by side in a vector."""
OUTPUTS = 4
"""Outputs of a matrix that share one load of inputs; OUTPUTS in ecgp_fully_connected_helium.c."""


@dataclass(frozen=True)
class Fields:
    """Where the fields of a tile lie; a field is the input bytes that one output position reads.

    The last three are the fields of those names in firmware/lib/nn/ecgp_conv_helium.h.

    Attributes:
        window: as the kernel slides it; 1x1 kernels see one long row.
        depth: bytes of a field.
        step: bytes from a position's field to the next one's.
        collect: 1 where fields are copied, 0 where they lie in the input.
    """

    window: Window
    depth: int
    step: int
    collect: int

    @classmethod
    def of(cls, at: Window, alignment: int = 1) -> Fields:
        """The fields of a convolution.

        Args:
            at: how its kernel slides over the input.
            alignment: what copied fields are aligned to, in bytes; those in the input lie as they do.
        """
        depth = at.kernel_h * at.kernel_w * at.input_c
        if at.kernel_h == at.kernel_w == at.stride_h == at.stride_w == 1:
            pixels = at.positions
            at = replace(at, batches=1, input_h=1, input_w=pixels, output_h=1, output_w=pixels)
        collect = at.kernel_h > 1 or (at.kernel_w > 1 and at.dilation_w > 1)
        step = -(-depth // alignment) * alignment if collect else at.stride_w * at.input_c
        return cls(at, depth, step, int(collect))

    def params(self, outputs: int) -> Params:
        """The fields of ecgp_helium_conv, in a struct of parameters that has one."""
        shared: Params = {"pool": 1, "outputs": outputs}
        own: Params = {"depth": self.depth, "step": self.step, "collect": self.collect}
        return within("conv", {**self.window.fields, **shared, **own})

    @property
    def width(self) -> int:
        """Positions that tiles are cut from: all, or those of a row."""
        return self.window.positions if self.collect else self.window.output_w

    @property
    def copied_bytes(self) -> int:
        """Scratch for the fields of a tile, 0 where none is copied."""
        if self.collect:
            return TILE * self.step
        return (TILE - 1) * self.step + self.depth if self.window.stage != "ECGP_STAGE_NONE" or self.width < TILE else 0


@dataclass(frozen=True)
class Convolution:
    """A convolution that is not grouped, for the kernels on Helium.

    Attributes:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        scaled: the fields of ecgp_requant, as `factors` gives them.
        rows: int8 weights (output channels, taps).
    """

    dense: KernelCall
    at: Window
    scaled: Params
    rows: npt.NDArray[np.int8]

    @property
    def limits(self) -> Params:
        """The output's zero point, lowest and highest value, fields of those names."""
        return _limits(self.scaled)

    @property
    def factors(self) -> npt.NDArray[np.int64]:
        """(output channels, 3): bias, multiplier, shift."""
        return _columns(self.scaled)

    @property
    def powers(self) -> npt.NDArray[np.int32]:
        """(output channels, 3): bias, multiplier, and the power of two that stands for the right shift."""
        bias, multiplier, shift = self.factors.T
        return np.stack([bias, multiplier, 1 << (31 + shift)], axis=1).astype(np.int32)


def chunks(rows: npt.NDArray[np.int8], size: int) -> npt.NDArray[np.int8]:
    """(outputs, taps) as (chunks, outputs, size), zeros behind the last tap."""
    count = -(-rows.shape[1] // size)
    return np.ascontiguousarray(padded(rows, count * size).reshape(-1, count, size).transpose(1, 0, 2))


def padded(rows: npt.NDArray[np.int8], width: int) -> npt.NDArray[np.int8]:
    """Rows with zeros behind, `width` long."""
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])))


def matrix_call(dense: KernelCall, requant: Params, values: npt.NDArray[np.int8]) -> KernelCall:
    """The variant of a FULLY_CONNECTED, for any factor.

    Args:
        dense: the dense variant in plain C of the same call.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        values: int8 weights (outputs, depth).
    """
    scaled = _each(requant, len(values))
    bias, multiplier, shift = _columns(scaled).T
    left = int(shift.max() > -1)
    each = np.stack([bias, multiplier, shift if left else 1 << (31 + shift)], axis=1).astype(np.int32)
    short = -len(values) % OUTPUTS
    rows = np.pad(padded(values, -(-values.shape[1] // TAPS) * TAPS), ((0, short), (0, 0)))
    fours = rows.reshape(len(rows) // OUTPUTS, OUTPUTS, -1, TAPS)
    weights = np.ascontiguousarray(fours.transpose(0, 2, 1, 3)).reshape(len(fours), -1).view("<i4")
    behind = np.pad(each, ((0, short), (0, 0))).reshape(len(fours), OUTPUTS, 3).transpose(0, 2, 1)
    stream = np.concatenate([weights, behind.reshape(len(fours), -1)], axis=1).astype(np.int32).reshape(-1)
    return replace(
        dense,
        kernel=MATRIX,
        header="ecgp_fully_connected_helium.h",
        params_type="ecgp_fully_connected_helium_params",
        params={
            **_limits(scaled),
            "left": left,
            **{name: dense.params[name] for name in ("rows", "depth", "outputs")},
            "stream": Array("stream", "int32_t", stream, "four outputs at a time: weights, biases, factors"),
        },
    )


def factors(requant: Params, outputs: int) -> Params | None:
    """The fields of ecgp_requant as ecgp_helium_rescale.h needs them, None where a shift is not within -31 to -1."""
    found = _each(requant, outputs)
    shift = found["requant.shift"]
    assert isinstance(shift, Array)
    return found if shift.data.max() <= -1 else None


def _columns(scaled: Params) -> npt.NDArray[np.int64]:
    """(output channels, 3): bias, multiplier, shift of what `_each` gave."""
    found = (scaled[f"requant.{name}"] for name in ("bias", "multiplier", "shift"))
    return np.stack([column.data.astype(np.int64) for column in found if isinstance(column, Array)], axis=1)


def _limits(scaled: Params) -> Params:
    return {name: scaled[f"requant.{name}"] for name in ("zero_point", "min", "max")}


def _each(requant: Params, outputs: int) -> Params:
    """The fields of ecgp_requant with a factor per channel; one of 0 shifts right, as nothing is left of any value."""
    multiplier, shift = requant["requant.multiplier"], requant["requant.shift"]
    assert isinstance(multiplier, Array)
    assert isinstance(shift, Array)
    multipliers = np.broadcast_to(multiplier.data, outputs).copy()
    shifts = np.where(multipliers == 0, -1, shift.data).astype(np.int8)
    return {
        **requant,
        "requant.multiplier": replace(multiplier, data=multipliers),
        "requant.shift": replace(shift, data=shifts),
        "requant.per_channel": 1,
    }


def order(call: KernelCall) -> Steps:
    """Tiles of a row, or of all positions where fields are copied."""
    return (by_tile(TILE) if integer(call, "collect") else by_row(by_tile(TILE)))(call)


def tile_features(call: KernelCall) -> Features:
    """What the cost rules of all convolutions count: tiles, and the fields that they collect."""
    lines = integer(call, "window.batches") * integer(call, "window.output_h")
    width, collect = integer(call, "window.output_w"), integer(call, "collect")
    tiles = -(-lines * width // TILE) if collect else lines * -(-width // TILE)
    pieces = 1 if integer(call, "window.dilation_w") == 1 else integer(call, "window.kernel_w")
    return {
        "tile": tiles,
        "collected": collect * tiles * TILE,
        "collected_run": collect * tiles * TILE * pieces * integer(call, "window.kernel_h"),
        "collected_byte": collect * tiles * TILE * integer(call, "depth"),
    }


def matrix_features(call: KernelCall) -> Features:
    """Cost rule of a matrix: 16 inputs of four outputs at once; apart, the last outputs and those that shift left."""
    rows, outputs = integer(call, "rows"), integer(call, "outputs")
    fours, chunks = -(-outputs // OUTPUTS), -(-integer(call, "depth") // TAPS)
    apart = fours if integer(call, "left") else fours - outputs // OUTPUTS
    return {"row": rows, "four": rows * (fours - apart), "apart": rows * apart, "four_chunk": rows * fours * chunks}
