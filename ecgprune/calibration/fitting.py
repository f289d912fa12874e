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
from ecgprune.calibration.measuring import Counted, Measured
from ecgprune.codegen import cost

__all__ = ["Fit", "Fitted", "fit", "write"]

_SMALL = 300.0
"""Instructions or cycles that an error is at least held against: a few too many matter nowhere in a call of fifty."""
_DIGITS = 4


@dataclass(frozen=True)
class Fitted:
    """One quantity as a sum of features.

    Attributes:
        coefficients: amount by feature.
        mean: mean relative error of the prediction; calls below _SMALL count relative to _SMALL.
        worst: the largest such error.
        farthest: the call of the worst one, in words.
    """

    coefficients: dict[str, float]
    mean: float
    worst: float
    farthest: str


@dataclass(frozen=True)
class Fit:
    """The cost of one kernel on one core, fitted to measured calls.

    Attributes:
        kernel: name of the C function.
        core: as a board names it.
        calls: how many were fitted.
        instructions: counted.
        cycles: estimated from the counts.
        code_bytes: of the kernel; None where that was not measured.
    """

    kernel: str
    core: str
    calls: int
    instructions: Fitted
    cycles: Fitted
    code_bytes: int | None = None


def fit(found: Measured) -> list[Fit]:
    """Coefficients of every kernel that was measured, by kernel name, by non-negative least squares of relative errors.

    Coefficients are not negative: that is what makes them hold beyond the layers measured.

    Args:
        found: the calls of one core.

    Raises:
        CodegenError: a kernel has no cost rule.
    """
    by_kernel: dict[str, list[Counted]] = defaultdict(list)
    for one in found.calls:
        by_kernel[one.call.kernel].append(one)
    return [_fit(kernel, found, by_kernel[kernel]) for kernel in sorted(by_kernel)]


def _fit(kernel: str, found: Measured, calls: Sequence[Counted]) -> Fit:
    rows = [cost.features(one.call) for one in calls]
    instructions = _fitted(rows, [one.instructions for one in calls])
    cycles = _fitted(rows, [one.cycles for one in calls])
    return Fit(kernel, found.core, len(calls), instructions, cycles, found.code_bytes.get(kernel))


def _fitted(rows: Sequence[Mapping[str, float]], amounts: Sequence[float]) -> Fitted:
    from scipy.optimize import nnls

    names = sorted({name for row in rows for name, amount in row.items() if amount})
    matrix = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    counts = np.array(amounts)
    against = np.maximum(counts, _SMALL)
    scale = np.abs(matrix).max(axis=0)  # features differ by orders of magnitude
    solved = nnls(matrix / scale / against[:, None], counts / against, maxiter=100 * len(names))[0] / scale
    rounded = [_rounded(value) for value in solved]
    errors = (matrix @ np.array(rounded) - counts) / against
    at = int(np.abs(errors).argmax())
    told = ", ".join(f"{name} {value:g}" for name, value in rows[at].items())
    return Fitted(
        {name: value for name, value in zip(names, rounded, strict=True) if value},
        float(np.abs(errors).mean()),
        float(errors[at]),
        f"{counts[at]:.0f}; {told}",
    )


def _rounded(value: float) -> float:
    if value < 1e-6:
        return 0.0
    rounded = round(float(value), _DIGITS - 1 - math.floor(math.log10(value)))
    return int(rounded) if rounded == int(rounded) else rounded


def write(fits: Sequence[Fit], folder: Path) -> list[Path]:
    """Writes <kernel>.json for each kernel, as `cost` reads it; cores that were not fitted stay.

    Args:
        fits: of any kernels and cores.
        folder: cost.FOLDER, or another.

    Returns:
        The files written.
    """
    import json

    tables: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for one in fits:
        fitted = {"cycles": one.cycles.coefficients, "instructions": one.instructions.coefficients}
        code = {} if one.code_bytes is None else {"code_bytes": one.code_bytes}
        tables[one.kernel][one.core] = {**code, **fitted}
    written = []
    for kernel, table in sorted(tables.items()):
        file = folder / f"{kernel}.json"
        before = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        write_json(file, dict(sorted({**before, **table}.items())), schema_version=None)  # a table by core
        written.append(file)
    return written
