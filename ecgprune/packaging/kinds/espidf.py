"""ESP-IDF: a component for its build system and its registry, with example projects and a test."""

from __future__ import annotations

from ecgprune.packaging.kind import Kind
from ecgprune.packaging.package import Package
from ecgprune.packaging.places import under

__all__ = ["KIND"]

_PROJECT = {
    "CMakeLists.txt": "espidf/project.cmake.j2",
    "main/CMakeLists.txt": "espidf/main.cmake.j2",
    "main/app_main.c": "espidf/app_main.c.j2",
    "sdkconfig.defaults": "espidf/sdkconfig.j2",
}
_ARM_ASSEMBLY = "_asm.h"
"""How the names of headers end that Cortex-M cores alone include: ecgp_compiler.h."""


def render(package: Package) -> dict[str, str]:
    """See `Kind.render`."""
    files = package.rendered(
        {"idf_component.yml": "espidf/idf_component.yml.j2", "CMakeLists.txt": "espidf/CMakeLists.txt.j2"}
    )
    programs = {f"examples/{name}": example for name, example in package.examples.items()}
    if package.selftest:
        programs["test_apps/selftest"] = package.selftest
    for folder, sources in programs.items():
        templates = {f"{folder}/{file}": template for file, template in _PROJECT.items()}
        compiled = sorted(file for file in sources if file.endswith(".c"))
        files |= package.rendered(templates, project=folder.rpartition("/")[2], compiled=compiled)
        files |= under(f"{folder}/main", sources)
    library = {name: text for name, text in package.library.items() if not name.endswith(_ARM_ASSEMBLY)}
    return files | under("src", library)


KIND = Kind("espidf", "ESP-IDF", render)
