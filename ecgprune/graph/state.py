"""State: tensors that keep their values from one invocation to the next.

TensorFlow Lite Micro fills them when it allocates tensors (MicroInterpreterGraph::ResetVariableTensors), so the first
invocation finds the same values as here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.errors import GraphError
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["RUN_SUBGRAPHS", "check_states", "initial_values", "state_inputs"]

RUN_SUBGRAPHS = ("IF", "WHILE")
"""Operators that run other subgraphs at every invocation. Nothing is generated from a model that has one."""
_LARGEST = 2**26
_STATE_INPUTS = {
    "SVDF": (4,),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (18, 19),
    "READ_VARIABLE": (0,),
    "ASSIGN_VARIABLE": (0,),
}
"""Which inputs of an operator are its state: read or overwritten. For the last two, variables.py makes it so."""


def state_inputs(op: Op) -> tuple[int, ...]:
    """Tensor indices of the operator's state; empty for nearly all operators."""
    return tuple(op.inputs[i] for i in _STATE_INPUTS.get(op.name, ()) if i < len(op.inputs) and op.inputs[i] >= 0)


def initial_values(tensor: Tensor) -> npt.NDArray[Any]:
    """What a variable tensor holds before the first invocation: its zero point where it is int8, 0 otherwise.

    Args:
        tensor: marked as a variable in the file.

    Raises:
        GraphError: the file has values for it, which TFLM would overwrite, or it is larger than any microcontroller's
            RAM.
    """
    if tensor.nbytes > _LARGEST:
        raise GraphError(
            f"tensor {tensor.index} ({tensor.name!r}) is a state of {tensor.nbytes} bytes, expected {_LARGEST} at most"
        )
    if tensor.is_constant:
        raise GraphError(f"tensor {tensor.index} ({tensor.name!r}) is a constant and a variable, expected one of them")
    zero = int(tensor.quantization.zero_points[0]) if tensor.quantization and tensor.dtype == np.int8 else 0
    values = np.full(tensor.shape, zero, tensor.dtype)
    values.flags.writeable = False
    return values


def check_states(graph: Graph) -> None:
    """Checks that only operators that keep a state read or write one.

    Raises:
        GraphError: another operator does, or the caller of the model would.
    """
    resolved = not any(op.name in RUN_SUBGRAPHS for op in graph.ops)  # see variables.resolve_variables
    known = ", ".join(name for name in _STATE_INPUTS if not name.endswith("_VARIABLE"))
    for op in graph.ops:
        own = state_inputs(op)
        for t in (*op.inputs, *op.outputs):
            if t >= 0 and graph.tensor(t).is_state and t not in own:
                raise GraphError(
                    f"tensor {t} ({graph.tensor(t).name!r}) is a variable of operator {op.index} ({op.name}), "
                    f"expected one of {known}: no other operator keeps a state"
                )
        for t in own:
            if not graph.tensor(t).is_state and (resolved or not op.name.endswith("_VARIABLE")):
                raise GraphError(
                    f"tensor {t} ({graph.tensor(t).name!r}) is the state of operator {op.index} ({op.name}), "
                    "expected a variable tensor; TFLM refuses this model too"
                )
    for t in (*graph.inputs, *graph.outputs):
        if graph.tensor(t).is_state:
            raise GraphError(f"tensor {t} ({graph.tensor(t).name!r}) is a variable, expected no input or output")
