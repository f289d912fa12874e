"""Frames between the host and a program on a board; docs/internals/live-protocol.md says what they mean."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

__all__ = [
    "MOST_DATA",
    "VERSION",
    "Ack",
    "Decoder",
    "Done",
    "Event",
    "Fault",
    "Frame",
    "Hello",
    "Lead",
    "Status",
    "Type",
    "changes",
    "encode",
    "got",
    "start",
]

VERSION = 2
"""Of the protocol: LINK_VERSION of firmware/platform/link.h."""

MOST_DATA = 56
"""Bytes of data in a frame: LINK_MOST_DATA."""


class Type(IntEnum):
    """What a frame is: link_type."""

    START = 1
    SAMPLES = 2
    GAP = 3
    END = 4
    CHANGES = 5
    GOT = 6
    INPUT = 7
    RUN = 8
    HELLO = 129
    ACK = 130
    EVENT = 131
    DONE = 132
    FAULT = 133
    ABOUT = 134
    RESULT = 135
    OUTPUT = 136


class Status(IntEnum):
    """What an acknowledgement says: link_status."""

    OK = 0
    RESEND = 1
    REFUSED = 2
    NO_MODEL = 3


@dataclass(frozen=True)
class Frame:
    """A frame that has arrived: its type as it stands there, its number modulo 256 (an event's, else 0), its data."""

    type: int
    number: int
    data: bytes


@dataclass(frozen=True)
class Lead:
    """One lead as the ADC delivers it: ecgp_stream_lead_t.

    Attributes:
        units_per_volt: gain.
        zero: ADC units at 0 V.
        lowest: the ADC's lowest value; with `highest` 0 as well: unknown.
        highest: its highest value.
    """

    units_per_volt: int
    zero: int
    lowest: int = 0
    highest: int = 0


def start(rate_hz: int, leads: Sequence[Lead]) -> bytes:
    """The data of a START frame."""
    head = struct.pack("<BBH", VERSION, len(leads), rate_hz)
    return head + b"".join(struct.pack("<Ihhh", a.units_per_volt, a.zero, a.lowest, a.highest) for a in leads)


def changes(samples: bytes, last: Sequence[int]) -> bytes:
    """The data of a CHANGES frame: int8 differences; -128, then int16, where one does not fit.

    Args:
        samples: whole frames, little-endian int16.
        last: of each lead, the sample before them.
    """
    values = [*last, *(value for (value,) in struct.iter_unpack("<h", samples))]
    data = bytearray()
    for value, before in zip(values[len(last) :], values, strict=False):
        data += struct.pack("<b", value - before) if abs(value - before) < 128 else struct.pack("<bh", -128, value)
    return bytes(data)


@dataclass(frozen=True)
class Hello:
    """What a device says of itself.

    Attributes:
        version: of the protocol.
        ring_bytes: received bytes that may wait.
        leads: most of a stream.
        classes: of its model.
        booted: it has just started; else it answers a START frame.
    """

    version: int
    ring_bytes: int
    leads: int
    classes: int
    booted: int

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """From a frame's data."""
        return cls(*struct.unpack("<BHBBB", data))


@dataclass(frozen=True)
class Event:
    """An event of the stream, as ecgp_event_t has it."""

    kind: int
    reason: int
    quality: int
    late: bool
    sample: int
    rr: int
    beat_class: int
    score: int
    lead: int

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """From a frame's data."""
        kind, reason, quality, late, sample, rr, beat_class, score, lead = struct.unpack("<BBBBIIhbB", data)
        return cls(kind, reason, quality, bool(late), sample, rr, beat_class, score, lead)


@dataclass(frozen=True)
class Ack:
    """An acknowledgement.

    Attributes:
        expected: number of the frame that the device expects next.
        status: what it says of the frame.
        events: that the device has sent since the start, modulo 256.
    """

    expected: int
    status: Status
    events: int

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """From a frame's data."""
        expected, status, events = data
        return cls(expected, Status(status), events)


@dataclass(frozen=True)
class Done:
    """What a device counted from the start to the end of a recording.

    Attributes:
        events: that it sent.
        overruns: received bytes that its UART lost.
        damaged: frames that arrived damaged.
        stack_bytes: the deepest use of its stack since reset; 0 on the host.
        stream_bytes: size of the stream's state.
    """

    events: int
    overruns: int
    damaged: int
    stack_bytes: int
    stream_bytes: int

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """From a frame's data."""
        return cls(*struct.unpack("<5I", data))


@dataclass(frozen=True)
class Fault:
    """Where a device's processor stopped: fault_report() of firmware/platform/fault.c."""

    exception: int
    pc: int
    lr: int
    cfsr: int
    address: int
    sp: int

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """From a frame's data."""
        return cls(*struct.unpack("<6I", data))

    def told(self, function: str = "") -> str:
        """In words; function: that `pc` is in, where it is known."""
        if self.exception == 0:
            return "the stack overflowed"
        what = "hard fault" if self.exception == 3 else f"exception {self.exception}"
        why = f", CFSR {self.cfsr:#010x}" if self.cfsr else ""
        where = f", address {self.address:#010x}" if self.address else ""
        place = f"{self.pc:#010x}{f' in {function}' if function else ''}"
        return f"{what} at {place}, called from {self.lr & ~1:#010x}{why}{where}"


def got(expected: int, *, again: bool) -> bytes:
    """The data of a GOT frame: the number of the event that is expected, and whether some have been missed."""
    return bytes([expected % 256, again])


def encode(kind: int, number: int, data: bytes = b"") -> bytes:
    """A frame as it goes over the line: COBS, and a 0 behind it."""
    head = bytes([kind, number % 256]) + data
    blocks = (head + struct.pack("<H", _crc16(head))).split(b"\0")  # none is longer than 253 bytes
    return b"".join(bytes([len(block) + 1]) + block for block in blocks) + b"\0"


class Decoder:
    """Makes frames of bytes as they arrive, however they are cut.

    Attributes:
        damaged: frames that arrived damaged.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that end in `data`."""
        *whole, self._rest = (self._rest + data).split(b"\0")
        frames = [_decode(coded) for coded in whole if coded]
        self.damaged += frames.count(None)
        return [frame for frame in frames if frame is not None]


def _decode(coded: bytes) -> Frame | None:
    plain, at = bytearray(), 0
    while at < len(coded):
        length = coded[at]
        if at + length > len(coded):
            return None
        plain += coded[at + 1 : at + length]
        at += length
        if at < len(coded) and length < 255:
            plain.append(0)
    if len(plain) < 4 or _crc16(plain[:-2]) != struct.unpack("<H", plain[-2:])[0]:
        return None
    return Frame(plain[0], plain[1], bytes(plain[2:-2]))


def _crc16(data: bytes | bytearray) -> int:
    """CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF."""
    crc = 0xFFFF
    for byte in data:
        crc = ((crc << 8) & 0xFF00) ^ _TABLE[(crc >> 8) ^ byte]
    return crc


def _table_entry(value: int) -> int:
    crc = value << 8
    for _ in range(8):
        crc = (crc << 1) ^ (0x1021 if crc & 0x8000 else 0)
    return crc & 0xFFFF


_TABLE = [_table_entry(value) for value in range(256)]
