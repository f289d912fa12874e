"""A unit-test case of another library as a network of one operator: what unit_cases*.py have in common.

A library's test states integer multipliers and clamps, a .tflite states scales. Where no scale gives a multiplier, the
network gets one near it, and the lowering is handed the multiplier itself: see `handed`.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

SUPPORT = Path(__file__).parents[1] / "tests" / "support"
sys.path.insert(0, str(SUPPORT))

from networks import Net  # noqa: E402
from tflite_builder import tensor  # noqa: E402

from ecgprune.codegen import requant  # noqa: E402

__all__ = ["Case", "Given", "OutsideError", "constant", "handed", "read_headers"]

_MACRO = re.compile(r"^#define\s+(\w+)[ \t]+((?:.*\\\n)*.*)$", re.MULTILINE)
_ARRAY = re.compile(r"\b(int8|int16|int32|int64|uint8|bool)(?:_t)?\s+(\w+)\s*\[[^\]]*\]\s*=\s*\{([^}]*)\}")
_ALIAS = re.compile(r"\*const\s+(\w+)\s*=\s*(\w+)\s*;")
_INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


class OutsideError(Exception):
    """A case that is not run, with the reason."""


@dataclass
class Given:
    """What the lowering is handed: {real factor: (multiplier, shift)} and {(scale, zero point): (min, max)}."""

    factors: dict[float, tuple[int, int]] = field(default_factory=dict)
    clamps: dict[tuple[float, int], tuple[int, int]] = field(default_factory=dict)

    def scale_of(self, multiplier: int, shift: int, others: float = 1.0) -> float:
        """A float32 scale; times `others`, in double, it stands for this multiplier alone."""
        scale = np.float32(multiplier * 2.0 ** (shift - 31) / others)
        while self.factors.get(others * float(scale), (multiplier, shift)) != (multiplier, shift):
            scale = np.nextafter(scale, np.float32(np.inf))
        self.factors[others * float(scale)] = (multiplier, shift)
        return float(scale)


@dataclass
class Case:
    """vectors: of each invocation, the network's inputs; expected: the output of the last one; note: for people."""

    operator: str
    name: str
    net: Net
    vectors: list[list[npt.NDArray[Any]]]
    expected: npt.NDArray[Any]
    note: str = ""


@contextmanager
def handed(given: Given) -> Iterator[None]:
    """Code generated within has the given multipliers and clamps."""
    factor, clamp = requant.quantize_multiplier, requant.activation_range

    def quantize_multiplier(real: float) -> tuple[int, int]:
        return given.factors.get(real) or factor(real)

    def activation_range(activation: str, scale: float, zero_point: int, dtype: str = "int8") -> tuple[int, int]:
        return given.clamps.get((scale, zero_point)) or clamp(activation, scale, zero_point, dtype)

    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            if name.startswith("ecgprune.codegen"):
                for new in (quantize_multiplier, activation_range):
                    if hasattr(module, new.__name__):
                        stack.enter_context(mock.patch.object(module, new.__name__, new))
        yield


def constant(net: Net, values: npt.NDArray[Any], scale: float | Sequence[float] | None, axis: int = 0) -> str:
    """A constant tensor of the array's own type, with one scale or one for each slice of `axis`."""
    name = f"t{len(net.tensors)}"
    net.tensors.append(tensor(values.shape, values.dtype.name, scale, None, values, axis, name=name))
    return name


def read_headers(folder: Path, main: str = "test_data.h") -> tuple[dict[str, Any], dict[str, npt.NDArray[Any] | None]]:
    """Macros and arrays of a C header and those that it includes, without their common prefix, the folder's name.

    Macros are numbers, lists of numbers, or words in small letters; an array that is NULL is None.
    """
    text = (folder / main).read_text(encoding="utf-8")
    text += "".join((folder / name).read_text(encoding="utf-8") for name in _INCLUDE.findall(text))
    text = re.sub(r"//.*|/\*.*?\*/", "", text)
    macros = {name.lower(): _value(words) for name, words in _MACRO.findall(text)}
    arrays: dict[str, npt.NDArray[Any] | None] = {}
    for kind, name, numbers in _ARRAY.findall(text):
        found = np.array([int(number, 0) for number in re.findall(r"-?\w+", numbers)], np.int64)
        arrays[name] = found.astype(kind)
    for name, of in _ALIAS.findall(text):
        arrays[name] = arrays.get(of)
    prefix = f"{folder.name.lower()}_"
    return (
        {name.removeprefix(prefix): value for name, value in macros.items()},
        {name.removeprefix(prefix): value for name, value in arrays.items()},
    )


def _value(words: str) -> Any:
    words = words.replace("\\\n", " ").strip()
    if words.startswith("{"):
        return [int(number) for number in re.findall(r"-?\d+", words)]
    return int(words) if re.fullmatch(r"-?\d+", words) else words.lower()
