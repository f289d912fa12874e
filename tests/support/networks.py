"""Grows a .tflite model operator by operator, and the quantizations that tests draw for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from tflite_builder import OpSpec, TensorSpec, model, op, tensor

Quant = tuple[float, int]

# Round numbers make ties in roundings frequent; the rest is any scale a converter may find.
scales = st.one_of(
    st.sampled_from([1.0, 0.5, 0.25, 1 / 16, 1 / 3, 0.1]),
    st.floats(2.0**-10, 4.0, width=32),
)
zero_points = st.one_of(st.sampled_from([-128, 0, 127]), st.integers(-128, 127))
quants = st.tuples(scales, zero_points)
activations = st.sampled_from(["NONE", "RELU", "RELU6", "RELU_N1_TO_1"])
BINARY = ("ADD", "MAXIMUM", "MINIMUM", "MUL", "SQUARED_DIFFERENCE", "SUB")  # operators on two tensors that broadcast
FUSING = ("ADD", "MUL", "SUB")  # those of them that know fused activations
PROBABILITY: Quant = (1 / 256, -128)  # what SOFTMAX and LOGISTIC yield
PROBABILITY_INT16: Quant = (1 / 32768, 0)


def coarse(operator: str, a: Quant, b: Quant, y: Quant) -> Quant:
    """y, of a scale that the operator can give: TFLM's square of a difference must not leave int32."""
    least = 2.0**-11 * max(a[0], b[0]) ** 2 if operator == "SQUARED_DIFFERENCE" else 0.0
    return max(y[0], least), y[1]


class Net:
    """Tensors and operators so far; every method returns the new tensor's name."""

    def __init__(self) -> None:
        self.tensors: list[TensorSpec] = []
        self.ops: list[OpSpec] = []
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.initial: dict[str, TensorSpec] = {}

    def tensor(self, shape: Sequence[int], quant: Quant | None = None, dtype: str = "int8", data: Any = None) -> str:
        name = f"t{len(self.tensors)}"
        scale, zero_point = quant or (None, None)
        self.tensors.append(tensor(shape, dtype, scale, zero_point, data, name=name))
        return name

    def constant(self, values: Any, quant: Quant | None = None, dtype: str = "") -> str:
        """`dtype` "": int8 where it is quantized, int32 where it is not."""
        data = np.asarray(values)
        return self.tensor(data.shape, quant, dtype or ("int8" if quant else "int32"), data)

    def state(self, shape: Sequence[int], quant: Quant, dtype: str = "int8") -> str:
        """What an operator keeps from one invocation to the next."""
        name = f"t{len(self.tensors)}"
        self.tensors.append(tensor(shape, dtype, *quant, name=name, variable=True))
        return name

    def input(self, shape: Sequence[int], quant: Quant | None, dtype: str = "int8") -> str:
        self.inputs.append(self.tensor(shape, quant, dtype))
        return self.inputs[-1]

    def apply(
        self,
        name: str,
        inputs: str | Sequence[str],
        shape: Sequence[int],
        quant: Quant | None,
        dtype: str = "int8",
        output: bool = True,
        **options: Any,
    ) -> str:
        """One operator; `output`: its result is also an output of the graph."""
        y = self.tensor(shape, quant, dtype)
        self.ops.append(op(name, inputs, y, **options))
        if output:
            self.outputs.append(y)
        return y

    def apply_split(
        self,
        name: str,
        inputs: str | Sequence[str],
        shapes: Sequence[Sequence[int]],
        quant: Quant | None,
        dtype: str = "int8",
        **options: Any,
    ) -> list[str]:
        """One operator with an output, also of the graph, for each of the shapes."""
        made = [self.tensor(shape, quant, dtype) for shape in shapes]
        self.ops.append(op(name, inputs, made, **options))
        self.outputs += made
        return made

    def spec(self, name: str) -> TensorSpec:
        return self.tensors[int(name[1:])]

    def variable(self, name: str, initial: TensorSpec | None = None) -> str:
        """The handle of a resource variable; initial: the constant that a second subgraph assigns to it."""
        handle = self.tensor((), dtype="resource")
        self.ops.append(op("VAR_HANDLE", [], handle, shared_name=name, container=""))
        if initial is not None:
            self.initial[name] = initial
        return handle

    def assign(self, handle: str, value: str) -> None:
        self.ops.append(op("ASSIGN_VARIABLE", [handle, value], []))

    def blob(self, *, initializing: Sequence[OpSpec] = ()) -> bytes:
        """The .tflite; initializing: operators of the second subgraph before those that initialize variables."""
        if not self.initial:
            return model(self.ops, self.tensors, self.inputs, self.outputs)
        once = op("CALL_ONCE", [], [], init_subgraph_index=1)
        tensors, ops = [], [*initializing]
        for name, value in self.initial.items():
            tensors += [value, tensor((), "resource", name=f"handle_{name}")]
            ops.append(op("VAR_HANDLE", [], f"handle_{name}", shared_name=name, container=""))
            ops.append(op("ASSIGN_VARIABLE", [f"handle_{name}", value.name], []))
        return model([once, *self.ops], self.tensors, self.inputs, self.outputs, initializer=(ops, tensors))
