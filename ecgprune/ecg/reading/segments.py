"""The signals of a record, of one segment or of several (header(5) of the WFDB Applications Guide)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from ecgprune.ecg.reading.header import Header, Signal, read_header, read_segments
from ecgprune.ecg.reading.signals import Leads, held, read_signals
from ecgprune.errors import DataError

__all__ = ["Source", "read_leads"]

_GAP = "~"


@dataclass(frozen=True, eq=False)
class Source:
    """What the headers of a record and its signal files hold.

    Attributes:
        leads: its voltages.
        frame_rate_hz: the time base of annotations, unless they state their own.
        comments: of its header.
        files: every file that was read, relative to the database folder.
    """

    leads: Leads
    frame_rate_hz: float
    comments: tuple[str, ...]
    files: tuple[str, ...]


def read_leads(folder: Path, name: str) -> Source:
    """Reads the signals of a record; segments are joined, and where one lacks a lead, that lead has a gap.

    wfdb joins segments too, but not in ADC units where their gains differ.

    Args:
        folder: the database folder.
        name: the record's name.

    Raises:
        DataError: as `read_header` and `read_signals`; or segments are missing, or of different rates.
    """
    segments = read_segments(folder, name)
    home = PurePosixPath(name).parent
    if not segments:
        header = read_header(folder, name)
        return _single(header, read_signals((folder / name).parent, name, header), name, home)
    names = [(home / each).as_posix() for each, _ in segments]
    files, parts, starts, end, rates = [f"{name}.hea"], [], [], 0, set()
    for path, (each, frames) in zip(names, segments, strict=True):
        starts.append(end)
        end += frames
        if each == _GAP or not frames:
            files += [f"{path}.hea"] if (folder / f"{path}.hea").is_file() else []
            continue
        header = read_header(folder, path)
        if header.frames not in (0, frames):
            said = f"has {header.frames} frames, and {name}.hea says {frames}"
            raise DataError(f"{name}: segment {each} {said}; fetch or copy it again")
        found = _single(header, read_signals((folder / path).parent, path, header), path, home)
        files += found.files
        rates.add((found.frame_rate_hz, found.leads.rate_hz))
        parts.append((starts[-1], found.leads))
    if len(rates) != 1 or (ratio := max(rates)[1] / max(rates)[0]) % 1:
        said = ", ".join(f"{rate:g} Hz" for _, rate in sorted(rates)) or "no samples at all"
        raise DataError(f"{name}: its segments have {said}; expected segments of one whole rate")
    leads = _joined(parts, end * int(ratio), int(ratio), max(rates)[1])
    return Source(leads, max(rates)[0], (), tuple(dict.fromkeys(files)))


def _single(header: Header, leads: Leads, name: str, home: PurePosixPath) -> Source:
    files = (f"{name}.hea", *((home / s.file).as_posix() for s in header.signals))
    return Source(leads, header.frame_rate_hz, header.comments, tuple(dict.fromkeys(files)))


def _joined(parts: Sequence[tuple[int, Leads]], length: int, per_frame: int, rate_hz: int) -> Leads:
    """The leads of all segments, each in the finest ADC units that a segment has it in."""
    signals: dict[str, Signal] = {}
    for _, part in parts:
        for signal in part.signals:
            finest = signals.setdefault(signal.lead, signal)
            if abs(signal.gain) > abs(finest.gain):
                signals[signal.lead] = signal
    order = list(signals)
    samples, valid = np.zeros((length, len(order)), np.int64), np.zeros((length, len(order)), np.bool_)
    for start, part in parts:
        span = slice(start * per_frame, start * per_frame + len(part.samples))
        for column, signal in enumerate(part.signals):
            to, own = signals[signal.lead], part.samples[:, column].astype(np.int64)
            if (signal.gain, signal.baseline) != (to.gain, to.baseline):
                own = np.rint((own - signal.baseline) / signal.gain * to.gain + to.baseline).astype(np.int64)
            samples[span, order.index(signal.lead)] = own
            valid[span, order.index(signal.lead)] = part.valid[:, column]
    for column, lead in enumerate(order):
        samples[:, column] = held(samples[:, column], valid[:, column], signals[lead].baseline)
    limits = np.iinfo(np.int32)
    whole = np.clip(samples, limits.min, limits.max).astype(np.int32)
    notes = tuple(dict.fromkeys(note for _, part in parts for note in part.notes))
    return Leads(whole, valid, rate_hz, tuple(signals.values()), notes)
