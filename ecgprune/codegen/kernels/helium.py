"""Convolutions on Helium, the vectors of Cortex-M55; see firmware/lib/nn/ecgp_helium.h and ecgp_conv_helium.h.

A kernel wants the field of a position, all taps of its window, in one piece. Where the input holds it so, it is read
there; otherwise the kernel copies the fields of a tile first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.lowering.window import Window

__all__ = [
    "END",
    "OUTPUTS",
    "TAPS",
    "TILE",
    "Fields",
    "conv_calls",
    "depthwise_calls",
    "factors",
    "matrix_call",
    "pack",
]

TILE = 6
"""Positions of a tile; ECGP_HELIUM_TILE in firmware/lib/nn/ecgp_helium.h."""
TAPS = 16
"""Taps multiplied at once; ECGP_HELIUM_TAPS."""
BLOCK = 4
"""Weights of a block, on multiples of 4 of a field: their inputs are one aligned word."""
END = 255
"""What ends the counts of a segment; ECGP_HELIUM_END."""
WORDS_FOR_BYTES = 1.25
"""Gathers of four words that are taken for one of 16 bytes: each is one instruction, but a core loads what it gathers
one by one."""
OFFSETS = 256
"""Offsets of a chunk, its last position's included by weight, lie below."""
LANES = 4
"""Channels side by side in a vector."""
OUTPUTS = 4
"""Outputs of a matrix that share one load of inputs; OUTPUTS in ecgp_fully_connected_helium.c."""


@dataclass(frozen=True)
class Fields:
    """Where the fields of a tile lie. window: as the kernel slides it; 1x1 kernels see one long row.

    depth, step, collect: see ecgp_conv_helium_params.
    """

    window: Window
    depth: int
    step: int
    collect: int

    @classmethod
    def of(cls, at: Window, alignment: int = 1) -> Fields:
        """alignment: what copied fields are aligned to; those in the input lie as they do."""
        depth = at.kernel_h * at.kernel_w * at.input_c
        if at.kernel_h == at.kernel_w == at.stride_h == at.stride_w == 1:
            pixels = at.positions
            at = replace(at, batches=1, input_h=1, input_w=pixels, output_h=1, output_w=pixels)
        collect = at.kernel_h > 1 or (at.kernel_w > 1 and at.dilation_w > 1)
        step = -(-depth // alignment) * alignment if collect else at.stride_w * at.input_c
        return cls(at, depth, step, int(collect))

    @property
    def params(self) -> Params:
        return {"depth": self.depth, "step": self.step, "collect": self.collect}

    def scratch_bytes(self, outputs: int) -> int:
        """Sums, copied fields, and outputs of rows that are shorter than a tile."""
        at = self.window
        width = at.positions if self.collect else at.output_w
        if self.collect:
            copied = TILE * self.step
        else:
            copied = (TILE - 1) * self.step + self.depth if at.stage != "ECGP_STAGE_NONE" or width < TILE else 0
        return 4 * TILE * outputs + copied + (TILE * outputs if width <= TILE else 0)


def conv_calls(dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8]) -> list[KernelCall]:
    """The forms of a convolution that is not grouped, dense first; none where a factor is out of range.

    rows: weights as (output channels, taps).
    """
    scaled = factors(requant, len(rows))
    if scaled is None:
        return []
    fields = Fields.of(at)
    call = replace(
        dense,
        kernel="ecgp_conv_helium_s8",
        header="ecgp_conv_helium.h",
        params_type="ecgp_conv_helium_params",
        params={**fields.window.fields, **scaled, "pool": 1, "outputs": len(rows), **fields.params},
        scratch_bytes=fields.scratch_bytes(len(rows)),
    )
    weights = Array("weights", "int8_t", _chunks(rows), "16 taps of every output channel, then the next 16")
    calls = [replace(call, params={**call.params, "weights": weights, "segment": 0, "counts": None, "entries": None})]
    found = []
    segment = _cut(fields.depth, OFFSETS - fields.step)
    if segment >= min(fields.depth, TAPS):
        found.append(_sparse(call, "ecgp_conv_sparse_gather_s8", rows, segment, 1))
    fields = Fields.of(at, BLOCK)
    if fields.step % BLOCK == 0 and (fields.collect or at.input_c % BLOCK == 0):
        call = replace(call, params={**call.params, **fields.params}, scratch_bytes=fields.scratch_bytes(len(rows)))
        cuts = _cut(fields.depth, BLOCK * OFFSETS)
        found.append(_sparse(call, "ecgp_conv_sparse_blocks_gather_s8", rows, cuts, BLOCK))
    if len(found) == 2 and _gathers(found[1]) < WORDS_FOR_BYTES * _gathers(found[0]):
        found = found[1:]
    return [*calls, *found]


