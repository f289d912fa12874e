"""The `tflm` runtime: a .tflite as an aligned C array behind ecgprune's C interface, and its arena size."""

from ecgprune.tflm.arena import arena_bytes
from ecgprune.tflm.compress import Compression, compress
from ecgprune.tflm.generate import generate
from ecgprune.tflm.layers import layers

__all__ = ["Compression", "arena_bytes", "compress", "generate", "layers"]
