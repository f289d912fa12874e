"""Samples for a live stream: a WFDB record, or what arrives on a file descriptor."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ecgprune.board.link import Lead
from ecgprune.errors import DataError

__all__ = ["Input", "PipeInput", "RecordInput", "pipe_input", "read_record_input"]

_SUFFIXES = (".hea", ".dat", ".atr")


@dataclass
class Input:
    """What a session is fed with, and what was read of it so far; see `board.session.Source`.

    Attributes:
        name: of the record, or "stdin".
        rate_hz: frames a second.
        lead_names: of the leads, the classified one first.
        leads: their gains and zeros.
        notes: what is to be known, a sentence each.
    """

    name: str
    rate_hz: int
    lead_names: tuple[str, ...]
    leads: list[Lead]
    notes: tuple[str, ...] = ()

    def read(self, frames: int) -> bytes | int | None:
        """As `Source.read`."""
        raise NotImplementedError

    def waits_for(self) -> tuple[int | None, float | None]:
        """As `Source.waits_for`."""
        raise NotImplementedError

    def seen(self) -> NDArray[np.int16]:
        """int16 [frames]: what was read of the first lead; over missing frames the last one is held."""
        raise NotImplementedError

    def cut_off(self) -> int:
        """Bytes behind the last whole frame, once everything was read. A record has none."""
        return 0


@dataclass
class RecordInput(Input):
    """A record, as fast as the board takes it or in its own time.

    Attributes:
        samples: int16 [frames, leads].
        valid: bool [frames]: where the first lead has samples; elsewhere it has a gap.
        real_time: paced.
    """

    samples: NDArray[np.int16] = field(default_factory=lambda: np.zeros((0, 1), np.int16))
    valid: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    real_time: bool = False
    _at: int = 0
    _began: float | None = None

    def read(self, frames: int) -> bytes | int | None:
        """As `Source.read`."""
        if self._at >= len(self.samples):
            return None
        end = min(self._at + frames, len(self.samples))
        if self._due(end) > 0:
            return b""
        part = self.valid[self._at : end]
        if part[0]:
            end = self._at + (len(part) if part.all() else int(np.argmin(part)))
            found: bytes | int = self.samples[self._at : end].astype("<i2").tobytes()
        else:
            rest = self.valid[self._at :]
            end = self._at + (int(np.argmax(rest)) if rest.any() else len(rest))
            found = end - self._at
        self._at = end
        return found

    def waits_for(self) -> tuple[int | None, float | None]:
        """As `Source.waits_for`: time."""
        return None, self._due(min(self._at + 1, len(self.samples)))

    def _due(self, frame: int) -> float:
        """Seconds until a frame has been sampled; not above 0 where the record is not paced."""
        if not self.real_time:
            return 0.0
        if self._began is None:
            self._began = time.monotonic()
        return self._began + frame / self.rate_hz - time.monotonic()

    def seen(self) -> NDArray[np.int16]:
        """As `Input.seen`."""
        return self.samples[: self._at, 0]


@dataclass
class PipeInput(Input):
    """int16 in the machine's little endian from a file descriptor, the leads of a frame one after the other.

    Attributes:
        descriptor: it is read until its end.
    """

    descriptor: int = 0
    _read: bytearray = field(default_factory=bytearray)
    _sent: int = 0
    _ended: bool = False

    def read(self, frames: int) -> bytes | int | None:
        """As `Source.read`."""
        size = 2 * len(self.leads)
        if not self._ended and len(self._read) - self._sent < size:
            if not select.select([self.descriptor], [], [], 0)[0]:
                return b""
            some = os.read(self.descriptor, 1 << 16)
            self._read += some
            self._ended = not some
        whole = (len(self._read) - self._sent) // size
        if not whole:
            return None if self._ended else b""
        end = self._sent + min(whole, frames) * size
        part = bytes(self._read[self._sent : end])
        self._sent = end
        return part

    def waits_for(self) -> tuple[int | None, float | None]:
        """As `Source.waits_for`: more to read."""
        return self.descriptor, None

    def seen(self) -> NDArray[np.int16]:
        """As `Input.seen`."""
        return np.frombuffer(bytes(self._read[: self._sent]), "<i2").reshape(-1, len(self.leads))[:, 0]

    def cut_off(self) -> int:
        """As `Input.cut_off`."""
        return len(self._read) - self._sent if self._ended else 0


def read_record_input(given: str, leads: int, lead: str | None, preferred: str, real_time: bool) -> RecordInput:
    """A WFDB record as samples for a stream.

    Args:
        given: its path without suffix, or one of its files.
        leads: how many of its leads.
        lead: name of the first one; None: `preferred` where the record has it, else its first.
        preferred: the lead that the model was trained on; "": any.
        real_time: paced.

    Raises:
        DataError: there is no such record or lead, it has fewer leads, its rate or samples are out of the ADC's range.
    """
    from ecgprune.ecg.reading.folder import record_names
    from ecgprune.ecg.reading.segments import read_leads

    path = Path(given)
    path = path.with_suffix("") if path.suffix in _SUFFIXES else path
    folder, name = path.parent, path.name
    if not (folder / f"{name}.hea").is_file():
        expected = "give the path of a WFDB record, or - for samples on stdin"
        held = f"; {given} holds {', '.join(record_names(Path(given))[:5])}" if Path(given).is_dir() else ""
        raise DataError(f"no record {given}: there is no {path}.hea; {expected}{held}")
    found = read_leads(folder, name).leads
    names = [signal.lead for signal in found.signals]
    chosen = _choose(name, names, leads, lead, preferred)
    _check_rate(name, found.rate_hz)
    samples = found.samples[:, chosen]
    if samples.size and (samples.min() < -32768 or samples.max() > 32767):
        raise DataError(
            f"{name}: samples reach from {samples.min()} to {samples.max()}; a stream takes 16 bits, -32768 to 32767"
        )
    return RecordInput(
        name=name,
        rate_hz=found.rate_hz,
        lead_names=tuple(names[i] for i in chosen),
        leads=[_lead(name, names[i], found.signals[i].gain, found.signals[i].baseline) for i in chosen],
        notes=found.notes,
        samples=samples.astype(np.int16),
        valid=found.valid[:, chosen[0]],
        real_time=real_time,
    )


def _choose(name: str, names: Sequence[str], leads: int, lead: str | None, preferred: str) -> list[int]:
    if lead is not None and lead not in names:
        raise DataError(f"{name} has no lead {lead}; it has {', '.join(names)}")
    if leads > len(names):
        raise DataError(f"{name} has {len(names)} lead{'s' * (len(names) > 1)} ({', '.join(names)}), not {leads}")
    wanted = lead if lead is not None else preferred
    first = names.index(wanted) if wanted in names else 0
    return [first, *(i for i in range(len(names)) if i != first)][:leads]


def _check_rate(name: str, rate_hz: int) -> None:
    """Whether the stream takes a rate.

    Raises:
        DataError: it does not.
    """
    from ecgprune.ecg.filter import RATES_HZ

    lowest, highest = RATES_HZ
    if not lowest <= rate_hz <= highest:
        raise DataError(f"{name} has {rate_hz} Hz; a stream takes {lowest} to {highest} Hz")


def _lead(name: str, lead: str, gain: float, zero: int) -> Lead:
    """Raises DataError where the gain or the zero is out of range."""
    from ecgprune.ecg.filter import UNITS, units_per_volt

    units, (lowest, highest) = units_per_volt(gain), UNITS
    if not lowest <= units <= highest or not -32768 <= zero <= 32767:
        raise DataError(
            f"{name}: lead {lead} has {gain:g} ADC units per mV and {zero} at 0 mV; a stream takes "
            f"{lowest / 1000:g} to {highest / 1000:g} per mV and -32768 to 32767"
        )
    return Lead(units, zero)


def pipe_input(descriptor: int, rate_hz: int, leads: int, gain: float, zero: int) -> PipeInput:
    """Samples from a file descriptor.

    Args:
        descriptor: int16 in little endian come from it.
        rate_hz: frames a second.
        leads: samples of a frame.
        gain: ADC units per millivolt, of all leads.
        zero: ADC units at 0 V, of all leads.

    Raises:
        DataError: a value is out of range.
    """
    _check_rate("stdin", rate_hz)
    names = tuple(f"lead {i + 1}" for i in range(leads))
    return PipeInput("stdin", rate_hz, names, [_lead("stdin", n, gain, zero) for n in names], descriptor=descriptor)
