"""Recorded noise on beats: the MIT-BIH Noise Stress Test Database's bw, em and ma at a chosen signal-to-noise ratio.

The noise stress test is that of Moody, Muldrow and Mark 1984 (A noise stress test for arrhythmia detectors, Computers
in Cardiology 11:381-384), its signal-to-noise ratio that of PhysioNet's `nst` (nst(1) and sigamp(1) of the WFDB
Applications Guide, https://physionet.org/physiotools/wag/nst-1.htm):

    SNR = 10 log10(S / (N a^2)), a the gain of the noise.
    S = A^2 / 8; A is the mean peak-to-peak amplitude of the record's first 300 normal QRS complexes, each from 50 ms
        before to 50 ms after its annotation, the largest and the smallest 5% left out.
    N = R^2; R is the mean RMS of the noise in stretches of one second, each about its own mean, the largest and the
        smallest 5% left out.

Both are measured as nst does, on the signals as recorded; filter and resampling are linear, so what comes out is what
they would make of nst's mixture. Ours differs from nst in three ways: R is taken over the whole half of the noise
record that is in use, not over the record's first 300 s; a record is noisy from end to end, without the quiet minutes
between; and the noise begins at a place that a seed draws, not at its first sample. As in nst it starts over when it
ends.

The first half of each noise record is for training, the second for tests. They are filtered apart, so that no sample
of one is in the other.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ecgprune.artifacts import Progress, no_progress, replacing
from ecgprune.config import DataConfig
from ecgprune.ecg.beats import band_passed, beats_of, lead_mv, quantized
from ecgprune.ecg.dataset import Dataset
from ecgprune.ecg.records import Record, read_record
from ecgprune.errors import ArtifactError, DataError

__all__ = [
    "CONDITIONS",
    "KINDS",
    "SNR_DB",
    "load_bank",
    "noisy_beats",
    "qrs_amplitude",
    "read_noise",
    "rms_amplitude",
    "save_bank",
]

KINDS = ("bw", "em", "ma")
"""Baseline wander, electrode motion, muscle artefact: the noise records, channel 0 of each."""

SNR_DB = (24, 18, 12, 6, 0)
"""What a table of robustness is made at."""

CONDITIONS = tuple((kind, float(ratio)) for kind in KINDS for ratio in SNR_DB)
"""All of it."""

BANK = "noise.npz"

_NOT_NORMAL = ("V", "E", "F")
"""Beats that sigamp passes over (map1 of WFDB's ecgmap.h): PVC, ventricular escape, fusion."""
_QRS_COUNT, _QRS_S = 300, 0.05


def read_noise(folder: Path, config: DataConfig, half: Literal["train", "test"]) -> NDArray[np.float32]:
    """float32 [kinds, samples] at config.sample_rate_hz: one half of bw, em and ma, band-passed as the ECG is.

    In units of the noise's RMS amplitude by nst's measure, taken before the filter. Raises DataError: no such folder;
    as `records.read_record`.
    """
    if not folder.is_dir():
        raise DataError(f"no folder {folder}: expected the one with the noise records {', '.join(KINDS)} of NSTDB")
    parts = []
    for kind in KINDS:
        record = read_record(folder, kind)
        millivolts = lead_mv(record, config)
        middle = len(millivolts) // 2
        part = millivolts[:middle] if half == "train" else millivolts[middle:]
        passed = band_passed(part, record.sample_rate_hz, config)
        parts.append((passed / rms_amplitude(part, record.sample_rate_hz)).astype(np.float32))
    return np.stack(parts)


def save_bank(bank: NDArray[np.float32], run: Path) -> None:
    """Writes what `read_noise` gives for training to noise.npz in a run folder."""
    with replacing(run / BANK) as new, new.open("wb") as file:
        np.savez(file, noise=bank)


def load_bank(run: Path) -> NDArray[np.float32]:
    """What `save_bank` wrote. Raises ArtifactError: it is damaged."""
    try:
        with np.load(run / BANK, allow_pickle=False) as arrays:
            bank: NDArray[np.float32] = arrays["noise"]
            return bank
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{run / BANK} is damaged: {error}; delete it and run again") from error


def noisy_beats(
    data_dir: Path,
    noise_dir: Path,
    beats: Dataset,
    conditions: Sequence[tuple[str, float]],
    seed: int,
    progress: Progress = no_progress,
) -> dict[tuple[str, float], Dataset]:
    """`beats` once more for every condition (kind of noise, SNR in dB), in the same order.

    beats: a Dataset or a part of one; data_dir: the records that it was made from. The noise is the test half's. It is
    added to the record's filtered signal, and all that is computed from the signal is computed anew: windows,
    normalization, and the patient's usual beat from all of the record's beats. R peaks and RR features stay as
    annotated: this tests the classifier, not a QRS detector. `seed` draws the stretch of noise that falls on a record,
    the same one at every SNR and whatever other beats are asked for. An SNR of infinity gives `beats` itself.

    Raises DataError: as `read_noise` and `records.read_record`; a record is not the one that the beats come from.
    """
    config = DataConfig(**beats.info["config"])
    noise = read_noise(noise_dir, config, "test")
    changing = ("ecg", "patient") if config.patient else ("ecg",)
    found: dict[tuple[str, float], dict[str, Any]] = {
        c: {name: np.empty_like(beats.inputs[name]) for name in changing} for c in conditions
    }
    present = np.unique(beats.record)
    for done, number in enumerate(present):
        name = beats.info["records"][number]
        progress(done / len(present), f"record {name}")
        record = read_record(data_dir, name)
        _check_same(record, beats, data_dir)
        rows = np.flatnonzero(beats.record == number)
        clean = band_passed(lead_mv(record, config), record.sample_rate_hz, config)
        signal = qrs_amplitude(record, config) / sqrt(8)
        for kind, snr_db in conditions:
            gain = signal * 10 ** (-snr_db / 20)
            noisy = quantized(clean + gain * _stretch(noise[KINDS.index(kind)], len(clean), kind, name, seed))
            heard = beats_of(record, noisy, config)
            chosen = np.searchsorted(heard.sample, beats.sample[rows])
            for values in changing:
                found[kind, snr_db][values][rows] = getattr(heard, values)[chosen]
    progress(1.0, f"{len(beats)} beats")
    return {condition: replace(beats, **arrays) for condition, arrays in found.items()}


def qrs_amplitude(record: Record, config: DataConfig) -> float:
    """nst's A in millivolts: peak to peak of the chosen lead's normal QRS complexes; of all, where none is normal."""
    reach = round(_QRS_S * record.sample_rate_hz)
    inside = (record.beat_sample >= reach) & (record.beat_sample < len(record.signal) - reach)
    normal = inside & ~np.isin(record.beat_symbol, _NOT_NORMAL)
    peaks = record.beat_sample[normal if normal.any() else inside][:_QRS_COUNT]
    millivolts = lead_mv(record, config)
    return _trimmed_mean(np.ptp(millivolts[peaks[:, None] + np.arange(-reach, reach + 1)], axis=1))


def rms_amplitude(millivolts: NDArray[np.float64], rate_hz: int) -> float:
    """nst's R in millivolts: RMS of a signal of noise in stretches of one second."""
    seconds = millivolts[: len(millivolts) // rate_hz * rate_hz].reshape(-1, rate_hz)
    return _trimmed_mean(seconds.std(axis=1))


def _trimmed_mean(values: NDArray[np.float64]) -> float:
    """Mean of all but the smallest and the largest 5%, as in sigamp."""
    cut = len(values) // 20
    return float(np.sort(values)[cut : len(values) - cut].mean())


def _stretch(noise: NDArray[np.float32], samples: int, kind: str, record: str, seed: int) -> NDArray[np.float32]:
    """`samples` of `noise` from where the seed says for this kind and record; from its beginning again at its end."""
    draw = np.random.default_rng([seed, KINDS.index(kind), zlib.crc32(record.encode())])
    return np.take(noise, draw.integers(len(noise)) + np.arange(samples), mode="wrap")


def _check_same(record: Record, beats: Dataset, folder: Path) -> None:
    differing = [f for f, digest in record.hashes.items() if beats.info["input_hashes"].get(f) != digest]
    if differing:
        raise DataError(
            f"{differing[0]} in {folder} is not the file that the beats were made from; "
            "give the folder of records that the run was started with"
        )
