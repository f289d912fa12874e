"""Layers to calibrate with: the cases of every operator's specification, and the operators of whole models."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence

import numpy as np

from ecgprune.codegen import ops
from ecgprune.codegen.cases import as_int16
from ecgprune.errors import CodegenError
from ecgprune.graph.graph import Graph, Op, Tensor

__all__ = ["layers", "of_model", "operators_of"]


def layers(seed: int, operators: Collection[str] | None = None, share: float = 1.0) -> list[Graph]:
    """The calibration cases of all operators, each operator's drawn by itself: another operator changes none of them.

    Args:
        seed: the same seed gives the same graphs.
        operators: TFLite builtin names; None for all.
        share: of the number of cases that each specification asks for.
    """
    found: list[Graph] = []
    for spec in ops.specs().values():
        if spec.calibration is None or (operators is not None and spec.name not in operators):
            continue
        rng = np.random.default_rng([seed, zlib.crc32(spec.name.encode())])
        drawn, int16 = (round(share * count) for count in (spec.calibration.count, spec.calibration.int16))
        found += [spec.calibration.draw(rng, number) for number in range(drawn)]
        found += [as_int16(spec.calibration.draw(rng, number)) for number in range(int16)]
    return found


def operators_of(kernels: Collection[str]) -> list[str]:
    """TFLite builtin names of the operators that can take one of these kernels.

    Raises:
        CodegenError: no operator has a kernel of that name.
    """
    known = ops.costs()
    for kernel in kernels:
        if kernel not in known:
            raise CodegenError(f"kernel is {kernel}, expected one of {', '.join(sorted(known))}")
    return [spec.name for spec in ops.specs().values() if set(spec.kernels) & set(kernels)]


def of_model(graph: Graph) -> list[Graph]:
    """Each operator of a model by itself, those that max pooling follows together with it."""
    found = []
    for op in graph.ops:
        behind = [other for other in graph.ops if op.outputs and op.outputs[0] in other.inputs]
        pooled = [*behind] if len(behind) == 1 and behind[0].name == "MAX_POOL_2D" else []
        found.append(_part(graph, [op, *pooled]))
    return found


def _part(graph: Graph, part: Sequence[Op]) -> Graph:
    """A graph of some operators, of all the tensors they touch."""
    touched = sorted({t for op in part for t in (*op.inputs, *op.outputs) if t >= 0})
    index = {t: i for i, t in enumerate(touched)} | {-1: -1}
    tensors = tuple(_numbered(graph.tensor(t), i) for i, t in enumerate(touched))
    moved = tuple(
        Op(i, op.name, op.version, tuple(index[t] for t in op.inputs), tuple(index[t] for t in op.outputs), op.options)
        for i, op in enumerate(part)
    )
    made = {t for op in moved for t in op.outputs}
    inputs = tuple(t.index for t in tensors if not t.is_constant and t.index not in made)
    return Graph(tensors, moved, inputs, moved[-1].outputs, "")


def _numbered(tensor: Tensor, index: int) -> Tensor:
    return Tensor(index, tensor.name, tensor.shape, tensor.dtype, tensor.quantization, tensor.data)
