"""Coefficients of the cost model from measured calls, and how well they predict them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ecgprune.artifacts import write_json
from ecgprune.calibration.measuring import Measured
from ecgprune.codegen import cost
from ecgprune.codegen.call import KernelCall

__all__ = ["Fit", "fit", "write"]

_SMALL = 300.0
"""Instructions that an error is at least held against: a few too many matter nowhere in a call of fifty."""
_DIGITS = 4


@dataclass(frozen=True)
class Fit:
    """The cost of one kernel on one core, fitted to measured calls.

    Attributes:
        coefficients: instructions by feature, and "code_bytes".
        calls: how many were fitted.
        mean: mean relative error of the prediction; calls below _SMALL instructions count relative to _SMALL.
        worst: the largest such error.
        farthest: the call of the worst one, in words.
    """

    kernel: str
    core: str
    coefficients: dict[str, float]
    calls: int
    mean: float
    worst: float
    farthest: str


def fit(found: Measured) -> list[Fit]:
    """Coefficients of every kernel that was measured, by kernel name, by non-negative least squares of relative errors.

    Coefficients are not negative: that is what makes them hold beyond the layers measured.

    Args:
        found: the calls of one core.

    Raises:
        CodegenError: a kernel has no cost rule.
    """
    by_kernel: dict[str, list[tuple[KernelCall, float]]] = defaultdict(list)
    for call, instructions in found.calls:
        by_kernel[call.kernel].append((call, instructions))
    return [_fit(kernel, found, by_kernel[kernel]) for kernel in sorted(by_kernel)]


def _fit(kernel: str, found: Measured, calls: Sequence[tuple[KernelCall, float]]) -> Fit:
    from scipy.optimize import nnls

    rows = [cost.features(call) for call, _ in calls]
    names = sorted({name for row in rows for name, amount in row.items() if amount})
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    counts = np.array([instructions for _, instructions in calls])
    against = np.maximum(counts, _SMALL)
    scale = np.abs(matrix).max(axis=0)  # features differ by orders of magnitude
    solved = nnls(matrix / scale / against[:, None], counts / against, maxiter=100 * len(names))[0] / scale
    rounded = [_rounded(value) for value in solved]
    errors = (matrix @ np.array(rounded) - counts) / against
    at = int(np.abs(errors).argmax())
    coefficients = {name: value for name, value in zip(names, rounded, strict=True) if value}
    if kernel in found.code_bytes:
        coefficients["code_bytes"] = found.code_bytes[kernel]
    told = ", ".join(f"{name} {value:g}" for name, value in rows[at].items())
    return Fit(
        kernel, found.core, dict(sorted(coefficients.items())), len(calls), float(np.abs(errors).mean()),
        float(errors[at]), f"{counts[at]:.0f} instructions; {told}",
    )  # fmt: skip


def _rounded(value: float) -> float:
    if value < 1e-6:
        return 0.0
    rounded = round(float(value), _DIGITS - 1 - math.floor(math.log10(value)))
    return int(rounded) if rounded == int(rounded) else rounded


def write(fits: Sequence[Fit], folder: Path) -> list[Path]:
    """Writes <kernel>.json for each kernel, {core: {feature: instructions}}; cores that were not fitted stay.

    Args:
        fits: of any kernels and cores.
        folder: cost.FOLDER, or another.

    Returns:
        The files written.
    """
    import json

    tables: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for one in fits:
        tables[one.kernel][one.core] = one.coefficients
    written = []
    for kernel, table in sorted(tables.items()):
        file = folder / f"{kernel}.json"
        before = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        write_json(file, dict(sorted({**before, **table}.items())), schema_version=None)  # a table by core
        written.append(file)
    return written
