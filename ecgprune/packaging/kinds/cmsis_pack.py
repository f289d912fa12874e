"""CMSIS-Pack: a software component with conditions for its cores, and a solution with the examples and the test."""

from __future__ import annotations

from ecgprune.packaging.kind import Kind
from ecgprune.packaging.package import About, Package
from ecgprune.packaging.places import under

__all__ = ["KIND"]

_EVERY_CORE = (
    "Cortex-M0", "Cortex-M0+", "Cortex-M1", "Cortex-M23", "Cortex-M3", "Cortex-M4", "Cortex-M7", "Cortex-M33",
    "Cortex-M35P", "Cortex-M52", "Cortex-M55", "Cortex-M85",
)  # fmt: skip
_THUMB2 = _EVERY_CORE[4:]
_DSP = _EVERY_CORE[5:]
_HELIUM = _EVERY_CORE[9:]
_CORES = {"Cortex-M0": _EVERY_CORE, "Cortex-M3": _THUMB2, "Cortex-M55": _HELIUM}
"""Cores with the instructions of the one that kernels were selected for; `_DSP` where that is not listed."""


def render(package: Package) -> dict[str, str]:
    """See `Kind.render`."""
    programs = dict(package.examples) | ({"test": package.selftest} if package.selftest else {})
    files = package.rendered(
        {
            f"{package.about.vendor_id}.{package.name}.pdsc": "cmsis-pack/pdsc.j2",
            f"examples/{package.name}.csolution.yml": "cmsis-pack/csolution.j2",
        },
        cores=_CORES.get(package.model.core, _DSP),
        programs=sorted(programs),
        device=f"ARMC{package.model.core.removeprefix('Cortex-')}",
    )
    for name, sources in programs.items():
        compiled = sorted(file for file in sources if file.endswith(".c"))
        templates = {f"examples/{name}/{name}.cproject.yml": "cmsis-pack/cproject.j2"}
        files |= package.rendered(templates, compiled=compiled) | under(f"examples/{name}", sources)
    return files | under("src", package.library)


def archive_name(name: str, about: About) -> str:
    """As pack installers want it."""
    return f"{about.vendor_id}.{name}.{about.version}.pack"


KIND = Kind("cmsis-pack", "CMSIS-Pack", render, archive_name, top_folder=False)
