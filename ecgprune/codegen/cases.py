"""Builds the graphs of one operator that its kernels are calibrated on; no .tflite ever held them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.codegen.lowering.window import slide
from ecgprune.graph.graph import Graph, Op, Quantization, Tensor

__all__ = [
    "CHANNELS",
    "LARGEST",
    "MOST_WEIGHTS",
    "PROBABILITY",
    "SCALE",
    "GraphBuilder",
    "as_int16",
    "log_uniform",
    "pick",
    "pooling",
    "square",
    "weighted_inputs",
    "weights",
    "windowed",
]

CHANNELS = (1, 2, 3, 4, 5, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
LARGEST = 5000
"""Bytes of an activation at most: some boards have 16 KB of RAM."""
MOST_WEIGHTS = 12000
SCALE = 0.05
"""Of an activation, where a case has no reason for another."""
PROBABILITY = (1 / 256, -128)
"""Scale and zero point that SOFTMAX and LOGISTIC yield."""
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
_ZEROS = (0.0, 0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


class GraphBuilder:
    """Tensors and operators so far. Tensors are referred to by index."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []

    def tensor(self, shape: Sequence[int], quant: tuple[float, int] | None = (SCALE, -7), dtype: str = "int8") -> int:
        """Adds a computed tensor.

        Args:
            shape: all dimensions, batch first.
            quant: (scale, zero point), None where it is not quantized.
            dtype: numpy's name of the element type.

        Returns:
            Its index.
        """
        one = None if quant is None else Quantization(np.array([quant[0]], np.float32), np.array([quant[1]], np.int32))
        self.tensors.append(Tensor(len(self.tensors), f"t{len(self.tensors)}", tuple(shape), np.dtype(dtype), one))
        return len(self.tensors) - 1

    def state(self, shape: Sequence[int], quant: tuple[float, int], dtype: str = "int8") -> int:
        """Adds a state tensor, which begins with its zero point.

        Args:
            shape: all dimensions.
            quant: (scale, zero point).
            dtype: numpy's name of the element type.

        Returns:
            Its index.
        """
        index = self.tensor(shape, quant, dtype)
        self.tensors[index] = replace(self.tensors[index], initial=np.full(tuple(shape), quant[1], dtype))
        return index

    def constant(self, data: npt.NDArray[Any], scales: npt.NDArray[np.float32] | None = None, axis: int = 0) -> int:
        """Adds a constant tensor.

        Args:
            data: its values, of the element type that is stored.
            scales: float32, one, or one for each slice of `axis`; None where it is not quantized. Zero points are 0.
            axis: the dimension that the scales run along.

        Returns:
            Its index.
        """
        quantization = None
        if scales is not None:
            quantization = Quantization(scales, np.zeros(scales.size, np.int32), axis if scales.size > 1 else 0)
        self.tensors.append(Tensor(len(self.tensors), "c", data.shape, data.dtype, quantization, data))
        return len(self.tensors) - 1

    def apply(self, name: str, inputs: Sequence[int], output: int, **options: Any) -> int:
        """An operator of one output, which is returned. options: as `graph.Op.options`."""
        self.ops.append(Op(len(self.ops), name, 1, tuple(inputs), (output,), options))
        return output

    def graph(self) -> Graph:
        """The graph; its inputs are all tensors that no operator writes, its output is that of the last operator."""
        made = {t for op in self.ops for t in op.outputs}
        inputs = tuple(t.index for t in self.tensors if not (t.is_constant or t.is_state or t.index in made))
        return Graph(tuple(self.tensors), tuple(self.ops), inputs, self.ops[-1].outputs, "")


def as_int16(graph: Graph) -> Graph:
    """The layer with int16 for int8, but for weights, and int64 for biases; scales so that real values stay."""
    weighted = {i for op in graph.ops for i in op.inputs if op.name in _WEIGHTED and graph.tensor(i).is_constant}
    tensors = []
    for tensor in graph.tensors:
        data, quantization = tensor.data, tensor.quantization
        if tensor.index in weighted and quantization is not None and tensor.dtype == np.int32 and data is not None:
            scales = quantization.scales / np.float32(256)
            tensor = replace(tensor, dtype=np.dtype(np.int64), data=data.astype(np.int64) * 256,
                             quantization=replace(quantization, scales=scales))  # fmt: skip
        elif tensor.index not in weighted and quantization is not None and tensor.dtype == np.int8:
            steps = 128 if quantization.zero_point == PROBABILITY[1] else 256
            scales = quantization.scales / np.float32(steps)
            data = None if data is None else data.astype(np.int16) * 256
            tensor = replace(tensor, dtype=np.dtype(np.int16), data=data,
                             quantization=Quantization(scales, np.zeros(1, np.int32)))  # fmt: skip
        tensors.append(tensor)
    return replace(graph, tensors=tuple(tensors))


def pick(rng: np.random.Generator, *values: Any) -> Any:
    """One of `values`; those named twice are twice as likely."""
    return values[int(rng.integers(len(values)))]


