"""make: a library, examples and a test by one Makefile, and a fragment for Makefiles of one's own."""

from __future__ import annotations

from ecgprune.packaging.kind import Kind
from ecgprune.packaging.package import Package
from ecgprune.packaging.places import placed

__all__ = ["KIND"]


def render(package: Package) -> dict[str, str]:
    """See `Kind.render`."""
    own = package.rendered({"Makefile": "make/Makefile.j2", f"{package.name}.mk": "make/fragment.mk.j2"})
    return own | placed(package)


KIND = Kind("make", "make", render)
