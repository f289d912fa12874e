"""Arduino: a library of the 1.5 format, for ARM boards."""

from __future__ import annotations

from ecgprune.packaging.kind import Kind
from ecgprune.packaging.package import Package
from ecgprune.packaging.places import under

__all__ = ["KIND"]

_ARCHITECTURES = (
    "samd", "sam", "nrf52", "nRF5", "rp2040", "stm32", "apollo3", "renesas", "renesas_portenta", "renesas_uno", "mbed",
    "mbed_edge", "mbed_giga", "mbed_nano", "mbed_nicla", "mbed_opta", "mbed_portenta", "mbed_rp2040",
)  # fmt: skip
"""Cores whose constants stay in flash: ARM's. Not avr, where const data is copied to RAM."""


def render(package: Package) -> dict[str, str]:
    """See `Kind.render`. The IDE compiles src/, and the files of an example beside its sketch."""
    templates = {
        "library.properties": "arduino/library.properties.j2",
        "examples/Minimal/Minimal.ino": "arduino/minimal.ino.j2",
    }
    found = under("src", package.library)
    if package.selftest:
        templates["examples/SelfTest/SelfTest.ino"] = "arduino/selftest.ino.j2"
        sketch = {name: text for name, text in package.selftest.items() if name != "main.c"}
        found |= under("examples/SelfTest", sketch)
    if package.ecg:
        templates["examples/Live/Live.ino"] = "arduino/live.ino.j2"
        sketch = {name: text for name, text in package.examples["live"].items() if name != "main.c"}
        found |= under("examples/Live", sketch)
    return found | package.rendered(templates, architectures=_ARCHITECTURES)


KIND = Kind("arduino", "Arduino", render)
