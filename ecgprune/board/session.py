"""A stream of samples over a board's UART, and the events that come back; the protocol is that of `link`."""

from __future__ import annotations

import select
import signal
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ecgprune.board import elf, link
from ecgprune.board.live import LiveImage
from ecgprune.errors import FirmwareError

__all__ = ["Source", "Tally", "stream"]

_HELLO_S, _RETRY_S, _STALL_S, _LAST_S = 2.0, 5.0, 60.0, 5.0
_AGAIN_S = 0.5
_READ_BYTES = 4096
_REPORT = 2  # events after which the device is told that they have come: half of its OUTBOX_EVENTS, or less
_REPORT_BYTES = 24  # of its ring: for the reports that may lie in it


@dataclass(frozen=True)
class Tally:
    """What a session came to.

    Attributes:
        done: the device's own counts; None where it was cut short.
        resent: frames that were sent again.
        asked: times that events were asked for again.
        damaged: frames that arrived damaged here.
        stopped: number of the signal that ended it early; None: no signal did.
        failure: what ended it early; None: nothing did.
    """

    done: link.Done | None
    resent: int
    asked: int
    damaged: int
    stopped: int | None
    failure: FirmwareError | None


class Source(Protocol):
    """Where a session's samples come from."""

    def read(self, frames: int) -> bytes | int | None:
        """Up to `frames` frames as little-endian int16; b"": none yet; a number: so many are missing; None: the end."""

    def waits_for(self) -> tuple[int | None, float | None]:
        """What may bring more after b"": a file descriptor that becomes readable, and seconds that pass."""


def stream(
    image: LiveImage, line: socket.socket, rate_hz: int, leads: list[link.Lead], source: Source,
    on_event: Callable[[link.Event], None],
) -> Tally:  # fmt: skip
    """Feeds samples to a started program until they end, a signal comes or the device fails.

    Nothing is lost, whichever side is slower and whatever the line damages. A signal ends the samples: what waits on
    the device is still asked for. A failure in the middle is in the tally, so that the events before it are not lost.

    Args:
        image: the program, for messages.
        line: its UART.
        rate_hz: frames a second.
        leads: samples of a frame.
        source: of the frames.
        on_event: is given each event as it comes.

    Raises:
        FirmwareError: the device fails before it has agreed to the stream, or refuses it.
    """
    session = _Session(image, line, on_event)
    session.begin(rate_hz, leads)
    stopped: int | None = None
    failure: FirmwareError | None = None
    frames = link.MOST_DATA // len(leads)
    while not session.ended:
        try:
            session.step(None if stopped is not None else source, frames)
        except KeyboardInterrupt as stop:
            if stopped is not None:
                raise
            stopped = getattr(stop, "number", signal.SIGINT)
            session.give_up_after(_LAST_S)
        except FirmwareError as error:
            failure = error if stopped is None else None
            break
    return Tally(session.done, session.resent, session.asked, session.decoder.damaged, stopped, failure)


