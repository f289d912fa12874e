"""What tools/train_qrs.py and tools/qrs_results.py share: records, noise, the firmware's detector on the host."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgprune.config import DataConfig
from ecgprune.ecg import filter as band_pass
from ecgprune.ecg.nst import in_noise, rms_amplitude, signal_amplitude
from ecgprune.ecg.reading.annotations import Annotations, read_annotations
from ecgprune.ecg.records import Record, read_record
from ecgprune.ecg.splits import mitdb_lists

ROOT = Path(__file__).resolve().parents[1]
RATE_HZ = band_pass.RATE_HZ


@dataclass(frozen=True, eq=False)
class Weights:
    """A network in integers, as ecgprune.ecg.qrs_network.Network has it, in one row for the host program."""

    hidden: NDArray[np.int64]
    hidden_bias: NDArray[np.int64]
    out: NDArray[np.int64]
    out_bias: int

    def row(self) -> NDArray[np.int32]:
        parts = [self.hidden.ravel(), self.hidden_bias, self.out, np.array([self.out_bias])]
        return np.concatenate(parts).astype(np.int32)


@dataclass(frozen=True)
class Noise:
    """Noise of a kind on every lead: channel 0 on lead 0, channel 1 on lead 1.

    Attributes:
        kind: a record of NSTDB.
        snr_db: by nst's measure.
        half: "train" is the first half of the noise record, "test" the second.
        whole: from end to end, else as nst has it.
    """

    kind: str
    snr_db: float
    half: str = "train"
    whole: bool = True


def tuning_names(folder: Path) -> tuple[list[str], list[str]]:
    """Records that may be tuned on: MIT-BIH's outside of DS2, and svdb's."""
    lists = mitdb_lists()
    return sorted({*lists.ds1, *lists.paced}), sorted(path.stem for path in (folder / "svdb").glob("*.hea"))


@cache
def record(folder: Path, name: str) -> tuple[Record, Annotations]:
    """A record of MIT-BIH or svdb, and all its annotations."""
    home = folder / ("svdb" if name.startswith("8") else "mitdb")
    return read_record(home, name), read_annotations(home / f"{name}.atr")


@cache
def _noise(folder: Path, kind: str, half: str) -> NDArray[np.float64]:
    """[2, samples] in units of the noise's RMS amplitude."""
    found = read_record(folder / "nstdb", kind)
    middle = len(found.signal) // 2
    part = slice(0, middle) if half == "train" else slice(middle, None)
    millivolts = (found.signal[part] - np.array(found.baseline)) / np.array(found.gain)
    return np.stack([lead / rms_amplitude(lead, found.sample_rate_hz) for lead in millivolts.T])


@cache
def _amplitude(folder: Path, name: str, lead: int) -> float:
    """nst's amplitude of a lead in millivolts."""
    found, _ = record(folder, name)
    return signal_amplitude(found, DataConfig(database="mitdb", lead=found.leads[lead]))


@cache
def low_passed(folder: Path, name: str, leads: int, noise: Noise | None = None) -> NDArray[np.int16]:
    """[leads, samples]: the first leads of a record as the detector gets them, with noise added to the samples."""
    found, _ = record(folder, name)
    rate = found.sample_rate_hz
    rows = []
    for lead in range(leads):
        gain = band_pass.units_per_volt(found.gain[lead])
        rows.append(band_pass.low_passed(samples_of(folder, name, lead, noise), rate, gain, found.baseline[lead]))
    return np.stack(rows)


def samples_of(folder: Path, name: str, lead: int, noise: Noise | None = None) -> NDArray[np.int64]:
    """[samples] of a lead in ADC units, with noise added to a record of MIT-BIH, from a place drawn by its name."""
    found, _ = record(folder, name)
    rate = found.sample_rate_hz
    samples = found.signal[:, lead].astype(np.int64)
    if not noise:
        return samples
    recorded = _noise(folder, noise.kind, noise.half)[lead]
    start = int(np.random.default_rng(zlib.crc32(f"{name} {noise}".encode())).integers(1 << 30))
    added = np.take(recorded, start + np.arange(len(samples)), mode="wrap")
    if not noise.whole:
        added = added * in_noise(len(samples), rate)
    size = _amplitude(folder, name, lead) * 10 ** (-noise.snr_db / 20)
    return np.rint(samples + found.gain[lead] * size * added).astype(np.int64)


class Detector:
    """The firmware's detector, built for the host with weights that can be set."""

    COLUMNS, MOST = 20, 200_000

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        library = Path(self._folder.name) / "qrs.so"
        firmware = ROOT / "firmware" / "lib"
        sources = [ROOT / "tools" / "qrs_host.c", *(firmware / "ecg" / f"ecgp_{n}.c" for n in ("qrs_lead", "sort"))]
        sources += [firmware / "ecg" / f"ecgp_qrs_{name}.c" for name in ("levels", "doubt")]
        words = ["gcc", "-std=c99", "-O2", "-shared", "-fPIC", f"-I{firmware / 'ecg'}", f"-I{firmware / 'nn'}"]
        subprocess.run([*words, *sources, "-o", library], check=True)
        self._run = ctypes.CDLL(str(library)).run
        self._run.restype = ctypes.c_long
        self._beats = np.zeros((self.MOST, 3), np.int32)
        self._candidates = np.zeros((self.MOST, self.COLUMNS), np.int32)

    def run(self, low: NDArray[np.int16], weights: Weights) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Beats [beats, (R peak, found, by a search back)], and candidates [candidates, (R peak, features ...)]."""
        leads, samples = low.shape
        signal, row, count = np.ascontiguousarray(low.T), weights.row(), ctypes.c_long()
        found = self._run(
            signal.ctypes, ctypes.c_long(samples), leads, row.ctypes, len(weights.out), self._beats.ctypes,
            ctypes.c_long(self.MOST), self._candidates.ctypes, ctypes.c_long(self.MOST), ctypes.byref(count),
        )  # fmt: skip
        return self._beats[:found].copy(), self._candidates[: count.value].copy()
