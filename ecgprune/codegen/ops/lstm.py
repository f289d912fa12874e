"""UNIDIRECTIONAL_SEQUENCE_LSTM over int8 with an int16 cell state: kernel ecgp_lstm_s8."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecgprune.codegen import cases
from ecgprune.codegen.call import Array, KernelCall, Params, within
from ecgprune.codegen.features import Features, integer
from ecgprune.codegen.kernels import matrix
from ecgprune.codegen.kernels.matrix import WORD, interleaved
from ecgprune.codegen.lowering.checks import activation, constant, operand, option, quantization, require, result
from ecgprune.codegen.lowering.sigmoids import sigmoids
from ecgprune.codegen.requant import quantize_multiplier
from ecgprune.codegen.spec import CalibrationCases, OperatorSpec, TflmRegistration, single
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["SPECS"]

_KERNEL = "ecgp_lstm_s8"
_GATES = ("input", "forget", "cell", "output")
"""In the order of the operator's inputs, and of ecgp_lstm_gates."""
_INPUT_WEIGHTS, _HIDDEN_WEIGHTS, _BIASES, _HIDDEN, _CELL = 1, 5, 12, 18, 19
"""Places of the operator's inputs; of each gate one behind the other."""
_ABSENT = {"peephole weights": (9, 10, 11), "projection": (16, 17), "layer normalization": (20, 21, 22, 23)}
_GATE_SCALE = 2.0**-12
_UNIT_SCALE = 2.0**-15
_CELL_EXPONENTS = (-27, 1)  # of the cell state's scale, for which the kernel's shifts are in range


@dataclass(frozen=True)
class _Sizes:
    """batch_rows, step_rows: see ecgp_lstm_params."""

    batches: int
    steps: int
    inputs: int
    units: int
    batch_rows: int
    step_rows: int


