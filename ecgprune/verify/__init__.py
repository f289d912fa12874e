"""Verification: the same int8 vectors through TFLM (the oracle), the TFLite interpreter, host C and emulated boards."""

from ecgprune.verify.oracles import has_tflm
from ecgprune.verify.predict import Interpreter, TflmHost, probabilities
from ecgprune.verify.rows import KernelCalls
from ecgprune.verify.run import Generated, check, failures, run
from ecgprune.verify.substitute import without_tflm
from ecgprune.verify.vectors import choose, random_inputs

__all__ = [
    "Generated",
    "Interpreter",
    "KernelCalls",
    "TflmHost",
    "check",
    "choose",
    "failures",
    "has_tflm",
    "probabilities",
    "random_inputs",
    "run",
    "without_tflm",
]
