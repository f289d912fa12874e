"""Convolutions and matrices over int16 activations with int8 weights, dense: they fit every core."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.features import Features, integer, outputs
from ecgprune.codegen.kernels import direct
from ecgprune.codegen.lowering.weights_s16 import PART, fits_int32, in_fours
from ecgprune.codegen.lowering.window import TILE, Window
from ecgprune.graph.graph import Op

__all__ = [
    "CONV",
    "DEPTHWISE",
    "MATRIX",
    "conv_call",
    "conv_features",
    "depthwise_call",
    "in_bytes",
    "matrix_call",
    "matrix_features",
]

CONV, DEPTHWISE, MATRIX = "ecgp_conv_s16", "ecgp_depthwise_conv_s16", "ecgp_fully_connected_s16"

_NOTE = "in fours, the middle two of which have changed places"


def conv_call(
    op: Op, at: Window, requant: Params, values: npt.NDArray[np.int8], groups: int, note: str
) -> KernelCall:
    """A CONV_2D; see `direct.conv_call`, whose call over int8 this is in int16.

    Args:
        op: the convolution.
        at: how the window slides, in elements.
        requant: the fields of ecgp_requant_s16, as `weights_s16.requantization` gives them.
        values: int8 weights (outputs, kernel_h, kernel_w, inputs of one group), in the orientation of the window.
        groups: 1 where it is not grouped.
        note: for the comment above the call.
    """
    alike = direct.conv_call(op, in_bytes(at), requant, values, groups, note)
    wide = int(not fits_int32(values.reshape(len(values), -1)))
    params: Params = {**in_bytes(at).staged, **requant, "wide": wide}
    params |= {name: value for name, value in alike.params.items() if name not in params}
    params["run_step"] = at.dilation_w * at.input_c
    runs = in_fours(values.reshape(-1, integer(alike, "run_length")))
    params["weights"] = Array("weights", "int8_t", runs, _NOTE)
    return replace(alike, kernel=CONV, header="ecgp_conv_s16.h", params_type="ecgp_conv_s16_params", params=params)


def depthwise_call(
    op: Op, at: Window, requant: Params, rows: npt.NDArray[np.int8], multiplier: int, note: str
) -> KernelCall:
    """A DEPTHWISE_CONV_2D; see `direct.depthwise_call`, whose call over int8 this is in int16. Sums must fit int32."""
    alike = direct.depthwise_call(op, in_bytes(at), requant, rows, multiplier, note)
    return replace(
        alike,
        kernel=DEPTHWISE,
        header="ecgp_depthwise_conv_s16.h",
        params_type="ecgp_depthwise_conv_s16_params",
    )


def in_bytes(at: Window) -> Window:
    """The window with two bytes to each element: so tiles are staged by the same code as those of int8."""
    return replace(at, input_c=2 * at.input_c, row_step=2 * at.row_step)


def matrix_call(op: Op, requant: Params, values: npt.NDArray[np.int8], rows: int) -> KernelCall:
    """A FULLY_CONNECTED.

    Args:
        op: the operator.
        requant: the fields of ecgp_requant_s16, as `weights_s16.requantization` gives them.
        values: int8 weights (outputs, depth).
        rows: of the input.
    """
    count, depth = values.shape
    return KernelCall(
        op=op.index,
        kernel=MATRIX,
        header="ecgp_fully_connected_s16.h",
        params_type="ecgp_fully_connected_s16_params",
        params={
            **requant,
            "rows": rows,
            "depth": depth,
            "outputs": count,
            "part": depth if fits_int32(values) else PART,
            "weights": Array("weights", "int8_t", in_fours(values), _NOTE),
        },
        inputs=(op.inputs[0],),
        outputs=(op.outputs[0],),
        macs=rows * values.size,
        nonzero_macs=rows * int(np.count_nonzero(values)),
    )


def conv_features(call: KernelCall) -> Features:
    """Cost rule: by tile or single position, channel, run, whether that has fours and a rest, four and one of them."""
    found = direct.features(call)
    length, runs = integer(call, "run_length"), integer(call, "window.kernel_h") * integer(call, "runs")
    width = integer(call, "window.output_w")
    positions = integer(call, "window.batches") * integer(call, "window.output_h") * width
    tiled = width >= TILE and not integer(call, "wide")
    size = "tile" if tiled else "single"
    count = found["tile"] if tiled else positions
    return {
        size: count,
        f"{size}_four": count * outputs(call) * runs * (length // 4),
        f"{size}_one": count * outputs(call) * runs * (length % 4),
        f"{size}_channel": count * outputs(call),
        f"{size}_run": count * outputs(call) * runs,
        f"{size}_whole": count * outputs(call) * runs * int(length >= 4),
        f"{size}_rest": count * outputs(call) * runs * int(length % 4 > 0),
        **{name: amount for name, amount in found.items() if name.startswith("staged")},
    }


def matrix_features(call: KernelCall) -> Features:
    """Cost rule: by pair of outputs, output, part of the sums, and four of weights or one that is left over."""
    rows, depth, count, part = (integer(call, name) for name in ("rows", "depth", "outputs", "part"))
    whole, parts = count // 2, -(-depth // part)
    fours, ones = rows * (depth // 4), rows * (depth % 4)
    return {
        "row": rows,
        "output": rows * count,
        "part": rows * parts * -(-count // 2),
        "pair_four": fours * whole,
        "pair_one": ones * whole,
        "last_four": fours * (count % 2),
        "last_one": ones * (count % 2),
    }
