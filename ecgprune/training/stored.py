"""The kernels of a Keras model, found again in the .tflite that it was converted to.

The converter changes their names, their order where the model branches, and their values where batch norm follows, by a
factor for each output. So a kernel is found by its shape, and among several of that shape by the direction of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import QuantizationError
from ecgprune.graph.tflite import StoredOperator, StoredTensor, TfliteFile
from ecgprune.training import kernels

__all__ = ["StoredKernel", "matched"]

_INPUT_GATES, _RECURRENT_GATES = slice(1, 5), slice(5, 9)
"""Inputs of UNIDIRECTIONAL_SEQUENCE_LSTM: weights of the input, forget, cell and output gate, as Keras orders them."""


@dataclass(frozen=True)
class StoredKernel:
    """A kernel as stored.

    Attributes:
        op: the operator that multiplies by it.
        tensors: what holds it; of an LSTM one for each gate.
        rows: int8 [outputs, weights of a row], as `kernels.Layout.rows` orders them.
    """

    op: StoredOperator
    tensors: tuple[StoredTensor, ...]
    rows: NDArray[Any]


def matched(file: TfliteFile, model: Any) -> Iterator[tuple[kernels.Kernel, StoredKernel]]:
    """Each kernel of `model`, as it is stored in `file`.

    Raises:
        QuantizationError: a kernel is not there.
    """
    left = list(_stored(file))
    for kernel in kernels.find(model):
        rows = kernel.layout.rows(kernel.variable.numpy())
        fitting = [i for i, stored in enumerate(left) if stored.rows.shape == rows.shape]
        if not fitting:
            raise QuantizationError(
                f"the kernel of layer {kernel.name}, {rows.shape[0]} rows of {rows.shape[1]} weights, is not a "
                "constant of the .tflite, so its zeros cannot be checked; use layers that are one operator in TFLite"
            )
        best = max(fitting, key=lambda i: _likeness(rows, left[i].rows)) if len(fitting) > 1 else fitting[0]
        yield kernel, left.pop(best)


def _stored(file: TfliteFile) -> Iterator[StoredKernel]:
    for op in file.operators:
        inputs = [file.tensor(i) if i >= 0 else None for i in op.input_indices]
        if op.name == "UNIDIRECTIONAL_SEQUENCE_LSTM":
            for gates in (inputs[_INPUT_GATES], inputs[_RECURRENT_GATES]):
                tensors = tuple(t for t in gates if t is not None and t.data is not None)
                if tensors:
                    yield StoredKernel(op, tensors, np.concatenate([np.asarray(t.data) for t in tensors]))
        elif len(inputs) > 1 and inputs[1] is not None and inputs[1].data is not None:
            rows = _rows(op, inputs[1].data)
            if rows is not None:
                yield StoredKernel(op, (inputs[1],), rows)


def _rows(op: StoredOperator, data: NDArray[Any]) -> NDArray[Any] | None:
    """A kernel's values by output; None where the operator has none."""
    if op.name in ("CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"):
        return data.reshape(data.shape[0], -1)
    if op.name == "DEPTHWISE_CONV_2D":
        return data.reshape(-1, data.shape[-1]).T
    if op.name == "BATCH_MATMUL" and data.ndim == 2:
        return data if op.options.adjY else data.T
    return None


def _likeness(rows: NDArray[Any], stored: NDArray[Any]) -> float:
    """Mean of the absolute cosine between rows, over those that are not zero: 1 for a kernel and its stored self."""
    a, b = rows.astype(np.float64), stored.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    alive = lengths > 0
    if not alive.any():
        return 0.0
    return float(np.mean(np.abs(np.sum(a * b, axis=1)[alive]) / lengths[alive]))
