"""CMSIS-NN's integer unit tests (Tests/UnitTest/TestCases) as cases: parameters and bytes are read off its headers."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from unit_case import Case, Given, OutsideError, constant, read_headers
from unit_cases_cmsis_state import ds_cnn, lstm, svdf
from unit_cmsis_data import Data, clamp, explicit_padding, quantized_scale, unpacked, window

__all__ = ["cases"]

Build = Callable[[Data, Given, int], Case]


def cases(tree: Path, given: Given) -> Iterator[tuple[str, str, Case | OutsideError]]:
    """(test, case, the case or why it is left out) of all tests that are not of floats."""
    folder = tree / "Tests" / "UnitTest" / "TestCases"
    number = 0
    for test in sorted(folder.glob("test_arm_*")):
        name = test.name.removeprefix("test_arm_")
        if name.endswith(("_f16", "_f32")):
            continue
        text = "".join(file.read_text(encoding="utf-8") for file in sorted(test.glob("*.c")))
        for data in sorted(set(re.findall(r"TestData/(\w+)", text))):
            number += 1
            try:
                build = next(build for start, build in _BUILD.items() if name.startswith(start))
                yield name, data, build(Data(data, *read_headers(folder / "TestData" / data)), given, number)
            except OutsideError as reason:
                yield name, data, reason


def _convolution(data: Data, given: Given, number: int) -> Case:
    depthwise = "ch_mult" in data.macros
    batches, height, width, inputs = (data[n] for n in ("input_batches", "input_h", "input_w", "in_ch"))
    kernel = data["filter_y"], data["filter_x"]
    outputs = data["out_ch"]
    x = data.array("input").reshape(batches, height, width, inputs)
    weights = unpacked(data.array("weights"), kernel[0] * kernel[1] * outputs * (1 if depthwise else inputs), data)
    group = weights.size // (kernel[0] * kernel[1] * outputs)
    shape = (1, *kernel, outputs) if depthwise else (outputs, *kernel, group)
    operator = "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D"
    case, net, padding, image = _start(operator, data, x, kernel)
    scale, zero = quantized_scale(data, given, number, x.dtype)
    factors = zip(data.array("output_mult", "output_multiplier"), data.array("output_shift"), strict=True)
    scales = [given.scale_of(int(m), int(s), 1 / scale) for m, s in factors]
    operands = [image, constant(net, weights.reshape(shape), scales, 3 if depthwise else 0)]
    bias = data.arrays.get("biases", data.arrays.get("bias", data.arrays.get("input_bias")))
    if bias is not None:
        operands.append(constant(net, bias, scales))
    options: dict[str, Any] = window(data, padding)
    if "xint32" in data.name and bias is None:
        options["quantized_bias_type"] = "INT32"
    if depthwise:
        options["depth_multiplier"] = data["ch_mult"]
    out = (batches, data["output_h"], data["output_w"], outputs)
    net.apply(operator, operands, out, (scale, zero), x.dtype.name, fused_activation_function="NONE", **options)
    return case


def _start(operator: str, data: Data, x: npt.NDArray[Any], kernel: tuple[int, int]) -> tuple[Case, Any, str, str]:
    """The case with its input, after a PAD where padding is neither SAME nor VALID."""
    case = Case(operator, data.name, data.net, [[x]], data.array("output_ref", "output"))
    quant = (1.0, -data.macros.get("input_offset", 0))
    image = data.net.input(x.shape, quant, x.dtype.name)
    padding, amounts = explicit_padding(data, x.shape, kernel)
    if amounts:
        pads = data.net.constant(np.array(amounts, np.int32))
        shape = tuple(size + sum(pad) for size, pad in zip(x.shape, amounts, strict=True))
        image = data.net.apply("PAD", [image, pads], shape, quant, x.dtype.name, output=False)
    return case, data.net, padding, image


def _fully_connected(data: Data, given: Given, number: int) -> Case:
    depth, outputs, batches = (data[n] for n in ("accumulation_depth", "out_ch", "input_batches"))
    x = data.array("input").reshape(batches, depth)
    weights = unpacked(data.array("weights"), depth * outputs, data).reshape(outputs, depth)
    if data.macros.get("filter_offset"):
        raise OutsideError("weights with a zero point, which no converter writes: refused")
    case = Case("FULLY_CONNECTED", data.name, data.net, [[x]], data.array("output_ref", "output"))
    scale, zero = quantized_scale(data, given, number, x.dtype)
    if data.macros.get("per_channel_quant") == "true":
        factors = list(zip(data.array("output_mult", "output_multiplier"), data.array("output_shift"), strict=True))
    else:
        factors = [(data["output_multiplier"], data["output_shift"])]
    scales = [given.scale_of(int(m), int(s), 1 / scale) for m, s in factors]
    net = data.net
    operands = [net.input(x.shape, (1.0, -data["input_offset"]), x.dtype.name), constant(net, weights, scales)]
    bias = data.arrays.get("biases", data.arrays.get("bias", data.arrays.get("input_bias")))
    if bias is not None:
        operands.append(constant(net, bias, scales))
    net.apply("FULLY_CONNECTED", operands, (batches, outputs), (scale, zero), x.dtype.name,
              fused_activation_function="NONE", keep_num_dims=False, weights_format="DEFAULT")  # fmt: skip
    return case


def _transpose_conv(data: Data, given: Given, number: int) -> Case:
    batches, height, width, inputs = (data[n] for n in ("input_batches", "input_h", "input_w", "in_ch"))
    kernel, outputs = (data["filter_y"], data["filter_x"]), data["out_ch"]
    x = data.array("input").reshape(batches, height, width, inputs)
    out = (batches, data["output_h"], data["output_w"], outputs)
    whole = (height - 1) * data["stride_y"] + kernel[0], (width - 1) * data["stride_x"] + kernel[1]
    padding = "VALID" if whole == out[1:3] else "SAME"
    scale, zero = quantized_scale(data, given, number, x.dtype)
    factors = zip(data.array("output_mult"), data.array("output_shift"), strict=True)
    scales = [given.scale_of(int(m), int(s), 1 / scale) for m, s in factors]
    net = data.net
    case = Case("TRANSPOSE_CONV", data.name, net, [[x]], data.array("output_ref", "output"))
    image = net.input(x.shape, (1.0, -data["input_offset"]))
    weights = constant(net, data.array("weights").reshape(outputs, *kernel, inputs), scales)
    operands = [net.constant(np.array(out, np.int32)), weights, image]
    if data.arrays.get("biases") is not None:
        operands.append(constant(net, data.array("biases"), scales))
    net.apply("TRANSPOSE_CONV", operands, out, (scale, zero), padding=padding, stride_h=data["stride_y"],
              stride_w=data["stride_x"], fused_activation_function="NONE")  # fmt: skip
    return case


def _pool(data: Data, given: Given, number: int) -> Case:
    operator = "MAX_POOL_2D" if data.name.startswith("max") else "AVERAGE_POOL_2D"
    shape = data["batch_size"], *(data[f"input_{n}"] for n in "hwc")
    x = data.array("input_tensor").reshape(shape)
    quant = (float(np.float32(1 + number / 1024)), 0)
    clamp(data, given, quant, x.dtype)
    case = Case(operator, data.name, data.net, [[x]], data.array("output"))
    image = data.net.input(shape, quant, x.dtype.name)
    out = (shape[0], *(data[f"output_{n}"] for n in "hwc"))
    data.net.apply(operator, image, out, quant, x.dtype.name, padding=data["pad"].upper(), stride_h=data["stride_h"],
                   stride_w=data["stride_w"], filter_height=data["filter_h"], filter_width=data["filter_w"],
                   fused_activation_function="NONE")  # fmt: skip
    return case


def _elementwise(data: Data, given: Given, number: int) -> Case:
    operator = "ADD" if data.name.startswith("add") else "MUL"
    a, b = data.array("input1"), data.array("input2")
    scale, zero = quantized_scale(data, given, number, a.dtype)
    scales = [1.0, 1.0]
    if operator == "MUL":
        scales[0] = given.scale_of(data["output_mult"], data["output_shift"], 1 / scale)
    else:  # the larger scale is halved, and the sum is of steps of twice the larger one
        factors = [data[f"input{n}_mult"] * 2.0 ** (data[f"input{n}_shift"] - 31) for n in "12"]
        factor = data["output_mult"] * 2.0 ** (data["output_shift"] + data["left_shift"] - 31)
        scales = [scale * factor * f for f in factors]
    net = data.net
    quants = [(scale, -data[f"input{n}_offset"]) for n, scale in zip("12", scales, strict=True)]
    inputs = [net.input(a.shape, quant, a.dtype.name) for quant in quants]
    more = {"pot_scale_int16": False} if operator == "ADD" else {}
    net.apply(operator, inputs, a.shape, (scale, zero), a.dtype.name, fused_activation_function="NONE", **more)
    return Case(operator, data.name, net, [[a, b]], data.array("output_ref"))


def _extremum(data: Data, given: Given, number: int) -> Case:
    shapes = [tuple(data[f"{n}_{k}"] for n in ("batch", "height", "width", "channel")) for k in (1, 2)]
    inputs = [data.array(f"input_tensor_{k}").reshape(shape) for k, shape in zip((1, 2), shapes, strict=True)]
    out = tuple(data[f"output_{n}"] for n in ("batch", "height", "width", "channel"))
    net, operator = data.net, data["layer_type"].upper()
    net.apply(operator, [net.input(s, (1.0, 0)) for s in shapes], out, (1.0, 0))
    return Case(operator, data.name, net, [inputs], data.array("output"))


def _batch_matmul(data: Data, given: Given, number: int) -> Case:
    """The matrices are given both as the operator takes them and transposed."""
    sides = []
    for side in ("lhs", "rhs"):
        shape = tuple(data[f"{side}_{n}"] for n in ("batch", "height", "rows", "cols"))
        sides.append(data.array(f"{side}_input_tensor").reshape(shape))
    dtype = sides[0].dtype
    scale, zero = quantized_scale(data, given, number, dtype)
    left = given.scale_of(data["output_multiplier"], data["output_shift"], 1 / scale)
    net = data.net
    names = [net.input(x.shape, (s, -data[f"{side}_offset"]), dtype.name)
             for x, s, side in zip(sides, (left, 1.0), ("lhs", "rhs"), strict=True)]  # fmt: skip
    out = tuple(data[f"output_{n}"] for n in ("batch", "height", "rows", "cols"))
    net.apply("BATCH_MATMUL", names, out, (scale, zero), dtype.name, adj_x=bool(data["adj_x"]),
              adj_y=bool(data["adj_y"]))  # fmt: skip
    return Case("BATCH_MATMUL", data.name, net, [sides], data.array("output"))


def _pad(data: Data, given: Given, number: int) -> Case:
    shape = tuple(data[f"input_{n}"] for n in "nhwc")
    pads = [[data[f"pre_pad_{n}"], data[f"post_pad_{n}"]] for n in "nhwc"]
    out = tuple(size + sum(pad) for size, pad in zip(shape, pads, strict=True))
    net, quant = data.net, (1.0, data["pad_value"])
    net.apply("PAD", [net.input(shape, quant), net.constant(np.array(pads, np.int32))], out, quant)
    return Case("PAD", data.name, net, [[data.array("input_tensor", "input").reshape(shape)]], data.array("output"))


def _transpose(data: Data, given: Given, number: int) -> Case:
    count = data["perm_size"]
    shape, out, order = (tuple(data[n][:count]) for n in ("in_dim", "out_dim", "perm"))
    net = data.net
    net.apply("TRANSPOSE", [net.input(shape, (1.0, 0)), net.constant(np.array(order, np.int32))], out, (1.0, 0))
    return Case("TRANSPOSE", data.name, net, [[data.array("input_tensor").reshape(shape)]], data.array("output"))


def _softmax(data: Data, given: Given, number: int) -> Case:
    x = data.array("input").reshape(data["num_rows"], data["row_size"])
    expected = data.array("output_ref")
    others = 2.0**26 if x.dtype == np.int8 else 1 / (10.0 / 65535.0)
    scale = float(np.float32(data["input_mult"] * 2.0 ** (data["input_left_shift"] - 31) / others))
    real = 1.0 * scale * 2.0**26 if x.dtype == np.int8 else scale * 1.0 / (10.0 / 65535.0)
    given.factors[real] = (data["input_mult"], data["input_left_shift"])
    quant = {"int8": (1 / 256, -128), "int16": (1 / 32768, 0)}[expected.dtype.name]
    if x.dtype != expected.dtype:
        quant = (1 / 65536, -32768)
    net = data.net
    net.apply("SOFTMAX", net.input(x.shape, (scale, 0), x.dtype.name), x.shape, quant, expected.dtype.name, beta=1.0)
    return Case("SOFTMAX", data.name, net, [[x]], expected)


_BUILD: dict[str, Build] = {
    "convolve": _convolution,
    "depthwise": _convolution,
    "grouped": _convolution,
    "fully_connected": _fully_connected,
    "transpose_conv": _transpose_conv,
    "reverse_transpose_conv": _transpose_conv,
    "avgpool": _pool,
    "max_pool": _pool,
    "elementwise": _elementwise,
    "maximum_minimum": _extremum,
    "batch_matmul": _batch_matmul,
    "pad": _pad,
    "transpose_s8": _transpose,
    "softmax": _softmax,
    "lstm": lstm,
    "svdf": svdf,
    "ds_cnn": ds_cnn,
}