def log_uniform(rng: np.random.Generator, least: int, most: int) -> int:
    """An integer from least to most, small ones as often as large ones."""
    return round(math.exp(rng.uniform(math.log(least), math.log(most))))


def weights(rng: np.random.Generator, outputs: int, taps: int) -> npt.NDArray[np.int8]:
    """int8 (outputs, taps) with a drawn share of zeros, singly or in blocks of four."""
    values = np.clip(np.rint(rng.normal(0.0, 40.0, (outputs, taps))), -127, 127).astype(np.int8)
    values[values == 0] = 1
    zeros, block = pick(rng, *_ZEROS), pick(rng, 1, 4)
    kept = rng.random((outputs, -(-taps // block))) >= zeros
    return np.where(np.repeat(kept, block, axis=1)[:, :taps], values, 0).astype(np.int8)


def weighted_inputs(
    net: GraphBuilder, rng: np.random.Generator, x: int, values: npt.NDArray[np.int8], axis: int
) -> list[int]:
    """Adds weights and bias; their scales keep sums of the operator's taps within the output's range.

    Args:
        net: gets the tensors.
        rng: draws scales and bias.
        x: index of the input.
        values: int8 weights.
        axis: the dimension of `values` that is the output channel.

    Returns:
        The tensor indices [x, weights, bias].
    """
    outputs = values.shape[axis]
    count = outputs if values.ndim == 4 or rng.random() < 0.5 else 1
    scales: npt.NDArray[np.float32] = rng.uniform(0.002, 0.01, count).astype(np.float32)
    bias: npt.NDArray[np.int32] = rng.integers(-2000, 2000, (outputs,)).astype(np.int32)
    return [x, net.constant(values, scales, axis), net.constant(bias, scales * np.float32(SCALE))]


def windowed(rng: np.random.Generator, channels: int, outputs: int) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Draws a convolution whose input and output have at most LARGEST elements.

    Args:
        rng: draws it; four of five are over one row.
        channels: of the input.
        outputs: channels of the output.

    Returns:
        Its options by TFLite's names, and (height, width, kernel height, kernel width, output height, output width).
    """
    while True:
        flat = rng.random() < 0.8
        kernel = (1, int(rng.integers(1, 8))) if flat else (pick(rng, 2, 3), pick(rng, 1, 3, 5))
        height, width = (1 if flat else int(rng.integers(4, 12)), log_uniform(rng, 6, 240))
        stride = (1 if flat else pick(rng, 1, 2), pick(rng, 1, 1, 1, 2))
        dilation = (1, pick(rng, 1, 1, 1, 2))
        padding = pick(rng, "SAME", "VALID")
        out = [slide(*sizes, padding)[0] for sizes in zip((height, width), kernel, stride, dilation, strict=True)]
        if min(out) > 0 and height * width * channels <= LARGEST and out[0] * out[1] * outputs <= LARGEST:
            break
    options = {"padding": padding, "stride_h": stride[0], "stride_w": stride[1], "dilation_h_factor": dilation[0],
               "dilation_w_factor": dilation[1], "fused_activation_function": pick(rng, "NONE", "RELU")}  # fmt: skip
    return options, (height, width, *kernel, *out)


def square(rng: np.random.Generator, channels: int, kernel: int) -> tuple[dict[str, Any], tuple[int, ...]]:
    """As `windowed`, with a square kernel of stride 1 or 2 on an image of about 3x3 to 60x10."""
    most = LARGEST // channels
    height = log_uniform(rng, kernel, 60)
    width = log_uniform(rng, kernel, max(most // height, kernel))
    height, width = (height, width) if rng.random() < 0.5 else (width, height)
    stride, padding = pick(rng, 1, 1, 2), pick(rng, "SAME", "VALID")
    out = [slide(n, kernel, stride, 1, padding)[0] for n in (height, width)]
    options = {"padding": padding, "stride_h": stride, "stride_w": stride, "dilation_h_factor": 1,
               "dilation_w_factor": 1, "fused_activation_function": pick(rng, "NONE", "RELU")}  # fmt: skip
    return options, (height, width, kernel, kernel, *out)


def pooling(
    net: GraphBuilder, x: int, size: tuple[int, int], stride: tuple[int, int], padding: str, name: str = "MAX_POOL_2D"
) -> int:
    """Adds a pooling.

    Args:
        net: the graph.
        x: index of the tensor that is pooled.
        size: (height, width) of the window.
        stride: (height, width) of a step.
        padding: "SAME" or "VALID".
        name: the operator.

    Returns:
        The index of its output.
    """
    batches, height, width, channels = net.tensors[x].shape
    out = [slide(n, k, s, 1, padding)[0] for n, k, s in zip((height, width), size, stride, strict=True)]
    quantization = net.tensors[x].quantization
    assert quantization is not None
    y = net.tensor((batches, *out, channels), (quantization.scale, quantization.zero_point))
    return net.apply(name, [x], y, filter_height=size[0], filter_width=size[1], stride_h=stride[0],
                     stride_w=stride[1], padding=padding, fused_activation_function="NONE")  # fmt: skip
