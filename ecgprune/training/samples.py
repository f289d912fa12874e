"""A user's own examples: arrays or .npz files, checked against the model before anything is trained.

Imports numpy only.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import DataError, reading

__all__ = ["Samples", "Shapes", "arrays_of_file", "inputs_of", "samples_of"]

_TARGETS, _WEIGHTS, _ONLY_INPUT = "y", "sample_weight", "x"


@dataclass(frozen=True)
class Samples:
    """Examples of one split.

    Attributes:
        inputs: float32 [n, ...] by the name of the model's input.
        targets: [n, ...], float32, or int64 where they are class indices.
        weights: float32 [n].
    """

    inputs: Mapping[str, NDArray[np.float32]]
    targets: NDArray[Any]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.weights)


Shapes = Mapping[str, tuple[int | None, ...]]
"""{input of a model: its shape without the batch}, in the model's order; None is a size that may be any."""


def samples_of(given: Any, shapes: Shapes, what: str) -> Samples:
    """Examples as a user gives them.

    Args:
        given: (x, y) or (x, y, sample_weight); x is one array, a list of arrays in the order of the model's inputs, or
            {input name: array}. Or the path of an .npz with the arrays "x" or one by each input's name, "y", and
            "sample_weight" if examples weigh differently.
        shapes: of the model's inputs.
        what: names the examples in an error: "train", "validation".

    Returns:
        The examples.

    Raises:
        DataError: they do not fit the model or one another, or hold what is no finite number.
    """
    if isinstance(given, str | Path):
        what = str(given)
        given = _of_arrays(arrays_of_file(Path(given)), shapes, what)
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        raise DataError(f"{what} is {_kind(given)}; expected (x, y), (x, y, sample_weight), or the path of an .npz")
    inputs = inputs_of(given[0], shapes, what)
    count = len(next(iter(inputs.values())))
    targets = _numbers(given[1], f"{what}: {_TARGETS}")
    if targets.ndim == 0 or len(targets) != count:
        raise DataError(f"{what}: {_TARGETS} has shape {targets.shape} for {count} examples; give one target for each")
    targets = targets.astype(np.int64 if targets.dtype.kind in "iub" else np.float32)
    weights = np.ones(count, np.float32)
    if len(given) == 3 and given[2] is not None:
        weights = _numbers(given[2], f"{what}: {_WEIGHTS}").astype(np.float32)
        if weights.shape != (count,):
            raise DataError(f"{what}: {_WEIGHTS} has shape {weights.shape}, expected ({count},), one for each example")
        if weights.min() < 0 or not weights.any():
            raise DataError(f"{what}: {_WEIGHTS} must not be negative, and not all zero")
    return Samples(inputs, targets, weights)


def inputs_of(given: Any, shapes: Shapes, what: str) -> dict[str, NDArray[np.float32]]:
    """{input: float32 [n, ...]} from one array, a list in the model's order, or a mapping by the inputs' names.

    Raises:
        DataError: they do not fit the model or one another, there are none, or one holds what is no finite number.
    """
    if isinstance(given, Mapping):
        named = dict(given)
    elif len(shapes) > 1 and isinstance(given, Sequence) and len(given) == len(shapes):
        named = dict(zip(shapes, given, strict=True))
    else:
        named = {_ONLY_INPUT: given}
    if len(shapes) == 1 and list(named) == [_ONLY_INPUT]:
        named = {next(iter(shapes)): named[_ONLY_INPUT]}
    if set(named) != set(shapes):
        raise DataError(
            f"{what}: there are inputs {', '.join(map(str, named))}, the model takes {', '.join(shapes)}; "
            "give one array by the name of each"
        )
    found = {name: _numbers(named[name], f"{what}: input {name}").astype(np.float32) for name in shapes}
    for name, shape in shapes.items():
        now = found[name].shape[1:]
        if len(now) != len(shape) or any(size not in (None, n) for size, n in zip(shape, now, strict=True)):
            wanted = ", ".join(["n", *("any" if size is None else str(size) for size in shape)])
            raise DataError(f"{what}: input {name} has shape {found[name].shape}, the model takes ({wanted})")
    counts = {name: len(values) for name, values in found.items()}
    if len(set(counts.values())) > 1:
        raise DataError(f"{what}: the inputs have unequal numbers of examples: {counts}")
    if not min(counts.values()):
        raise DataError(f"{what}: there are no examples")
    return found


def arrays_of_file(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file; nothing in it is unpickled.

    Raises:
        DataError: there is no such file, it is no .npz, or it holds Python objects.
    """
    try:
        with reading(path, DataError), path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise DataError(f"{path} is no .npz file; write one with numpy.savez(path, x=..., y=...)")
            file.seek(0)
            with np.load(file, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if "pickle" in reason:
            reason = "it holds Python objects, which are not read; store arrays of numbers"
        raise DataError(f"{path} is no usable .npz: {reason}") from error


def _of_arrays(arrays: dict[str, NDArray[Any]], shapes: Shapes, what: str) -> tuple[Any, Any, Any]:
    names = ", ".join(arrays) or "nothing"
    if _TARGETS not in arrays:
        raise DataError(f"{what} has no array {_TARGETS}, the targets; it holds {names}")
    x = {name: values for name, values in arrays.items() if name not in (_TARGETS, _WEIGHTS)}
    if not x:
        raise DataError(f"{what} has no inputs; it holds {names}; the model takes {', '.join(shapes)}")
    return x, arrays[_TARGETS], arrays.get(_WEIGHTS)


def _numbers(given: Any, what: str) -> NDArray[Any]:
    """`given` as an array of finite real numbers."""
    try:
        values = np.asarray(given)
    except ValueError as error:
        raise DataError(f"{what} is no array: {error}") from error
    if values.dtype.kind not in "biuf":
        raise DataError(f"{what} holds {values.dtype}, expected real numbers")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(f"{what} holds {int(np.sum(~np.isfinite(values)))} values that are NaN or infinite")
    return values


def _kind(given: Any) -> str:
    return f"a {type(given).__name__}" + (f" of {len(given)}" if isinstance(given, tuple | list) else "")
