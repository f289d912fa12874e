"""SVDF over int8 with an int16 or int8 state: kernels ecgp_svdf_s16 and ecgp_svdf_s8."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params, within
from ecgprune.codegen.features import Features, array, integer
from ecgprune.codegen.kernels import matrix
from ecgprune.codegen.kernels.matrix import WORD, interleaved
from ecgprune.codegen.lowering.checks import activation, constant, operand, option, quantization, require, result
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]

_STATES = {"int16": "ecgp_svdf_s16", "int8": "ecgp_svdf_s8"}
_BIAS_TOLERANCE = 1e-5  # TFLM refuses a bias whose scale is further from state scale * time scale


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    require(graph, op, len(op.inputs) == 5, f"{len(op.inputs)} inputs", "5, as TFLM")
    x, y = activation(graph, op), result(graph, op)
    features = constant(graph, op, 1, "int8")
    bias = constant(graph, op, 3, "int32")
    time, state = operand(graph, op, 2), operand(graph, op, 4)
    require(graph, op, state.dtype.name in _STATES, f"a state of {state.dtype}", "int16 or int8")
    weights = constant(graph, op, 2, state.dtype.name)
    rank = int(option(graph, op, "rank"))
    _check_shapes(graph, op, x, features, weights, bias, state, y, rank)
    for tensor, what in ((time, "time weights"), (state, "the state")):
        one = tensor.quantization is not None and not tensor.quantization.per_channel
        require(graph, op, one, f"{what} without a scale, or with several", "one scale")
    feature_factor, factor = _factors(graph, op, x, time, state, y)
    require(graph, op, factor[1] <= -1, f"a factor of 2^{factor[1]} from state to output", "less than 1/2")
    units = len(features) // rank
    (_, zero_point), (_, output_zero_point) = quantization(x), quantization(y)
    svdf: Params = {
        "batches": x.shape[0],
        "inputs": x.shape[1],
        "units": units,
        "rank": rank,
        "memory": weights.shape[1],
        "features": Array("features", "int32_t", interleaved(features)),
        "offsets": Array("offsets", "int32_t", _offsets(graph, op, features, zero_point, feature_factor[1])),
        "feature_multiplier": feature_factor[0],
        "feature_shift": feature_factor[1],
        "state_zero_point": quantization(state)[1],
        "bias": Array("bias", "int32_t", _biases(bias, weights, quantization(state)[1], units)),
        "multiplier": factor[0],
        "shift": factor[1],
        "zero_point": output_zero_point,
    }
    kernel = _STATES[state.dtype.name]
    macs = x.shape[0] * (features.size + weights.size)
    nonzero = int(np.count_nonzero(features)) + int(np.count_nonzero(weights))
    return [
        KernelCall(
            op=op.index,
            kernel=kernel,
            header="ecgp_svdf.h",
            params_type=f"{kernel}_params",
            params={**within("svdf", svdf), "time": Array("time", f"{state.dtype}_t", weights)},
            inputs=(x.index,),
            outputs=(y.index,),
            states=(state.index,),
            scratch_bytes=-(-x.shape[1] // WORD) * WORD if x.shape[1] % WORD else 0,
            takes_scratch=True,
            macs=macs,
            nonzero_macs=x.shape[0] * nonzero,
        )
    ]


def _check_shapes(
    graph: Graph, op: Op, x: Tensor, features: npt.NDArray[np.int8], time: npt.NDArray[np.signedinteger],
    bias: npt.NDArray[np.int32], state: Tensor, y: Tensor, rank: int,
) -> None:  # fmt: skip
    """What TFLM's PrepareSvdf asks for."""
    flat = len(x.shape) == features.ndim == time.ndim == len(state.shape) == 2
    require(graph, op, flat, "an input, weights or a state that is no matrix", "2 dimensions each")
    filters, inputs = features.shape
    require(graph, op, rank > 0 and filters % rank == 0, f"{filters} filters of rank {rank}", "whole units")
    batches, memory = x.shape[0], time.shape[1]
    found = [list(shape) for shape in (x.shape, time.shape, bias.shape, state.shape, y.shape)]
    wanted = [[batches, inputs], [filters, memory], [filters // rank], [batches, memory * filters],
              [batches, filters // rank]]  # fmt: skip
    require(graph, op, found == wanted, f"shapes {found} of input, time weights, bias, state and output", f"{wanted}")
    require(graph, op, min(batches, inputs, filters, memory) > 0, f"shapes {found}", "sizes of 1 and more")


def _factors(
    graph: Graph, op: Op, x: Tensor, time: Tensor, state: Tensor, y: Tensor
) -> tuple[tuple[int, int], tuple[int, int]]:
    """(multiplier, shift) of sums to the state, and of the state's sums to the output. Each step is in float32."""
    x_scale, features, time_scale, state_scale, y_scale = (
        np.float32(quantization(t)[0]) for t in (x, operand(graph, op, 1), time, state, y)
    )
    bias = operand(graph, op, 3).quantization
    found = float(bias.scales[0]) if bias is not None else 0.0
    expected = float(state_scale * time_scale)
    near = abs(found - expected) < _BIAS_TOLERANCE
    require(graph, op, near, f"a bias of scale {found}", f"{expected}, the state's times the time weights', as TFLM")
    require(graph, op, bool(state_scale > 0), f"a state of scale {state_scale}", "a positive scale")
    with np.errstate(over="ignore"):  # quantize_multiplier refuses infinity
        factors = x_scale * features / state_scale, state_scale * time_scale / y_scale
    return quantize_multiplier(float(factors[0])), quantize_multiplier(float(factors[1]))


def _offsets(
    graph: Graph, op: Op, features: npt.NDArray[np.int8], zero_point: int, shift: int
) -> npt.NDArray[np.int32]:
    """What the input's zero point adds to each filter's sum; no sum leaves int32, even shifted left."""
    wide = features.astype(np.int64)
    offsets = -zero_point * wide.sum(axis=1)
    reach = int((np.abs(offsets) + 128 * np.abs(wide).sum(axis=1)).max())
    limit = 2**31 >> max(shift, 0)
    require(graph, op, reach < limit, f"sums up to {reach}", f"less than {limit}")
    return np.asarray(offsets.astype(np.int32))


def _biases(
    bias: npt.NDArray[np.int32], time: npt.NDArray[np.signedinteger], zero_point: int, units: int
) -> npt.NDArray[np.int32]:
    """The units' biases with what the state's zero point adds to their sums, modulo 2^32."""
    sums = time.astype(np.int64).reshape(units, -1).sum(axis=1)
    return np.asarray((bias.astype(np.int64) - zero_point * sums).astype(np.uint32).astype(np.int32))


def _features(call: KernelCall) -> Features:
    """Cost rule: as FULLY_CONNECTED's for the features; elements of the state, filters and units for the rest."""
    batches, inputs, memory = (integer(call, field) for field in ("batches", "inputs", "memory"))
    units = integer(call, "units")
    filters = units * integer(call, "rank")
    return {
        "row": batches,
        "padded": batches * call.scratch_bytes,
        **matrix.sums_features(batches, filters, inputs),
        "filter": batches * filters,
        "element": batches * filters * (memory - 1),
        "element_vector": batches * filters * -(-(memory - 1) * array(call, "time").data.itemsize // 16),
        "unit": batches * units,
    }


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    dtype = ("int16", "int8")[number % 2]
    inputs, rank = cases.log_uniform(rng, 4, 100), cases.pick(rng, 1, 1, 2)
    filters, memory = rank * cases.log_uniform(rng, 2, 60), cases.log_uniform(rng, 2, 40)
    filters = rank * max(1, min(filters, cases.LARGEST // (memory * 2)) // rank)
    x, y = net.tensor((1, inputs)), net.tensor((1, filters // rank), (2.0, 3))
    time = rng.integers(-127, 128, (filters, memory)).astype(dtype)
    one, state_scale = np.array([0.01], np.float32), np.float32(0.02)
    operands = [
        x, net.constant(cases.weights(rng, filters, inputs), one), net.constant(time, one),
        net.constant(rng.integers(-99, 99, (filters // rank,)).astype(np.int32), one * state_scale),
        net.state((1, filters * memory), (float(state_scale), 0), dtype),
    ]  # fmt: skip
    net.apply("SVDF", operands, y, rank=rank, fused_activation_function="NONE")
    return net.graph()


SPECS = (
    OperatorSpec(
        name="SVDF",
        variants=single(_lower),
        limits="int8 input, feature weights and output, with a bias; state and time weights both int16 or both int8. "
        "The fused activation is not applied, which TFLM does not do either.",
        tflm=TflmRegistration("AddSvdf"),
        costs=dict.fromkeys(_STATES.values(), _features),
        calibration=CalibrationCases(_case, 24),
    ),
)

