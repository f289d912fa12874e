"""Sources of the `tflm` runtime, for the user's own build of TensorFlow Lite Micro.

What is computed is computed here; the templates only format it. Nothing touches the disk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecgprune.codegen import ops
from ecgprune.errors import UnsupportedOperatorError
from ecgprune.graph.graph import Graph
from ecgprune.interface import ModelContract, interface
from ecgprune.interface.text import interface_view, render_files
from ecgprune.tflm.arena import arena_bytes

__all__ = ["generate"]

_KERNELS = "tensorflow/lite/micro/kernels/"

@dataclass(frozen=True)
class _Operator:
    """One line of the op resolver, as `codegen.spec.TflmRegistration`; registration "": TFLM's default kernel."""

    name: str
    method: str
    registration: str
    header: str


def generate(tflite: bytes, graph: Graph, name: str, contract: ModelContract | None = None) -> dict[str, str]:
    """The model as C and C++ sources for TFLM. The same arguments always give the same text.

    Args:
        tflite: the file that `graph` was read from.
        graph: the model.
        name: prefix of everything in the generated files, a C identifier in lower case ("ecg").
        contract: class names and preprocessing, which the header then states. None: the header says shapes alone.

    Returns:
        {file name: text}: <name>_model.c/.h (the flatbuffer), <name>.cc/.h (the interface of DESIGN.md), ecgp_model.h
        (the same under a fixed name) and sources.mk.

    Raises:
        UnsupportedOperatorError: an operator is outside ecgprune's list.
        CodegenError: the name or the contract's labels cannot be used, or TFLM cannot load the model.
    """
    model = interface(graph, name, contract)
    operators = _operators(graph)
    view = interface_view(model) | {
        "model_bytes": len(tflite),
        "rows": [", ".join(f"0x{b:02x}" for b in tflite[i : i + 16]) for i in range(0, len(tflite), 16)],
        "operators": operators,
        "headers": sorted({_KERNELS + o.header for o in operators if o.header}),
        "arena_bytes": arena_bytes(tflite),
    }
    files = {
        f"{name}.cc": "model.cc.j2",
        f"{name}.h": "model.h.j2",
        f"{name}_model.c": "model_data.c.j2",
        f"{name}_model.h": "model_data.h.j2",
        "ecgp_model.h": "ecgp_model.h.j2",
        "sources.mk": "sources.mk.j2",
    }
    return render_files("tflm", files, view)


def _operators(graph: Graph) -> list[_Operator]:
    """The distinct operators of the graph, sorted by name; int8-only where every use of one is int8."""
    plain: set[str] = set()
    known = ops.specs()
    for op in graph.ops:
        if op.name not in known:
            raise UnsupportedOperatorError(
                f"operator {op.name} (index {op.index}, output '{graph.tensor(op.outputs[0]).name}') is not supported "
                f"for the tflm runtime; supported are {', '.join(ops.supported())}"
            )
        activations = [graph.tensor(i) for i in (*op.inputs[:2], *op.outputs) if i >= 0]
        if any(t.dtype != np.int8 for t in activations if not (t.is_constant and t.dtype == np.int32)):
            plain.add(op.name)
    operators = []
    for used in sorted({op.name for op in graph.ops}):
        tflm, int8_only = known[used].tflm, used not in plain
        operators.append(_Operator(used, tflm.method, tflm.int8_only * int8_only, tflm.header * int8_only))
    return operators
