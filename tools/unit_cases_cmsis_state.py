"""CMSIS-NN's unit tests of LSTM, SVDF and of whole networks as cases; see unit_cases_cmsis.py."""

from typing import Any

import numpy as np
from networks import Net
from unit_case import Case, Given, OutsideError, constant
from unit_cmsis_data import Data, explicit_padding, window

__all__ = ["ds_cnn", "lstm", "svdf"]

_GATES = ("input", "forget", "cell", "output")
_GATE_SCALE, _UNIT_SCALE = 2.0**-12, 2.0**-15


def lstm(data: Data, given: Given, number: int) -> Case:
    """UNIDIRECTIONAL_SEQUENCE_LSTM; one invocation from a state of zeros."""
    if data.name.endswith("s16"):
        raise OutsideError("LSTM with an int16 hidden state: not supported")
    steps, batches, inputs, units = (data[n] for n in ("time_steps", "batch_size", "input_size", "hidden_size"))
    net, major = data.net, data["time_major"] == "true"
    first = (steps, batches) if major else (batches, steps)
    hidden_scale = float(np.float32(_UNIT_SCALE**2 / (data["output_multiplier"] * 2.0 ** (data["output_shift"] - 31))))
    given.factors[_UNIT_SCALE * _UNIT_SCALE / hidden_scale] = (data["output_multiplier"], data["output_shift"])
    hidden = (hidden_scale, data["output_zero_point"])
    x = net.input((*first, inputs), (1.0, -data["input_zero_point"]))
    weights: list[str] = []
    for vector, count, scale in (("input", inputs, 1.0), ("hidden", units, hidden_scale)):
        for gate in _GATES:
            factor = data[f"{gate}_gate_{vector}_multiplier"], data[f"{gate}_gate_{vector}_shift"]
            near = factor[0] * 2.0 ** (factor[1] - 31) * _GATE_SCALE / scale
            near = float(np.float32(near))
            given.factors[scale * near / _GATE_SCALE] = factor
            values = data.array(f"{gate}_gate_{vector}_weights").reshape(units, count)
            weights.append(constant(net, values, near))
    biases = [constant(net, data.array(f"{gate}_gate_bias"), 1.0) for gate in _GATES]
    cell = net.state((batches, units), (2.0 ** data["cell_scale_power"], 0), "int16")
    states = [net.state((batches, units), hidden), cell]
    operands: Any = [x, *weights, *[None] * 3, *biases, *[None] * 2, *states, *[None] * 4]
    intermediates = [*(net.tensor((0,), None, "float32") for _ in range(4)), net.tensor((0,), hidden)]
    clip = data["cell_clip"] * 2.0 ** data["cell_scale_power"]
    net.apply("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, (*first, units), hidden, fused_activation_function="TANH",
              time_major=major, intermediates=intermediates, cell_clip=clip)  # fmt: skip
    vector = [data.array("input_tensor").reshape(*first, inputs)]
    return Case("UNIDIRECTIONAL_SEQUENCE_LSTM", data.name, net, [vector], data.array("output"))


def svdf(data: Data, given: Given, number: int) -> Case:
    """SVDF; its inputs come in one invocation after another, and the last one's output is compared."""
    batches, inputs, filters, memory = (
        data[n] for n in ("input_batches", "input_size", "feature_batches", "time_batches")
    )
    rank, state = data["rank"], data.array("state")
    if np.any(state):
        raise OutsideError("a state that begins with other values than zeros")
    if (data["in_activation_min"], data["in_activation_max"]) != (np.iinfo(state.dtype).min, np.iinfo(state.dtype).max):
        raise OutsideError("a clamp of the state that TFLM's operator does not have")
    net, units = data.net, filters // rank
    # Factors are products and quotients in float32: powers of two but for one.
    time_scale = _exact(data["multiplier_out"], data["shift_2"])
    operands = [
        net.input((batches, inputs), (1.0, data["input_offset"])),  # its negative is what their kernel adds
        constant(net, data.array("weights_feature").reshape(filters, inputs),
                 _exact(data["multiplier_in"], data["shift_1"])),
        constant(net, data.array("weights_time").reshape(filters, memory), time_scale),
        constant(net, data.array("biases"), time_scale),
        net.state((batches, filters * memory), (1.0, 0), state.dtype.name),
    ]  # fmt: skip
    quant = (1.0, data["output_offset"])
    activation = "RELU" if data["out_activation_min"] == quant[1] else "NONE"
    net.apply("SVDF", operands, (batches, units), quant, rank=rank, fused_activation_function=activation)
    sequence = data.array("input_sequence").reshape(-1, batches, inputs)
    return Case("SVDF", data.name, net, [[x] for x in sequence], data.array("output_ref"))


