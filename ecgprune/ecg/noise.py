"""Recorded noise on beats: the MIT-BIH Noise Stress Test Database's bw, em and ma at a chosen signal-to-noise ratio.

Signal and noise are measured as by `nst`, see nst.py. They are mixed as in nst, on the signals as recorded, in
whole ADC units; then the mixture is filtered, as on a device. This differs from nst in three ways: R is taken over the
whole half of the noise record that is in use, not over the record's first 300 s; a record is noisy from end to end,
without the quiet minutes between; and the noise begins at a place that a seed draws, not at its first sample. As in nst
it starts over when it ends. For records of another rate the noise is resampled: polyphase, with an anti-alias FIR.

The first half of each noise record is for training, the second for tests.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import gcd
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress, replacing
from ecgprune.config import DataConfig
from ecgprune.ecg.beats import Beats, beats_of, filtered, lead_mv, with_noise
from ecgprune.ecg.dataset import Dataset
from ecgprune.ecg.nst import rms_amplitude, signal_amplitude
from ecgprune.ecg.records import Record, read_record, reading_of
from ecgprune.errors import ArtifactError, DataError

__all__ = [
    "CONDITIONS",
    "KINDS",
    "SNR_DB",
    "check_same",
    "load",
    "noisy_beats",
    "noisy_takes",
    "read_noise",
    "save",
]

KINDS = ("bw", "em", "ma")
"""Baseline wander, electrode motion, muscle artefact: the noise records, channel 0 of each."""

SNR_DB = (24, 18, 12, 6, 0)
"""The signal-to-noise ratios, in dB, of tables of robustness."""

CONDITIONS = tuple((kind, float(ratio)) for kind in KINDS for ratio in SNR_DB)
"""Every kind of noise at every ratio: (kind, dB)."""


def read_noise(folder: Path, config: DataConfig, half: Literal["train", "test"], rate_hz: int) -> NDArray[np.float32]:
    """Reads one half of bw, em and ma.

    Args:
        folder: the noise records.
        config: chooses the lead.
        half: "train" is the first half of each record, "test" the second.
        rate_hz: rate of the records that it is for.

    Returns:
        float32 [kinds, samples] at rate_hz, in units of the noise's RMS amplitude by nst's measure, taken at its own
        rate.

    Raises:
        DataError: there is no such folder; or as `records.read_record`.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}: expected the one with the noise records {', '.join(KINDS)} of NSTDB")
    parts = []
    for kind in KINDS:
        record = read_record(folder, kind)
        millivolts = lead_mv(record, config)
        middle = len(millivolts) // 2
        part = millivolts[:middle] if half == "train" else millivolts[middle:]
        found = _resampled(part, record.sample_rate_hz, rate_hz) / rms_amplitude(part, record.sample_rate_hz)
        parts.append(found.astype(np.float32))
    return np.stack(parts)


