"""From a graph to a list of kernel calls with their places in the arena."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from ecgprune.codegen import cost, ops
from ecgprune.codegen.arena import Arena, assign
from ecgprune.codegen.call import KernelCall, Variant
from ecgprune.codegen.dead_channels import without_dead_channels
from ecgprune.codegen.kernels import smlal
from ecgprune.codegen.selection import select_graph
from ecgprune.codegen.target import Target
from ecgprune.errors import CodegenError, UnsupportedOperatorError
from ecgprune.graph.graph import Graph, Op
from ecgprune.graph.identities import RESHAPES

__all__ = ["Layer", "Plan", "PlannedCall", "SparseMode", "plan", "variants"]

SparseMode = Literal["auto", "never", "always"]

_PLACED = 12_000
"""Kernel calls whose tensors are placed, in all arenas that are tried."""
_RESHAPING = ("BATCH_TO_SPACE_ND", "RESHAPE", "SPACE_TO_BATCH_ND")
_MISSHAPEN = (
    "the file was converted for any batch size, and states shapes that are not those of a batch of one: convert it "
    "with a fixed batch in the model's input shape, or give ecgprune the Keras model"
)


@dataclass(frozen=True)
class PlannedCall:
    """One kernel call of a plan.

    Attributes:
        call: the call.
        ends_op: whether it is the operator's last.
    """

    call: KernelCall
    ends_op: bool


@dataclass(frozen=True)
class Layer:
    """What one operator became.

    Attributes:
        op: its index in the .tflite.
        name: its prefix in C.
        operator: TFLite's name.
        kernel: the C function, "" when the operator needs no code, several joined by "+".
        macs: multiply-accumulates of the dense operator.
        nonzero_macs: those whose weight is not zero.
        weight_bytes: flash its constants take.
        output: index of its first output tensor; -1: it has none.
        instructions_estimate: what `cost` expects it to take on the target's core.
        cycles_predicted: the same of cycles.
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
    cycles_predicted: int


@dataclass(frozen=True)
class Plan:
    """Everything that rendering needs to know.

    Attributes:
        calls: in the order of execution.
        layers: what each operator of `graph` became.
        arena: where tensors and scratch memory lie.
        graph: what the calls work on: the model's graph, or what folding and dead-channel elimination have left of it.
        target: the core that the kernels were selected for, and the objective.
    """

    calls: tuple[PlannedCall, ...]
    layers: tuple[Layer, ...]
    arena: Arena
    graph: Graph
    target: Target

    @property
    def arena_bytes(self) -> int:
        return self.arena.nbytes

    @property
    def states(self) -> list[int]:
        """The state tensors that the calls work on, in the order of first use."""
        return list(dict.fromkeys(t for planned in self.calls for t in planned.call.states))

    def predicted(self) -> dict[str, int]:
        """Instructions and cycles of all layers, by the names of their fields."""
        return {
            "instructions_estimate": sum(layer.instructions_estimate for layer in self.layers),
            "cycles_predicted": sum(layer.cycles_predicted for layer in self.layers),
        }


