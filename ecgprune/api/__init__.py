"""From Python: `prune` and `quantize` a Keras model of one's own, `export` a model to C, then build and verify it.

`ecgprune` offers the same names. Importing this package is cheap. docs/guide/pruning-your-model.md has worked examples.
"""

from ecgprune.api.firmware import Firmware, export
from ecgprune.api.results import Measurement, Package, RuntimeCheck, Verification
from ecgprune.api.training import prune, quantize

__all__ = ["Firmware", "Measurement", "Package", "RuntimeCheck", "Verification", "export", "prune", "quantize"]
