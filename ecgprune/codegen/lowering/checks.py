"""What every lowering asks of its operator before it yields a kernel call, and how it refuses.

A refusal names the operator, where it stands, the tensor it yields, what was found, and what is supported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy.typing as npt

from ecgprune.codegen.call import Params
from ecgprune.codegen.requant import ACTIVATIONS, activation_range, quantize_multiplier
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = [
    "activation",
    "activation_clamp",
    "constant",
    "element_type",
    "normalized_axis",
    "operand",
    "option",
    "quantization",
    "refusal",
    "require",
    "rescaling_fields",
    "result",
    "results",
    "same_quantization",
]

_ZERO_POINTS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (0, 0)}
_ANY_INT16 = (-32768, 32767)


def refusal(graph: Graph, op: Op, found: str, supported: str) -> UnsupportedOperatorError:
    """The error to raise: `operator 3 (ADD, output 'sum'): 5 dimensions; supported: 4 at most`.

    Args:
        graph: the graph of the operator.
        op: the operator that is refused.
        found: what it has, "5 dimensions".
        supported: what it might have, "4 at most".
    """
    output = f"output '{graph.tensor(op.outputs[0]).name}'" if op.outputs else "no output"
    return UnsupportedOperatorError(f"operator {op.index} ({op.name}, {output}): {found}; supported: {supported}")


def require(graph: Graph, op: Op, condition: bool, found: str, supported: str) -> None:
    """Refuses an operator unless `condition` holds.

    Args:
        graph: the graph of the operator.
        op: the operator.
        condition: what must hold.
        found: see `refusal`; used where it does not hold.
        supported: see `refusal`.

    Raises:
        UnsupportedOperatorError: `condition` does not hold.
    """
    if not condition:
        raise refusal(graph, op, found, supported)


def operand(graph: Graph, op: Op, position: int) -> Tensor:
    """An input of the operator, constant or computed, of any type.

    Args:
        graph: the graph of the operator.
        op: the operator.
        position: number of the input, from 0.

    Raises:
        UnsupportedOperatorError: there is no such input.
    """
    present = position < len(op.inputs) and op.inputs[position] >= 0
    require(graph, op, present, f"no input {position}", f"at least {position + 1} inputs")
    return graph.tensor(op.inputs[position])


def activation(
    graph: Graph, op: Op, position: int = 0, *dtypes: str, any_zero_point: bool = False
) -> Tensor:
    """A computed input, quantized per tensor where it is int8, uint8 or int16.

    Args:
        graph: the graph of the operator.
        op: the operator.
        position: number of the input, from 0.
        *dtypes: numpy's names of the element types that are supported; int8 where none is given.
        any_zero_point: of int16, which has 0 elsewhere.

    Raises:
        UnsupportedOperatorError: there is no such input, it is a constant, or of another type or quantization.
    """
    tensor = operand(graph, op, position)
    require(graph, op, not tensor.is_constant, f"input {position} is a constant", "a computed tensor")
    _typed(graph, op, tensor, f"input {position}", *(dtypes or ("int8",)), any_zero_point=any_zero_point)
    return tensor


def element_type(graph: Graph, op: Op, *dtypes: str) -> str:
    """The type of input 0, which is computed: that of an operator whose kernels are chosen by it.

    Args:
        graph: the graph of the operator.
        op: the operator.
        *dtypes: numpy's names of the element types that are supported; int8 and int16 where none is given.

    Raises:
        UnsupportedOperatorError: there is no such input, it is a constant, or of another type or quantization.
    """
    return activation(graph, op, 0, *(dtypes or ("int8", "int16"))).dtype.name


def constant(graph: Graph, op: Op, position: int, dtype: str) -> npt.NDArray[Any]:
    """The values of a constant input.

    Args:
        graph: the graph of the operator.
        op: the operator.
        position: number of the input, from 0.
        dtype: numpy's name of the element type that is supported.

    Raises:
        UnsupportedOperatorError: there is no such input, it is computed, or of another type or quantization.
    """
    tensor = operand(graph, op, position)
    require(graph, op, tensor.data is not None, f"input {position} is not a constant", f"a constant of {dtype}")
    _typed(graph, op, tensor, f"input {position}", dtype)
    assert tensor.data is not None
    return tensor.data


def result(
    graph: Graph, op: Op, shape: tuple[int, ...] | None = None, dtype: str = "int8", *, any_zero_point: bool = False
) -> Tensor:
    """The operator's only output.

    Args:
        graph: the graph of the operator.
        op: the operator.
        shape: what its inputs and options imply, None where any will do.
        dtype: numpy's name of the element type that is supported.
        any_zero_point: of int16, which has 0 elsewhere.

    Raises:
        UnsupportedOperatorError: there are several outputs, or it is of another type, quantization or shape.
    """
    require(graph, op, len(op.outputs) == 1, f"{len(op.outputs)} outputs", "1")
    tensor = graph.tensor(op.outputs[0])
    _typed(graph, op, tensor, "output", dtype, any_zero_point=any_zero_point)
    if shape is not None:
        require(graph, op, tensor.shape == shape, f"output shape {list(tensor.shape)}", f"{list(shape)} for its inputs")
    return tensor


def results(graph: Graph, op: Op, shapes: Sequence[tuple[int, ...]], dtype: str = "int8") -> list[Tensor]:
    """The operator's outputs, one for each shape.

    Args:
        graph: the graph of the operator.
        op: the operator.
        shapes: what its inputs and options imply.
        dtype: numpy's name of the element type that is supported.

    Raises:
        UnsupportedOperatorError: there are more or fewer outputs, or one is of another type, quantization or shape.
    """
    require(graph, op, len(op.outputs) == len(shapes), f"{len(op.outputs)} outputs", f"{len(shapes)}")
    return [result(graph, replace(op, outputs=(y,)), shape, dtype) for y, shape in zip(op.outputs, shapes, strict=True)]


def quantization(tensor: Tensor) -> tuple[float, int]:
    """(scale, zero point) of an int8 or int16 tensor that `activation`, `constant` or `result` has passed.

    Raises:
        UnsupportedOperatorError: it is int16 without a scale.
    """
    if tensor.quantization is None:
        found = f"tensor {tensor.index} ({tensor.name!r}) is {tensor.dtype} without a scale"
        raise UnsupportedOperatorError(f"{found}; supported: quantized {tensor.dtype}")
    return tensor.quantization.scale, tensor.quantization.zero_point


def rescaling_fields(graph: Graph, op: Op, x: Tensor, y: Tensor, most: int) -> Params:
    """The fields of an elementwise kernel that rescales its input: size, zero points, multiplier and shift.

    Args:
        graph: the graph of the operator.
        op: the operator.
        x: its input.
        y: its output, of as many elements.
        most: the ratio of input scale to output scale is less than 2^most.

    Raises:
        UnsupportedOperatorError: the ratio is larger, or a scale is missing.
    """
    (input_scale, input_zero_point), (output_scale, output_zero_point) = quantization(x), quantization(y)
    multiplier, shift = quantize_multiplier(input_scale / output_scale)
    found = f"input scale {input_scale} over output scale {output_scale}"
    require(graph, op, shift <= most, found, f"less than 2^{most}")
    return {
        "size": x.size,
        "input_zero_point": input_zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": output_zero_point,
    }


def same_quantization(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors of one type mean the same real number by the same value."""
    return quantization(a) == quantization(b)


