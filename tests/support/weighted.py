"""What tests draw for operators with weights: patterns of zeros, factors with ties, biases up to the limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from networks import Net, activations, zero_points
from tflite_builder import tensor

from ecgprune.codegen import cost
from ecgprune.codegen.call import KernelCall
from ecgprune.codegen.features import integer
from ecgprune.codegen.target import Target


@dataclass(frozen=True)
class Drawn:
    """Everything about an operator with weights but its geometry. exponent: log2 of the largest factor."""

    seed: int
    zeros: float
    extreme: bool
    exponent: int
    tie: bool
    per_channel: bool
    bias: str
    input_zero: int
    output_zero: int
    activation: str


# Mostly factors that spread sums of some ten products over the int8 range, now and then all others.
exponents = st.one_of(st.sampled_from([-11, -10, -9, -8, -7]), st.sampled_from([-40, -31, -16, -13, -5, -3, 0, 1, 3]))

drawn = st.builds(
    Drawn,
    seed=st.integers(0, 2**32 - 1),
    zeros=st.sampled_from([0.0, 0.3, 0.6, 0.9, 1.0]),
    extreme=st.booleans(),
    exponent=exponents,
    tie=st.booleans(),
    per_channel=st.booleans(),
    bias=st.sampled_from(["left out", "small", "large"]),
    input_zero=zero_points,
    output_zero=zero_points,
    activation=activations,
)


@contextmanager
def without_measurement() -> Iterator[None]:
    """A plan may take kernels on cores that they were never measured on, as the generator would not."""
    nothing: dict[str, float] = {}
    with mock.patch.object(cost, "_measured", lambda kernel, core, what: 0 if what == "code_bytes" else nothing):
        yield


@contextmanager
def preferring(kernel: str) -> Iterator[None]:
    """The planner takes this kernel wherever it can."""
    with mock.patch.object(cost, "time", lambda call, target: float(call.kernel != kernel)):
        yield


@contextmanager
def preferring_chunks(kernel: str, size: str = "large") -> Iterator[None]:
    """The planner takes this kernel wherever it can, with its chunks of the least or the greatest size.

    Args:
        kernel: name of a kernel with the fields "chunk" and "pool".
        size: "small" or "large".
    """

    def time(call: KernelCall, target: Target) -> float:
        if call.kernel != kernel:
            return 1e6
        chunk = integer(call, "chunk")
        return (chunk if size == "small" else 1e4 / chunk) / integer(call, "pool")

    with mock.patch.object(cost, "time", time):
        yield


def weights(case: Drawn, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    """int8 of all sizes, or only the two ends, with the drawn share of zeros."""
    rng = np.random.default_rng(case.seed)
    values = rng.choice(np.array([-128, -127, 127]), shape) if case.extreme else rng.integers(-128, 128, shape)
    return np.where(rng.random(shape) < case.zeros, 0, values).astype(np.int8)


def add_inputs(
    net: Net, case: Drawn, shape: tuple[int, ...], values: npt.NDArray[np.int8], outputs: int, axis: int
) -> list[Any]:
    """The operator's input names: a graph input, the weights, and the bias where the case has one.

    Scales multiply to factors around 2**exponent; a tie case has powers of two, so that halves occur often.
    """
    rng = np.random.default_rng(case.seed + 1)
    count = outputs if case.per_channel else 1
    spread = 2.0 ** rng.integers(-3, 1, count) if case.tie else rng.uniform(0.05, 1.0, count)
    input_scale = 0.5 if case.tie else 0.0371
    scales = (spread * 2.0**case.exponent / input_scale).astype(np.float32)
    names = [net.input(shape, (input_scale, case.input_zero))]
    names.append(f"t{len(net.tensors)}")
    net.tensors.append(
        tensor(values.shape, "int8", scales, np.zeros(count, int), values, axis=axis if count > 1 else 0, name=names[1])
    )
    if case.bias != "left out":
        largest = 2**24 if case.bias == "large" else 2**9
        names.append(f"t{len(net.tensors)}")
        net.tensors.append(
            tensor(
                (outputs,),
                "int32",
                np.float32(input_scale) * scales,
                np.zeros(count, int),
                rng.integers(-largest, largest + 1, outputs),
                name=names[2],
            )
        )
    return names