class _Session:
    """One side of the line: what was sent and is not yet acknowledged, what has arrived."""

    def __init__(self, image: LiveImage, line: socket.socket, on_event: Callable[[link.Event], None]) -> None:
        self.decoder = link.Decoder()
        self.done: link.Done | None = None
        self.resent = self.asked = 0
        self._program, self._line, self._on_event = image.program, line, on_event
        self._name = image.board.name
        self._waiting: deque[tuple[int, bytes]] = deque()  # number and bytes of each frame without acknowledgement
        self._queue: deque[tuple[link.Type, bytes]] = deque()  # frames that the ring has no room for yet
        self._number = 0
        self._leads = 1
        self._last: list[int] = []  # of each lead, the last sample that was sent
        self._ring = 0
        self._sent_all = False
        self._began = False
        self._events = self._reported = 0  # that have come; of them, that the device was told of
        self._asked_at = -_STALL_S
        self._progress = self._sent = time.monotonic()
        self._patience = _STALL_S

    @property
    def ended(self) -> bool:
        """Whether the device has answered the end of the samples, and all events have come."""
        return self.done is not None and not self._waiting and self._events == self.done.events

    def give_up_after(self, seconds: float) -> None:
        """Waits no longer than this for the device from now on."""
        self._patience, self._progress = seconds, time.monotonic()

    def begin(self, rate_hz: int, leads: list[link.Lead]) -> None:
        """Asks for a stream until the device, which may still be starting, agrees."""
        self._receive(None, _HELLO_S)  # a device that has just been started says so
        self._leads = len(leads)
        while self._waiting or not (self._number and self._ring):
            if not self._waiting:
                self._send(link.Type.START, link.start(rate_hz, leads))
            self._receive(None, _RETRY_S)
        self._began = True

    def step(self, source: Source | None, frames: int) -> None:
        """Sends what the device has room for, then takes in what has arrived; source: None: no more samples."""
        fd, seconds = None, None
        while not self._sent_all and self._has_room():
            if self._queue:
                self._send(*self._queue.popleft())
                continue
            part = source.read(frames) if source is not None else None
            if part == b"":
                fd, seconds = source.waits_for() if source is not None else (None, None)
                break
            if part is None:
                self._send(link.Type.END)
                self._sent_all = True
            elif isinstance(part, int):
                self._send(link.Type.GAP, part.to_bytes(4, "little"))
            else:
                self._queue_samples(part)
        idle = not self._waiting and not self._sent_all
        self._receive(fd, min(seconds if seconds is not None else _RETRY_S, _RETRY_S), idle)

    def _queue_samples(self, samples: bytes) -> None:
        """As differences where they fit one frame, which those of an ECG do."""
        short = link.changes(samples, self._last) if self._last else bytes(link.MOST_DATA + 1)
        self._last = [value for (value,) in struct.iter_unpack("<h", samples[-2 * self._leads :])]
        if len(short) <= link.MOST_DATA:
            self._queue.append((link.Type.CHANGES, short))
            return
        most = link.MOST_DATA // (2 * self._leads) * 2 * self._leads
        self._queue += [(link.Type.SAMPLES, samples[at : at + most]) for at in range(0, len(samples), most)]

    def _has_room(self) -> bool:
        """Whether the device's ring holds another frame beside all that may still lie in it."""
        return sum(len(coded) for _, coded in self._waiting) + link.MOST_DATA + 6 + _REPORT_BYTES <= self._ring

    def _send(self, kind: int, data: bytes = b"") -> None:
        coded = link.encode(kind, self._number, data)
        self._waiting.append((self._number, coded))
        self._number = (self._number + 1) % 256
        self._put(coded)

    def _put(self, coded: bytes) -> None:
        self._sent = time.monotonic()
        try:
            self._line.sendall(coded)
        except OSError:
            self._closed()

    def _resend(self) -> None:
        for _, coded in self._waiting:
            self.resent += 1
            self._put(coded)

    def _report(self, *, again: bool) -> None:
        """Tells the device which events have come; again: some have not, and are to be sent again."""
        self._reported = self._events
        self._put(link.encode(link.Type.GOT, 0, link.got(self._events, again=again)))

    def _ask(self) -> None:
        """Asks for the events that are missing, and not again at once."""
        if time.monotonic() - self._asked_at > _AGAIN_S:
            self._asked_at = time.monotonic()
            self.asked += 1
            self._report(again=True)

    def _receive(self, fd: int | None, seconds: float, idle: bool = False) -> None:
        """Waits for the device or for `fd`; idle: nothing is owed, so silence is no fault."""
        own = self._line.fileno()
        ready = select.select([own, *([fd] if fd is not None else [])], [], [], max(seconds, 0.0))[0]
        now = time.monotonic()
        if own in ready:
            try:
                data = self._line.recv(_READ_BYTES)
            except OSError:
                data = b""
            for frame in self.decoder.feed(data):
                self._handle(frame)
            if not data:
                self._closed()
        elif idle:
            self._progress = now
        elif now - self._progress > self._patience:
            raise FirmwareError(f"{self._name} took no samples for {self._patience:g} s and was given up")
        elif now - self._sent > _RETRY_S:
            self._resend()
            if self._began:
                self._ask()

    def _closed(self) -> None:
        raise FirmwareError(f"{self._name} has ended: its UART is closed")

    def _handle(self, frame: link.Frame) -> None:
        if frame.type == link.Type.ACK:
            self._acknowledged(link.Ack.parse(frame.data))
        elif frame.type == link.Type.EVENT and self._began:
            self._take(frame)
        elif frame.type == link.Type.DONE and self._sent_all:
            self.done = link.Done.parse(frame.data)
            self._progress = time.monotonic()
            if self.done.events != self._events:
                self._ask()
        elif frame.type == link.Type.HELLO:
            self._greeted(link.Hello.parse(frame.data))
        elif frame.type == link.Type.FAULT:
            fault = link.Fault.parse(frame.data)
            raise FirmwareError(f"{self._name} stopped: {fault.told(self._function_at(fault.pc))}")

    def _take(self, frame: link.Frame) -> None:
        """An event: the next one, one that has come before, or one behind others that were lost."""
        ahead = (frame.number - self._events) % 256
        if ahead == 0:
            self._events += 1
            self._progress = time.monotonic()
            self._on_event(link.Event.parse(frame.data))
            if self._events - self._reported >= _REPORT:
                self._report(again=False)
        elif ahead < 128:
            self._ask()

    def _greeted(self, hello: link.Hello) -> None:
        if hello.booted and self._began:
            raise FirmwareError(f"{self._name} has started anew in the middle of the stream")
        if hello.version != link.VERSION:
            raise FirmwareError(f"{self._name} speaks protocol {hello.version}, expected {link.VERSION}")
        self._ring = hello.ring_bytes

    def _acknowledged(self, ack: link.Ack) -> None:
        if ack.status is link.Status.REFUSED:
            raise FirmwareError(f"{self._name} refuses the stream: its rate, gain or window is out of range")
        if ack.status is link.Status.NO_MODEL:
            raise FirmwareError(f"{self._name} cannot initialize its model: its constants may be damaged")
        while self._waiting and (ack.expected - self._waiting[0][0] - 1) % 256 < 128:
            self._waiting.popleft()
            self._progress = time.monotonic()
        if ack.status is link.Status.RESEND:
            self._resend()
        all_taken = self._sent_all and not self._waiting
        if self._began and (0 < (ack.events - self._events) % 256 < 128 or (all_taken and self.done is None)):
            self._ask()

    def _function_at(self, pc: int) -> str:
        """The name of the function; "" where it is in none."""
        ranges = elf.function_sizes(self._program).items()
        return next((name for name, (start, size) in ranges if start <= pc < start + size), "")
