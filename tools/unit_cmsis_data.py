"""What unit_cases_cmsis.py reads off a folder of CMSIS-NN's test data."""

from typing import Any

import numpy as np
import numpy.typing as npt
from networks import Net
from unit_case import Given, OutsideError

__all__ = ["Data", "clamp", "explicit_padding", "quantized_scale", "unpacked", "window"]


class Data:
    """Macros and arrays of a case by their names without the case's, and the network that it becomes."""

    def __init__(self, name: str, macros: dict[str, Any], arrays: dict[str, npt.NDArray[Any] | None]) -> None:
        self.name, self.macros, self.arrays, self.net = name, macros, arrays, Net()

    def __getitem__(self, name: str) -> Any:
        if name not in self.macros:
            raise OutsideError(f"its header has no {name.upper()}")
        return self.macros[name]

    def array(self, *names: str) -> npt.NDArray[Any]:
        """The first of these that is there."""
        for name in names:
            found = self.arrays.get(name)
            if found is not None:
                return found
        raise OutsideError(f"its headers have no {names[0]}")


def quantized_scale(data: Data, given: Given, number: int, dtype: np.dtype[Any]) -> tuple[float, int]:
    """A scale of the output that no other case has, and its zero point; its clamp goes to `given`."""
    # A power of two: what divides by it is exact, whatever the order.
    quant = (2.0 ** (number - 90), data.macros.get("output_offset", 0))
    clamp(data, given, quant, dtype)
    return quant


def clamp(data: Data, given: Given, quant: tuple[float, int], dtype: np.dtype[Any]) -> None:
    """Hands the case's clamp over, for outputs of this quantization."""
    limits = np.iinfo(dtype)
    names = [("out_activation_min", "out_activation_max"), ("activation_min", "activation_max")]
    low, high = next(((data[a], data[b]) for a, b in names if a in data.macros), (limits.min, limits.max))
    given.clamps[quant] = (int(low), int(high))


def unpacked(weights: npt.NDArray[Any], count: int, data: Data) -> npt.NDArray[np.int8]:
    """int8 weights; of int4, two in a byte, the first in its low half."""
    if "int4" not in data.name:
        return weights.astype(np.int8)
    packed = weights.view(np.uint8).astype(np.int64)
    pairs = np.stack([packed & 15, packed >> 4], axis=1).reshape(-1)[:count]
    return np.asarray((pairs ^ 8) - 8).astype(np.int8)


def window(data: Data, padding: str) -> dict[str, Any]:
    """Options of a convolution."""
    return {
        "padding": padding,
        "stride_h": data["stride_y"],
        "stride_w": data["stride_x"],
        "dilation_h_factor": data["dilation_y"],
        "dilation_w_factor": data["dilation_x"],
    }


def explicit_padding(data: Data, shape: tuple[int, ...], kernel: tuple[int, int]) -> tuple[str, list[list[int]]]:
    """("SAME" or "VALID", paddings of a PAD before it) that give the case's padding and output size."""
    amounts, same, valid = [[0, 0]], True, True
    for n, size, taps in (("y", shape[1], kernel[0]), ("x", shape[2], kernel[1])):
        out, pad = data["output_h" if n == "y" else "output_w"], data[f"pad_{n}"]
        stride, extent = data[f"stride_{n}"], (taps - 1) * data[f"dilation_{n}"] + 1
        over = max((-(-size // stride) - 1) * stride + extent - size, 0)
        same = same and (out, pad) == (-(-size // stride), over // 2)
        valid = valid and (out, pad) == ((size - extent) // stride + 1, 0)
        amounts.append([pad, max((out - 1) * stride + extent - size - pad, 0)])
    if valid or same:
        return ("VALID" if valid else "SAME"), []
    return "VALID", [*amounts, [0, 0]]
