"""Resource variables become state tensors: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE.

TensorFlow Lite Micro gives a variable memory when the first ASSIGN_VARIABLE to it is prepared, fills it with the zero
point of what is assigned, and runs the subgraph of a CALL_ONCE in the first invocation
(micro_resource_variable.cc, call_once.cc). Here all of that is a state tensor with initial values: VAR_HANDLE and
CALL_ONCE leave the graph, and the others name the state in the handle's place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecgprune.errors import GraphError
from ecgprune.graph.graph import Graph, Op, Tensor
from ecgprune.graph.state import RUN_SUBGRAPHS

__all__ = ["resolve_variables", "subgraphs_run"]

_HANDLE, _READ, _ASSIGN, _INITIALIZE = "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"
_RUNS = {
    "CALL_ONCE": ("init_subgraph_index",),
    "IF": ("then_subgraph_index", "else_subgraph_index"),
    "WHILE": ("cond_subgraph_index", "body_subgraph_index"),
}
_COUNTS = {_ASSIGN: (2, 0), _READ: (1, 1), _INITIALIZE: (0, 0)}
"""Inputs and outputs, as TFLM has them."""
_Key = tuple[str, str]


@dataclass
class _Variable:
    """A variable: what is assigned first, and its bytes before the first invocation."""

    like: Tensor
    stored: npt.NDArray[np.uint8]
    index: int


def subgraphs_run(graph: Graph) -> set[int]:
    """Numbers of the other subgraphs that operators of this one run."""
    fields = [(op, field) for op in graph.ops for field in _RUNS.get(op.name, ())]
    return {int(op.options[field]) for op, field in fields}


def resolve_variables(graph: Graph, subgraph: Callable[[int], Graph]) -> Graph:
    """The graph with state tensors instead of resource variables; the same object where there are none.

    State tensors come behind those of the file; operators keep their indices.

    Args:
        graph: the file's first subgraph, as read.
        subgraph: gives another one by its number.

    Raises:
        GraphError: a variable is read and never assigned, or assigned values of several sizes; or an initializing
            subgraph computes something.
    """
    if all(op.name not in (_HANDLE, _READ, _ASSIGN, _INITIALIZE) for op in graph.ops):
        return graph
    if any(op.name in RUN_SUBGRAPHS for op in graph.ops):
        return graph  # nothing is generated from it: both are refused as operators
    calls = [op for op in graph.ops if op.name == _INITIALIZE]
    initializers = {number: subgraph(number) for number in sorted(subgraphs_run(graph))}
    for part in (graph, *initializers.values()):
        _check_counts(part)
    variables = _allocated([graph, *initializers.values()], len(graph.tensors))
    _check_order(graph, calls)
    for call in calls:
        _initialize(initializers[int(call.options["init_subgraph_index"])], call, variables)
    keys = _keys(graph)
    ops = []
    for op in graph.ops:
        if op.name in (_READ, _ASSIGN):
            variable = _variable(graph, op, keys, variables)
            _check_size(graph, op, graph.tensor(op.outputs[0] if op.name == _READ else op.inputs[1]), variable)
            ops.append(replace(op, inputs=(variable.index, *op.inputs[1:])))
        elif op.name not in (_HANDLE, _INITIALIZE):
            ops.append(op)
    states = [_state(key, variable) for key, variable in variables.items()]
    return replace(graph, tensors=(*graph.tensors, *states), ops=tuple(ops))


def _keys(graph: Graph) -> dict[int, _Key]:
    """Tensor index of a handle -> container and name of its variable."""
    return {
        op.outputs[0]: (op.options["container"] or "", op.options["shared_name"] or "")
        for op in graph.ops
        if op.name == _HANDLE and op.outputs
    }


def _allocated(graphs: list[Graph], first: int) -> dict[_Key, _Variable]:
    """The variables in the order in which TFLM gives them memory; `first`: the index of the first one's tensor."""
    found: dict[_Key, _Variable] = {}
    for graph in graphs:
        keys = _keys(graph)
        for op in graph.ops:
            if op.name != _ASSIGN or len(op.inputs) != 2 or op.inputs[0] not in keys:
                continue
            like = graph.tensor(op.inputs[1])
            zero = int(like.quantization.zero_points[0]) if like.quantization is not None else 0
            stored = np.full(like.nbytes, zero & 0xFF, np.uint8)
            found.setdefault(keys[op.inputs[0]], _Variable(like, stored, first + len(found)))
    return found


