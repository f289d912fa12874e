"""Comparing two runtimes layer by layer, and naming the first place where they differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.graph.graph import Graph
from ecgprune.verify.oracles import Layers

__all__ = ["Difference", "Mismatch", "class_changes", "differing", "first_mismatch", "measure"]

Number = int | float


@dataclass(frozen=True)
class Mismatch:
    """The first value in which a runtime differs from the oracle.

    Attributes:
        op: index of the operator that wrote it.
        operator: name of that operator.
        layer: its name in the model (the tensor's).
        tensor: its tensor's index.
        vector: number of the vector.
        index: the flat position in the tensor.
        expected: the oracle's value.
        got: the runtime's.
    """

    op: int
    operator: str
    layer: str
    tensor: int
    vector: int
    index: int
    expected: Number
    got: Number

    def __str__(self) -> str:
        return (
            f"operator {self.op} {self.operator} '{self.layer}', vector {self.vector}, index {self.index}: "
            f"expected {self.expected}, got {self.got}"
        )

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class Difference:
    """How far outputs lie apart: differing bytes, the largest difference of two values, vectors of another class."""

    bytes: int = 0
    largest: Number = 0
    class_changes: int = 0

    def __add__(self, other: Difference) -> Difference:
        return Difference(
            self.bytes + other.bytes,
            max(self.largest, other.largest),
            self.class_changes + other.class_changes,
        )


def differing(expected: npt.NDArray[Any], got: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """[n, size]: which values differ in their bits (floats too: a NaN equals itself, 0.0 is not -0.0)."""
    bits = np.dtype(f"u{expected.dtype.itemsize}")
    return np.asarray(expected.view(bits) != got.view(bits))


def measure(expected: list[npt.NDArray[Any]], got: list[npt.NDArray[Any]]) -> Difference:
    """The difference of two sets of model outputs, each a list of [n, size]."""
    total = Difference(class_changes=int(class_changes(expected, got).sum()))
    for e, g in zip(expected, got, strict=True):
        if e.size and differing(e, g).any():
            wide = np.float64 if e.dtype.kind == "f" else np.int64
            largest = np.abs(e.astype(wide) - g.astype(wide)).max().item()
            total += Difference(int((e.view(np.uint8) != g.view(np.uint8)).sum()), largest)
    return total


def class_changes(expected: list[npt.NDArray[Any]], got: list[npt.NDArray[Any]]) -> npt.NDArray[np.bool_]:
    """[n]: where the first output's largest value moved to another place."""
    return np.asarray(expected[0].argmax(axis=1) != got[0].argmax(axis=1))


def first_mismatch(graph: Graph, expected: Layers, got: Layers, vector: int = 0) -> Mismatch | None:
    """The first differing value of the first differing layer, in the order of execution; None when all are equal.

    Args:
        graph: the model.
        expected: the oracle's layers.
        got: the runtime's; tensors that it does not hold are passed over.
        vector: number of the arrays' first row.
    """
    for op in graph.ops:
        for index in op.outputs:
            if index in got and (wrong := differing(expected[index], got[index])).any():
                row, position = (int(i) for i in np.argwhere(wrong)[0])
                return Mismatch(
                    op=op.index,
                    operator=op.name,
                    layer=graph.tensor(index).name,
                    tensor=index,
                    vector=vector + row,
                    index=position,
                    expected=expected[index][row, position].item(),
                    got=got[index][row, position].item(),
                )
    return None
