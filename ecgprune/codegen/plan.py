"""From a graph to a list of kernel calls with their places in the arena."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ecgprune.codegen import cost, ops
from ecgprune.codegen.arena import Arena, assign
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.ops import pairs
from ecgprune.graph.graph import Graph, Op

__all__ = ["Layer", "Plan", "SparseMode", "Step", "plan"]

SparseMode = Literal["auto", "never", "always"]


@dataclass(frozen=True)
class Step:
    """One kernel call. name: prefix of its constants in C, unique in the model. ends_op: the operator's last call."""

    name: str
    call: KernelCall
    ends_op: bool


@dataclass(frozen=True)
class Layer:
    """What one operator became.

    op: its index in the .tflite. name: its prefix in C. operator: TFLite's name. kernel: the C function, "" when the
    operator needs no code, several joined by "+". macs: multiply-accumulates of the dense operator; nonzero_macs:
    those whose weight is not zero. weight_bytes: flash its constants take. output: index of its first output tensor.
    """

    op: int
    name: str
    operator: str
    kernel: str
    macs: int
    nonzero_macs: int
    weight_bytes: int
    output: int


@dataclass(frozen=True)
class Plan:
    """Everything that rendering needs to know; see `Step`, `Layer`, `Arena`."""

    steps: tuple[Step, ...]
    layers: tuple[Layer, ...]
    arena: Arena

    @property
    def arena_bytes(self) -> int:
        return self.arena.nbytes


def plan(graph: Graph, sparse: SparseMode = "auto") -> Plan:
    """Chooses a kernel for every operator and lays out the arena.

    sparse: of an operator's forms, "auto" takes the one for which `cost` estimates the fewest instructions; "never" and
    "always" let it choose among the dense or the sparse ones only (always: where there is one).
    Raises UnsupportedOperatorError for an operator without a kernel and CodegenError for one not provably exact.
    """
    steps: list[Step] = []
    layers: list[Layer] = []
    fused: set[int] = set()
    for op in graph.ops:
        calls = [] if op.index in fused else _fuse(graph, _choose(ops.candidates(graph, op), sparse))
        fused.update(c.fused for c in calls if c.fused is not None)
        name = _prefix(op)
        layers.append(_layer(op, name, calls))
        for k, call in enumerate(calls):
            steps.append(Step(name if len(calls) == 1 else f"{name}_{k}", call, ends_op=k == len(calls) - 1))
    return Plan(tuple(steps), tuple(layers), assign(graph, [s.call for s in steps]))


def _choose(candidates: Sequence[list[KernelCall]], sparse: SparseMode) -> list[KernelCall]:
    """The cheapest; dense comes first, and wins ties."""
    wanted = {"never": [False], "always": [True], "auto": [False, True]}[sparse]
    allowed = [calls for calls in candidates if any(c.is_sparse for c in calls) in wanted] or candidates
    return min(allowed, key=lambda calls: sum(cost.instructions(c) for c in calls))


def _fuse(graph: Graph, calls: list[KernelCall]) -> list[KernelCall]:
    """The calls with the max pooling that follows them in the last one, where nobody else reads what it pools."""
    tensor = calls[-1].outputs[0]
    readers = [op for op in graph.ops if tensor in op.inputs]
    if len(readers) != 1 or readers[0].name != "MAX_POOL_2D" or tensor in graph.outputs:
        return calls
    pooled = pairs.with_max_pool(calls[-1], readers[0], ops.candidates(graph, readers[0])[0][0])
    return calls if pooled is None else [*calls[:-1], pooled]


def _prefix(op: Op) -> str:
    """A C identifier from the operator's name and index: conv_2d_3."""
    return re.sub(r"[^a-z0-9]+", "_", op.name.lower()).strip("_") + f"_{op.index}"


def _layer(op: Op, name: str, calls: Sequence[KernelCall]) -> Layer:
    kernels = dict.fromkeys(c.kernel for c in calls if c.kernel)
    return Layer(
        op=op.index,
        name=name,
        operator=op.name,
        kernel="+".join(kernels),
        macs=sum(c.macs for c in calls),
        nonzero_macs=sum(c.nonzero_macs for c in calls),
        weight_bytes=sum(c.weight_bytes for c in calls),
        output=op.outputs[0],
    )
