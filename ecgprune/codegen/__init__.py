"""From a graph to C: `generate` is the whole interface for other packages.

    ops/          one module per TFLite operator: what is supported, and its kernel variants
    lowering/     what these modules share
    kernels/      one module per kernel family: packing of weights, and cost
    cost/         what a kernel call costs on a core
    plan          the kernel calls of a model and their places in memory, by selection, arena and dead_channels
    render        a plan as C, by templates/

Read first: `plan.plan`, then one operator, such as ops/relu.py, and the family that it calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecgprune.codegen.plan import SparseMode
    from ecgprune.codegen.render import Generated
    from ecgprune.codegen.target import Target
    from ecgprune.graph.graph import Graph
    from ecgprune.interface import ModelContract

__all__ = ["generate"]


def generate(
    graph: Graph,
    name: str,
    sparse: SparseMode = "auto",
    target: Target | None = None,
    contract: ModelContract | None = None,
) -> Generated:
    """Generates C99 for a graph, folded. The same arguments always give the same text.

    Args:
        graph: the model, as `graph.reader.read` returns it.
        name: prefix of everything in the generated files, a C identifier in lower case ("ecg").
        sparse: "auto", "never" or "always" use kernels that skip zero weights; see `plan.plan`.
        target: the core and the objective of kernel selection; None for a Cortex-M4 and speed.
        contract: class names and preprocessing, which the header then states. None: the header says shapes alone.

    Returns:
        {file name: text}, the plan that the text follows, and the names that it uses.

    Raises:
        UnsupportedOperatorError: the model computes in float32, or operators have no kernel; all of them are named.
        CodegenError: an operator could overflow an accumulator, a kernel was not measured on the target's core, or the
            name or the contract's labels cannot be used.
    """
    from ecgprune.codegen.plan import plan
    from ecgprune.codegen.render import render
    from ecgprune.graph.folding import fold
    from ecgprune.graph.precision import check_integers
    from ecgprune.interface import interface

    model = interface(graph, name, contract)
    folded = fold(graph)
    check_integers(folded)
    return render(graph, plan(folded, sparse, target), model)
