"""The constants of a generated model as the bytes that its init checks, and their CRC-32.

Everything that is const in <name>.c is covered: the object <name>_constants, which holds all arrays, the parameters of
the kernel calls and the version's text. Expected values are those of `zlib.crc32`; firmware/lib/nn/ecgp_crc32.c reads
the same bytes from flash.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ecgprune.codegen.call import Array, Params

__all__ = ["Constants", "crc_of_params", "layout"]

ENUMERATORS = {
    "ECGP_STAGE_NONE": 0, "ECGP_STAGE_EDGES": 1, "ECGP_STAGE_ALL": 2,
    "ECGP_MUL_FULL": 0, "ECGP_MUL_CLAMP": 1, "ECGP_MUL_ANY": 2,
}  # fmt: skip
"""Values of the enumerations in firmware/lib/nn that parameters name."""
_POINTERS = 0x80  # ECGP_CRC32_POINTERS
_LONGEST = 0x7F  # fields of one run
_NULL = b"\xff" * 4


@dataclass
class Constants:
    """The object <name>_constants: arrays one behind the other, each filled up to whole units with zeros.

    Nothing lies between them, so that what they take and where each begins is the same for every compiler.

    Attributes:
        arrays: (name, the array, its elements with those that fill it up), in their order.
    """

    arrays: list[tuple[str, Array, int]] = field(default_factory=list)
    _bytes: bytearray = field(default_factory=bytearray)
    _offsets: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, arrays: Iterable[tuple[str, Array]]) -> Constants:
        """The object that holds these arrays, by name."""
        found, named = cls(), list(arrays)
        unit = max([4, *(_dtype(array).itemsize for _, array in named)])
        for name, array in named:
            stored = array.data.reshape(-1).astype(_dtype(array)).tobytes()
            whole = -(-len(stored) // unit) * unit
            found.arrays.append((name, array, whole // _dtype(array).itemsize))
            found._offsets[name] = len(found._bytes)
            found._bytes += stored.ljust(whole, b"\0")
        return found

    @property
    def nbytes(self) -> int:
        """What the object takes."""
        return len(self._bytes)

    @property
    def crc(self) -> int:
        """CRC-32 of its bytes."""
        return zlib.crc32(self._bytes)

    def distance(self, name: str) -> int:
        """Where an array begins, in bytes from the object's first."""
        return self._offsets[name]


def layout(params: Params) -> list[int]:
    """The fields of a parameter struct as ecgp_crc32_params() takes them: runs of numbers and of pointers, then 0.

    A run of no pointers stands where a compiler for 64 bits leaves a gap between two numbers: a struct within that has
    pointers begins or ends there, at a multiple of their size.
    """
    runs: list[int] = []
    numbers = 0  # since the last pointer or gap
    holders = {parent for name, value in params.items() if _is_pointer(value) for parent in _parents(name)}
    before: set[str] = set()
    for name, value in params.items():
        kind = _POINTERS if _is_pointer(value) else 0
        gap = numbers % 2 == 1 and not kind and bool(holders & (before ^ _parents(name)))
        if gap:
            runs.append(_POINTERS)
        if not runs or gap or runs[-1] & _POINTERS != kind or runs[-1] & _LONGEST == _LONGEST:
            runs.append(kind)
        runs[-1] += 1
        numbers = 0 if kind else 1 if gap else numbers + 1
        before = _parents(name)
    return [*runs, 0]


def _parents(name: str) -> set[str]:
    """The structs that hold a field: "conv.requant.bias" is in "conv" and in "conv.requant"."""
    parts = name.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts))}


def crc_of_params(crc: int, params: Params, distances: Mapping[str, int]) -> int:
    """Continues a CRC over a parameter struct, as ecgp_crc32_params() does.

    Args:
        crc: of all that comes before.
        params: the struct's fields, in the order of their declaration.
        distances: {suffix of an array of the call: its distance in the object of constants, in bytes}.
    """
    for value in params.values():
        crc = zlib.crc32(_field(value, distances), crc)
    return crc


def _is_pointer(value: int | str | Array | None) -> bool:
    return value is None or isinstance(value, Array)


def _field(value: int | str | Array | None, distances: Mapping[str, int]) -> bytes:
    if value is None:
        return _NULL
    if isinstance(value, Array):
        return distances[value.suffix].to_bytes(4, "little")
    if not isinstance(value, str):
        return int(value).to_bytes(4, "little", signed=True)
    if value in ENUMERATORS:
        return ENUMERATORS[value].to_bytes(4, "little")
    return struct.pack("<f", float(value.removesuffix("f")))


def _dtype(array: Array) -> np.dtype[np.generic]:
    return np.dtype(array.ctype.removesuffix("_t")).newbyteorder("<")
