"""Values and templates as C text."""

from __future__ import annotations

from typing import Any

import numpy as np

import ecgprune
from ecgprune.interface.model import Interface
from ecgprune.templating import rendered

__all__ = ["C_TYPES", "comment", "float_literal", "interface_view", "render_files", "shape_text"]

C_TYPES = {"int8": "int8_t", "int16": "int16_t", "int32": "int32_t", "uint8": "uint8_t", "float32": "float"}


def render_files(package: str, templates: dict[str, str], view: dict[str, Any]) -> dict[str, str]:
    """{file name: text} for {file name: template}, templates of ecgprune/<package>/templates or of this package's."""
    return rendered(f"ecgprune.{package}", templates, view, ("ecgprune.interface",))


def interface_view(model: Interface) -> dict[str, Any]:
    """What every template may use: the model's names, its hash, its inputs and outputs, its classes and contract."""
    ports = {
        kind: [
            {
                "index": index,
                "name": port.name,
                "macro": f"{model.name.upper()}_{kind.upper()}_{port.name.upper()}",
                "bytes": port.nbytes,
                "ctype": C_TYPES.get(port.dtype, "void"),
                "text": comment(f"{C_TYPES.get(port.dtype, port.dtype)} {shape_text(port.shape)}, {port.source}"),
                "scale": None if port.scale is None else float_literal(port.scale),
                "zero_point": port.zero_point,
            }
            for index, port in enumerate(found)
        ]
        for kind, found in (("input", model.inputs), ("output", model.outputs))
    }
    version = f"{model.name} tflite-sha256:{model.sha256[:16]} ecgprune {ecgprune.__version__}"
    labels = [comment(label).replace('"', "'") for label in model.contract.labels]
    return {
        "name": model.name,
        "NAME": model.name.upper(),
        "version": ecgprune.__version__,
        "version_string": version,
        "version_bytes": len(version) + 1,
        "sha256": model.sha256,
        "inputs": ports["input"],
        "outputs": ports["output"],
        "classes": list(zip(model.class_names, labels, strict=True)),
        "contract": model.contract,
        "stateful": model.stateful,
    }


def float_literal(value: float) -> str:
    """The shortest C literal that gives back this float32."""
    return f"{np.float32(value)!s}f"


def shape_text(shape: tuple[int, ...]) -> str:
    """A tensor's shape, "1x180x1"."""
    return "x".join(str(n) for n in shape) or "scalar"


def comment(text: str) -> str:
    """Text that is safe inside a C comment: printable ASCII on one line, which cannot end the comment."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    return plain.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/")
