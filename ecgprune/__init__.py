"""ecgprune: ECG classifiers, pruned in stages, as verified int8 firmware for Cortex-M.

For a model of your own: `prune`, `quantize` and `export`, see `ecgprune.api`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecgprune.api import Firmware, Measurement, Package, Verification, export, prune, quantize
    from ecgprune.training.outcome import DenseLayer, PruneResult, Stage, StageResult

__all__ = [
    "DenseLayer",
    "Firmware",
    "Measurement",
    "Package",
    "PruneResult",
    "Stage",
    "StageResult",
    "Verification",
    "export",
    "prune",
    "quantize",
]

__version__ = "0.1.0"

_HOMES = {
    **dict.fromkeys(("DenseLayer", "PruneResult", "Stage", "StageResult"), "ecgprune.training.outcome"),
    **dict.fromkeys(
        ("Firmware", "Measurement", "Package", "Verification", "export", "prune", "quantize"), "ecgprune.api"
    ),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """The public names, each imported when it is first used: `import ecgprune` itself loads nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ecgprune' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
