"""What ecgprune knows about one TFLite operator: `OperatorSpec`. The modules of codegen/ops define them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ecgprune.codegen.call import KernelCall, Variant
from ecgprune.codegen.features import Rule
from ecgprune.codegen.order import Order
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op

__all__ = ["CalibrationCases", "OperatorSpec", "TflmRegistration", "Variants", "single"]

Variants = Callable[[Graph, Op, Target], Sequence[Variant]]
"""The kernel variants of one operator, each a complete answer; the dense or only one first.

Raises UnsupportedOperatorError where no kernel can do what the operator asks for (see lowering/checks.py), CodegenError
where an accumulator could overflow.
"""


@dataclass(frozen=True)
class TflmRegistration:
    """How the operator is added to TFLM's MicroMutableOpResolver.

    Attributes:
        method: of the resolver, "AddConv2D".
        int8_only: function that registers a kernel for int8 alone, which leaves the code for other types out of the
            image; "" where TFLM has none.
        header: declares int8_only, a file of tensorflow/lite/micro/kernels/; "" where there is none.
    """

    method: str
    int8_only: str = ""
    header: str = ""


@dataclass(frozen=True)
class CalibrationCases:
    """Layers that the operator's kernels are measured on.

    Attributes:
        draw: (random generator, number of the case) -> a graph of the operator, built with `cases.GraphBuilder`. Sizes
            are drawn from the range that models have; the number lets cases take turns, as with and without a constant.
        count: cases of one calibration.
        int16: further cases, whose activations are made int16 of int8 as `cases.as_int16` does.
    """

    draw: Callable[[np.random.Generator, int], Graph]
    count: int
    int16: int = 0


@dataclass(frozen=True)
class OperatorSpec:
    """Everything about one TFLite operator that code generation, calibration, TFLM export and the docs need.

    Attributes:
        name: TFLite's builtin name, "CONV_2D".
        variants: see `Variants`.
        limits: what is supported, in words for the docs, one sentence or more.
        tflm: the operator in TFLM's op resolver.
        costs: kernel -> its cost rule, for every kernel that `variants` can call; empty where no code is needed.
        orders: kernel -> the order in which it reads and writes, for kernels whose output may overlap their input; see
            order.py.
        calibration: None where the cases of another operator measure the same kernels, or there are none.
        interpreter_deviates: whether the TFLite interpreter computes other int8 outputs than TFLM; verify/deviations.py
            then has its formula.
    """

    name: str
    variants: Variants
    limits: str
    tflm: TflmRegistration
    costs: Mapping[str, Rule] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    calibration: CalibrationCases | None = None
    interpreter_deviates: bool = False

    @property
    def kernels(self) -> tuple[str, ...]:
        """The C functions that can do this operator, as in firmware/lib/nn."""
        return tuple(self.costs)


def single(lower: Callable[[Graph, Op], list[KernelCall]]) -> Variants:
    """`OperatorSpec.variants` of an operator with one variant on every core: the calls that `lower` yields."""
    return lambda graph, op, _target: [lower(graph, op)]
