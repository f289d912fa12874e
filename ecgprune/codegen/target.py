"""What code is generated for: the core whose instructions are counted, and what is to be spared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CORES", "Optimize", "Target"]

Optimize = Literal["speed", "ram", "flash"]

CORES = ("Cortex-M0", "Cortex-M3", "Cortex-M4", "Cortex-M7", "Cortex-M33", "Cortex-M55")
"""Cores that the cost model knows, as ECGP_CORE of firmware/boards/*/board.mk names them."""


@dataclass(frozen=True)
class Target:
    """core: one of CORES; any other, as the host, is planned for as a Cortex-M4.

    The code is right on every core: the target only decides which kernels are called.
    """

    core: str = "Cortex-M4"
    optimize: Optimize = "speed"

    @property
    def known_core(self) -> str:
        return self.core if self.core in CORES else "Cortex-M4"

    @property
    def dsp(self) -> bool:
        """SMLAD and SXTB16, two products of int16 in one instruction. (A Cortex-M33 may be had without.)"""
        return self.known_core in ("Cortex-M4", "Cortex-M7", "Cortex-M33", "Cortex-M55")

    @property
    def helium(self) -> bool:
        """MVE, vectors of 16 bytes."""
        return self.known_core == "Cortex-M55"
