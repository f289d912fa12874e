"""The drop-in folder: a generated model with all it needs, flat, for any project and build system."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from ecgprune.errors import ArtifactError
from ecgprune.interface import Interface
from ecgprune.interface.text import interface_view
from ecgprune.packaging.manifest import HARNESS, Manifest, manifest, preparation
from ecgprune.templating import rendered

__all__ = ["GeneratedModel", "drop_in", "license_file", "model_view"]


@dataclass(frozen=True)
class GeneratedModel:
    """What is known of a generated model.

    Attributes:
        files: {file name: text} as `codegen.generate` or `tflm.generate` returns it.
        interface: its names, inputs, outputs and classes.
        runtime: "native" or "tflm".
        core: the core that its kernels were selected for, "Cortex-M4".
        optimize: what they were selected for: "balanced", "speed", "ram" or "flash".
        arena_bytes: working memory of one instance.
        constant_bytes: flash that its weights and tables take; None where it is not known.
        kernel_bytes: flash that the code of its kernels takes on that core, as calibration measured it; None likewise.
        instructions: of one inference there, as the cost model estimates them; None likewise.
    """

    files: Mapping[str, str]
    interface: Interface
    runtime: str
    core: str
    optimize: str
    arena_bytes: int
    constant_bytes: int | None = None
    kernel_bytes: int | None = None
    instructions: int | None = None


def drop_in(model: GeneratedModel, out: Path, firmware: Path) -> Manifest:
    """Writes the drop-in folder of a model: its code, the library files it needs, and how to build and use them.

    Args:
        model: the generated model.
        out: the folder to write; it is made where it is missing.
        firmware: the folder firmware/ that the library files come from.

    Returns:
        The library files, by their places in firmware/.

    Raises:
        ArtifactError: the installation has no LICENSE to put beside the sources.
    """
    found = manifest(model.files, model.interface.inputs, firmware)
    own = {name: text for name, text in model.files.items() if name not in HARNESS}
    out.mkdir(parents=True, exist_ok=True)
    for path in (*found.sources, *found.headers):
        shutil.copyfile(firmware / path, out / Path(path).name)
    for name, text in (own | _written(model, found, sorted(own))).items():
        (out / name).write_text(text, encoding="utf-8")
    shutil.copyfile(license_file(firmware), out / "LICENSE")
    return found


def _written(model: GeneratedModel, found: Manifest, own: list[str]) -> dict[str, str]:
    """The files that explain, build and try the model."""
    templates = {
        "README.md": "drop_in.md.j2",
        "CMakeLists.txt": "CMakeLists.txt.j2",
        f"{model.interface.name}.ecgprune.cmake": "model.cmake.j2",
        "main.c": "main.c.j2",
    }
    return rendered("ecgprune.packaging", templates, model_view(model, found, own))


def model_view(model: GeneratedModel, found: Manifest, own: list[str]) -> dict[str, Any]:
    """What every template may use of a model.

    Args:
        model: the generated model.
        found: the library files that it needs.
        own: names of the generated files.
    """
    library = sorted(Path(path).name for path in found.sources)
    contract = model.interface.contract
    prepared = {port.name: preparation(port) for port in model.interface.inputs}
    if contract.window_before is None or not prepared.get("ecg"):
        # Where the window of these inputs lies among the samples is not known.
        prepared |= dict.fromkeys(prepared.keys() & {"patient", "context"})
    if not prepared.get("patient") and "context" in prepared:
        prepared["context"] = None  # one call makes both
    return interface_view(model.interface) | {
        "model": model,
        "library": library,
        "generated": [name for name in own if not name.endswith(".h")],
        "headers": sorted({name for name in prepared.values() if name}),
        "prepared": [name for name, header in prepared.items() if header],
        "other_inputs": [name for name, header in prepared.items() if not header],
        "shapes": {port.name: port.shape for port in (*model.interface.inputs, *model.interface.outputs)},
    }


def license_file(firmware: Path) -> Path:
    """LICENSE: beside firmware/ in a checkout, in the distribution's metadata where ecgprune is installed.

    Raises:
        ArtifactError: there is none.
    """
    beside = firmware.parent / "LICENSE"
    if beside.is_file():
        return beside
    try:
        packed = [file for file in files("ecgprune") or [] if file.name == "LICENSE"]
    except PackageNotFoundError:
        packed = []
    for file in packed:
        path = Path(str(file.locate()))
        if path.is_file():
            return path
    raise ArtifactError(f"no LICENSE beside {firmware} or in the installed package; install ecgprune anew")
