"""Layers to calibrate with: random shapes over what the kernels take, as graphs that no .tflite ever held."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.lowering.window import slide
from ecgprune.graph.graph import Graph, Op, Quantization, Tensor

__all__ = ["layers", "of_model"]

_CHANNELS = (1, 2, 3, 4, 5, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
_ZEROS = (0.0, 0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_LARGEST = 5000  # bytes of an activation: some boards have 16 KB of RAM
_MOST_WEIGHTS = 12000
_SCALE = 0.05
_PROBABILITY = (1 / 256, -128)


def layers(seed: int, weighted: int = 56, others: int = 18) -> list[Graph]:
    """`weighted` convolutions, half as many matrices and a quarter as many depthwise, and `others` of each operator."""
    rng = np.random.default_rng(seed)
    drawn = [_conv(rng) for _ in range(weighted)]
    drawn += [_matrix(rng) for _ in range(weighted // 2)]
    drawn += [_depthwise(rng) for _ in range(weighted // 4)]
    plain = (_pool, _mean, _softmax, _add, _concatenation, _pad, _quantize, _elementwise)
    return drawn + [make(rng, number) for make in plain for number in range(others)]


def of_model(graph: Graph) -> list[Graph]:
    """Each operator of a model by itself, those that max pooling follows together with it."""
    found = []
    for op in graph.ops:
        behind = [other for other in graph.ops if op.outputs[0] in other.inputs]
        pooled = [*behind] if len(behind) == 1 and behind[0].name == "MAX_POOL_2D" else []
        found.append(_part(graph, [op, *pooled]))
    return found


def _part(graph: Graph, ops: Sequence[Op]) -> Graph:
    """A graph of some operators, of all the tensors they touch."""
    touched = sorted({t for op in ops for t in (*op.inputs, *op.outputs) if t >= 0})
    index = {t: i for i, t in enumerate(touched)} | {-1: -1}
    tensors = tuple(_numbered(graph.tensor(t), i) for i, t in enumerate(touched))
    moved = tuple(
        Op(i, op.name, op.version, tuple(index[t] for t in op.inputs), tuple(index[t] for t in op.outputs), op.options)
        for i, op in enumerate(ops)
    )
    made = {t for op in moved for t in op.outputs}
    inputs = tuple(t.index for t in tensors if not t.is_constant and t.index not in made)
    return Graph(tensors, moved, inputs, moved[-1].outputs, "")


def _numbered(tensor: Tensor, index: int) -> Tensor:
    return Tensor(index, tensor.name, tensor.shape, tensor.dtype, tensor.quantization, tensor.data)


class _Net:
    """Tensors and operators so far."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []

    def tensor(self, shape: Sequence[int], quant: tuple[float, int] | None = (_SCALE, -7), dtype: str = "int8") -> int:
        one = None if quant is None else Quantization(np.array([quant[0]], np.float32), np.array([quant[1]], np.int32))
        self.tensors.append(Tensor(len(self.tensors), f"t{len(self.tensors)}", tuple(shape), np.dtype(dtype), one))
        return len(self.tensors) - 1

    def constant(self, data: npt.NDArray[Any], scales: npt.NDArray[np.float32] | None = None, axis: int = 0) -> int:
        quantization = None
        if scales is not None:
            quantization = Quantization(scales, np.zeros(scales.size, np.int32), axis if scales.size > 1 else 0)
        self.tensors.append(Tensor(len(self.tensors), "c", data.shape, data.dtype, quantization, data))
        return len(self.tensors) - 1

    def apply(self, name: str, inputs: Sequence[int], output: int, **options: Any) -> int:
        self.ops.append(Op(len(self.ops), name, 1, tuple(inputs), (output,), options))
        return output

    def graph(self) -> Graph:
        made = {t for op in self.ops for t in op.outputs}
        inputs = tuple(t.index for t in self.tensors if not t.is_constant and t.index not in made)
        return Graph(tuple(self.tensors), tuple(self.ops), inputs, self.ops[-1].outputs, "")


