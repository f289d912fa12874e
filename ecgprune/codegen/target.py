"""What code is generated for: the core whose instructions are counted, and what the kernels are selected for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecgprune.errors import CodegenError

__all__ = ["CORES", "HOST_STANDS_FOR", "Optimize", "Target"]

Optimize = Literal["balanced", "speed", "ram", "flash"]

CORES = ("Cortex-M0", "Cortex-M3", "Cortex-M4", "Cortex-M7", "Cortex-M33", "Cortex-M55")
"""Cores that the cost model knows, as ECGP_CORE of firmware/boards/*/board.mk names them."""

HOST_STANDS_FOR = "Cortex-M4"
"""The core that code for the host is planned for: the host has no coefficients, its code is there to be checked."""

_STANDS_FOR = {"host": HOST_STANDS_FOR, "Cortex-M0+": "Cortex-M0", "Cortex-M85": "Cortex-M55"}
"""Cores that run the code of another one: the same instruction set (M0+), or a larger one (M85)."""


@dataclass(frozen=True)
class Target:
    """The core that kernels are selected for, and the objective.

    The code is right on every core: the target only decides which kernels are called.

    Args:
        core: one of CORES.
        optimize: "balanced", or for speed, RAM or flash; see objective.py.

    Raises:
        CodegenError: nothing is measured on the core.
    """

    core: str = "Cortex-M4"
    optimize: Optimize = "balanced"

    def __post_init__(self) -> None:
        if self.core not in CORES:
            raise CodegenError(
                f"core is {self.core}, expected one of {', '.join(CORES)}: the cost model knows no other. Add the core "
                "to ecgprune/codegen/target.py and run `make calibrate`"
            )

    @classmethod
    def for_board(cls, core: str, optimize: Optimize = "balanced") -> Target:
        """The target for a board's core.

        Args:
            core: the board's; code for the host ("host") is that of HOST_STANDS_FOR, for a Cortex-M0+ that of the M0,
                for a Cortex-M85 that of the M55.
            optimize: the objective.

        Raises:
            CodegenError: nothing is measured on the core.
        """
        return cls(_STANDS_FOR.get(core, core), optimize)

    @property
    def dsp(self) -> bool:
        """SMLAD and SXTB16, two products of int16 in one instruction. (A Cortex-M33 may be had without.)"""
        return self.core in ("Cortex-M4", "Cortex-M7", "Cortex-M33", "Cortex-M55")

    @property
    def helium(self) -> bool:
        """MVE, vectors of 16 bytes."""
        return self.core == "Cortex-M55"
