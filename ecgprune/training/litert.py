"""What a .tflite answers, in real numbers: the TFLite interpreter in this process, for files of our own converter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Examples", "answers"]

Examples = Sequence[NDArray[np.float32]]
"""[n, ...] for each input of a model, in its order."""


def answers(tflite: bytes, examples: Examples, tensors: Sequence[int] | None = None) -> list[NDArray[np.float64]]:
    """Runs a model example by example.

    Args:
        tflite: the file.
        examples: real numbers.
        tensors: indices of the tensors wanted; None: the model's outputs.

    Returns:
        For each tensor its values, [n, ...] without the axis of the batch of 1.
    """
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_content=tflite,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=tensors is not None,
    )
    interpreter.allocate_tensors()
    details = {d["index"]: d for d in interpreter.get_tensor_details()}
    wanted = [d["index"] for d in interpreter.get_output_details()] if tensors is None else tensors
    rows: list[list[NDArray[np.float64]]] = [[] for _ in wanted]
    for example in range(len(examples[0])):
        interpreter.reset_all_variables()
        for tensor, values in zip(interpreter.get_input_details(), examples, strict=True):
            interpreter.set_tensor(tensor["index"], _stored(values[example : example + 1], tensor))
        interpreter.invoke()
        for row, index in zip(rows, wanted, strict=True):
            row.append(_real(interpreter.get_tensor(index)[0], details[index]))
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
