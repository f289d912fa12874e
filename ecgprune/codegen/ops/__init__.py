"""One module per TFLite operator, under the name of its kernel in firmware/lib/nn.

A module defines `SPECS`, a tuple with one `OperatorSpec`, or with one for each of the operators that share a kernel
(PAD and PADV2). Modules are found by scanning this package: docs/internals/adding-an-operator.md has the recipe.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping, Sequence

from ecgprune.codegen.call import Variant
from ecgprune.codegen.features import Rule
from ecgprune.codegen.order import Order
from ecgprune.codegen.spec import OperatorSpec
from ecgprune.codegen.target import Target
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.graph import Graph, Op
from ecgprune.graph.tflm_builtins import BUILTINS

__all__ = ["costs", "known", "missing", "modules", "orders", "specs", "supported", "variants"]


@functools.cache
def modules() -> Mapping[str, tuple[OperatorSpec, ...]]:
    """{module of this package: its specifications}, sorted by module."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").SPECS for name in names}


@functools.cache
def specs() -> Mapping[str, OperatorSpec]:
    """{TFLite builtin name: its specification}, sorted by name."""
    known = [spec for of_module in modules().values() for spec in of_module]
    return {spec.name: spec for spec in sorted(known, key=lambda spec: spec.name)}


def supported() -> list[str]:
    """TFLite builtin names that code can be generated for, sorted."""
    return list(specs())


@functools.cache
def costs() -> Mapping[str, Rule]:
    """{kernel: its cost rule} of all operators."""
    return {kernel: rule for spec in specs().values() for kernel, rule in spec.costs.items()}


@functools.cache
def orders() -> Mapping[str, Order]:
    """{kernel: the order in which it reads and writes} of all operators, for kernels that have such a rule."""
    return {kernel: order for spec in specs().values() for kernel, order in spec.orders.items()}


def variants(graph: Graph, op: Op, target: Target) -> list[Variant]:
    """The kernel variants of one operator.

    Args:
        graph: the graph of the operator.
        op: the operator.
        target: the core and the objective.

    Returns:
        Each variant a list of calls; the dense or only one first.

    Raises:
        UnsupportedOperatorError: names the operator, its place in the model, and what is supported.
        CodegenError: the operator's sums could overflow an accumulator.
    """
    if "table" in op.options:
        return [_table(graph, op)]
    spec = specs().get(op.name)
    if spec is None:
        raise missing(graph, [op])
    return list(spec.variants(graph, op, target))


def known(op: Op) -> bool:
    """Whether there is a specification of the operator, or folding has made a table of it."""
    return op.name in specs() or "table" in op.options


def _table(graph: Graph, op: Op) -> Variant:
    """One call for all the operators that graph/tables.py has made one of."""
    from ecgprune.codegen.lowering.lookup import lookup

    return lookup(op, graph.tensor(op.inputs[0]), graph.tensor(op.outputs[0]), op.options["table"], "table")


def missing(graph: Graph, found: Sequence[Op]) -> UnsupportedOperatorError:
    """The error for operators that have no kernel: each with its places, and the way out.

    Args:
        graph: the graph of the operators.
        found: the operators, at least one.
    """
    places: dict[str, list[Op]] = {}
    # Variables are resolved but in a model that runs other subgraphs: those alone are what is missing.
    found = [op for op in found if op.name not in ("VAR_HANDLE", "CALL_ONCE")] or found
    for op in found:
        places.setdefault(op.name, []).append(op)
    told = ", ".join(f"{name} ({_places(graph, of_name)})" for name, of_name in places.items())
    alien = [name for name in places if not name.startswith("CUSTOM") and name not in BUILTINS]
    way = "use --runtime tflm, which needs no kernel of ecgprune, or compute them in your application"
    if alien:
        way = f"TensorFlow Lite Micro has no {', '.join(alien)} either: leave such layers out, or compute them in your "
        way += "application"
    return UnsupportedOperatorError(
        f"{len(found)} operator{'s are' if len(found) > 1 else ' is'} not supported: {told}; {way}; "
        "'ecgprune ops' lists the supported ones"
    )


def _places(graph: Graph, found: Sequence[Op]) -> str:
    """Of operators of one name: `operator 7, output 'x'`, or `operators 9, 12`."""
    if len(found) > 1:
        return "operators " + ", ".join(str(op.index) for op in found)
    if not found[0].outputs:
        return f"operator {found[0].index}, no output"
    name, *others = graph.tensor(found[0].outputs[0]).name.split(";")  # converters join the names of what they fuse
    shown = f"{name};..." if others else name
    return f"operator {found[0].index}, output {shown!r}"
