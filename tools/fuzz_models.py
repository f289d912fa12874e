"""The twelve models that tools/fuzz.py spoils: the shipped ones, small classifiers of int8 and int16, operators with a
state, and all operators in seven networks."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import fragments
import numpy as np
import small_network
from networks import Net

__all__ = ["models"]

SHIPPED = Path(__file__).parents[1] / "firmware" / "models"
NETWORKS = 7


@functools.cache
def models() -> Mapping[str, bytes]:
    """{name: content of the .tflite}."""
    found = {name: (SHIPPED / name / "model.tflite").read_bytes() for name in ("reference", "small")}
    found["classifier"] = small_network.network()
    found["int16"] = _int16()
    found["state"] = fragments.network("ASSIGN_VARIABLE", "SVDF", "UNIDIRECTIONAL_SEQUENCE_LSTM").blob()
    names = list(fragments.fragments())
    for number in range(NETWORKS):
        found[f"operators-{number}"] = fragments.network(*names[number::NETWORKS]).blob()
    return found


def _int16() -> bytes:
    """A classifier of int16 activations and int8 weights: convolution, pooling, sum, dense layer, softmax."""
    net, rng = Net(), np.random.default_rng(16)
    wave, features = (2.0**-11, 0), (2.0**-9, 0)
    steps = {"padding": "VALID", "stride_w": 1, "stride_h": 1}

    def weighted(name: str, x: str, weights: tuple[int, ...], shape: tuple[int, ...], quant: tuple[float, int]) -> str:
        kernel = net.constant(rng.integers(-127, 128, weights), (0.01, 0))
        bias = net.constant(rng.integers(-9999, 9999, weights[0]), (0.01 * wave[0], 0), "int64")
        more = steps | {"dilation_w_factor": 1, "dilation_h_factor": 1} if name == "CONV_2D" else {}
        return net.apply(name, [x, kernel, bias], shape, quant, "int16", output=False,
                         fused_activation_function="RELU", **more)  # fmt: skip

    a = weighted("CONV_2D", net.input((1, 1, 16, 1), wave, "int16"), (4, 1, 3, 1), (1, 1, 14, 4), features)
    a = net.apply("MAX_POOL_2D", a, (1, 1, 7, 4), features, "int16", output=False, filter_width=2, filter_height=1,
                  padding="VALID", stride_w=2, stride_h=1)  # fmt: skip
    other = net.input((1, 1, 7, 4), features, "int16")
    a = net.apply("ADD", [a, other], (1, 1, 7, 4), wave, "int16", output=False, pot_scale_int16=False)
    a = weighted("FULLY_CONNECTED", a, (5, 28), (1, 5), features)
    net.apply("SOFTMAX", a, (1, 5), (2.0**-15, 0), "int16", beta=1.0)
    return net.blob()
