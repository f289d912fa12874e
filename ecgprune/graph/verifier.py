"""The structural verifier: what a graph must be before anything is computed from it.

TensorFlow Lite Micro runs the operators in their order and checks little of what is checked here: it would read memory
that nothing wrote, or overflow an int. So does a generator. What one operator asks of its tensors is checked where the
operator is lowered.
"""

from __future__ import annotations

import functools

import numpy as np

from ecgprune.errors import GraphError
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["check_options_type", "verify"]

LARGEST = 2**31 - 1
"""Bytes of a tensor at most: TFLM counts elements in an int."""
MOST_DIMENSIONS = 6
"""tflite::RuntimeShape::kMaxSmallSize: TFLM writes beyond its array for more."""
LARGEST_STEP = 2**15 - 1
"""A stride, dilation or filter at most: TFLM holds them, and paddings, in an int16."""
LARGEST_EXTENT = 2**16 - 1
"""Cells from a window's first to its last tap at most: half of them may be padding, which TFLM holds in an int16."""

_WITHOUT_OUTPUTS = ("ASSIGN_VARIABLE", "CALL_ONCE")
_WITHOUT_INPUTS = ("CALL_ONCE", "VAR_HANDLE")
_STEPS = ("stride_w", "stride_h", "dilation_w_factor", "dilation_h_factor", "filter_width", "filter_height")
# Operators that share a table of options in the schema; all others have one of their own name, or none.
_SHARED_OPTIONS = {
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "L2_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "MEAN": "ReducerOptions",
    "SUM": "ReducerOptions",
    "REDUCE_ALL": "ReducerOptions",
    "REDUCE_ANY": "ReducerOptions",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_MIN": "ReducerOptions",
    "REDUCE_PROD": "ReducerOptions",
}


def verify(graph: Graph) -> None:
    """Checks a graph that was read from a file.

    Args:
        graph: as read, before folding.

    Raises:
        GraphError: in one line, the first thing found that no model may have.
    """
    _check_interface(graph)
    for op in graph.ops:
        if not op.outputs and op.name not in _WITHOUT_OUTPUTS:
            raise GraphError(f"{_operator(op)} has no output, expected at least one: export the model again")
        if (not op.inputs or op.inputs[0] < 0) and op.name not in _WITHOUT_INPUTS:
            raise GraphError(f"{_operator(op)} has no input 0, expected one: export the model again")
    _check_order(graph)
    for tensor in graph.tensors:
        _check_scales(tensor)
    for index in sorted({*graph.inputs, *(i for op in graph.ops for i in (*op.inputs, *op.outputs) if i >= 0)}):
        _check_size(graph, graph.tensor(index))
    for op in graph.ops:
        _check_inner(graph, op)
        _check_steps(graph, op)
        _check_channels(graph, op)


def check_options_type(operator: str, name: str, stored: str) -> None:
    """Checks that an operator's options are of the type that the schema has for it.

    Args:
        operator: which one, for the message.
        name: TFLite's name of the operator.
        stored: the schema's name of the type, "Conv2DOptions"; "" where the file has no options.

    Raises:
        GraphError: TFLM would take the options for absent, and compute with zeros.
    """
    expected = _options_types().get(name)
    if stored and expected and stored != expected:
        raise GraphError(f"{operator} has {stored}, expected {expected}: the file is damaged")


@functools.cache
def _options_types() -> dict[str, str]:
    """{operator: its table of options}, by the schema's names: CONV_2D has Conv2DOptions."""
    from ai_edge_litert import schema_py_generated as schema

    tables = {name.removesuffix("Options").lower(): name for name in vars(schema.BuiltinOptions) if name[0] != "_"}
    operators = [name for name in vars(schema.BuiltinOperator) if name[0] != "_"]
    own = {name: tables.get(name.replace("_", "").lower()) for name in operators}
    return {name: table for name, table in own.items() if table} | _SHARED_OPTIONS


def _check_interface(graph: Graph) -> None:
    """Inputs are computed outside, outputs inside."""
    for what, indices in (("inputs", graph.inputs), ("outputs", graph.outputs)):
        if not indices:
            raise GraphError(f"the graph has no {what}, expected at least one: export an inference function")
        if len(set(indices)) < len(indices):
            raise GraphError(f"the graph's {what} {list(indices)} name a tensor twice: export each once")
    for index in graph.inputs:
        if graph.tensor(index).is_constant:
            raise GraphError(f"{_tensor(graph, index)} is an input of the graph and a constant: the file is damaged")
    both = sorted({*graph.inputs} & {*graph.outputs})
    if both:
        raise GraphError(f"{_tensor(graph, both[0])} is an input and an output: export the model without that output")