def plan(graph: Graph, sparse: SparseMode = "auto", target: Target | None = None) -> Plan:
    """Selects a kernel for every operator and lays out the arena. See selection.py for how.

    Args:
        graph: the model, folded.
        sparse: "auto" allows every kernel variant, "never" and "always" the dense or the sparse ones only (always:
            where there is one).
        target: None for a Cortex-M4 and balanced.

    Raises:
        UnsupportedOperatorError: operators have no kernel, all of them in one message.
        CodegenError: an operator could overflow an accumulator, or a kernel was not measured on the target's core.
    """
    target = target or Target()
    whole = _offered(graph, sparse, target)
    smaller = [] if sparse == "never" else _smaller(graph)
    offers = [(g, [variants(g, op, sparse, target) for op in g.ops]) for g in smaller]
    best, selected = select_graph([(graph, whole), *offers], target)
    planned: list[PlannedCall] = []
    layers: list[Layer] = []
    for op, variant, offered in zip(best.ops, selected, whole, strict=True):
        name = _prefix(op)
        layers.append(_layer(op, name, variant, offered[0], target))
        for k, call in enumerate(variant):
            planned.append(PlannedCall(call, ends_op=k == len(variant) - 1))
    arena = assign(best, [c.call for c in planned], _PLACED // max(len(planned), 1))
    return Plan(tuple(planned), tuple(layers), arena, best, target)


def _offered(graph: Graph, sparse: SparseMode, target: Target) -> list[list[Variant]]:
    """The variants of every operator.

    Raises:
        UnsupportedOperatorError: for all operators that have no kernel, or are beyond what theirs can do.
        CodegenError: only where there are none.
    """
    found, unknown = [], [op for op in graph.ops if not ops.known(op)]
    refused: list[str] = [str(ops.missing(graph, unknown))] if unknown else []
    inexact: CodegenError | None = None
    misshapen = False
    for op in graph.ops:
        if op in unknown:
            continue
        try:
            found.append(variants(graph, op, sparse, target))
        except UnsupportedOperatorError as error:
            refused.append(str(error))
            misshapen = misshapen or (graph.any_batch and op.name in _RESHAPING)
        except CodegenError as error:
            inexact = inexact or error
    if misshapen:
        refused.append(_MISSHAPEN)
    if refused:
        raise UnsupportedOperatorError("; ".join(dict.fromkeys(refused)))
    if inexact is not None:
        raise inexact
    return found


def _smaller(graph: Graph) -> list[Graph]:
    """The graph without dead channels: by fours, which leaves 1x4 blocks in their places, and one by one."""
    found = [without_dead_channels(graph, group) for group in (4, 1)]
    return [other for other in found if other is not graph]


def variants(graph: Graph, op: Op, sparse: SparseMode, target: Target) -> list[Variant]:
    """The kernel variants of one operator, dense first; after each one, the same with the max pooling that follows.

    Args:
        graph: the model.
        op: one of its operators.
        sparse: see `plan`.
        target: the core; a few variants are offered for one objective only.

    Raises:
        UnsupportedOperatorError: the operator has no kernel.
        CodegenError: the operator could overflow an accumulator.
    """
    offered = ops.variants(graph, op, target)
    wanted = {"never": [False], "always": [True], "auto": [False, True]}[sparse]
    allowed = [variant for variant in offered if any(c.is_sparse for c in variant) in wanted] or offered
    pool, passed = _pooling_behind(graph, op)
    if pool is None:
        return list(allowed)
    pooling = ops.variants(graph, pool, target)[0][0]
    found: list[Variant] = []
    for variant in allowed:
        found.append(variant)
        pooled = smlal.with_max_pool(variant[-1], pool, pooling)
        found += [[*variant[:-1], replace(pooled, passed=passed)]] if pooled is not None else []
    return found


def _pooling_behind(graph: Graph, op: Op) -> tuple[Op | None, tuple[int, ...]]:
    """The max pooling that alone reads what `op` writes, and the operators that only change its shape in between."""
    passed: list[int] = []
    while True:
        tensor = op.outputs[0] if op.outputs else -1
        readers = [other for other in graph.ops if tensor in other.inputs]
        if len(readers) != 1 or tensor in graph.outputs:
            return None, ()
        op = readers[0]
        if op.name == "MAX_POOL_2D":
            return op, tuple(passed)
        if op.name not in RESHAPES:
            return None, ()
        passed.append(op.index)


def _prefix(op: Op) -> str:
    """A C identifier from the operator's name and index: conv_2d_3."""
    return re.sub(r"[^a-z0-9]+", "_", op.name.lower()).strip("_") + f"_{op.index}"


def _layer(op: Op, name: str, selected: Variant, whole: Variant, target: Target) -> Layer:
    """whole: a variant of the operator in the graph with all channels, which has every multiply-accumulate."""
    kernels = dict.fromkeys(c.kernel for c in selected if c.kernel)
    return Layer(
        op=op.index,
        name=name,
        operator=op.name,
        kernel="+".join(kernels),
        macs=sum(c.macs for c in whole),
        nonzero_macs=sum(c.nonzero_macs for c in whole),
        weight_bytes=sum(c.weight_bytes for c in selected),
        output=op.outputs[0] if op.outputs else -1,
        instructions_estimate=round(sum(cost.instructions(c, target) for c in selected)),
        cycles_predicted=round(sum(cost.cycles(c, target) for c in selected)),
    )
