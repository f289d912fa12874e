"""Which files of firmware/ a generated model needs: the one list that the drop-in folder and packages are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from ecgprune.interface import Port

__all__ = ["HARNESS", "Manifest", "included", "manifest", "preparation", "reached"]

HARNESS = ("ecgp_model.h", "sources.mk")
"""Generated files that serve ecgprune's own harness; no other project needs them."""

_ROOMS = ("lib/nn", "lib/ecg")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([\w./]+)"', re.MULTILINE)
_KERNELS = re.compile(r"^ECGP_KERNELS :=(.*)$", re.MULTILINE)
_PREPARED = {
    "ecg": ("ecgp_beat.h", None),
    "rr": ("ecgp_beat.h", 4),
    "patient": ("ecgp_patient.h", 28),
    "context": ("ecgp_context.h", 17),
}
_FILTER = "ecgp_filter.h"  # makes what the input "ecg" is made of


@dataclass(frozen=True)
class Manifest:
    """Paths relative to the folder firmware/, sorted.

    Attributes:
        sources: the kernels that the model calls, and what of lib/ecg makes its inputs.
        headers: exactly those that the generated code and the sources include, directly or through one another.
    """

    sources: tuple[str, ...]
    headers: tuple[str, ...]


def manifest(files: Mapping[str, str], inputs: Iterable[Port], firmware: Path, also: Iterable[str] = ()) -> Manifest:
    """The files that a generated model needs.

    Args:
        files: {file name: text} as `codegen.generate` or `tflm.generate` returns it.
        inputs: the model's inputs.
        firmware: the folder firmware/.
        also: further headers of the library that a program is to have, with the sources behind them.
    """
    kernels = {f"lib/nn/{name}" for found in _KERNELS.findall(files["sources.mk"]) for name in found.split()}
    wanted = {name for file, text in files.items() if file not in HARNESS for name in included(text)}
    prepared = {port.name: header for port in inputs if (header := preparation(port))}
    wanted |= {*prepared.values(), *([_FILTER] if "ecg" in prepared else []), *also}
    sources, headers = set(kernels), set[str]()
    todo = [*sorted(wanted), *(name for path in kernels for name in included(_text(firmware, path)))]
    while todo:
        header = _find(todo.pop(), firmware)
        if header is None or header in headers:
            continue
        headers.add(header)
        todo += included(_text(firmware, header))
        for source in _behind(header, firmware):
            sources.add(source)
            todo += included(_text(firmware, source))
    return Manifest(tuple(sorted(sources)), tuple(sorted(headers)))


def preparation(port: Port) -> str | None:
    """The header of lib/ecg whose functions make this input from samples and RR intervals; None where none does."""
    header, values = _PREPARED.get(port.name, (None, None))
    fits = port.dtype == "int8" and (values is None or prod(port.shape) == values)
    return header if fits else None


def included(text: str) -> list[str]:
    """Names in `#include "..."` of a C text, in its order."""
    return _INCLUDE.findall(text)


def reached(names: Iterable[str], texts: Mapping[str, str]) -> set[str]:
    """Those of `texts` ({name: text}) that `names` are, or include, directly or through one another."""
    found, todo = set[str](), list(names)
    while todo:
        name = todo.pop()
        if name in texts and name not in found:
            found.add(name)
            todo += included(texts[name])
    return found


def _find(name: str, firmware: Path) -> str | None:
    """Where in firmware/ a header of the library is; None for a generated one, or TFLM's."""
    return next((f"{room}/{name}" for room in _ROOMS if (firmware / room / name).is_file()), None)


def _behind(header: str, firmware: Path) -> list[str]:
    """The C files behind a header of lib/ecg: x.c, and those x_*.c that have no header of their own.

    A kernel of lib/nn is there because it is called, not because it is declared.
    """
    if not header.startswith("lib/ecg/"):
        return []
    stem = Path(header).stem
    parts = (firmware / "lib" / "ecg").glob(f"{stem}_*.c")
    own = [f"{stem}.c", *sorted(path.name for path in parts if not path.with_suffix(".h").exists())]
    return [place for name in own if (firmware / (place := f"lib/ecg/{name}")).is_file()]


def _text(firmware: Path, path: str) -> str:
    return (firmware / path).read_text(encoding="utf-8")
