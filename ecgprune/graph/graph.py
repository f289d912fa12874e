"""The graph that code is generated from: one .tflite subgraph as frozen objects.

Terms are TFLite's: a tensor's `quantization` maps the stored integer q to the real value
scale * (q - zero_point); weights may have one scale per slice of `axis` (per-channel).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Graph", "Op", "Quantization", "Tensor", "equal_quantization"]


@dataclass(frozen=True)
class Quantization:
    """Affine quantization parameters.

    Attributes:
        scales: float32, shape (1,) per tensor or (channels,) per channel.
        zero_points: int32, same shape as scales.
        axis: the dimension that per-channel parameters run along, as the file says: it may have another size, or not be
            there at all. 0 when per tensor.
    """

    scales: npt.NDArray[np.float32]
    zero_points: npt.NDArray[np.int32]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        """Whether each slice along `axis` has a scale of its own."""
        return self.scales.size > 1

    @property
    def scale(self) -> float:
        """The per-tensor scale, exactly as stored (a float32 widened to a Python float)."""
        assert not self.per_channel
        return float(self.scales[0])

    @property
    def zero_point(self) -> int:
        """The per-tensor zero point."""
        assert not self.per_channel
        return int(self.zero_points[0])


def equal_quantization(a: Quantization | None, b: Quantization | None) -> bool:
    """Whether both mean the same real number by the same stored one."""
    if a is None or b is None:
        return a is b
    equal = np.array_equal(a.scales, b.scales) and np.array_equal(a.zero_points, b.zero_points)
    return bool(equal) and (a.axis == b.axis or not a.per_channel)


@dataclass(frozen=True)
class Tensor:
    """One tensor: an activation, a constant (`data`), or state that lasts from one invocation to the next (`initial`).

    shape has batch first, NHWC for images; a scalar has shape (). dtype is numpy's: int8, int32, float32, ...
    data and initial have the tensor's shape and type; at most one of them is not None. A state tensor holds `initial`
    before the first invocation.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    quantization: Quantization | None = None
    data: npt.NDArray[Any] | None = field(default=None, repr=False)
    initial: npt.NDArray[Any] | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of storage."""
        return self.size * self.dtype.itemsize

    @property
    def is_constant(self) -> bool:
        """Whether the file holds its values."""
        return self.data is not None

    @property
    def is_state(self) -> bool:
        """Whether it keeps its values from one invocation to the next."""
        return self.initial is not None


@dataclass(frozen=True)
class Op:
    """One operator. `name` is the TFLite builtin's (CONV_2D, ...), `options` its builtin options as plain values.

    `index` is its place in the file, which messages, traces and reports name.

    Option keys are the schema's field names in snake_case; enums come as their schema names without prefix:
    {"padding": "SAME", "stride_w": 1, "stride_h": 1, "dilation_w_factor": 1, "dilation_h_factor": 1,
    "fused_activation_function": "RELU"}. inputs and outputs are tensor indices; -1 marks an optional input left out.
    intermediates: tensors that say how an LSTM's inner values are quantized; only the TFLite interpreter reads them.
    """

    index: int
    name: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any]

    def has(self, inputs: int) -> bool:
        """Whether it has so many inputs at least, the first of them all there, and one output."""
        return len(self.inputs) >= inputs and min(self.inputs[:inputs], default=0) >= 0 and len(self.outputs) == 1
    intermediates: tuple[int, ...] = ()


@dataclass(frozen=True)
class Graph:
    """One model: operators in execution order, tensors by index, and the SHA-256 of the file they came from.

    An operator's index is its place in the file. Its place in `ops` is another one where folding left operators out.
    any_batch: the file was converted for any batch size. It then states shapes for one, some of them wrongly, because
    they depend on what an interpreter computes; TFLM takes them as they stand.
    """

    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    sha256: str
    description: str = ""
    any_batch: bool = False

    def tensor(self, index: int) -> Tensor:
        """The tensor at `index`."""
        return self.tensors[index]

    def op(self, index: int) -> Op:
        """The operator that has this index in the file."""
        return next(op for op in self.ops if op.index == index)

    @property
    def states(self) -> tuple[Tensor, ...]:
        """The tensors that keep their values from one invocation to the next; empty for most models."""
        return tuple(t for t in self.tensors if t.is_state)

    def op_inputs(self, op: Op) -> tuple[Tensor | None, ...]:
        """The operator's input tensors; None where an optional one is left out."""
        return tuple(None if i < 0 else self.tensors[i] for i in op.inputs)

    def op_outputs(self, op: Op) -> tuple[Tensor, ...]:
        """The operator's output tensors."""
        return tuple(self.tensors[i] for i in op.outputs)
