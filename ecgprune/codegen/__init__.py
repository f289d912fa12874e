"""From a graph to C: `generate` is the whole interface for other packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecgprune.codegen.plan import SparseMode
    from ecgprune.codegen.render import Generated
    from ecgprune.codegen.target import Target
    from ecgprune.graph.graph import Graph

__all__ = ["generate"]


def generate(graph: Graph, name: str, sparse: SparseMode = "auto", target: Target | None = None) -> Generated:
    """C99 source for `graph`, as {file name: text}, and the plan it follows.

    name: prefix of everything in the generated files, a C identifier in lower case ("ecg").
    sparse, target: see `plan.plan`. The same graph, name, mode and target always give the same text.
    Raises UnsupportedOperatorError, or CodegenError where the C could not be proved exact.
    """
    from ecgprune.codegen.plan import plan
    from ecgprune.codegen.render import render

    return render(graph, plan(graph, sparse, target), name)
