"""WFDB signal files: samples, checked against their header, and which of them are valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ecgprune.ecg.reading.header import FORMATS, Header, Signal, line_of
from ecgprune.errors import DataError

__all__ = ["Leads", "held", "read_signals"]

_WFDB_ERRORS = (
    ValueError, TypeError, IndexError, KeyError, AttributeError, OSError, RuntimeError, EOFError, MemoryError,
)  # fmt: skip
_LARGEST_TERM = 10_000  # of the ratio that a fractional rate is resampled by


@dataclass(frozen=True, eq=False)
class Leads:
    """The voltages of a record, at one rate.

    Attributes:
        samples: int32 [samples, leads] in ADC units. Where a sample is invalid the last valid one stands, or the first
            one before there is any.
        valid: bool [samples, leads].
        rate_hz: whole samples per second.
        signals: their descriptions.
        notes: what had to be done to get them, a sentence each.
    """

    samples: NDArray[np.int32]
    valid: NDArray[np.bool_]
    rate_hz: int
    signals: tuple[Signal, ...]
    notes: tuple[str, ...]


def read_signals(folder: Path, name: str, header: Header) -> Leads:
    """Reads the samples of every voltage that a header describes.

    Leads of fewer samples per frame than others are interpolated to the highest rate; where that is no whole number of
    samples per second, the record is resampled to the nearest one.

    Args:
        folder: of the header.
        name: the record's, for messages.
        header: of the record.

    Raises:
        DataError: a file is missing, truncated, unreadable, or differs from its checksum; or no signal is a voltage.
    """
    raw = _read(folder, name, header)
    _check_sums(name, header.signals, raw)
    chosen = [i for i, signal in enumerate(header.signals) if signal.gain]
    if not chosen:
        units = ", ".join(f"{s.lead} in {s.unit}" for s in header.signals)
        raise DataError(f"{name}: no signal is a voltage: {units}; expected V, mV, uV or nV")
    per_frame = max(header.signals[i].per_frame for i in chosen)
    columns = [_aligned(raw[i], header.signals[i], per_frame) for i in chosen]
    signals = tuple(header.signals[i] for i in chosen)
    rate_hz, whole, columns = _at_whole_rate(header.frame_rate_hz * per_frame, columns)
    notes = _notes(header.signals, signals, per_frame, whole)
    samples = np.stack([column for column, _ in columns], axis=1).astype(np.int32)
    return Leads(samples, np.stack([valid for _, valid in columns], axis=1), rate_hz, signals, notes)


def _read(folder: Path, name: str, header: Header) -> list[NDArray[np.int64]]:
    """[samples] of every signal as they stand in the files, before any skew."""
    from wfdb.io import _signal as wfdb_signal

    signals = header.signals
    _check_sizes(folder, name, header)
    frames = header.frames or _frames_in(folder, signals, wfdb_signal)
    try:
        found = wfdb_signal._rd_segment(
            file_name=[s.file for s in signals],
            dir_name=str(folder),
            pn_dir=None,
            fmt=[s.format for s in signals],
            n_sig=len(signals),
            sig_len=frames,
            byte_offset=[s.offset for s in signals],
            samps_per_frame=[s.per_frame for s in signals],
            skew=[0] * len(signals),
            init_value=[0] * len(signals),
            sampfrom=0,
            sampto=frames,
            channels=list(range(len(signals))),
            ignore_skew=True,
        )
    except ImportError as error:
        raise DataError(
            f"{name}: its FLAC signals need the package soundfile ({line_of(error)}); install it with pip"
        ) from error
    except _WFDB_ERRORS as error:
        files = ", ".join(sorted({s.file for s in signals}))
        raise DataError(f"{name}: {files} cannot be read ({line_of(error)}); fetch or copy it again") from error
    return [np.asarray(samples, np.int64) for samples in found]


def _check_sizes(folder: Path, name: str, header: Header) -> None:
    for file in sorted({s.file for s in header.signals}):
        mine = [s for s in header.signals if s.file == file]
        if not (folder / file).is_file():
            raise DataError(
                f"{name}: incomplete record: {file} is missing in {folder}, and {name}.hea names it; fetch or copy it "
                "again"
            )
        bits = header.frames * sum(s.per_frame for s in mine) * FORMATS[mine[0].format]
        found, expected = (folder / file).stat().st_size, mine[0].offset + int(bits + 7) // 8
        if bits and found < expected:
            raise DataError(
                f"{name}: {file} is truncated: {found} bytes found, {expected} expected; fetch or copy it again"
            )


def _frames_in(folder: Path, signals: Sequence[Signal], wfdb_signal: Any) -> int:
    """Frames of the shortest file, where the header does not say; a compressed file has to say it in its header."""
    lengths = []
    for file in {s.file for s in signals if FORMATS[s.format]}:
        mine = [s for s in signals if s.file == file]
        bits = sum(s.per_frame for s in mine) * FORMATS[mine[0].format]
        lengths.append(int(((folder / file).stat().st_size - mine[0].offset) * 8 / bits))
    return max(min(lengths, default=0), 0)


def _check_sums(name: str, signals: Sequence[Signal], raw: Sequence[NDArray[np.int64]]) -> None:
    """WFDB headers carry the 16-bit sum of each signal's samples, as they stand in the file (header(5))."""
    for signal, samples in zip(signals, raw, strict=True):
        if not len(samples):
            raise DataError(f"{name}: {signal.file} holds no samples; fetch or copy it again")
        found = int(samples.sum(dtype=np.int64)) & 0xFFFF
        if signal.checksum is not None and found != signal.checksum & 0xFFFF:
            raise DataError(
                f"{name}: checksum of signal {signal.lead} is {found}, its header says {signal.checksum & 0xFFFF}: "
                f"{signal.file} or {name}.hea is damaged; fetch or copy it again"
            )


