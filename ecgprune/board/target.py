"""Vectors over a serial port to firmware/harness/serial, which runs the model on a board and counts cycles."""

from __future__ import annotations

import select
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Self, TypeVar

from ecgprune.board import link
from ecgprune.board.serial_port import SerialLine
from ecgprune.errors import FirmwareError

__all__ = ["About", "Counter", "Result", "TargetSession"]

_ANSWER_S = 15.0
"""How long nothing is no answer yet: a board resets when its port is opened, and a busy machine is slow."""
_STALL_S = 120.0
_RETRY_S = 2.0
_AGAIN = 20
_PIECE = link.MOST_DATA - 4
_READ_BYTES = 4096
_IMPOSSIBLE = 4  # instructions in one cycle
_STATUS = {1: "the arena is too small", 2: "its instance is damaged", 3: "its runtime failed"}  # -ecgp_status
T = TypeVar("T")

_NUMBERS = struct.Struct("<9I")


class Counter(IntEnum):
    """What counts cycles on a board: counter_kind of firmware/harness/serial/counter.h."""

    NONE = 0
    SYSTICK = 1
    DWT = 2

    @property
    def told(self) -> str:
        """In words."""
        return {0: "none", 1: "SysTick", 2: "DWT CYCCNT"}[self]


@dataclass(frozen=True)
class About:
    """What an image says of itself.

    Attributes:
        name: the model's, in C.
        sha256: of the model's .tflite.
        board: that it was built for.
        core: the board's.
        build: number that tells builds of one model apart; 0: none was given.
        clock_hz: of the core while it runs.
        counter: what counts cycles.
        emulated: whether an emulator runs it; None: nothing counts, so nobody can tell.
        input_bytes: of a vector.
        output_bytes: of a vector.
        arena_bytes: of the model.
    """

    name: str
    sha256: str
    board: str
    core: str
    build: int
    clock_hz: int
    counter: Counter
    emulated: bool | None
    input_bytes: int
    output_bytes: int
    arena_bytes: int

    @classmethod
    def parse(cls, frames: dict[int, bytes]) -> Self | None:
        """From the data of ABOUT frames, by their number; None: some are missing."""
        if 0 not in frames or len(frames[0]) != 1 + _NUMBERS.size:
            return None
        count, build, clock, counter, instructions, cycles, inputs, outputs, arena = _NUMBERS.unpack(frames[0][1:])
        if sorted(frames) != list(range(count)):
            return None
        texts = dict.fromkeys((1, 2, 3, 4), b"")
        for number in range(1, count):
            texts[frames[number][0]] += frames[number][1:]
        name, sha256, board, core = (text.decode("utf-8", "replace") for text in texts.values())
        # An emulator whose timer goes by the time of its host runs many instructions in a cycle; no core does.
        emulated = None if counter == Counter.NONE else instructions > _IMPOSSIBLE * cycles
        return cls(
            name, sha256, board, core, build, clock, Counter(counter), emulated, inputs, outputs, arena
        )  # fmt: skip


@dataclass(frozen=True)
class Result:
    """One invocation.

    Attributes:
        outputs: all of the vector's, one after the other.
        cycles: of the invocation alone; None: nothing counts, or an emulator runs it.
        stack_bytes: the deepest use of the stack since reset.
    """

    outputs: bytes
    cycles: int | None
    stack_bytes: int