def _resampled(signal: NDArray[np.float64], rate_hz: int, new_rate_hz: int) -> NDArray[np.float64]:
    if rate_hz == new_rate_hz:
        return signal
    from scipy.signal import resample_poly

    common = gcd(rate_hz, new_rate_hz)
    found: NDArray[np.float64] = resample_poly(signal, new_rate_hz // common, rate_hz // common)
    return found


def noisy_beats(
    data_dir: Path,
    noise_dir: Path,
    beats: Dataset,
    conditions: Sequence[tuple[str, float]],
    seed: int,
    progress: Progress = no_progress,
) -> dict[tuple[str, float], Dataset]:
    """Adds recorded noise of the test half to beats, once for every condition.

    The noise is added to the signal as recorded, and all that depends on the signal is computed again: the filter,
    windows, normalization, and the patient's template beat from all beats of the record. R peaks and RR features stay
    as annotated: this tests the classifier, not a QRS detector.

    Args:
        data_dir: the records that `beats` was made from.
        noise_dir: the noise records.
        beats: a Dataset or a part of one.
        conditions: (kind of noise, SNR in dB). An SNR of infinity gives `beats` itself.
        seed: draws the stretch of noise that is added to a record. It is the same at every SNR and for any selection of
            beats.
        progress: called before each record.

    Returns:
        {condition: the beats with noise, in the same order}.

    Raises:
        DataError: as `read_noise` and `records.read_record`; or a record is not the one that the beats come from.
    """
    found = {condition: _NoisyInputs(beats) for condition in conditions}
    for source in _records(data_dir, noise_dir, beats, "test", seed, progress):
        for condition in conditions:
            found[condition].fill(source, *condition, take=0)
    return {condition: replace(beats, **noisy.arrays) for condition, noisy in found.items()}


def noisy_takes(
    data_dir: Path,
    noise_dir: Path,
    beats: Dataset,
    takes: int,
    snr_db: tuple[float, float],
    seed: int,
    progress: Progress = no_progress,
) -> dict[str, NDArray[np.int8]]:
    """Adds recorded noise of the training half to beats, several times, for training.

    As `noisy_beats`. In each take every record gets a random kind of noise, stretch and SNR.

    Args:
        data_dir: the records that `beats` was made from.
        noise_dir: the noise records.
        beats: a Dataset or a part of one.
        takes: number of takes.
        snr_db: lowest and highest SNR in dB; it is drawn uniformly.
        seed: draws kinds, stretches and ratios.
        progress: called before each record.

    Returns:
        {input name: int8 [takes, beats, ...]} for the inputs that noise changes.

    Raises:
        DataError: as `noisy_beats`.
    """
    found = [_NoisyInputs(beats) for _ in range(takes)]
    for source in _records(data_dir, noise_dir, beats, "train", seed, progress):
        draw = np.random.default_rng([seed, zlib.crc32(source.record.name.encode())])
        for number, noisy in enumerate(found):
            noisy.fill(source, KINDS[draw.integers(len(KINDS))], draw.uniform(*snr_db), take=number)
    return {name: np.stack([noisy.arrays[name] for noisy in found]) for name in found[0].arrays}


@dataclass(frozen=True)
class _Source:
    """One record to add noise to: noise at its rate, its signal's amplitude, and the rows of its beats."""

    record: Record
    config: DataConfig
    noise: NDArray[np.float32]
    signal: float
    rows: NDArray[np.intp]
    seed: int

    def beats(self, kind: str, snr_db: float, take: int) -> Beats:
        """All beats of the record with noise of a kind at a ratio."""
        gain = self.signal * 10 ** (-snr_db / 20)
        noise = self.noise[KINDS.index(kind)]
        stretch = _stretch(noise, len(self.record.signal), kind, self.record.name, self.seed, take)
        mixture = with_noise(self.record, self.config, gain * stretch)
        return beats_of(self.record, filtered(self.record, self.config, mixture), self.config)


class _NoisyInputs:
    """The inputs of a dataset that noise changes, filled in record by record."""

    def __init__(self, beats: Dataset) -> None:
        self.sample = beats.sample
        self.arrays: dict[str, Any] = {n: v.copy() for n, v in beats.inputs.items() if n != "rr"}

    def fill(self, source: _Source, kind: str, snr_db: float, *, take: int) -> None:
        noisy = source.beats(kind, snr_db, take)
        chosen = np.searchsorted(noisy.sample, self.sample[source.rows])
        for name, values in self.arrays.items():
            values[source.rows] = getattr(noisy, name)[chosen]


def _records(
    data_dir: Path, noise_dir: Path, beats: Dataset, half: Literal["train", "test"], seed: int, progress: Progress
) -> Iterator[_Source]:
    """The records that `beats` were read from."""
    config = DataConfig(**beats.info["config"])
    noise = cache(lambda rate_hz: read_noise(noise_dir, config, half, rate_hz))
    names = beats.info["records"]
    present = np.unique(beats.record).tolist()
    for done, number in enumerate(present):
        progress(done / len(present), f"record {names[number]}")
        record = read_record(data_dir, names[number], reading_of(config))
        check_same(record, beats, data_dir)
        signal = signal_amplitude(record, config)
        rows = np.flatnonzero(beats.record == number)
        yield _Source(record, config, noise(record.sample_rate_hz), signal, rows, seed)
    progress(1.0, f"{len(beats)} beats")


def save(inputs: Mapping[str, NDArray[np.int8]], path: Path) -> None:
    """Writes noisy inputs, such as `noisy_takes` gives, to `path` (.npz)."""
    with replacing(path) as new, new.open("wb") as file:
        np.savez(file, **inputs)  # type: ignore[arg-type]  # dates every entry 1980-01-01


def load(path: Path) -> dict[str, NDArray[np.int8]]:
    """What `save` wrote.

    Raises:
        ArtifactError: it is damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{path} is damaged: {error}; delete it and run again") from error


def _stretch(
    noise: NDArray[np.float32], samples: int, kind: str, record: str, seed: int, take: int
) -> NDArray[np.float32]:
    """`samples` of `noise` from where the seed says for this kind, record and take; starting over at its end."""
    draw = np.random.default_rng([seed, KINDS.index(kind), zlib.crc32(record.encode()), *([take] if take else [])])
    return np.take(noise, draw.integers(len(noise)) + np.arange(samples), mode="wrap")


def check_same(record: Record, beats: Dataset, folder: Path) -> None:
    """Checks that a record is the one that beats come from.

    Args:
        record: as it is read now.
        beats: of this record and others.
        folder: the one it was read from, for the error.

    Raises:
        DataError: a file of it is another one.
    """
    differing = [f for f, digest in record.hashes.items() if beats.info["input_hashes"].get(f) != digest]
    if differing:
        raise DataError(
            f"{differing[0]} in {folder} is not the file that the beats were made from; "
            "give the folder of records that the run was started with"
        )
