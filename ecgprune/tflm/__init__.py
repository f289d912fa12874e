"""The `tflm` runtime: a .tflite as an aligned C array behind ecgprune's C interface, run by the user's build of TFLM.

Read first: `generate.generate`. `operators` lists TFLM's operators and how each is registered, `arena` measures the
arena, `compress` stores pruned tensors small, `layers` counts what TFLM computes.
"""

from ecgprune.tflm.arena import Allocations, allocations, arena_bytes
from ecgprune.tflm.compress import DECODE_INSTRUCTIONS, DECODER_FLASH, Compression, compress
from ecgprune.tflm.generate import generate
from ecgprune.tflm.layers import layers

__all__ = [
    "DECODER_FLASH",
    "DECODE_INSTRUCTIONS",
    "Allocations",
    "Compression",
    "allocations",
    "arena_bytes",
    "compress",
    "generate",
    "layers",
]
