"""CONV_2D over int8, NHWC: kernels ecgp_conv_s8 and ecgp_conv_sparse_s8, and where the faster forms are made."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import sparse
from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.kernels import helium, smlad, smlal, smlal_codes
from ecgprune.codegen.lowering.checks import quantization, require
from ecgprune.codegen.lowering.weights import biases, requantization, weights
from ecgprune.codegen.lowering.window import Window, window
from ecgprune.codegen.requant import weight_multipliers
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op

__all__ = ["candidates", "sparse_calls"]


def candidates(graph: Graph, op: Op, target: Target) -> list[KernelCall]:
    """The dense call, then the sparse ones that fit. Grouped convolutions in every form.

    Raises UnsupportedOperatorError for other forms, CodegenError where an accumulator could overflow.
    """
    filters = weights(graph, op, rank=4, axis=0)
    outputs, kernel_h, kernel_w, group_inputs = filters.values.shape
    at = window(graph, op, (kernel_h, kernel_w), outputs)
    values = filters.values.reshape(outputs, at.kernel_h, at.kernel_w, group_inputs)
    groups = at.input_c // group_inputs
    split = groups * group_inputs == at.input_c and outputs % groups == 0
    require(graph, op, split, f"{at.input_c} to {outputs} channels with weights for {group_inputs} inputs",
            "as many inputs, or whole groups of them")
    scales = (quantization(graph.tensor(op.inputs[0]))[0], filters.scales, quantization(graph.tensor(op.outputs[0]))[0])
    rows = filters.values.reshape(outputs, -1)
    requant = requantization(graph, op, rows, biases(graph, op, outputs), weight_multipliers(*scales))
    adjacent = groups == 1 and at.dilation_w == 1  # a whole kernel row lies side by side in the input
    dense = KernelCall(
        op=op.index,
        kernel="ecgp_conv_s8",
        header="ecgp_conv.h",
        params_type="ecgp_conv_params",
        params={
            **at.fields,
            **requant,
            "groups": groups,
            "group_inputs": group_inputs,
            "group_outputs": outputs // groups,
            "runs": 1 if adjacent else at.kernel_w,
            "run_step": at.dilation_w * at.input_c,
            "run_length": at.kernel_w * group_inputs if adjacent else group_inputs,
            "weights": Array("weights", "int8_t", values),
        },
        inputs=(op.inputs[0],),
        outputs=(op.outputs[0],),
        scratch_bytes=at.scratch_bytes,
        takes_scratch=True,
        macs=at.positions * rows.size,
        nonzero_macs=at.positions * int(np.count_nonzero(rows)),
        note=_note(op, at),
    )
    first_input = np.arange(outputs) // (outputs // groups) * group_inputs
    vectors = helium.conv_calls(dense, at, requant, rows) if target.helium and groups == 1 else []
    blocks = smlad.calls(dense, at, requant, values) if target.dsp and groups == 1 else []
    channels = first_input[:, None, None, None] + np.arange(group_inputs)
    zeros_left_out = sparse_calls(dense, at, requant, rows, channels)
    packed = [call for call in zeros_left_out if call.kernel == smlal.KERNEL]
    spare = target.optimize == "flash" and groups == 1
    codes = smlal_codes.calls(packed[0], at, values) if packed and spare else []
    return [dense, *vectors, *zeros_left_out, *codes, *blocks]


def sparse_calls(
    dense: KernelCall,
    at: Window,
    requant: Params,
    rows: npt.NDArray[np.int8],
    channels: npt.NDArray[np.int64],
) -> list[KernelCall]:
    """The sparse forms of a dense convolution, without those whose counts or sums do not fit.

    rows: weights as (output channels, taps). channels: the input channel that each weight reads, of a shape that
    broadcasts to (output channels, kernel rows, kernel columns, inputs of an output).
    """
    packed = smlal.calls(dense, at, requant, rows, channels)
    offsets = (at.offsets()[None, :, :, None] + channels).reshape(len(rows), -1)
    if rows.shape[1] + int(offsets.max()) // sparse.MAX_DELTA > sparse.MAX_COUNT:  # taps and bridges
        return packed
    stream = sparse.pack(rows, offsets)
    return [
        KernelCall(
            op=dense.op,
            kernel="ecgp_conv_sparse_s8",
            header="ecgp_conv.h",
            params_type="ecgp_conv_sparse_params",
            params={
                **at.fields,
                **requant,
                "outputs": len(rows),
                "counts": Array("counts", "uint16_t", stream.counts),
                "entries": Array("entries", "uint8_t", stream.entries),
            },
            inputs=dense.inputs,
            outputs=dense.outputs,
            scratch_bytes=dense.scratch_bytes,
            takes_scratch=True,
            macs=dense.macs,
            nonzero_macs=dense.nonzero_macs,
            note=dense.note,
        ),
        *packed,
    ]


def _note(op: Op, at: Window) -> str:
    text = f"{at.kernel_h}x{at.kernel_w}, stride {at.stride_h}x{at.stride_w}, {op.options['padding']}"
    return text if at.dilation_h == at.dilation_w == 1 else f"{text}, dilation {at.dilation_h}x{at.dilation_w}"
