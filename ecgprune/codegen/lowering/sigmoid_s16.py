"""LOGISTIC and TANH over int16: kernels of ecgp_sigmoid_s16.h, which interpolate in one table."""

from __future__ import annotations

from ecgprune.codegen.call import Array, KernelCall
from ecgprune.codegen.lowering.checks import activation, quantization, require, result
from ecgprune.codegen.lowering.sigmoids import sigmoids
from ecgprune.codegen.tables_s16 import sigmoid_factor
from ecgprune.graph.graph import Graph, Op

__all__ = ["LIMITS", "call"]

_LARGEST = 2.66  # input scale; from 2.667 on TFLM's multiplier leaves 15 bits

LIMITS = f"Or int16 of an input scale less than {_LARGEST}, to the output scale 1/32768."
"""What `call` takes, as the specification of such an operator states it."""


def call(graph: Graph, op: Op, kernel: str, exact_shifts: tuple[int, ...]) -> KernelCall:
    """The call of an operator on one int16 tensor.

    Args:
        graph: the graph of the operator.
        op: the operator.
        kernel: the C function.
        exact_shifts: see `tables_s16.sigmoid_factor`.

    Raises:
        UnsupportedOperatorError: scales or shapes that TFLM or the kernel does not take.
    """
    x = activation(graph, op, 0, "int16")
    y = result(graph, op, x.shape, "int16")
    input_scale, output_scale = quantization(x)[0], quantization(y)[0]
    require(graph, op, output_scale == 1 / 32768, f"output scale {output_scale}", "1/32768")
    require(graph, op, input_scale < _LARGEST, f"input scale {input_scale}", f"less than {_LARGEST}")
    multiplier, shift = sigmoid_factor(input_scale, exact_shifts)
    table = Array("sigmoid", "uint16_t", sigmoids(), "1 / (1 + exp(-i / 24)), Q0.16")
    return KernelCall(
        op=op.index,
        kernel=kernel,
        header="ecgp_sigmoid_s16.h",
        params_type="ecgp_sigmoid_s16_params",
        params={"size": x.size, "multiplier": multiplier, "shift": shift, "table": table},
        inputs=(x.index,),
        outputs=(y.index,),
        in_place=True,
    )
