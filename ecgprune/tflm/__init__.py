"""The `tflm` runtime: a .tflite as an aligned C array behind ecgprune's C interface, and its arena size."""

from ecgprune.tflm.arena import arena_bytes
from ecgprune.tflm.generate import generate

__all__ = ["arena_bytes", "generate"]
