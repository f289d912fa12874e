"""What a kernel call costs on a core: the one place where the forms of a layer are weighed.

Every kernel has a rule in a module here, which counts what the call does (weights, outputs, tiles, ...), and a file
coefficients/<kernel>.json with the instructions that each of these takes on each core, fitted to counts on QEMU.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.cost import convolution, helium, matrix, smlad, weightless
from ecgprune.codegen.cost.counting import Features, Rule
from ecgprune.codegen.target import Target

__all__ = ["FOLDER", "code_bytes", "features", "instructions"]

FOLDER = Path(__file__).parent / "coefficients"
"""Where the coefficients are."""

_RULES: dict[str, Rule] = {**convolution.RULES, **helium.RULES, **matrix.RULES, **smlad.RULES, **weightless.RULES}


def features(call: KernelCall) -> Features:
    """What the call does, counted; "call" is 1. A kernel without a rule has nothing else."""
    rule = _RULES.get(call.kernel)
    return {"call": 1.0, **(rule(call) if rule else {})}


def instructions(call: KernelCall, target: Target) -> float:
    """Estimated instructions of one call on the target's core; 0 for a call that needs no code."""
    known = _coefficients(call.kernel).get(target.known_core, {})
    return sum(known.get(name, 0.0) * amount for name, amount in features(call).items())


def code_bytes(kernel: str, target: Target) -> int:
    """Flash of a kernel's code on the target's core, once however often it is called; 0 where it is not known."""
    return int(_coefficients(kernel).get(target.known_core, {}).get("code_bytes", 0))


@functools.cache
def _coefficients(kernel: str) -> dict[str, dict[str, float]]:
    """{core: {feature: instructions}}, nothing for a kernel that was never measured."""
    file = FOLDER / f"{kernel}.json"
    if not kernel or not file.is_file():
        return {}
    table: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8"))
    return table