def _exact(multiplier: int, shift: int) -> float:
    scale = np.float32(multiplier * 2.0 ** (shift - 31))
    if float(scale) != multiplier * 2.0 ** (shift - 31):
        raise OutsideError("a multiplier that no product of float32 scales gives")
    return float(scale)


def ds_cnn(data: Data, given: Given, number: int) -> Case:
    """DS_CNN, a network for keyword spotting: convolutions, a pooling, FULLY_CONNECTED and SOFTMAX."""
    net, layers = Net(), _layers(data)
    x = np.asarray(data.array("input"))
    first = layers[0][1]
    shape = (1, first["input_h"], first["input_w"], first["in_ch"])
    unit = 1.5 if number % 2 else 1.25  # no other case has scales of these
    quant = (unit, -first["input_offset"])
    name = net.input(shape, quant)
    vector = [x.reshape(shape)]
    for place, (kind, layer) in enumerate(layers):
        zero = layer.macros.get("output_offset", 0)
        scale = unit * 2.0 ** -(place + 1)
        if kind in ("conv_2d", "depthwise_conv_2d"):
            name, shape, quant = _layer(net, given, layer, kind, name, shape, quant, (scale, zero))
        elif kind == "average_pool_2d":
            out = (1, layer["output_h"], layer["output_w"], shape[3])
            name = net.apply("AVERAGE_POOL_2D", name, out, quant, output=False, padding="VALID",
                             stride_h=layer["stride_h"], stride_w=layer["stride_w"], filter_height=layer["filter_h"],
                             filter_width=layer["filter_w"], fused_activation_function="NONE")  # fmt: skip
            shape = out
        elif kind == "fully_connected":
            count = layer["in_ch"]  # their header has the two the other way around
            near = given.scale_of(layer["output_multiplier"], layer["output_shift"], quant[0] / scale)
            operands = [name, constant(net, layer.array("weights").reshape(count, shape[3]), near),
                        constant(net, layer.array("bias"), quant[0] * near)]  # fmt: skip
            shape, quant = (1, count), (scale, zero)
            name = net.apply("FULLY_CONNECTED", operands, shape, quant, output=False, keep_num_dims=False,
                             weights_format="DEFAULT", fused_activation_function="NONE")  # fmt: skip
        else:
            factor = layer["mult"], layer["shift"]
            given.factors[quant[0] * 2.0**26] = factor
            net.apply("SOFTMAX", name, shape, (1 / 256, -128), beta=1.0)
    return Case("DS_CNN", data.name, net, [vector], data.array("output_ref"))


def _layers(data: Data) -> list[tuple[str, Data]]:
    """(kind, its macros and arrays) of each layer, in order."""
    found: dict[int, tuple[str, Data]] = {}
    for kind in ("depthwise_conv_2d", "conv_2d", "average_pool_2d", "fully_connected", "softmax"):
        for name, value in data.macros.items():
            if name.startswith(kind):
                place, _, field = name.removeprefix(f"{kind}_").partition("_")
                found.setdefault(int(place), (kind, Data(name, {}, {})))[1].macros[field] = value
    for name, array in data.arrays.items():
        for place, (kind, layer) in found.items():
            start = f"layer_{place}_{kind}_"
            if name.startswith(start):
                layer.arrays[name.removeprefix(start)] = array
    return [found[place] for place in sorted(found)]


def _layer(
    net: Net, given: Given, layer: Data, kind: str, name: str, shape: Any, before: tuple[float, int],
    quant: tuple[float, int],
) -> tuple[str, Any, tuple[float, int]]:  # fmt: skip
    kernel, outputs = (layer["filter_y"], layer["filter_x"]), layer["out_ch"]
    padding, amounts = explicit_padding(layer, shape, kernel)
    if amounts:
        raise OutsideError("padding that is neither SAME nor VALID")
    depthwise = kind == "depthwise_conv_2d"
    weights = layer.array("weights").reshape((1, *kernel, outputs) if depthwise else (outputs, *kernel, shape[3]))
    factors = zip(layer.array("output_mult"), layer.array("output_shift"), strict=True)
    scales = [given.scale_of(int(m), int(s), before[0] / quant[0]) for m, s in factors]
    operands = [name, constant(net, weights, scales, 3 if depthwise else 0), constant(net, layer.array("bias"), scales)]
    given.clamps[quant] = (layer["out_activation_min"], layer["out_activation_max"])
    options = window(layer, padding) | ({"depth_multiplier": 1} if depthwise else {})
    shape = (1, layer["output_h"], layer["output_w"], outputs)
    name = net.apply(kind.upper(), operands, shape, quant, output=False, fused_activation_function="NONE", **options)
    return name, shape, quant
