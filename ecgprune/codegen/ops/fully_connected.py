"""FULLY_CONNECTED over int8 or int16: kernels ecgp_fully_connected*; see ecgp_matrix.h for how they differ.

Many rows are a 1x1 convolution.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params, Variant
from ecgprune.codegen.kernels import direct_s16, dual, helium, helium_s16, matrix
from ecgprune.codegen.lowering import weights_s16
from ecgprune.codegen.lowering.checks import activation, element_type, quantization, require, result
from ecgprune.codegen.lowering.rescaling import MATRIX, rescale
from ecgprune.codegen.lowering.weights import Weights, biases, requantization, weights
from ecgprune.codegen.lowering.window import dense_window
from ecgprune.codegen.requant import weight_multipliers
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration
from ecgprune.codegen.target import Target
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Op

__all__ = ["SPECS", "calls"]

# TFLM refuses a bias whose scale is further than this from input scale * weight scale, in output steps.
BIAS_SCALE_TOLERANCE = 0.02


def _variants(graph: Graph, op: Op, target: Target) -> list[Variant]:
    """The dense call for any factor, then those with bounds, dense first. Any number of leading dimensions."""
    layout = op.options["weights_format"]
    require(graph, op, layout == "DEFAULT", f"weights format {layout}", "DEFAULT")
    dtype = element_type(graph, op)
    x, y = activation(graph, op, 0, dtype), result(graph, op, None, dtype)
    filters = weights(graph, op, rank=2, axis=0)
    outputs, depth = filters.values.shape
    require(graph, op, min(outputs, depth) > 0, f"weights of shape {[outputs, depth]}", "1 and more")
    rows = x.size // depth
    fits = rows > 0 and rows * depth == x.size and y.size == rows * outputs and y.shape[-1:] == (outputs,)
    require(graph, op, fits, f"{list(x.shape)} to {list(y.shape)} with weights {[outputs, depth]}",
            "inputs of whole rows, one output row for each")
    if dtype == "int16":
        requant = weights_s16.requantization(graph, op, filters.values, _factors(graph, op, filters))
        wide = direct_s16.matrix_call(op, requant, filters.values, rows)
        others = helium_s16.matrix_calls(wide, requant, filters.values) if target.helium else []
        return [[call] for call in (wide, *others)]
    requant = requantization(graph, op, filters.values, biases(graph, op, outputs), _factors(graph, op, filters))
    return calls(op, rows, requant, filters.values, target)


def calls(op: Op, rows: int, requant: Params, values: npt.NDArray[np.int8], target: Target) -> list[Variant]:
    """The variants of a product with a constant matrix, the dense one for any factor first.

    Args:
        op: of whose input 0 and output 0 the tensors are.
        rows: of the input.
        requant: the fields of ecgp_requant, as `lowering.weights.requantization` gives them.
        values: int8 weights (outputs, depth).
        target: the core.
    """
    outputs, depth = values.shape
    dense = KernelCall(
        op=op.index,
        kernel=matrix.DENSE,
        header="ecgp_fully_connected.h",
        params_type="ecgp_fully_connected_params",
        params={
            **requant,
            "rows": rows,
            "depth": depth,
            "outputs": outputs,
            "weights": Array("weights", "int8_t", values),
        },
        inputs=op.inputs[:1],
        outputs=op.outputs[:1],
        macs=rows * values.size,
        nonzero_macs=rows * int(np.count_nonzero(values)),
    )
    found = [dense, *([helium.matrix_call(dense, requant, values)] if target.helium else [])]
    simple = rescale(requant, values, MATRIX)
    if simple is None:
        return [[call] for call in found]
    shape: Params = {**simple, "rows": rows, "depth": depth, "outputs": outputs}
    if target.dsp and not target.helium:
        found += dual.matrix_calls(dense, shape, values)
        if rows >= dual.TILE:  # of so many rows, a weight is loaded once: they are the positions of a 1x1 convolution
            at = dense_window((1, 1, rows, depth), (1, rows), (1, 1), (0, 0), 0)
            found += dual.calls(dense, at, requant, values.reshape(outputs, 1, 1, depth))
    return [[call] for call in (*found, *matrix.calls(dense, shape, values))]


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


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    rows, depth, outputs = cases.pick(rng, 1, 1, 1, 3), cases.log_uniform(rng, 4, 700), cases.log_uniform(rng, 2, 64)
    outputs = min(outputs, cases.MOST_WEIGHTS // depth)
    x = net.tensor((rows, depth))
    operands = cases.weighted_inputs(net, rng, x, cases.weights(rng, outputs, depth), 0)
    net.apply("FULLY_CONNECTED", operands, net.tensor((rows, outputs), (1.0, 3)), weights_format="DEFAULT",
              fused_activation_function=cases.pick(rng, "NONE", "RELU"), keep_num_dims=False)  # fmt: skip
    return net.graph()


SPECS = (
    OperatorSpec(
        name="FULLY_CONNECTED",
        variants=_variants,
        limits="int8 input, output and constant weights, with one scale or one per output; an optional int32 bias. "
        "Or int16 input and output, with a bias of int64 or int32. Any number of leading "
        "dimensions. Fused activations NONE, RELU, RELU6, RELU_N1_TO_1.",
        tflm=TflmRegistration("AddFullyConnected", "Register_FULLY_CONNECTED_INT8", "fully_connected.h"),
        costs={
            **matrix.COSTS,
            dual.MATRIX: dual.matrix_features,
            dual.CONV: dual.features,
            direct_s16.MATRIX: direct_s16.matrix_features,
            helium.MATRIX: helium.matrix_features,
            helium_s16.MATRIX: helium_s16.matrix_features,
        },
        calibration=CalibrationCases(_case, 28, int16=16),
        interpreter_deviates=True,
    ),
)
