"""Verification: the same int8 vectors through TFLM (the oracle), the TFLite interpreter, host C and emulated boards."""

from ecgprune.verify.predict import Interpreter, TflmHost, probabilities
from ecgprune.verify.run import Generated, check, failures, run
from ecgprune.verify.vectors import choose, random_inputs

__all__ = [
    "Generated",
    "Interpreter",
    "TflmHost",
    "check",
    "choose",
    "failures",
    "probabilities",
    "random_inputs",
    "run",
]
