"""Zephyr's own scripts take the module: module.yml, Kconfig, the scenarios of Twister."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from package_checks.check import Check, CheckError, MissingError, Room

_TREES = ("zephyrproject-rtos/zephyr", "Community-PIO-CH32V/framework-zephyr")
"""Zephyr, and a smaller repository that holds the tree of Zephyr 3.5.0."""

_KCONFIG = """
import sys
import kconfiglib
found = kconfiglib.Kconfig(sys.argv[1], warn=True)
found.warn_to_stderr = True
symbol = found.syms["ECGPRUNE_ECG"]
assert symbol.str_value == "n", symbol.str_value
assert symbol.set_value("y") and symbol.str_value == "y"
assert found.syms["ZEPHYR_ECGPRUNE_ECG_MODULE"].str_value == "y"
assert not found.warnings, found.warnings
"""


def run(room: Room) -> dict[str, Any]:
    """Validates all that Zephyr reads of a module before it compiles, and sees a spoilt module.yml refused."""
    python = room.venv("pykwalify", "kconfiglib", "west", "PyYAML", "setuptools") / "python"
    zephyr = _tree(room)
    package = room.export("--package", "zephyr", "--ecg") / "zephyr"
    kconfig, twister = room.folder / "Kconfig", room.folder / "twister.txt"
    words = [python, zephyr / "scripts" / "zephyr_module.py", "--zephyr-base", zephyr, "--modules", package]
    room.run(*words, "--kconfig-out", kconfig, "--cmake-out", room.folder / "cmake.txt", "--twister-out", twister)
    room.run(python, "-c", _KCONFIG, kconfig)
    roots = [Path(line) for line in twister.read_text(encoding="utf-8").splitlines() if not line.startswith("-")]
    scenarios = sorted(path for root in roots for path in root.rglob("*.yaml"))
    if [path.parent.name for path in scenarios] != ["live", "minimal", "selftest"]:
        raise CheckError(f"Twister finds {', '.join(str(path.parent.name) for path in scenarios)}")
    schema = zephyr / "scripts" / "schemas" / "twister" / "testsuite-schema.yaml"
    for path in scenarios:
        room.run(python.with_name("pykwalify"), "-d", path, "-s", schema)
    manifest = package / "zephyr" / "module.yml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("kconfig:", "kconfigs:"), encoding="utf-8")
    try:
        room.run(*words, "--kconfig-out", kconfig)
    except CheckError:
        return {"scenarios": len(scenarios)}
    raise CheckError("a key that does not exist is taken: nothing was validated")


def _tree(room: Room) -> Path:
    try:
        return room.tree(_TREES[0], "scripts")
    except MissingError as missing:
        try:
            return room.tree(_TREES[1], "scripts")
        except MissingError:
            raise missing from None


CHECK = Check(
    "zephyr",
    "module.yml, Kconfig and Twister's scenarios, by Zephyr's scripts and schemas",
    (" or ".join(_TREES), "pykwalify, kconfiglib, west (PyPI)"),
    run,
    note="nothing is compiled: a build of the whole image is among the checks by hand",
)
