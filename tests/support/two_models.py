"""Drop-in folders for tests: one of the shipped small model, one of a model with other kernels and another name."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from networks import Net
from oracle import random_vectors, tflm_layers
from tflite_builder import tensor

from ecgprune.board import firmware_root
from ecgprune.codegen import generate
from ecgprune.codegen.target import Target
from ecgprune.config import DataConfig
from ecgprune.graph.reader import read
from ecgprune.interface import ModelContract
from ecgprune.packaging import GeneratedModel, drop_in
from ecgprune.pipeline.contract import contract_of

TWO_MODELS = Path(__file__).parent / "c" / "two_models.c"
"""A program around the small model as `one` and the pooling model as `two`: inputs from stdin, outputs to stdout."""

SMALL = (firmware_root() / "models" / "small" / "model.tflite").read_bytes()


def pooling_model() -> bytes:
    """A depthwise convolution, average pooling and a ReLU that rescales: kernels that the shipped models do not use."""
    net = Net()
    x = net.input((1, 1, 16, 4), (0.0625, 0))
    weights = (np.arange(12) * 5 % 23 - 11).reshape(1, 1, 3, 4)
    net.tensors.append(tensor(weights.shape, "int8", [0.05], [0], weights, 3, name=f"t{len(net.tensors)}"))
    y = net.apply(
        "DEPTHWISE_CONV_2D", [x, net.tensors[-1].name], (1, 1, 14, 4), (0.04, 3), output=False, padding="VALID",
        stride_w=1, stride_h=1, dilation_w_factor=1, dilation_h_factor=1, depth_multiplier=1,
    )  # fmt: skip
    y = net.apply(
        "AVERAGE_POOL_2D", y, (1, 1, 7, 4), (0.04, 3), output=False,
        padding="VALID", stride_w=2, stride_h=1, filter_width=2, filter_height=1,
    )  # fmt: skip
    net.apply("RELU", y, (1, 1, 7, 4), (0.03, -128))
    return net.blob()


def write_drop_in(
    blob: bytes, name: str, out: Path, core: str = "Cortex-M4", contract: ModelContract | None = None
) -> GeneratedModel:
    """The drop-in folder of a .tflite in `out`, and what it was made from."""
    made = generate(read(blob), name, target=Target(core), contract=contract)
    constants = sum(layer.weight_bytes for layer in made.plan.layers)
    model = GeneratedModel(made.files, made.model, "native", core, "speed", made.plan.arena_bytes, constants)
    drop_in(model, out, firmware_root())
    return model


def ecg_contract() -> ModelContract:
    return contract_of(DataConfig(patient=True))


def assert_both_answer_as_tflm(program: Path) -> None:
    """A program of `TWO_MODELS` gives TFLM's bytes for a random vector of each model."""
    given, expected = b"", b""
    for blob in (SMALL, pooling_model()):
        graph = read(blob)
        vector = random_vectors(graph, 1, seed=5)[0]
        given += b"".join(np.ascontiguousarray(x).tobytes() for x in vector)
        expected += tflm_layers(blob, graph, [vector])[0][graph.outputs[0]].tobytes()
    done = subprocess.run([program], input=given, capture_output=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout == expected
