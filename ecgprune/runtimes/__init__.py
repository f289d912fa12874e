"""TensorFlow Lite Micro and the TFLite interpreter on the host, each model in a child process, which it may crash.

Read first: `child.Child`, which starts the process; `worker` is what runs in it, `frames` the messages between them.
"""

from ecgprune.runtimes.child import Child, Limits
from ecgprune.runtimes.messages import tflm_reason

__all__ = ["Child", "Limits", "tflm_reason"]