def _check_order(graph: Graph) -> None:
    """Every tensor is written once, by an operator, and before it is read."""
    known = {t.index for t in graph.tensors if t.is_constant or t.size == 0 or t.is_state}
    written = {*graph.inputs}
    for op in graph.ops:
        for index in op.inputs:
            if index >= 0 and index not in known and index not in written:
                raise GraphError(
                    f"{_operator(op)} reads {_tensor(graph, index)}, which nothing has written before it: expected "
                    "operators in the order of execution"
                )
        for index in op.outputs:
            if graph.tensor(index).is_constant:
                raise GraphError(f"{_operator(op)} writes {_tensor(graph, index)}, which is a constant: damaged file")
            if index in written:
                raise GraphError(f"{_operator(op)} writes {_tensor(graph, index)} again: expected one writer of each")
            written.add(index)
    for index in graph.outputs:
        if index not in written:
            raise GraphError(f"no operator writes {_tensor(graph, index)}, an output of the graph: the file is damaged")


def _check_scales(tensor: Tensor) -> None:
    q = tensor.quantization
    if q is not None and not (np.all(np.isfinite(q.scales)) and np.all(q.scales >= 0)):
        worst = q.scales[~(np.isfinite(q.scales) & (q.scales >= 0))][0]
        raise GraphError(f"tensor {tensor.index} ({tensor.name!r}) has the scale {worst}, expected a positive number")


def _check_size(graph: Graph, tensor: Tensor) -> None:
    if len(tensor.shape) > MOST_DIMENSIONS:
        found, most = len(tensor.shape), MOST_DIMENSIONS
        raise GraphError(f"{_tensor(graph, tensor.index)} has {found} dimensions, expected at most {most}, as TFLM")
    if tensor.nbytes > LARGEST:
        raise GraphError(f"{_tensor(graph, tensor.index)} has {tensor.nbytes} bytes, expected less than 2^31")
    if tensor.size == 0 and (tensor.index in graph.inputs or any(tensor.index in op.outputs for op in graph.ops)):
        raise GraphError(f"{_tensor(graph, tensor.index)} has shape {list(tensor.shape)}, expected sizes above 0")


def _check_inner(graph: Graph, op: Op) -> None:
    """TFLM refuses what an operator keeps to itself unless it is empty."""
    for index in op.intermediates:
        shape = list(graph.tensor(index).shape)
        if index >= 0 and graph.tensor(index).size:
            raise GraphError(f"{_operator(op)} has an intermediate of shape {shape}, expected [0], as TFLM")


def _check_steps(graph: Graph, op: Op) -> None:
    """Strides, dilations and filters are positive and fit what TFLM computes with."""
    for key in _STEPS:
        if key in op.options and not 1 <= op.options[key] <= LARGEST_STEP:
            raise GraphError(f"{_operator(op)} has {key} {op.options[key]}, expected 1 to {LARGEST_STEP}")
    for axis, key in ((1, "dilation_h_factor"), (2, "dilation_w_factor")):
        if key in op.options and len(op.inputs) > 1 and op.inputs[1] >= 0:
            shape = graph.tensor(op.inputs[1]).shape
            extent = (shape[axis] - 1) * op.options[key] + 1 if len(shape) == 4 else 1
            if extent > LARGEST_EXTENT:
                raise GraphError(f"{_operator(op)} has a window of {extent} cells, expected at most {LARGEST_EXTENT}")


def _check_channels(graph: Graph, op: Op) -> None:
    """TFLM finds a depthwise convolution's channels by `depth_multiplier`, whatever the shapes say."""
    if op.name != "DEPTHWISE_CONV_2D" or len(op.inputs) < 2 or "depth_multiplier" not in op.options:
        return
    x, filters = graph.op_inputs(op)[:2]
    if x is None or filters is None or len(x.shape) != 4 or len(filters.shape) != 4:
        return  # the lowering says so
    multiplier, inputs, outputs = op.options["depth_multiplier"], x.shape[3], filters.shape[3]
    if multiplier * inputs != outputs:
        raise GraphError(
            f"{_operator(op)} has depth_multiplier {multiplier} for {inputs} to {outputs} channels, expected "
            f"{outputs / inputs:g}"
        )


def _operator(op: Op) -> str:
    return f"operator {op.index} ({op.name})"


def _tensor(graph: Graph, index: int) -> str:
    return f"tensor {index} ({graph.tensor(index).name!r})"
