"""What an int8 classifier says, by the oracle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecgprune.graph.reader import read
from ecgprune.verify.oracles import TflmHost
from ecgprune.verify.vectors import arrange

__all__ = ["probabilities"]


def probabilities(tflite: Path, inputs: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """The model's first output [n, classes], dequantized, for {input name: int8 [n, ...]}, through TFLM on the host."""
    blob = tflite.read_bytes()
    graph = read(blob)
    stored = TflmHost(blob, graph).outputs(arrange(graph, inputs))[0]
    quantization = graph.tensor(graph.outputs[0]).quantization
    if quantization is None:  # a float output
        return stored.astype(np.float32)
    return ((stored.astype(np.int32) - quantization.zero_point) * np.float32(quantization.scale)).astype(np.float32)