def _lower(graph: Graph, op: Op) -> list[KernelCall]:
    """One call."""
    require(graph, op, len(op.inputs) == 24, f"{len(op.inputs)} inputs", "24, as TFLM")
    for what, places in _ABSENT.items():
        require(graph, op, all(op.inputs[i] < 0 for i in places), what, "none, as TFLM")
    function = option(graph, op, "fused_activation_function")
    require(graph, op, function == "TANH", f"activation {function}", "TANH, as TFLM")
    x, hidden, cell = activation(graph, op), operand(graph, op, _HIDDEN), operand(graph, op, _CELL)
    sizes = _sizes(graph, op, x, hidden, cell)
    gates: Params = {}
    for number, gate in enumerate(_GATES):
        for vector, place in (("input", _INPUT_WEIGHTS), ("hidden", _HIDDEN_WEIGHTS)):
            product = _product(graph, op, number, x if vector == "input" else hidden, place + number, sizes)
            gates |= within(f"gates[{number}].{vector}", _named(product, f"{gate}_{vector}"))
    parameters: Params = {
        **vars(sizes),
        **gates,
        **_states(graph, op, hidden, cell),
        "sigmoids": Array("sigmoids", "uint16_t", sigmoids(), "1 / (1 + exp(-i / 24)), Q0.16"),
    }
    values = [constant(graph, op, i, "int8") for i in range(_INPUT_WEIGHTS, _INPUT_WEIGHTS + 8)]
    rows = sizes.batches * sizes.steps
    padded = [-(-n // WORD) * WORD for n in (sizes.inputs, sizes.units) if n % WORD]
    return [
        KernelCall(
            op=op.index,
            kernel=_KERNEL,
            header="ecgp_lstm.h",
            params_type="ecgp_lstm_params",
            params=parameters,
            inputs=(x.index,),
            outputs=op.outputs,
            states=(hidden.index, cell.index),
            scratch_bytes=sum(padded),
            takes_scratch=True,
            macs=rows * sum(w.size for w in values),
            nonzero_macs=rows * sum(int(np.count_nonzero(w)) for w in values),
        )
    ]


def _sizes(graph: Graph, op: Op, x: Tensor, hidden: Tensor, cell: Tensor) -> _Sizes:
    """What TFLM's ValidateTensorSize asks for; the output has the hidden state's values, whatever its own scale."""
    require(graph, op, hidden.dtype.name == "int8", f"a hidden state of {hidden.dtype}", "int8")
    require(graph, op, cell.dtype.name == "int16", f"a cell state of {cell.dtype}", "int16")
    require(graph, op, len(x.shape) == 3 and len(hidden.shape) == 2,
            f"input {list(x.shape)} and hidden state {list(hidden.shape)}", "3 and 2 dimensions")
    time_major = bool(option(graph, op, "time_major"))
    first, second, inputs = x.shape
    batches, steps = (second, first) if time_major else (first, second)
    units = hidden.shape[1]
    require(graph, op, min(batches, steps, inputs, units) > 0, f"input {list(x.shape)}, {units} units", "1 and more")
    require(graph, op, hidden.size == cell.size == batches * units, f"states of {hidden.size} and {cell.size} elements",
            f"{batches} x {units}")
    result(graph, op, (first, second, units))
    return _Sizes(batches, steps, inputs, units, *((1, batches) if time_major else (steps, 1)))


def _product(graph: Graph, op: Op, number: int, vector: Tensor, place: int, sizes: _Sizes) -> Params:
    """One product of gate `number`; the bias belongs to that of the input."""
    weights = constant(graph, op, place, "int8")
    of_input = place < _HIDDEN_WEIGHTS
    shape = (sizes.units, sizes.inputs if of_input else sizes.units)
    require(graph, op, weights.shape == shape, f"weights of shape {list(weights.shape)}", f"{list(shape)}")
    scale, weight_zero = quantization(operand(graph, op, place))
    require(graph, op, weight_zero == 0, f"weights with zero point {weight_zero}", "zero point 0")
    bias = np.zeros(sizes.units, np.int64)
    if of_input:
        bias = constant(graph, op, _BIASES + number, "int32").astype(np.int64)
        require(graph, op, bias.shape == (sizes.units,), f"biases of shape {list(bias.shape)}", f"[{sizes.units}]")
    vector_scale, zero_point = quantization(vector)
    multiplier, shift = quantize_multiplier(vector_scale * scale / _GATE_SCALE)
    folded = bias - zero_point * weights.sum(axis=1, dtype=np.int64)
    _prove(graph, op, weights, bias, folded, zero_point, shift)
    return {
        "weights": Array("weights", "int32_t", interleaved(weights)),
        "bias": Array("bias", "int32_t", folded.astype(np.int32)),
        "multiplier": multiplier,
        "shift": shift,
    }


def _prove(
    graph: Graph, op: Op, weights: npt.NDArray[np.int8], bias: npt.NDArray[np.int64], folded: npt.NDArray[np.int64],
    zero_point: int, shift: int,
) -> None:  # fmt: skip
    """No sum reaches 2^30, here or in TFLM, even shifted left."""
    magnitudes = np.abs(weights.astype(np.int64)).sum(axis=1)
    ours = np.abs(folded) + 128 * magnitudes
    theirs = np.abs(bias) + max(127 - zero_point, zero_point + 128) * magnitudes
    reach, limit = int(max(ours.max(), theirs.max())), 2**30 >> max(shift, 0)
    require(graph, op, shift >= -30, f"weights of a factor of 2^{shift}", "more than 2^-31 steps of a gate")
    require(graph, op, reach < limit, f"sums up to {reach}", f"less than {limit}: weights or scales are out of range")


def _named(product: Params, prefix: str) -> Params:
    """The fields with arrays that have a name of their own."""
    return {
        field: Array(f"{prefix}_{value.suffix}", value.ctype, value.data) if isinstance(value, Array) else value
        for field, value in product.items()
    }


def _states(graph: Graph, op: Op, hidden: Tensor, cell: Tensor) -> Params:
    """How both states go on. The cell's scale is a power of two, so its factors are shifts."""
    require(graph, op, cell.quantization is not None and not cell.quantization.per_channel,
            "a cell state without a scale", "one scale")
    cell_scale, hidden_zero = quantization(cell)[0], quantization(hidden)[1]
    fraction, exponent = math.frexp(cell_scale)
    exponent -= 1
    low, high = _CELL_EXPONENTS
    require(graph, op, fraction == 0.5 and low <= exponent <= high, f"a cell state of scale {cell_scale}",
            f"a power of two from 2^{low} to 2^{high}")
    multiplier, shift = quantize_multiplier(_UNIT_SCALE * _UNIT_SCALE / quantization(hidden)[0])
    require(graph, op, -30 <= shift <= 0, f"a hidden state of scale {quantization(hidden)[0]}", "2^-30 to 1")
    tanh_shift = 12 + exponent
    cell_clip = float(option(graph, op, "cell_clip"))
    clip = int(min(cell_clip / cell_scale, 32767.0))
    return {
        "added_shift": 29 + exponent,
        "cell_min": -clip if cell_clip > 0.0 else -32768,
        "cell_max": clip if cell_clip > 0.0 else 32767,
        "tanh_multiplier": 3 << max(tanh_shift, 0),
        "tanh_shift": max(-tanh_shift, 0),
        "multiplier": multiplier,
        "shift": shift,
        "zero_point": hidden_zero,
    }


def _features(call: KernelCall) -> Features:
    """Cost rule: as FULLY_CONNECTED's for the eight products, and by unit for the rest."""
    inputs, units = integer(call, "inputs"), integer(call, "units")
    rows = integer(call, "batches") * integer(call, "steps")
    return {
        "row": rows,
        "padded": rows * call.scratch_bytes,
        "group": rows * -(-units // 16),
        **matrix.sums_features(len(_GATES) * rows, units, inputs, units),
        "unit": rows * units,
        "four_units": rows * -(-units // 4),
    }


def _case(rng: np.random.Generator, number: int) -> Graph:
    net = cases.GraphBuilder()
    inputs, units = cases.log_uniform(rng, 1, 60), cases.log_uniform(rng, 2, 32)
    steps = cases.pick(rng, 1, 3, 8)
    x = net.tensor((1, steps, inputs))
    one = np.array([0.01], np.float32)
    operands = [x]
    operands += [net.constant(cases.weights(rng, units, inputs), one) for _ in _GATES]
    operands += [net.constant(cases.weights(rng, units, units), one) for _ in _GATES]
    operands += [-1] * 3
    operands += [net.constant(rng.integers(-999, 999, (units,)).astype(np.int32), one) for _ in _GATES]
    operands += [-1] * 2
    operands += [net.state((1, units), (1 / 128, 0)), net.state((1, units), (2.0**-11, 0), "int16")]
    operands += [-1] * 4
    net.apply("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, net.tensor((1, steps, units), (1 / 128, 0)),
              fused_activation_function="TANH", cell_clip=0.0, proj_clip=0.0, time_major=False)  # fmt: skip
    return net.graph()


SPECS = (
    OperatorSpec(
        name="UNIDIRECTIONAL_SEQUENCE_LSTM",
        variants=single(_lower),
        limits="int8 input, weights (one scale each), hidden state and output, int16 cell state of a scale that is a "
        "power of two. Any batch, time first or second. No peephole weights, projection or layer normalization, as in "
        "TFLM.",
        tflm=TflmRegistration("AddUnidirectionalSequenceLSTM"),
        costs={_KERNEL: _features},
        calibration=CalibrationCases(_case, 16),
        interpreter_deviates=True,
    ),
)
