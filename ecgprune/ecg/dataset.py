"""The beats of a run as numpy arrays, on disk and in memory. Imports numpy only."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import SPLITS, replacing, sha256_file, write_json
from ecgprune.errors import ArtifactError

__all__ = ["CLASSES", "INPUTS", "SCHEMA_VERSION", "Dataset"]

SCHEMA_VERSION = 2  # 1 had the beats of a zero-phase filter
CLASSES = ("N", "S", "V", "F", "Q")
"""AAMI classes in the order of the labels and of the model's outputs."""

INPUTS = ("ecg", "rr", "patient", "context")
"""The arrays that are inputs of models; info has the scale of each."""

ARRAYS, INFO = "dataset.npz", "dataset.json"


@dataclass(frozen=True, eq=False)
class Dataset:
    """Beats ready for the model.

    Attributes:
        ecg: int8 [beats, window]; the model's input is ecg * info["ecg_scale"], zero point 0.
        rr: int8 [beats, 4]; the model's second input is rr * info["rr_scale"], zero point 0.
        label: uint8 [beats], index into CLASSES.
        record: uint16 [beats], index into info["records"].
        sample: int64 [beats], the R peak in the record's own sampling rate.
        split: uint8 [beats], index into SPLITS.
        patient: int8 [beats, features of patient.py], with info["patient_scale"]; None unless the config asked for it.
        context: int8 [beats, features of context.py], with info["context_scale"]; likewise.
        info: what dataset.json says: where the beats come from and how they were made (see `build.build_dataset`).
        noisy: the training beats' inputs with recorded noise (see `noise.noisy_takes`); has a file of its own.
        second: the training beats' inputs from the second lead (see `second_lead.inputs`); has a file of its own.
    """

    ecg: NDArray[np.int8]
    rr: NDArray[np.int8]
    label: NDArray[np.uint8]
    record: NDArray[np.uint16]
    sample: NDArray[np.int64]
    split: NDArray[np.uint8]
    info: dict[str, Any] = field(default_factory=dict)
    patient: NDArray[np.int8] | None = None
    context: NDArray[np.int8] | None = None
    noisy: Mapping[str, NDArray[np.int8]] | None = None
    second: Mapping[str, NDArray[np.int8]] | None = None

    @property
    def inputs(self) -> dict[str, NDArray[np.int8]]:
        """The inputs of models: {name: int8 [beats, ...]}."""
        return {name: values for name, values in self.arrays().items() if name in INPUTS}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays of beats by name, without those that are None."""
        apart = ("info", "noisy", "second")
        every = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in apart}
        return {name: values for name, values in every.items() if values is not None}

    def __len__(self) -> int:
        return len(self.label)

    def subset(self, split: str) -> Dataset:
        """The beats of one split ("train", "validation" or "test"), in the same order; `info` stays the whole's."""
        return self.take(np.flatnonzero(self.split == SPLITS.index(split)))

    def take(self, beats: NDArray[np.integer[Any]]) -> Dataset:
        """The beats at these indices, in this order."""
        taken = {name: values[beats] for name, values in self.arrays().items()}
        return replace(self, **taken, noisy=None, second=None)

    def save(self, folder: Path) -> None:
        """Writes dataset.npz and then dataset.json, which holds the hash of the former. Same beats, same bytes."""
        with replacing(folder / ARRAYS) as new, new.open("wb") as file:
            np.savez(file, **self.arrays())  # type: ignore[arg-type]  # dates every entry 1980-01-01
        write_json(folder / INFO, self.info | {"sha256": {ARRAYS: sha256_file(folder / ARRAYS)}})

    @classmethod
    def load(cls, folder: Path) -> Dataset:
        """Reads what `save` wrote.

        Raises:
            ArtifactError: a file is missing, damaged, or of another schema.
        """
        for name in (ARRAYS, INFO):
            if not (folder / name).is_file():
                raise ArtifactError(f"no {name} in {folder}: the data stage has not finished there; run it first")
        try:
            info = json.loads((folder / INFO).read_text(encoding="utf-8"))
            version, expected = info["schema_version"], info.pop("sha256")[ARRAYS]
        except (ValueError, TypeError, KeyError) as error:
            raise ArtifactError(f"{folder / INFO} is damaged: {error!r}; delete it and run again") from error
        if version != SCHEMA_VERSION:
            raise ArtifactError(f"{folder / INFO} has schema_version {version}, this ecgprune reads {SCHEMA_VERSION}")
        found = sha256_file(folder / ARRAYS)
        if found != expected:
            raise ArtifactError(
                f"{folder / ARRAYS} has SHA-256 {found[:16]}..., {INFO} says {expected[:16]}...; delete both, run again"
            )
        try:
            with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
                wanted = {f.name for f in fields(cls) if f.default is MISSING} - {"info"} | set(arrays.files)
                return cls(**{name: arrays[name] for name in sorted(wanted)}, info=info)
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ArtifactError(f"{folder / ARRAYS} is damaged: {error}; delete it and run again") from error
