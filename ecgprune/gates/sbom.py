"""A bill of materials in CycloneDX 1.6: what is in the firmware, and what made it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from typing import Any

__all__ = ["File", "bill", "python_packages"]

File = tuple[str, str]
"""Name of a file, and its SHA-256."""

Component = dict[str, Any]

_SPDX = {"Apache Software License": "Apache-2.0", "Apache 2.0": "Apache-2.0", "Apache License 2.0": "Apache-2.0",
         "MIT License": "MIT", "BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause"}  # fmt: skip
_EXPRESSION = re.compile(r"^(\(?[A-Za-z0-9.+-]+\)?)( (AND|OR|WITH) \(?[A-Za-z0-9.+-]+\)?)*$")


def bill(
    name: str, version: str, model: File, images: Sequence[File], sources: Mapping[str, Sequence[File]],
    runtime: str, tools: Mapping[str, str], packages: Sequence[Component],
) -> dict[str, Any]:  # fmt: skip
    """The bill of one model's firmware. Equal firmware has equal bills: it carries no time.

    Args:
        name: of the model in C.
        version: of ecgprune, whose kernels are in the firmware.
        model: the .tflite.
        images: ELF files.
        sources: {core: C files that the firmware for it is built from}.
        runtime: "native" or "tflm".
        tools: {program: its version}, which build and are not in the firmware.
        packages: components of the Python side, see `python_packages`.
    """
    inside = [_file("machine-learning-model", f"{name}.tflite", model[1], "model")]
    inside += [_file("firmware", path, digest, f"image:{path}") for path, digest in images]
    for core, files in sources.items():
        inside.append({
            "type": "library", "bom-ref": f"sources:{core}", "name": f"ecgprune-{core}", "version": version,
            "description": f"Generated C and kernels for {core}", "licenses": [{"license": {"id": "Apache-2.0"}}],
            "components": [_file("file", path, digest, f"{core}:{path}") for path, digest in files],
        })  # fmt: skip
    if runtime == "tflm":
        inside.append({"type": "library", "bom-ref": "tflm", "name": "tensorflow-lite-micro",
                       "description": "The user's own build, linked from TFLM_LIB"})  # fmt: skip
    outside = [
        {"type": "application", "bom-ref": f"tool:{tool}", "name": tool, "version": said, "scope": "excluded"}
        for tool, said in sorted(tools.items())
    ]
    subject = {"type": "firmware", "bom-ref": "firmware", "name": name, "version": model[1][:12]}
    digests = "".join(digest for _, digest in (model, *images, *(f for files in sources.values() for f in files)))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digests)}",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "ecgprune", "version": version}]},
            "component": subject,
        },
        "components": [*inside, *outside, *packages],
        "dependencies": [{"ref": "firmware", "dependsOn": [component["bom-ref"] for component in inside]}],
    }


def python_packages(root: str, extras: Iterable[str] = ()) -> list[Component]:
    """What `root` requires, directly or not, as far as it is installed.

    Args:
        root: a distribution.
        extras: of it that were used.
    """
    found: dict[str, Component] = {}
    todo = _required(root, set(extras))
    while todo:
        name = todo.pop()
        if name in found:
            continue
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:  # of another platform
            continue
        version = str(about["Version"])
        purl = f"pkg:pypi/{name}@{version}"
        found[name] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
                       "scope": "excluded", **_licence(about)}  # fmt: skip
        todo |= _required(name, set())
    return [found[name] for name in sorted(found)]


def _required(name: str, extras: set[str]) -> set[str]:
    """Names, as registries write them, of what a distribution requires, without other extras."""
    names = set()
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        lines = []
    for line in lines:
        extra = re.search(r"extra\s*==\s*[\"']([\w-]+)[\"']", line)
        found = re.match(r"[\w.-]+", line)
        if found and (extra is None or extra[1] in extras):
            names.add(re.sub(r"[-_.]+", "-", found[0]).lower())
    return names


def _licence(about: metadata.PackageMetadata) -> Component:
    """The licence as an SPDX expression, or by name; nothing where the package does not say."""
    expression, name = ((about.get_all(key) or [""])[0] for key in ("License-Expression", "License"))
    text = expression or name.partition("\n")[0].strip()
    if not text or text == "UNKNOWN":
        classified = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
        text = classified[-1].rpartition(":: ")[2] if classified else ""
    text = _SPDX.get(text, text)
    if not text:
        return {}
    if expression and _EXPRESSION.match(text):
        return {"licenses": [{"expression": text}]}
    return {"licenses": [{"license": {"name": text}}]}


def _file(kind: str, name: str, digest: str, ref: str) -> Component:
    return {"type": kind, "bom-ref": ref, "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