def _aligned(raw: NDArray[np.int64], signal: Signal, per_frame: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(samples, valid) of one signal without its skew, held over gaps, with `per_frame` samples per frame."""
    from wfdb.io import _signal as wfdb_signal

    valid = raw != wfdb_signal.INVALID_SAMPLE_VALUE[signal.format]
    late = min(signal.skew * signal.per_frame, len(raw))
    samples = np.concatenate([raw[late:], np.zeros(late, np.int64)])
    valid = np.concatenate([valid[late:], np.zeros(late, np.bool_)])
    samples = held(samples, valid, signal.baseline)
    if signal.per_frame == per_frame:
        return samples, valid
    at = np.arange(len(samples) // signal.per_frame * per_frame) * signal.per_frame / per_frame
    nearest = np.minimum(np.rint(at).astype(np.int64), len(samples) - 1)
    return np.rint(np.interp(at, np.arange(len(samples)), samples)).astype(np.int64), valid[nearest]


def held(samples: NDArray[np.int64], valid: NDArray[np.bool_], baseline: int) -> NDArray[np.int64]:
    """Samples with the last valid one in place of those that are not valid.

    Args:
        samples: int64 [samples], in ADC units.
        valid: [samples], which of them are valid. Those before the first valid one take its value.
        baseline: ADC units at 0 mV, the value of all where none is valid.
    """
    if valid.all():
        return samples
    if not valid.any():
        return np.full_like(samples, baseline)
    last = np.maximum.accumulate(np.where(valid, np.arange(len(samples)), -1))
    return samples[np.where(last < 0, int(np.argmax(valid)), last)]


def _at_whole_rate(
    rate_hz: float, columns: list[tuple[NDArray[np.int64], NDArray[np.bool_]]]
) -> tuple[int, bool, list[tuple[NDArray[np.int64], NDArray[np.bool_]]]]:
    """The nearest whole rate, whether `rate_hz` was that already, and the columns at it."""
    whole = max(round(rate_hz), 1)
    ratio = Fraction(whole / rate_hz).limit_denominator(_LARGEST_TERM)
    if ratio == 1:
        return whole, True, columns
    from scipy import signal

    found = []
    for samples, valid in columns:
        centre = float(samples.mean())  # resampling pads with zeros: about the mean they leave no step
        even = signal.resample_poly(samples - centre, ratio.numerator, ratio.denominator) + centre
        nearest = np.minimum(np.rint(np.arange(len(even)) / float(ratio)).astype(np.int64), len(valid) - 1)
        found.append((np.rint(np.clip(even, -(2**31), 2**31 - 1)).astype(np.int64), valid[nearest]))
    return whole, False, found


def _notes(every: Sequence[Signal], signals: Sequence[Signal], per_frame: int, whole_rate: bool) -> tuple[str, ...]:
    notes = [f"signal {s.lead} is in {s.unit}: it is no lead" for s in every if not s.gain]
    notes += [
        f"{s.lead} has {s.per_frame} of {per_frame} samples per frame: it is interpolated"
        for s in signals
        if s.per_frame < per_frame
    ]
    return (*notes, *(() if whole_rate else ("its sampling rate is no whole number: it is resampled to one",)))