def _one(rng: np.random.Generator, *values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


def _size(rng: np.random.Generator, least: int, most: int) -> int:
    """Small sizes as often as large ones."""
    return round(math.exp(rng.uniform(math.log(least), math.log(most))))


def _weights(rng: np.random.Generator, outputs: int, taps: int) -> npt.NDArray[np.int8]:
    """(outputs, taps) with a drawn share of zeros, singly or in blocks of four."""
    values = np.clip(np.rint(rng.normal(0.0, 40.0, (outputs, taps))), -127, 127).astype(np.int8)
    values[values == 0] = 1
    zeros, block = _one(rng, *_ZEROS), _one(rng, 1, 4)
    kept = rng.random((outputs, -(-taps // block))) >= zeros
    return np.where(np.repeat(kept, block, axis=1)[:, :taps], values, 0).astype(np.int8)


def _with_weights(net: _Net, rng: np.random.Generator, x: int, values: npt.NDArray[np.int8], axis: int) -> list[int]:
    """Inputs of an operator with weights; the scales keep sums of its taps within the output's range."""
    outputs = values.shape[axis]
    count = outputs if values.ndim == 4 or rng.random() < 0.5 else 1
    scales: npt.NDArray[np.float32] = rng.uniform(0.002, 0.01, count).astype(np.float32)
    bias: npt.NDArray[np.int32] = rng.integers(-2000, 2000, (outputs,)).astype(np.int32)
    return [x, net.constant(values, scales, axis), net.constant(bias, scales * np.float32(_SCALE))]


def _windowed(rng: np.random.Generator, channels: int, outputs: int) -> tuple[dict[str, Any], tuple[int, ...]]:
    """(options, shapes as (height, width, kernel height, kernel width, output height, output width))."""
    while True:
        flat = rng.random() < 0.8
        kernel = (1, int(rng.integers(1, 8))) if flat else (_one(rng, 2, 3), _one(rng, 1, 3, 5))
        height, width = (1 if flat else int(rng.integers(4, 12)), _size(rng, 6, 240))
        stride = (1 if flat else _one(rng, 1, 2), _one(rng, 1, 1, 1, 2))
        dilation = (1, _one(rng, 1, 1, 1, 2))
        padding = _one(rng, "SAME", "VALID")
        out = [slide(*sizes, padding)[0] for sizes in zip((height, width), kernel, stride, dilation, strict=True)]
        if min(out) > 0 and height * width * channels <= _LARGEST and out[0] * out[1] * outputs <= _LARGEST:
            break
    options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1], "dilation_h_factor": dilation[0],
               "dilation_w_factor": dilation[1], "fused_activation_function": _one(rng, "NONE", "RELU")}  # fmt: skip
    return options, (height, width, *kernel, *out)


def _conv(rng: np.random.Generator) -> Graph:
    while True:
        inputs, outputs = _one(rng, *_CHANNELS), _one(rng, *_CHANNELS)
        options, (height, width, kernel_h, kernel_w, out_h, out_w) = _windowed(rng, inputs, outputs)
        if outputs * kernel_h * kernel_w * inputs <= _MOST_WEIGHTS:
            break
    net = _Net()
    groups = 2 if inputs % 2 == outputs % 2 == 0 and rng.random() < 0.1 else 1
    values = _weights(rng, outputs, kernel_h * kernel_w * inputs // groups)
    shape = (outputs, kernel_h, kernel_w, inputs // groups)
    x = net.tensor((1, height, width, inputs))
    operands = _with_weights(net, rng, x, values.reshape(shape), 0)
    y = net.apply("CONV_2D", operands, net.tensor((1, out_h, out_w, outputs), (1.0, 3)), **options)
    if rng.random() < 0.5 and out_w > 1:
        _pooling(net, y, (1, 2), (1, 2), "VALID")
    return net.graph()


def _depthwise(rng: np.random.Generator) -> Graph:
    net = _Net()
    channels, multiplier = _one(rng, 1, 4, 8, 16, 32), _one(rng, 1, 1, 2)
    outputs = channels * multiplier
    options, (height, width, kernel_h, kernel_w, out_h, out_w) = _windowed(rng, channels, outputs)
    values = _weights(rng, outputs, kernel_h * kernel_w).T.reshape(1, kernel_h, kernel_w, outputs)
    operands = _with_weights(net, rng, net.tensor((1, height, width, channels)), np.ascontiguousarray(values), 3)
    y = net.tensor((1, out_h, out_w, outputs), (1.0, 3))
    net.apply("DEPTHWISE_CONV_2D", operands, y, depth_multiplier=multiplier, **options)
    return net.graph()


def _matrix(rng: np.random.Generator) -> Graph:
    net = _Net()
    rows, depth, outputs = _one(rng, 1, 1, 1, 3), _size(rng, 4, 700), _size(rng, 2, 64)
    outputs = min(outputs, _MOST_WEIGHTS // depth)
    operands = _with_weights(net, rng, net.tensor((rows, depth)), _weights(rng, outputs, depth), 0)
    net.apply("FULLY_CONNECTED", operands, net.tensor((rows, outputs), (1.0, 3)), weights_format="DEFAULT",
              fused_activation_function=_one(rng, "NONE", "RELU"), keep_num_dims=False)  # fmt: skip
    return net.graph()


def _pooling(
    net: _Net, x: int, size: tuple[int, int], stride: tuple[int, int], padding: str, name: str = "MAX_POOL_2D"
) -> int:
    batches, height, width, channels = net.tensors[x].shape
    out = [slide(n, k, s, 1, padding)[0] for n, k, s in zip((height, width), size, stride, strict=True)]
    quantization = net.tensors[x].quantization
    assert quantization is not None
    y = net.tensor((batches, *out, channels), (quantization.scale, quantization.zero_point))
    return net.apply(name, [x], y, filter_height=size[0], filter_width=size[1], stride_h=stride[0],
                     stride_w=stride[1], padding=padding, fused_activation_function="NONE")  # fmt: skip


def _pool(rng: np.random.Generator, number: int) -> Graph:
    net = _Net()
    flat, channels = rng.random() < 0.7, _one(rng, *_CHANNELS)
    height = 1 if flat else _size(rng, 3, 12)
    width = _size(rng, 6, max(7, min(200, _LARGEST // (channels * height))))
    size = (1 if flat else _one(rng, 2, 3), _one(rng, 2, 2, 3, 5))
    x = net.tensor((1, height, width, channels))
    name = ("MAX_POOL_2D", "AVERAGE_POOL_2D")[number % 2]
    _pooling(net, x, size, (size[0], _one(rng, 1, size[1])), _one(rng, "SAME", "VALID"), name)
    return net.graph()


def _mean(rng: np.random.Generator, number: int) -> Graph:
    net = _Net()
    channels, width = _one(rng, *_CHANNELS), _size(rng, 2, 70)
    x = net.tensor((1, 1, width, channels))
    axes = net.constant(np.array([1, 2] if number % 3 else [3], np.int32))
    y = net.tensor((1, channels) if number % 3 else (1, 1, width), (_SCALE / 2, 3))
    net.apply("MEAN", [x, axes], y, keep_dims=False)
    return net.graph()


def _softmax(rng: np.random.Generator, number: int) -> Graph:
    net = _Net()
    shape = (_one(rng, 1, 1, 4), _one(rng, 2, 5, 10, 40))
    net.apply("SOFTMAX", [net.tensor(shape)], net.tensor(shape, _PROBABILITY), beta=1.0)
    return net.graph()


def _add(rng: np.random.Generator, number: int) -> Graph:
    net = _Net()
    shape = (1, 1, _size(rng, 2, 60), _size(rng, 2, 40))
    other = shape if number % 3 else (1, 1, 1, shape[-1])
    a = net.tensor(shape)
    values = rng.integers(-128, 128, other).astype(np.int8)
    b = net.constant(values, np.array([0.03], np.float32)) if number % 2 else net.tensor(other, (0.03, 5))
    net.apply("ADD", [a, b], net.tensor(shape, (0.07, 1)), fused_activation_function="NONE")
    return net.graph()


def _concatenation(rng: np.random.Generator, number: int) -> Graph:
    net = _Net()
    rows, sizes = _size(rng, 1, 40), [_size(rng, 1, 100) for _ in range(2)]
    parts = [net.tensor((rows, n)) for n in sizes]
    net.apply("CONCATENATION", parts, net.tensor((rows, sum(sizes))), axis=1, fused_activation_function="NONE")
    return net.graph()


def _pad(rng: np.random.Generator, number: int) -> Graph:
    net = _Net()
    shape = (1, _size(rng, 1, 12), _size(rng, 2, 20), _one(rng, 1, 3, 8, 16))
    pads = np.array([[0, 0], [1, 1], [2, 1], [0, number % 2]], np.int32)
    y = net.tensor([n + int(p.sum()) for n, p in zip(shape, pads, strict=True)])
    net.apply("PAD", [net.tensor(shape), net.constant(pads)], y)
    return net.graph()


def _quantize(rng: np.random.Generator, number: int) -> Graph:
    net = _Net()
    shape = (1, _size(rng, 4, 600))
    if number % 3 == 0:
        net.apply("QUANTIZE", [net.tensor(shape, None, "float32")], net.tensor(shape))
    elif number % 3 == 1:
        net.apply("QUANTIZE", [net.tensor(shape)], net.tensor(shape, (0.07, 3)))
    else:
        net.apply("DEQUANTIZE", [net.tensor(shape)], net.tensor(shape, None, "float32"))
    return net.graph()


def _elementwise(rng: np.random.Generator, number: int) -> Graph:
    net = _Net()
    shape = (1, _size(rng, 4, 2000))
    x = net.tensor(shape)
    if number % 3 == 0:
        net.apply("LOGISTIC", [x], net.tensor(shape, _PROBABILITY))
    else:
        net.apply("RELU", [x], net.tensor(shape, (_SCALE, -7) if number % 3 == 1 else (0.07, 3)))
    return net.graph()
