"""BATCH_MATMUL over int8: kernels ecgp_batch_matmul*, and FULLY_CONNECTED's where the right side allows it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params, Variant, within
from ecgprune.codegen.features import Features, array, integer
from ecgprune.codegen.lowering.checks import (
    activation,
    constant,
    operand,
    option,
    quantization,
    refusal,
    require,
    result,
)
from ecgprune.codegen.lowering.weights import HEADROOM, requantization
from ecgprune.codegen.ops import fully_connected
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]

_KERNEL, _CONSTANT = "ecgp_batch_matmul_s8", "ecgp_batch_matmul_constant_s8"
_DEEPEST = 1 << 14
_FOUR = 4
"""Columns computed at once, for which there are as many factors."""


def _variants(graph: Graph, op: Op, target: Target) -> list[Variant]:
    """One call; FULLY_CONNECTED's too where all rows are multiplied with one constant matrix of zero point 0."""
    require(graph, op, len(op.inputs) == 2, f"{len(op.inputs)} inputs", "2")
    left, right = (operand(graph, op, i) for i in range(2))
    require(graph, op, not (left.is_constant and right.is_constant), "two constants", "a computed tensor")
    values = [constant(graph, op, i, "int8") if t.is_constant else None for i, t in enumerate((left, right))]
    for position, found in enumerate(values):
        if found is None:
            activation(graph, op, position)
    for t in (left, right):
        require(graph, op, 2 <= len(t.shape) <= 5 and min(t.shape) > 0, f"shape {list(t.shape)}", "2 to 5 dimensions")
    turned = [bool(option(graph, op, "adj_x")), bool(option(graph, op, "adj_y"))]
    rows, depth = left.shape[-2:][:: -1 if turned[0] else 1]
    other_depth, columns = right.shape[-2:][:: -1 if turned[1] else 1]
    require(graph, op, depth == other_depth, f"{depth} columns on the left, {other_depth} rows on the right", "as many")
    require(graph, op, depth <= _DEEPEST, f"{depth} columns on the left", f"at most {_DEEPEST}")
    matrices, batch = _matrices(graph, op, left, right)
    y = result(graph, op, (*batch, rows, columns))
    factor = _factor(graph, op, left, right, y, depth)
    general = _call(op, left, right, y, values, turned, factor, matrices)
    if values[1] is None or turned[0] or quantization(right)[1] != 0 or right.size != depth * columns:
        return [[general]]
    weights = values[1].reshape(right.shape[-2:])
    weights = np.ascontiguousarray(weights if turned[1] else weights.T)
    requant = requantization(graph, op, weights, np.zeros(columns, np.int64), [factor])
    return [[general], *fully_connected.calls(op, left.size // depth, requant, weights, target)]


def _factor(graph: Graph, op: Op, left: Tensor, right: Tensor, y: Tensor, depth: int) -> tuple[int, int]:
    """(multiplier, shift) of the product of the scales, in double as the oracle has it; proves that sums fit int32."""
    multiplier, shift = quantize_multiplier(quantization(left)[0] * quantization(right)[0] / quantization(y)[0])
    furthest = [max(127 - zero, zero + 128) for zero in (quantization(left)[1], quantization(right)[1])]
    limit = (2**31 - HEADROOM) >> max(shift, 0)
    reach = depth * furthest[0] * furthest[1]
    require(graph, op, reach < limit, f"sums up to {reach} by a factor of 2^{shift}", f"sums below {limit}")
    return multiplier, shift


def _matrices(graph: Graph, op: Op, left: Tensor, right: Tensor) -> tuple[npt.NDArray[np.int32], tuple[int, ...]]:
    """((batches, 2) bytes to the matrices of each product, the leading dimensions of the output)."""
    leading = [t.shape[:-2] for t in (left, right)]
    try:
        batch = np.broadcast_shapes(*leading)
    except ValueError:
        found = f"shapes {list(left.shape)} and {list(right.shape)}"
        raise refusal(graph, op, found, "leading dimensions that broadcast") from None
    offsets = []
    for shape, t in zip(leading, (left, right), strict=True):
        numbers = np.arange(math.prod(shape)).reshape(shape) * math.prod(t.shape[-2:])
        offsets.append(np.broadcast_to(numbers, batch).reshape(-1))
    return np.stack(offsets, axis=1).astype(np.int32), batch


def _call(
    op: Op, left: Tensor, right: Tensor, y: Tensor, values: list[npt.NDArray[np.int8] | None], turned: list[bool],
    factor: tuple[int, int], matrices: npt.NDArray[np.int32],
) -> KernelCall:
    """The call of this operator's own kernels. Constants are stored as the kernel likes them."""
    rows, depth = left.shape[-2:][:: -1 if turned[0] else 1]
    columns = y.shape[-1]
    turn = [bool(turned[0] and values[0] is None), bool(turned[1] or values[1] is not None)]
    macs = len(matrices) * rows * depth * columns
    params: Params = {
        "requant.bias": Array("bias", "int32_t", np.zeros(_FOUR, np.int32)),
        "requant.multiplier": Array("multiplier", "int32_t", np.full(_FOUR, factor[0], np.int32)),
        "requant.shift": Array("shift", "int8_t", np.full(_FOUR, factor[1], np.int8)),
        "requant.per_channel": 1,
        "requant.zero_point": quantization(y)[1],
        "requant.min": -128,
        "requant.max": 127,
        "left_zero_point": quantization(left)[1],
        "right_zero_point": quantization(right)[1],
        "batches": len(matrices),
        "rows": rows,
        "depth": depth,
        "columns": columns,
        "left_turned": int(turn[0]),
        "right_turned": int(turn[1]),
        "matrices": Array("matrices", "int32_t", matrices),
    }
    computed = tuple(t.index for t in (left, right) if not t.is_constant)
    kernel, name = _KERNEL, "ecgp_batch_matmul_params"
    if len(computed) == 1:
        side = 0 if values[0] is not None else 1
        stored = values[side]
        assert stored is not None
        if turned[side] != (side == 1):  # the right one as [columns][depth], the left one as [rows][depth]
            stored = np.ascontiguousarray(stored.swapaxes(-1, -2))
        kernel, name = _CONSTANT, "ecgp_batch_matmul_constant_params"
        params = {**within("matmul", params), "left": int(side == 0),
                  "constant": Array("constant", "int8_t", stored.reshape(-1))}  # fmt: skip
    return KernelCall(
        op=op.index,
        kernel=kernel,
        header="ecgp_batch_matmul.h",
        params_type=name,
        params=params,
        inputs=computed,
        outputs=(y.index,),
        scratch_bytes=4 * columns + (0 if turn[1] else columns * depth) + (depth if turn[0] else 0),
        macs=macs,
        nonzero_macs=macs,
    )


def _features(call: KernelCall) -> Features:
    """Cost rule: matrices on the right are prepared, rows on the left summed up, and products made four at a time."""
    at = array(call, "matrices").data
    rows, depth, columns = (integer(call, name) for name in ("rows", "depth", "columns"))
    lines = len(at) * rows
    prepared = columns * (1 + int(np.count_nonzero(np.diff(at[:, 1]))))
    turned = prepared * (1 - integer(call, "right_turned")) + lines * integer(call, "left_turned")
    summed = prepared * (integer(call, "left_zero_point") != 0) + lines * (integer(call, "right_zero_point") != 0)
    fours, ones = lines * (columns // _FOUR), lines * (columns % _FOUR)
    words, rest = depth // 4, depth % 4
    return {
        "matrix": len(at), "row": lines, "column": prepared,
        "turned": turned, "turned_four": turned * words, "turned_byte": turned * rest,
        "turned_vector": turned * -(-depth // 8),
        "summed": summed, "summed_four": summed * words, "summed_byte": summed * rest,
        "four": fours, "four_word": fours * words, "four_byte": fours * rest, "four_vector": fours * -(-depth // 16),
        "one": ones, "one_word": ones * words, "one_byte": ones * rest,
    }  # fmt: skip


def _case(rng: np.random.Generator, number: int) -> Graph:
    """Every order in memory, with and without zero points; every third one with a constant, on either side."""
    net = cases.GraphBuilder()
    batches, rows = cases.pick(rng, 1, 2, 4), cases.log_uniform(rng, 1, 24)
    depth, columns = cases.log_uniform(rng, 3, 64), cases.log_uniform(rng, 1, 24)
    adj_x, adj_y = bool(number % 2), bool(number // 2 % 2)
    zero = 0 if rng.random() < 0.3 else -7
    left = (batches, depth, rows) if adj_x else (batches, rows, depth)
    right = (batches, columns, depth) if adj_y else (batches, depth, columns)
    operands = []
    for side, shape in enumerate((left, right)):
        if number % 6 == 2 + 3 * side:
            values = rng.integers(-128, 128, shape).astype(np.int8)
            operands.append(net.constant(values, np.array([0.01], np.float32)))
        else:
            operands.append(net.tensor(shape, (0.01, zero)))
    y = net.tensor((batches, rows, columns), (0.5, 3))
    net.apply("BATCH_MATMUL", operands, y, adj_x=adj_x, adj_y=adj_y)
    return net.graph()


SPECS = (
    OperatorSpec(
        name="BATCH_MATMUL",
        variants=_variants,
        limits="int8 tensors of 2 to 5 dimensions, one of which may be constant, with adj_x and adj_y or without. "
        f"Leading dimensions are broadcast. Matrices on the left have at most {_DEEPEST} columns.",
        tflm=TflmRegistration("AddBatchMatMul", "Register_BATCH_MATMUL_INT8", "batch_matmul.h"),
        interpreter_deviates=True,
        costs={**fully_connected.SPECS[0].costs, **dict.fromkeys((_KERNEL, _CONSTANT), _features)},
        calibration=CalibrationCases(_case, 60),
    ),
)
