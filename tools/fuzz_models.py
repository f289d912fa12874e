"""The ten models that tools/fuzz.py spoils: the shipped ones, a small classifier, all operators in seven networks."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import fragments
import small_network

__all__ = ["models"]

SHIPPED = Path(__file__).parents[1] / "firmware" / "models"
NETWORKS = 7


@functools.cache
def models() -> Mapping[str, bytes]:
    """{name: content of the .tflite}."""
    found = {name: (SHIPPED / name / "model.tflite").read_bytes() for name in ("reference", "small")}
    found["classifier"] = small_network.network()
    names = list(fragments.fragments())
    for number in range(NETWORKS):
        found[f"operators-{number}"] = fragments.network(*names[number::NETWORKS]).blob()
    return found
