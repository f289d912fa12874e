"""Beats of a config's database as representative inputs, for a user's own ECG model."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from ecgprune.artifacts import TRAIN, Progress, no_progress
from ecgprune.config import Config
from ecgprune.errors import DataError
from ecgprune.pipeline.data import find_source

__all__ = ["write"]

SAMPLES = 500


def write(config: Config, cached: Path, path: Path, progress: Progress = no_progress) -> None:
    """Writes training beats of a config to an .npz: an array for each input of the dataset, and the ECG as `x` too.

    Args:
        config: says which database, and how beats are cut and filtered.
        cached: the folder where its database is kept.
        path: the .npz; the same beats always give the same bytes.
        progress: called as work goes on.

    Raises:
        DataError: there are no records, or they hold no training beats.
    """
    from ecgprune.ecg import build, synthetic

    if config.data.database != "synthetic" and not cached.is_dir():
        raise DataError(f"config '{config.name}' needs database {config.data.database}: `ecgprune data fetch` it once")
    with tempfile.TemporaryDirectory(prefix="ecgprune-beats-") as scratch:
        folder = find_source(config, None, cached, Path(scratch)).folder
        if folder is None:
            folder = Path(scratch) / "records"
            size = config.data.synthetic
            synthetic.make_database(folder, size.patients, size.minutes, config.seed, progress)
        beats = build.build_dataset(folder, config.data, config.seed, progress)
    train = np.flatnonzero(beats.split == TRAIN)
    if not len(train):
        raise DataError(f"config '{config.name}' has no training beats to quantize with")
    chosen = train[np.linspace(0, len(train) - 1, min(SAMPLES, len(train))).round().astype(int)]
    arrays = {
        name: values[chosen] * np.float32(beats.info[f"{name}_scale"]) for name, values in beats.inputs.items()
    }
    np.savez(path, x=arrays["ecg"], **arrays)
