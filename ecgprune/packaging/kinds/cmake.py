"""CMake: add_subdirectory, and find_package on the sources or on what was installed."""

from __future__ import annotations

from ecgprune.packaging.kind import Kind
from ecgprune.packaging.package import Package
from ecgprune.packaging.places import placed

__all__ = ["KIND"]


def render(package: Package) -> dict[str, str]:
    """See `Kind.render`."""
    own = package.rendered(
        {
            "CMakeLists.txt": "cmake/CMakeLists.txt.j2",
            "platform/CMakeLists.txt": "cmake/platform.cmake.j2",
            "cmake/arm-none-eabi.cmake": "cmake/toolchain.cmake.j2",
            f"cmake/{package.name}-config.cmake": "cmake/config.cmake.j2",
            f"cmake/{package.name}-config-version.cmake": "cmake/config-version.cmake.j2",
        }
    )
    programs = {f"examples/{name}": files for name, files in package.examples.items()}
    if package.selftest:
        programs["test"] = package.selftest
    for folder, files in programs.items():
        templates = {f"{folder}/CMakeLists.txt": "cmake/program.cmake.j2"}
        own |= package.rendered(templates, program=folder.removeprefix("examples/"), files=sorted(files))
    return own | placed(package)


KIND = Kind("cmake", "CMake", render)
