"""What a kernel call costs on a core: the one place where the variants of a layer are weighed.

A kernel's rule counts what the call does (weights, outputs, tiles, ...). It stands beside the kernel's packing in
codegen/kernels, or in its operator's module in codegen/ops. coefficients/<kernel>.json has the instructions and cycles
that each of these takes on each core, fitted by `make calibrate` to counts on QEMU and to the cycles estimated from
them: {core: {"code_bytes": bytes, "instructions": {feature: amount}, "cycles": {feature: amount}}}.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from ecgprune.codegen import ops
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import Features
from ecgprune.codegen.target import Target
from ecgprune.errors import CodegenError

__all__ = ["FOLDER", "code_bytes", "cycles", "features", "instructions", "time"]

FOLDER = Path(__file__).parent / "coefficients"
"""Where the coefficients are."""


def features(call: KernelCall) -> Features:
    """What the call does, counted; "call" is 1.

    Raises:
        CodegenError: no operator's specification has a cost rule for the kernel.
    """
    rule = ops.costs().get(call.kernel)
    if rule is None:
        raise CodegenError(f"kernel {call.kernel} has no cost rule: add it to the costs of its operator in codegen/ops")
    return {"call": 1.0, **rule(call)}


def instructions(call: KernelCall, target: Target) -> float:
    """Estimated instructions of one call.

    Args:
        call: the call; 0 where it needs no code.
        target: on whose core it runs.

    Raises:
        CodegenError: the kernel has no cost rule, or was not measured on the core.
    """
    return _sum(call, target, "instructions")


def cycles(call: KernelCall, target: Target) -> float:
    """Predicted cycles of one call.

    Args:
        call: the call; 0 where it needs no code.
        target: on whose core it runs.

    Raises:
        CodegenError: the kernel has no cost rule, or its cycles were not measured on the core.
    """
    return _sum(call, target, "cycles")


def time(call: KernelCall, target: Target) -> float:
    """What selection minimizes: predicted cycles.

    Args:
        call: the call; 0 where it needs no code.
        target: on whose core it runs.

    Raises:
        CodegenError: the kernel has no cost rule, or was not measured on the core.
    """
    return cycles(call, target)


def _sum(call: KernelCall, target: Target, quantity: str) -> float:
    if not call.kernel:
        return 0.0
    amounts = features(call)
    known: dict[str, float] = _measured(call.kernel, target.core, quantity)
    return sum(known.get(name, 0.0) * amount for name, amount in amounts.items())


def code_bytes(kernel: str, target: Target) -> int:
    """Flash of a kernel's code in bytes, once however often it is called.

    Args:
        kernel: name of the C function; "" takes 0.
        target: for whose core it is compiled.

    Raises:
        CodegenError: the kernel was not measured on the core.
    """
    return int(_measured(kernel, target.core, "code_bytes")) if kernel else 0


def _measured(kernel: str, core: str, quantity: str) -> Any:
    """quantity: "code_bytes", "instructions" or "cycles"."""
    known = _coefficients(kernel).get(core, {}).get(quantity)
    if known is None:
        raise CodegenError(
            f"kernel {kernel} was not measured on {core}, expected coefficients in {kernel}.json: run `make calibrate`"
        )
    return known


@functools.cache
def _coefficients(kernel: str) -> dict[str, dict[str, Any]]:
    """By core; nothing for a kernel that was never measured."""
    file = FOLDER / f"{kernel}.json"
    if not file.is_file():
        return {}
    table: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return table
