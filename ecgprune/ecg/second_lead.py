"""The second lead of records, for training: the same beats as other electrodes see them.

A patient's rhythm is the same in every lead, the shapes of the beats are not. A network that has seen both leads of
the training patients relies less on how the beats of one lead look.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress
from ecgprune.config import DataConfig
from ecgprune.ecg import leads
from ecgprune.ecg.beats import beats_of, filtered
from ecgprune.ecg.dataset import Dataset
from ecgprune.ecg.noise import check_same
from ecgprune.ecg.records import read_record, reading_of

__all__ = ["inputs"]


def inputs(data_dir: Path, beats: Dataset, progress: Progress = no_progress) -> dict[str, NDArray[np.int8]]:
    """The inputs of beats from their records' second leads, computed as those of the first.

    Args:
        data_dir: the records that `beats` was made from.
        beats: a Dataset or a part of one.
        progress: called before each record.

    Returns:
        {input name: int8 [beats, ...]} for the inputs that depend on the lead. The beats of a record with one lead, and
        those of a record whose second lead has gaps, are those of the first.

    Raises:
        DataError: as `records.read_record`; or a record is not the one that the beats come from.
    """
    config = DataConfig(**beats.info["config"])
    found = {name: values.copy() for name, values in beats.inputs.items() if name != "rr"}
    present = np.unique(beats.record).tolist()
    for done, number in enumerate(present):
        name = beats.info["records"][number]
        progress(done / len(present), f"record {name}")
        record = read_record(data_dir, name, reading_of(config))
        check_same(record, beats, data_dir)
        lead = leads.second_lead(record, config)
        if lead is None or not record.valid[:, lead].all():
            continue
        seen = beats_of(record, filtered(record, config, lead=lead), config)
        rows = np.flatnonzero(beats.record == number)
        chosen = np.searchsorted(seen.sample, beats.sample[rows])
        for key, values in found.items():
            values[rows] = getattr(seen, key)[chosen]
    progress(1.0, f"{len(beats)} beats")
    return found
