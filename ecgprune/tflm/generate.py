"""Sources of the `tflm` runtime, for the user's own build of TensorFlow Lite Micro.

What is computed is computed here; the templates only format it. Nothing touches the disk.
"""

from __future__ import annotations

import zlib

from ecgprune.graph.graph import Graph
from ecgprune.graph.precision import check_tflm
from ecgprune.interface import ModelContract, interface
from ecgprune.interface.text import interface_view, render_files
from ecgprune.tflm.arena import arena_bytes
from ecgprune.tflm.operators import operators, resource_variables

__all__ = ["generate"]


def generate(tflite: bytes, graph: Graph, name: str, contract: ModelContract | None = None) -> dict[str, str]:
    """The model as C and C++ sources for TFLM. The same arguments always give the same text.

    Args:
        tflite: the file that `graph` was read from.
        graph: the model.
        name: prefix of everything in the generated files, a C identifier in lower case ("ecg").
        contract: class names and preprocessing, which the header then states. None: the header says shapes alone.

    Returns:
        {file name: text}: <name>_model.c/.h (the flatbuffer), <name>.cc/.h (the C interface, the same as of the
        native runtime), ecgp_model.h (the same under a fixed name) and sources.mk.

    Raises:
        UnsupportedOperatorError: TFLM has no such operator, or the model is of a kind that it does not run.
        CodegenError: the name or the contract's labels cannot be used, or TFLM cannot load the model.
    """
    model = interface(graph, name, contract)
    check_tflm(graph)
    used = operators(tflite)
    view = interface_view(model) | {
        "model_bytes": len(tflite),
        "rows": [", ".join(f"0x{b:02x}" for b in tflite[i : i + 16]) for i in range(0, len(tflite), 16)],
        "operators": used,
        "headers": sorted({o.header for o in used if o.header}),
        "arena_bytes": arena_bytes(tflite),
        "arena_bytes_helium": arena_bytes(tflite, helium=True),
        "has_error": True,
        "variables": resource_variables(tflite),
    }
    view["crc"] = f"0x{zlib.crc32(view['version_string'].encode() + bytes(1), zlib.crc32(tflite)):08x}u"
    files = {
        f"{name}.cc": "model.cc.j2",
        f"{name}.h": "model.h.j2",
        f"{name}_model.c": "model_data.c.j2",
        f"{name}_model.h": "model_data.h.j2",
        "ecgp_model.h": "ecgp_model.h.j2",
        "sources.mk": "sources.mk.j2",
    }
    return render_files("tflm", files, view)
