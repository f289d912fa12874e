"""TensorFlow Lite Micro and the TFLite interpreter, each model in a child process."""

from ecgprune.runtimes.child import Child, Limits
from ecgprune.runtimes.messages import tflm_reason

__all__ = ["Child", "Limits", "tflm_reason"]