def activation_clamp(graph: Graph, op: Op, output: Tensor) -> tuple[int, int]:
    """(min, max) of an int8 or int16 output under the operator's fused activation.

    Raises:
        UnsupportedOperatorError: another activation is fused.
    """
    function = op.options.get("fused_activation_function", "NONE")
    require(graph, op, function in ACTIVATIONS, f"fused activation {function}", ", ".join(ACTIVATIONS))
    return activation_range(function, *quantization(output), output.dtype.name)


def option(graph: Graph, op: Op, name: str) -> Any:
    """The operator's builtin option of this name.

    Raises:
        UnsupportedOperatorError: the model does not store it.
    """
    require(graph, op, name in op.options, f"no option {name}", "models that store their operators' options")
    return op.options[name]


def normalized_axis(graph: Graph, op: Op, axis: int, rank: int) -> int:
    """`axis` counted from the front; a negative one counts from the end of `rank` dimensions.

    Raises:
        UnsupportedOperatorError: there is no such dimension.
    """
    require(graph, op, -rank <= axis < rank, f"axis {axis}", f"{-rank} to {rank - 1} for {rank} dimensions")
    return axis % rank


def _typed(
    graph: Graph, op: Op, tensor: Tensor, role: str, *dtypes: str, any_zero_point: bool = False
) -> None:
    require(graph, op, tensor.dtype.name in dtypes, f"{role} is {tensor.dtype}", ", ".join(dtypes))
    name = tensor.dtype.name
    quantized = tensor.quantization
    unscaled = name == "int16" and quantized is None  # might only be moved; who computes asks for `quantization`
    if name in _ZERO_POINTS and not unscaled:
        require(graph, op, quantized is not None, f"{role} is {name} without a scale", f"quantized {name}")
        assert quantized is not None
        require(graph, op, not quantized.per_channel, f"{role} has a scale per channel", "one scale per tensor")
        require(graph, op, quantized.scale > 0.0, f"{role} has the scale {quantized.scale}", "a positive scale")
        zero = quantized.zero_point
        least, most = _ANY_INT16 if any_zero_point and name == "int16" else _ZERO_POINTS[name]
        supported = f"{least} to {most}" if least < most else f"{least} where it is {name}"
        require(graph, op, least <= zero <= most, f"{role} has the zero point {zero}", supported)
