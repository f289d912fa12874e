"""Representative inputs: what the ranges of activations are measured on when a user's own float model is quantized."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgprune.errors import ModelError

__all__ = ["FEW", "MOST", "Representative", "read"]

FEW = 100
"""With fewer samples the user is warned: an activation's range may be larger on others."""
MOST = 1000
"""Of more samples so many, evenly spaced, are taken: more take long and change little."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Representative:
    """Samples for every input of a model.

    Attributes:
        inputs: {input: float32 [n, ...]} in the order of the model's inputs.
        found: Samples in the file; n of them are used, at most MOST.
    """

    inputs: dict[str, NDArray[np.float32]]
    found: int

    @property
    def used(self) -> int:
        """Samples that are used."""
        return len(next(iter(self.inputs.values())))


def read(path: Path, shapes: Mapping[str, Shape]) -> Representative:
    """Reads samples for the inputs of a model.

    An .npz holds one array for each input, found by its name, or else by order where it has as many arrays as the model
    has inputs. A model with one input also takes an array `x` among others, and an .npy file.

    Args:
        path: An .npz or .npy file, told apart by its bytes. Pickled objects are not read.
        shapes: {input: shape of one sample}, in the order of the model's inputs.

    Returns:
        The samples as float32; of more than MOST, so many evenly spaced ones.

    Raises:
        ModelError: The file is none, an array is missing, or its shape, type, number or a value is not usable.
    """
    arrays = _arrays(path)
    chosen = _chosen(path, arrays, shapes)
    for name, shape in shapes.items():
        chosen[name] = _shaped(path, name, chosen[name], shape)
    counts = {name: len(values) for name, values in chosen.items()}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{count} of '{name}'" for name, count in counts.items())
        raise ModelError(f"{path} holds {said}; expected as many samples of every input")
    (count,) = set(counts.values())
    index = np.arange(count) if count <= MOST else np.linspace(0, count - 1, MOST).round().astype(int)
    taken = {name: np.ascontiguousarray(chosen[name][index], np.float32) for name in shapes}
    for name, values in taken.items():
        if not np.all(np.isfinite(values)):
            raise ModelError(
                f"{path} holds values for input '{name}' that are not finite float32 numbers; "
                "leave these samples out, or repair them"
            )
    return Representative(taken, count)


def _arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """{name: array} of an .npz; {"": array} of an .npy."""
    if path.is_dir():
        raise ModelError(f"{path} is a folder; expected representative inputs in an .npz or .npy file")
    try:
        with path.open("rb") as file:
            magic = file.read(6)
        if magic == b"\x93NUMPY":
            return {"": np.load(path, allow_pickle=False)}
        if magic.startswith(b"PK"):
            with np.load(path, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, NotImplementedError) as error:
        if "allow_pickle" in str(error):
            why = "it holds Python objects, which run code when they are read; save arrays of numbers"
        else:
            why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path} cannot be read: {why}") from error
    raise ModelError(f"{path} is no .npz or .npy file; write one with numpy.savez or numpy.save")


def _chosen(
    path: Path, arrays: Mapping[str, NDArray[np.generic]], shapes: Mapping[str, Shape]
) -> dict[str, NDArray[np.generic]]:
    """The array of each input."""
    if all(name in arrays for name in shapes):
        return {name: arrays[name] for name in shapes}
    if len(shapes) == 1 and arrays:
        found = arrays.get("x", next(iter(arrays.values())) if len(arrays) == 1 else None)
        if found is not None:
            return dict.fromkeys(shapes, found)
    if len(arrays) == len(shapes) and all(name == f"arr_{i}" for i, name in enumerate(arrays)):
        return dict(zip(shapes, arrays.values(), strict=True))
    inputs = ", ".join(f"'{name}' {('n', *shape)}".replace("'n'", "n") for name, shape in shapes.items())
    named = ", ".join(f"'{name}' {values.shape}" for name, values in arrays.items() if name)
    held = named or ("one array without a name" if arrays else "nothing")
    keys = ", ".join(f"{name}=..." for name in shapes)
    raise ModelError(
        f"{path} holds {held}; the model's inputs are {inputs}: "
        f"numpy.savez('{path.name}', {keys})"
    )


def _shaped(path: Path, name: str, values: NDArray[np.generic], shape: Shape) -> NDArray[np.generic]:
    """The samples as (n, *shape), which may have had other axes of length 1.

    Raises ModelError: the array is none of numbers, or of another shape, or empty.
    """
    if values.dtype.kind not in "iuf":
        raise ModelError(
            f"{path} holds values of type {values.dtype} for input '{name}'; expected floats, as the model gets them"
        )
    if values.ndim and len(values) and _long(values.shape[1:]) == _long(shape):
        return values.reshape(-1, *shape)
    expected = f"(n, {', '.join(map(str, shape))})" if shape else "(n,)"
    hint = ""
    if values.shape == shape:
        hint = ": that is one sample; take some hundred"
    elif values.size and values.size % max(1, int(np.prod(shape))) == 0:
        hint = f": x.reshape({', '.join(map(str, (-1, *shape)))}), if the order of the values is the same"
    raise ModelError(f"{path} holds shape {values.shape} for input '{name}'; expected {expected}{hint}")


def _long(shape: Shape) -> Shape:
    """The axes that are longer than 1."""
    return tuple(n for n in shape if n != 1)
