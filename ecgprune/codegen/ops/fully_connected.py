"""FULLY_CONNECTED over int8: kernels ecgp_fully_connected*; see firmware/lib/nn/ecgp_matrix.h for how they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.call import Array, KernelCall, Params
from ecgprune.codegen.kernels import helium, matrix
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.lowering.rescaling import MATRIX, rescale
from ecgprune.codegen.lowering.weights import Weights, biases, requantization, weights
from ecgprune.codegen.requant import weight_multipliers
from ecgprune.codegen.target import Target
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Op

__all__ = ["candidates"]

# Blocks are a form of their own where they hold fewer than this many weights for each that is not zero.
BLOCK_FILL = 2.5

# TFLM refuses a bias whose scale is further than this from input scale * weight scale, in output steps.
BIAS_SCALE_TOLERANCE = 0.02


def candidates(graph: Graph, op: Op, target: Target) -> list[KernelCall]:
    """The dense call for any factor, then those with bounds, dense first. Any number of leading dimensions.

    Raises UnsupportedOperatorError for other forms, CodegenError where an accumulator could overflow.
    """
    layout = op.options["weights_format"]
    require(graph, op, layout == "DEFAULT", f"weights format {layout}", "DEFAULT")
    x, y = activation(graph, op), result(graph, op)
    filters = weights(graph, op, rank=2, axis=0)
    outputs, depth = filters.values.shape
    require(graph, op, min(outputs, depth) > 0, f"weights of shape {[outputs, depth]}", "1 and more")
    rows = x.size // depth
    fits = rows > 0 and rows * depth == x.size and y.size == rows * outputs and y.shape[-1:] == (outputs,)
    require(graph, op, fits, f"{list(x.shape)} to {list(y.shape)} with weights {[outputs, depth]}",
            "inputs of whole rows, one output row for each")
    requant = requantization(graph, op, filters.values, biases(graph, op, outputs), _factors(graph, op, filters))
    dense = KernelCall(
        op=op.index,
        kernel="ecgp_fully_connected_s8",
        header="ecgp_fully_connected.h",
        params_type="ecgp_fully_connected_params",
        params={
            **requant,
            "rows": rows,
            "depth": depth,
            "outputs": outputs,
            "weights": Array("weights", "int8_t", filters.values),
        },
        inputs=(x.index,),
        outputs=(y.index,),
        macs=rows * filters.values.size,
        nonzero_macs=rows * int(np.count_nonzero(filters.values)),
    )
    found = [dense, *([helium.matrix_call(dense, requant, filters.values)] if target.helium else [])]
    simple = rescale(requant, filters.values, MATRIX)
    if simple is None:
        return found
    shape: Params = {**simple, "rows": rows, "depth": depth, "outputs": outputs}
    return [*found, *_fast(dense, shape, filters.values)]


def _fast(dense: KernelCall, shape: Params, values: npt.NDArray[np.int8]) -> Iterator[KernelCall]:
    """The forms whose factors and sums keep the bounds of ecgp_matrix_outputs()."""
    depth = values.shape[1]
    yield replace(
        dense,
        kernel="ecgp_fully_connected_smlad_s8",
        params_type="ecgp_fully_connected_smlad_params",
        params={**shape, "weights": Array("weights", "int32_t", matrix.tiles(values))},
        scratch_bytes=-(-depth // matrix.WORD) * matrix.WORD if depth % matrix.WORD else 0,
        takes_scratch=True,
    )
    groups = matrix.groups(values)
    if groups is not None:
        yield replace(
            dense,
            kernel="ecgp_fully_connected_sparse_s8",
            params_type="ecgp_fully_connected_sparse_params",
            params={
                **shape,
                "counts": Array("counts", "uint16_t", groups.counts),
                "groups": Array("groups", "int32_t", groups.words),
            },
        )
    blocks = matrix.blocks(values)
    if blocks is not None and matrix.WORD * int(blocks.counts.sum()) < BLOCK_FILL * np.count_nonzero(values):
        yield replace(
            dense,
            kernel="ecgp_fully_connected_sparse_blocks_s8",
            params_type="ecgp_fully_connected_blocks_params",
            params={
                **shape,
                "counts": Array("counts", "uint16_t", blocks.counts),
                "blocks": Array("blocks", "int32_t", blocks.words),
            },
            scratch_bytes=2 * (-(-depth // matrix.WORD) * matrix.WORD),
        )
    bits, present = matrix.bits(values)
    yield replace(
        dense,
        kernel="ecgp_fully_connected_sparse_bitmap_s8",
        header="ecgp_fully_connected_bitmap.h",
        params_type="ecgp_fully_connected_bitmap_params",
        params={**shape, "bits": Array("bits", "uint8_t", bits), "weights": Array("weights", "int8_t", present)},
        scratch_bytes=2 * (-(-depth // 8) * 8),
    )


def _factors(graph: Graph, op: Op, filters: Weights) -> list[tuple[int, int]]:
    """(multiplier, shift) per weight scale. Per tensor, the bias's scale must be about input * weights, as in TFLM."""
    input_scale = quantization(graph.tensor(op.inputs[0]))[0]
    output_scale = quantization(graph.tensor(op.outputs[0]))[0]
    bias = graph.op_inputs(op)[2] if len(op.inputs) > 2 else None
    if bias is not None and filters.scales.size == 1:
        expected = input_scale * float(filters.scales[0])
        found = float(bias.quantization.scales[0]) if bias.quantization else 0.0
        if abs(expected - found) / output_scale > BIAS_SCALE_TOLERANCE:
            raise CodegenError(
                f"operator {op.index} ({op.name}): the bias's scale is {found}, expected {expected}, the input's times "
                "the weights': TFLM refuses this model too"
            )
    return weight_multipliers(input_scale, filters.scales, output_scale)
