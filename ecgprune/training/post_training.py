"""Quantization after training: what it does to the outputs is measured, and channels are equalized where it is much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress
from ecgprune.training.conversion import Traced, convert_traced
from ecgprune.training.equalization import equalized
from ecgprune.training.outcome import ERROR_LIMIT, Quantized

__all__ = ["output_error", "quantized"]

CHECKED = 100
"""Inputs that the error is measured on, at most."""


def quantized(source: Traced, inputs: Mapping[str, NDArray[np.float32]], progress: Progress = no_progress) -> Quantized:
    """Converts a model to int8, again with its channels equalized where the first result errs by more than ERROR_LIMIT.

    Args:
        source: the float model; one without a Keras model of its own is not equalized.
        inputs: {input name: float32 [n, ...]} to calibrate on, in the order of the model's inputs.
        progress: called as work goes on.

    Returns:
        The conversion that errs less.

    Raises:
        QuantizationError, LostZerosError: as `conversion.convert_traced`.
    """
    found = convert_traced(source, inputs, progress)
    error = output_error(found.reference, found.int8, inputs)
    if error <= ERROR_LIMIT or source.model is None:
        return Quantized(found.int8, error, False)
    progress(0.5, "equalize")
    with equalized(source.model, inputs):
        second = convert_traced(source, inputs, lambda done, what: progress(0.5 + done / 2, what))
    second_error = output_error(found.reference, second.int8, inputs)
    if second_error >= error:
        return Quantized(found.int8, error, False)
    return Quantized(second.int8, second_error, True)


def output_error(reference: bytes, int8: bytes, inputs: Mapping[str, NDArray[np.float32]]) -> float:
    """As `Quantized.output_error`.

    Args:
        reference: the float model, a .tflite.
        int8: the int8 model, with the same inputs and outputs in the same order.
        inputs: {input name: float32 [n, ...]} in that order.
    """
    count = len(next(iter(inputs.values())))
    chosen = np.unique(np.linspace(0, count - 1, min(count, CHECKED)).astype(np.intp))
    examples = [values[chosen] for values in inputs.values()]
    wanted, found = _outputs(reference, examples), _outputs(int8, examples)
    return max(
        float(np.sum((ours - true) ** 2) / max(np.sum((true - true.mean(axis=0)) ** 2), np.finfo(np.float32).tiny))
        for ours, true in zip(found, wanted, strict=True)
    )


def _outputs(tflite: bytes, examples: list[NDArray[np.float32]]) -> list[NDArray[np.float64]]:
    """The outputs of a model, real numbers [n, ...] each."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=tflite, experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    outputs = interpreter.get_output_details()
    rows: list[list[NDArray[np.float64]]] = [[] for _ in outputs]
    for example in range(len(examples[0])):
        interpreter.reset_all_variables()
        for tensor, values in zip(interpreter.get_input_details(), examples, strict=True):
            interpreter.set_tensor(tensor["index"], _stored(values[example : example + 1], tensor))
        interpreter.invoke()
        for row, tensor in zip(rows, outputs, strict=True):
            row.append(_real(interpreter.get_tensor(tensor["index"]), tensor))
    return [np.stack(row) for row in rows]


def _stored(values: NDArray[np.float32], tensor: Mapping[str, Any]) -> NDArray[Any]:
    if tensor["dtype"] != np.int8:
        return values.astype(tensor["dtype"])
    scale, zero = tensor["quantization"]
    rounded: NDArray[np.float32] = np.round(values / scale) + zero
    return np.clip(rounded, -128, 127).astype(np.int8)


def _real(values: NDArray[Any], tensor: Mapping[str, Any]) -> NDArray[np.float64]:
    scale, zero = tensor["quantization"] if tensor["dtype"] == np.int8 else (1.0, 0)
    real: NDArray[np.float64] = (values.astype(np.float64) - zero) * scale
    return real