def _check_counts(graph: Graph) -> None:
    for op in graph.ops:
        found = len(op.inputs), len(op.outputs)
        if found != _COUNTS.get(op.name, found):
            had, wanted = (f"{counts[0]} inputs and {counts[1]} outputs" for counts in (found, _COUNTS[op.name]))
            raise GraphError(f"operator {op.index} ({op.name}) has {had}, expected {wanted}, as TFLM")


def _check_order(graph: Graph, calls: list[Op]) -> None:
    """Nothing may use a variable before the first invocation has initialized it."""
    used = [op.index for op in graph.ops if op.name in (_READ, _ASSIGN)]
    for call in calls:
        if used and call.index > min(used):
            raise GraphError(
                f"operator {call.index} ({_INITIALIZE}) initializes variables after operator {min(used)} has used one, "
                "expected it before: export the model again"
            )


def _initialize(initializer: Graph, call: Op, variables: dict[_Key, _Variable]) -> None:
    """Runs an initializing subgraph."""
    keys = _keys(initializer)
    for op in initializer.ops:
        if op.name == _HANDLE:
            continue
        value = initializer.tensor(op.inputs[1]) if op.name == _ASSIGN and len(op.inputs) == 2 else None
        if value is None or value.data is None:
            raise GraphError(
                f"operator {call.index} ({_INITIALIZE}) runs {op.name} in its subgraph, expected only {_ASSIGN} of "
                "constants: initialize the variables with constants"
            )
        variable = _variable(initializer, op, keys, variables)
        _check_size(initializer, op, value, variable)
        variable.stored = np.frombuffer(value.data.tobytes(), np.uint8)


def _variable(graph: Graph, op: Op, keys: dict[int, _Key], variables: dict[_Key, _Variable]) -> _Variable:
    """The variable that an operator reads or assigns."""
    handle = op.inputs[0] if op.inputs else -1
    if handle not in keys:
        raise GraphError(f"operator {op.index} ({op.name}) has a handle that no {_HANDLE} of its subgraph makes")
    tensor = graph.tensor(handle)
    if tensor.size != 1 or tensor.dtype != np.int32:  # TFLM's resources are numbers
        found = f"a handle of shape {list(tensor.shape)} and {tensor.dtype}"
        raise GraphError(f"operator {op.index} ({op.name}) has {found}, expected one resource, as TFLM")
    if keys[handle] not in variables:
        raise GraphError(f"operator {op.index} ({op.name}) reads the variable '{keys[handle][1]}', which none assigns")
    return variables[keys[handle]]


def _check_size(graph: Graph, op: Op, tensor: Tensor, variable: _Variable) -> None:
    if (tensor.nbytes, tensor.dtype) != (variable.like.nbytes, variable.like.dtype):
        raise GraphError(
            f"operator {op.index} ({op.name}) has {tensor.size} x {tensor.dtype} in tensor {tensor.index} "
            f"({tensor.name!r}), and the variable holds {variable.like.size} x {variable.like.dtype}"
        )


def _state(key: _Key, variable: _Variable) -> Tensor:
    """The state tensor of a variable."""
    like = variable.like
    initial = np.frombuffer(variable.stored.tobytes(), like.dtype).reshape(like.shape)
    return replace(like, index=variable.index, name=key[1] or "variable", data=None, initial=initial)
