"""Zephyr: a module with a Kconfig option, samples and a test for Twister."""

from __future__ import annotations

from collections.abc import Mapping

from ecgprune.packaging.kind import Kind
from ecgprune.packaging.package import Package
from ecgprune.packaging.places import under

__all__ = ["KIND"]

_APPLICATION = {
    "CMakeLists.txt": "zephyr/application.cmake.j2",
    "prj.conf": "zephyr/prj.conf.j2",
}


def render(package: Package) -> dict[str, str]:
    """See `Kind.render`."""
    files = package.rendered(
        {
            "zephyr/module.yml": "zephyr/module.yml.j2",
            "zephyr/Kconfig": "zephyr/Kconfig.j2",
            "zephyr/CMakeLists.txt": "zephyr/CMakeLists.txt.j2",
        }
    )
    for name, example in package.examples.items():
        files |= _application(package, f"samples/{name}", example, "sample.yaml")
    if package.selftest:
        files |= _application(package, "tests/selftest", package.selftest, "testcase.yaml")
    return files | under("src", package.library)


def _application(package: Package, folder: str, sources: Mapping[str, str], scenario: str) -> dict[str, str]:
    """A Zephyr application in `folder`, with the file that Twister finds it by."""
    templates = {f"{folder}/{file}": template for file, template in _APPLICATION.items()}
    templates[f"{folder}/{scenario}"] = "zephyr/scenario.yaml.j2"
    compiled = sorted(file for file in sources if file.endswith(".c"))
    words = {"application": folder.rpartition("/")[2], "compiled": compiled, "is_test": scenario == "testcase.yaml"}
    return package.rendered(templates, **words) | under(f"{folder}/src", sources)


KIND = Kind("zephyr", "Zephyr", render)
