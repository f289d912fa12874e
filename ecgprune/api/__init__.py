"""What is done with a model of one's own, from Python. Imports nothing heavy."""

from ecgprune.api.firmware import Firmware, export
from ecgprune.api.results import Measurement, Package, RuntimeCheck, Verification
from ecgprune.api.training import prune, quantize

__all__ = ["Firmware", "Measurement", "Package", "RuntimeCheck", "Verification", "export", "prune", "quantize"]