class TargetSession:
    """A board that runs vectors. The host asks, and waits for the answer before it asks again.

    Attributes:
        about: what its image says of itself, once connected.
        resent: frames that were sent again.
        decoder: makes frames of what arrives, and counts damaged ones.
    """

    about: About

    def __init__(self, line: SerialLine, port: str, baud: int) -> None:
        """Takes over an open port.

        Args:
            line: the port.
            port: its name, for messages.
            baud: its speed, for messages.
        """
        self.decoder = link.Decoder()
        self.resent = 0
        self._line, self._port, self._baud = line, port, baud
        self._number = self._received = 0
        self._connected = False
        self._frames: list[link.Frame] = []  # of the present answer

    def connect(self) -> About:
        """Asks the board what it runs; its model begins anew.

        Raises:
            FirmwareError: nothing answers, something else does, or the model cannot be initialized.
        """
        data = struct.pack("<BBH", link.VERSION, 0, 0)

        def whole() -> About | None:
            return About.parse({f.number: f.data for f in self._frames if f.type == link.Type.ABOUT and f.data})

        self.about = self._ask(link.Type.START, data, whole)
        self._connected = True
        return self.about

    def run(self, number: int, inputs: bytes) -> Result:
        """Runs one vector.

        Args:
            number: its number.
            inputs: all of its inputs, one after the other.

        Raises:
            FirmwareError: the board faults, starts anew, stops answering, or its model fails.
        """
        for at in range(0, len(inputs), _PIECE):
            data = struct.pack("<I", at) + inputs[at : at + _PIECE]
            self._ask(link.Type.INPUT, data, lambda: True)
        data = struct.pack("<I", number)
        cycles, stack, status, outputs = self._ask(link.Type.RUN, data, lambda: self._result(number))
        if status:
            why = _STATUS.get(status, f"status -{status}")
            raise FirmwareError(f"the board on {self._port} failed at vector {number}: {why}")
        return Result(outputs, cycles if self.about.emulated is False else None, stack)

    def _result(self, number: int) -> tuple[int, int, int, bytes] | None:
        """(cycles, stack, status, outputs) of a vector; None: some of it is missing."""
        found: tuple[int, int, int] | None = None
        pieces: dict[int, bytes] = {}
        for frame in self._frames:
            if frame.type == link.Type.RESULT:
                vector, *rest = struct.unpack("<IIIB", frame.data)
                found = (rest[0], rest[1], rest[2]) if vector == number else found
            elif frame.type == link.Type.OUTPUT and frame.number == number % 256:
                pieces[struct.unpack_from("<I", frame.data)[0]] = frame.data[4:]
        outputs = b"".join(pieces[at] for at in sorted(pieces))
        if found is None or (found[2] == 0 and len(outputs) != self.about.output_bytes):
            return None
        return (*found, outputs)

    def _ask(self, kind: link.Type, data: bytes, whole: Callable[[], T | None]) -> T:
        """Sends a frame until its answer is whole, and returns what `whole` makes of it."""
        number, self._number = self._number, (self._number + 1) % 256
        self._frames = []
        coded = link.encode(kind, number, data)
        patience = time.monotonic() + (_STALL_S if self._connected else _ANSWER_S)
        damaged = 0
        while damaged < _AGAIN and time.monotonic() < patience:
            self._put(coded)
            retry = time.monotonic() + _RETRY_S
            while (left := retry - time.monotonic()) > 0 and not self._answered(number):
                self._receive(left)
            if self._answered(number):
                found = whole()
                if found is not None:
                    return found
                damaged += 1
                self._frames = [frame for frame in self._frames if frame.type != link.Type.ACK]
            self.resent += 1
        raise self._silent()

    def _answered(self, number: int) -> bool:
        acks = (link.Ack.parse(frame.data) for frame in self._frames if frame.type == link.Type.ACK)
        ack = next((ack for ack in acks if ack.expected == (number + 1) % 256), None)
        if ack is None:
            return False
        if ack.status is link.Status.NO_MODEL:
            raise FirmwareError(f"the board on {self._port} cannot initialize its model: its constants may be damaged")
        if ack.status is link.Status.REFUSED:
            raise FirmwareError(
                f"the board on {self._port} refuses what is sent: its program is of another version; write it anew: "
                "ecgprune flash MODEL --board BOARD"
            )
        return True

    def _put(self, coded: bytes) -> None:
        try:
            self._line.sendall(coded)
        except OSError:
            raise self._gone() from None

    def _receive(self, seconds: float) -> None:
        if not select.select([self._line.fileno()], [], [], seconds)[0]:
            return
        try:
            data = self._line.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            raise self._gone()
        self._received += len(data)
        for frame in self.decoder.feed(data):
            self._take(frame)

    def _take(self, frame: link.Frame) -> None:
        if frame.type == link.Type.FAULT:
            raise FirmwareError(f"the board on {self._port} stopped: {link.Fault.parse(frame.data).told()}")
        if frame.type != link.Type.HELLO:
            self._frames.append(frame)
            return
        hello = link.Hello.parse(frame.data)
        if hello.leads:
            raise FirmwareError(
                f"the board on {self._port} runs the live program, which takes samples; write the one that takes "
                "vectors: ecgprune flash MODEL --board BOARD"
            )
        if hello.booted and self._connected:
            raise FirmwareError(
                f"the board on {self._port} was reset in the middle (its button, its supply, a watchdog); call again"
            )

    def _gone(self) -> FirmwareError:
        return FirmwareError(f"{self._port} is gone: the board was unplugged, or its emulator has ended")

    def _silent(self) -> FirmwareError:
        """Why no whole answer came."""
        remedy = "write the program that takes vectors to the board: ecgprune flash MODEL --board BOARD"
        if self._connected:
            return FirmwareError(
                f"the board on {self._port} gave no whole answer, {self.decoder.damaged} frames arrived damaged; "
                "reset it, and try a lower --baud"
            )
        if self._received:
            return FirmwareError(
                f"{self._port} sends bytes that are no frames of ecgprune's at {self._baud} baud: its image has "
                f"another --baud, or is another program; {remedy}"
            )
        return FirmwareError(f"nothing answers on {self._port} at {self._baud} baud; {remedy}")
