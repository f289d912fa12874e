"""From a graph to a list of kernel calls with their places in the arena."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from ecgprune.codegen import cost, ops
from ecgprune.codegen.arena import Arena, assign
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.dead_channels import trimmed
from ecgprune.codegen.kernels import smlal
from ecgprune.codegen.ops import reshape
from ecgprune.codegen.selection import Form, choose, score
from ecgprune.codegen.target import Target
from ecgprune.graph.graph import Graph, Op

__all__ = ["Layer", "Plan", "SparseMode", "Step", "forms", "plan"]

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
    instructions_estimate: what `cost` expects it to take on the target's core.
    """

    op: int
    name: str
    operator: str
    kernel: str
    macs: int
    nonzero_macs: int
    weight_bytes: int
    output: int
    instructions_estimate: int


@dataclass(frozen=True)
class Plan:
    """Everything that rendering needs to know; see `Step`, `Layer`, `Arena`.

    graph: what the steps work on: the model's graph, or what `trim` has left of it.
    """

    steps: tuple[Step, ...]
    layers: tuple[Layer, ...]
    arena: Arena
    graph: Graph

    @property
    def arena_bytes(self) -> int:
        return self.arena.nbytes


def plan(graph: Graph, sparse: SparseMode = "auto", target: Target | None = None) -> Plan:
    """Chooses a kernel for every operator and lays out the arena.

    sparse: "auto" lets every form of an operator be chosen, "never" and "always" the dense or the sparse ones only
    (always: where there is one). target: default a Cortex-M4, for speed. See selection.py for how forms are chosen.
    Raises UnsupportedOperatorError for an operator without a kernel and CodegenError for one not provably exact.
    """
    target = target or Target()
    whole = [forms(graph, op, sparse, target) for op in graph.ops]
    best, chosen = graph, choose(graph, whole, target)
    for smaller in [] if sparse == "never" else _smaller(graph):
        other = choose(smaller, [forms(smaller, op, sparse, target) for op in smaller.ops], target)
        if score(smaller, other, target) < score(best, chosen, target):
            best, chosen = smaller, other
    steps: list[Step] = []
    layers: list[Layer] = []
    for op, calls in zip(best.ops, chosen, strict=True):
        name = _prefix(op)
        layers.append(_layer(op, name, calls, whole[op.index][0], target))
        for k, call in enumerate(calls):
            steps.append(Step(name if len(calls) == 1 else f"{name}_{k}", call, ends_op=k == len(calls) - 1))
    return Plan(tuple(steps), tuple(layers), assign(best, [s.call for s in steps]), best)


def _smaller(graph: Graph) -> list[Graph]:
    """The graph without superfluous channels: by fours, which leaves 1x4 blocks in their places, and one by one."""
    found = [trimmed(graph, group) for group in (4, 1)]
    return [other for other in found if other is not graph]


def forms(graph: Graph, op: Op, sparse: SparseMode, target: Target) -> list[Form]:
    """The alternatives for one operator, dense first; those that pool as well after each that does not."""
    candidates = ops.candidates(graph, op, target)
    wanted = {"never": [False], "always": [True], "auto": [False, True]}[sparse]
    allowed = [calls for calls in candidates if any(c.is_sparse for c in calls) in wanted] or candidates
    pool, passed = _pooling_behind(graph, op)
    if pool is None:
        return list(allowed)
    pooling = ops.candidates(graph, pool, target)[0][0]
    found: list[Form] = []
    for calls in allowed:
        found.append(calls)
        pooled = smlal.with_max_pool(calls[-1], pool, pooling)
        found += [[*calls[:-1], replace(pooled, passed=passed)]] if pooled is not None else []
    return found


def _pooling_behind(graph: Graph, op: Op) -> tuple[Op | None, tuple[int, ...]]:
    """The max pooling that alone reads what `op` writes, and the operators that only change its shape in between."""
    passed: list[int] = []
    while True:
        tensor = op.outputs[0]
        readers = [other for other in graph.ops if tensor in other.inputs]
        if len(readers) != 1 or tensor in graph.outputs:
            return None, ()
        op = readers[0]
        if op.name == "MAX_POOL_2D":
            return op, tuple(passed)
        if op.name not in reshape.OPERATORS:
            return None, ()
        passed.append(op.index)


def _prefix(op: Op) -> str:
    """A C identifier from the operator's name and index: conv_2d_3."""
    return re.sub(r"[^a-z0-9]+", "_", op.name.lower()).strip("_") + f"_{op.index}"


def _layer(op: Op, name: str, calls: Form, whole: Form, target: Target) -> Layer:
    """whole: a form of the operator in the untrimmed graph, which has every multiply-accumulate."""
    kernels = dict.fromkeys(c.kernel for c in calls if c.kernel)
    return Layer(
        op=op.index,
        name=name,
        operator=op.name,
        kernel="+".join(kernels),
        macs=sum(c.macs for c in whole),
        nonzero_macs=sum(c.nonzero_macs for c in whole),
        weight_bytes=sum(c.weight_bytes for c in calls),
        output=op.outputs[0],
        instructions_estimate=round(sum(cost.instructions(c, target) for c in calls)),
    )