def _gathers(call: KernelCall) -> int:
    """Chunks of all channels."""
    counts = call.params["counts"]
    assert isinstance(counts, Array)
    return int(counts.data[:, :-1].sum())


def _chunks(rows: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """(outputs, taps) as (chunks, outputs, TAPS), zeros behind the last tap."""
    chunks = -(-rows.shape[1] // TAPS)
    return np.ascontiguousarray(_padded(rows, chunks * TAPS).reshape(-1, chunks, TAPS).transpose(1, 0, 2))


def _padded(rows: npt.NDArray[np.int8], width: int) -> npt.NDArray[np.int8]:
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])))


def _cut(depth: int, longest: int) -> int:
    """The length of segments that are about equal, none above `longest`: a multiple of BLOCK, or 0 where none is."""
    if longest < BLOCK:
        return 0
    return -(-depth // (-(-depth // (longest // BLOCK * BLOCK)) * BLOCK)) * BLOCK


def _sparse(call: KernelCall, kernel: str, rows: npt.NDArray[np.int8], segment: int, width: int) -> KernelCall:
    """The call on the nonzero groups of `width` weights."""
    counts, entries = pack(rows, segment, width)
    sparse: Params = {
        "weights": None,
        "segment": segment,
        "counts": Array("counts", "uint8_t", counts),
        "entries": Array("entries", "uint8_t", entries),
    }
    return replace(call, kernel=kernel, params={**call.params, **sparse})


def pack(rows: npt.NDArray[np.int8], segment: int, width: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """(counts, entries) as ecgp_helium_gather.h reads them: uint8 (segments, outputs + 1), and (bytes,).

    rows: weights as (output channels, taps). segment: taps, a multiple of width. width: weights that share an offset.
    A chunk has TAPS // width offsets, in units of width, then TAPS weights; what is left of the last one reads offset
    0 with weight 0. Where no weight is left, entries holds one byte that nobody reads.
    """
    segments, groups = -(-rows.shape[1] // segment), TAPS // width
    cut = _padded(rows, segments * segment).reshape(len(rows), segments, segment // width, width)
    counts = np.full((segments, len(rows) + 1), END, np.uint8)
    entries: list[npt.NDArray[np.uint8]] = [np.zeros(0, np.uint8)]
    for number in range(segments):
        for channel, places in enumerate(cut[:, number]):
            taken = np.flatnonzero(places.any(axis=1))
            counts[number, channel] = -(-taken.size // groups)
            for first in range(0, taken.size, groups):
                chosen = taken[first : first + groups]
                chunk = np.zeros(groups + TAPS, np.uint8)
                chunk[: chosen.size] = chosen
                chunk[groups : groups + chosen.size * width] = places[chosen].reshape(-1).view(np.uint8)
                entries.append(chunk)
    packed = np.concatenate(entries)
    return counts, packed if packed.size else np.zeros(1, np.uint8)


def matrix_call(dense: KernelCall, requant: Params, values: npt.NDArray[np.int8]) -> KernelCall:
    """The form of a FULLY_CONNECTED, for any factor. values: weights, (outputs, depth)."""
    scaled = _each(requant, len(values))
    short = max(OUTPUTS - len(values), 0)
    padded = {
        name: replace(array, data=np.pad(array.data, (0, short))) for name, array in scaled.items()
        if isinstance(array, Array)
    }  # fmt: skip
    weights = Array("weights", "int8_t", np.pad(values, ((0, short), (0, 0))))
    return replace(
        dense,
        kernel="ecgp_fully_connected_helium_s8",
        header="ecgp_fully_connected_helium.h",
        params_type="ecgp_fully_connected_helium_params",
        params={**dense.params, **scaled, **padded, "weights": weights},
    )


def depthwise_calls(
    dense: KernelCall, at: Window, requant: Params, filters: npt.NDArray[np.int8]
) -> list[KernelCall]:
    """The form of a depthwise convolution of one output per input channel; none where it has others, or few channels.

    filters: weights as (1, kernel_h, kernel_w, outputs).
    """
    if filters.shape[3] != at.input_c or at.input_c < LANES:
        return []
    return [
        replace(
            dense,
            kernel="ecgp_depthwise_conv_helium_s8",
            header="ecgp_depthwise_conv_helium.h",
            params_type="ecgp_depthwise_conv_helium_params",
            params={**at.fields, **_each(requant, at.input_c), "weights": Array("weights", "int8_t", filters)},
            scratch_bytes=4 * at.kernel_h * at.kernel_w + at.input_c,
        )
    ]


def factors(requant: Params, outputs: int) -> Params | None:
    """The fields of ecgp_requant as ecgp_helium_rescale.h needs them, None where a shift is not within -31 to -1."""
    found = _each(requant, outputs)
    shift = found["requant.shift"]
    assert isinstance(shift, Array)
    return found if shift.data.max() <= -1 else None


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
