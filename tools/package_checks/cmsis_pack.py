"""The description validates against PACK.xsd, the solution against its schemas, and the component compiles."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from package_checks.check import Check, CheckError, Room

_SOLUTION = """
import json, pathlib, sys
import jsonschema, referencing, yaml
schemas = pathlib.Path(sys.argv[1])
load = lambda uri: referencing.Resource.from_contents(json.loads((schemas / uri.rpartition("/")[2]).read_text()))
for path in map(pathlib.Path, sys.argv[2:]):
    schema = load(path.name.split(".")[-2] + ".schema.json").contents
    jsonschema.validate(yaml.safe_load(path.read_text()), schema, registry=referencing.Registry(retrieve=load))
"""
_CPUS = {
    "mps2_an386": "-mcpu=cortex-m4 -mfloat-abi=hard",
    "mps3_an547": "-mcpu=cortex-m55 -mfloat-abi=hard",
    "microbit": "-mcpu=cortex-m0plus",
}
_STRICT = "-mthumb -std=c99 -O2 -Wall -Wextra -Wpedantic -Wconversion -Werror -Isrc -nostdlib -r"


def run(room: Room) -> dict[str, Any]:
    """Validates a pack for each of three cores, and sees a spoilt description refused."""
    xmllint = room.tool("xmllint", package="libxml2-utils")
    compiler = room.tool("arm-none-eabi-gcc", package="gcc-arm-none-eabi")
    python = room.venv("jsonschema", "PyYAML") / "python"
    xsd = room.tree("Open-CMSIS-Pack/Open-CMSIS-Pack-Spec", "schema") / "schema" / "PACK.xsd"
    schemas = room.tree("Open-CMSIS-Pack/devtools", "tools/projmgr/schemas") / "tools" / "projmgr" / "schemas"
    figures = {}
    for board, cpu in _CPUS.items():
        package = room.export("--package", "cmsis-pack", "--ecg", "--board", board) / "cmsis-pack"
        (description,) = package.glob("*.pdsc")
        room.run(xmllint, "--noout", "--schema", xsd, description)
        room.run(python, "-c", _SOLUTION, schemas, *sorted((package / "examples").rglob("*.yml")))
        root = ET.parse(description).getroot()
        sources = [file.get("name") for file in root.iter("file") if file.get("category") == "source"]
        room.run(compiler, *cpu.split(), *_STRICT.split(), *sources, "-o", room.folder / f"{board}.o", cwd=package)
        figures[board] = {"files": len(sources)}
    text = description.read_text(encoding="utf-8")
    description.write_text(text.replace('category="source"', 'category="sources"'), encoding="utf-8")
    try:
        room.run(xmllint, "--noout", "--schema", xsd, description)
    except CheckError:
        return figures
    raise CheckError("a category that does not exist is taken: nothing was validated")


CHECK = Check(
    "cmsis-pack",
    "validated against PACK.xsd and the schemas of CMSIS-Toolbox, and compiled for three cores",
    (
        "libxml2-utils, gcc-arm-none-eabi (Debian)", "jsonschema (PyPI)", "Open-CMSIS-Pack/Open-CMSIS-Pack-Spec",
        "Open-CMSIS-Pack/devtools",
    ),
    run,
    note="CMSIS-Toolbox itself (cpackget, cbuild, packchk) is not run",
)  # fmt: skip
