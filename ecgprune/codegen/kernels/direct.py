"""Convolutions in plain C, on the int8 input as it is: dense, depthwise, and by the sparse stream. They fit every core.

See firmware/lib/nn/ecgp_window.h for the tiles of positions, sparse.py for the stream of nonzero weights.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import sparse
from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer, outputs, stored_weights
from ecgprune.codegen.lowering.window import TILE, Window
from ecgprune.graph.graph import Op

__all__ = ["CONV", "DEPTHWISE", "SPARSE", "conv_call", "depthwise_call", "features", "sparse_calls"]

CONV, DEPTHWISE, SPARSE = "ecgp_conv_s8", "ecgp_depthwise_conv_s8", "ecgp_conv_sparse_s8"


def conv_call(
    op: Op, at: Window, requant: Params, values: npt.NDArray[np.int8], groups: int, note: str
) -> KernelCall:
    """The dense variant of a CONV_2D.

    Args:
        op: the convolution.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        values: int8 weights (outputs, kernel_h, kernel_w, inputs of one group), in the orientation of the window.
        groups: 1 where it is not grouped.
        note: for the comment above the call.
    """
    count, _, _, group_inputs = values.shape
    adjacent = groups == 1 and at.dilation_w == 1  # a whole kernel row lies side by side in the input
    params: Params = {
        "groups": groups,
        "group_inputs": group_inputs,
        "group_outputs": count // groups,
        "runs": 1 if adjacent else at.kernel_w,
        "run_step": at.dilation_w * at.input_c,
        "run_length": at.kernel_w * group_inputs if adjacent else group_inputs,
        "weights": Array("weights", "int8_t", values),
    }
    return _dense(op, CONV, "conv", at, {**at.staged, **requant, **params}, values, note)


def depthwise_call(
    op: Op, at: Window, requant: Params, rows: npt.NDArray[np.int8], multiplier: int, note: str
) -> KernelCall:
    """The dense variant of a DEPTHWISE_CONV_2D.

    Args:
        op: the convolution.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        rows: int8 weights (outputs, taps).
        multiplier: outputs per input channel.
        note: for the comment above the call.
    """
    params: Params = {
        "multiplier": multiplier,
        "weights": Array("weights", "int8_t", rows, "output channel first, unlike in the .tflite"),
    }
    return _dense(op, DEPTHWISE, "depthwise_conv", at, {**at.staged, **requant, **params}, rows, note)


def _dense(
    op: Op, kernel: str, name: str, at: Window, params: Params, weights: npt.NDArray[np.int8], note: str
) -> KernelCall:
    return KernelCall(
        op=op.index,
        kernel=kernel,
        header=f"ecgp_{name}.h",
        params_type=f"ecgp_{name}_params",
        params=params,
        inputs=(op.inputs[0],),
        outputs=(op.outputs[0],),
        scratch_bytes=at.scratch_bytes,
        takes_scratch=True,
        macs=at.positions * weights.size,
        nonzero_macs=at.positions * int(np.count_nonzero(weights)),
        note=note,
    )


def sparse_calls(
    dense: KernelCall, at: Window, requant: Params, rows: npt.NDArray[np.int8], channels: npt.NDArray[np.int64]
) -> list[KernelCall]:
    """The sparse variant of a convolution; none where a channel's entries may be too many.

    Args:
        dense: the dense variant in plain C of the same call.
        at: how the window slides.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        rows: int8 weights (output channels, taps).
        channels: the input channel that each weight reads, of a shape that broadcasts to (output channels, kernel rows,
            kernel columns, inputs of an output).
    """
    offsets = (at.offsets()[None, :, :, None] + channels).reshape(len(rows), -1)
    if rows.shape[1] + int(offsets.max()) // sparse.MAX_DELTA > sparse.MAX_COUNT:  # taps and bridges
        return []
    stream = sparse.pack(rows, offsets)
    return [
        replace(
            dense,
            kernel=SPARSE,
            header="ecgp_conv.h",
            params_type="ecgp_conv_sparse_params",
            params={
                **at.staged,
                **requant,
                "outputs": len(rows),
                "counts": Array("counts", "uint16_t", stream.counts),
                "entries": Array("entries", "uint8_t", stream.entries),
            },
        )
    ]


def features(call: KernelCall) -> Features:
    """Cost rule of all three kernels: by tile of positions, or by position in rows shorter than a tile."""
    width = integer(call, "window.output_w")
    rows = integer(call, "window.batches") * integer(call, "window.output_h")
    runs = integer(call, "window.kernel_h") * (integer(call, "runs") if "runs" in call.params else 1)
    if "counts" in call.params:
        runs = 0
    tiled = width >= TILE
    tiles = rows * (-(-width // TILE) if tiled else width)
    size = "tile" if tiled else "single"
    return {
        size: tiles,
        f"{size}_weight": tiles * stored_weights(call),
        f"{size}_channel": tiles * outputs(call),
        "run": tiles * outputs(call) * runs,
        **_staged(call, TILE if tiled else 1),
    }


def _staged(call: KernelCall, count: int) -> Features:
    """Rows and bytes that are copied for tiles of `count` positions, as ecgp_tile_input of ecgp_window.h does."""
    width, stride = integer(call, "window.output_w"), integer(call, "window.stride_w")
    columns = (count - 1) * stride + (integer(call, "window.kernel_w") - 1) * integer(call, "window.dilation_w") + 1
    stage = call.params["staged.stage"]
    tiles = 0
    for x in (min(tile, width - count) * stride - integer(call, "window.pad_left") for tile in range(0, width, count)):
        outside = x < 0 or x + columns > integer(call, "window.input_w")
        tiles += stage == "ECGP_STAGE_ALL" or (stage == "ECGP_STAGE_EDGES" and outside)
    lines = integer(call, "window.batches") * integer(call, "window.output_h") * integer(call, "window.kernel_h")
    return {"staged": tiles * lines, "staged_byte": tiles * lines * columns * integer(call, "window.input_c")}
