"""Serial ports of this machine, through pyserial (extra `flash`)."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ecgprune.errors import FirmwareError

__all__ = ["SerialLine", "opened", "port_names"]

_REASONS = {
    errno.ENOENT: "there is no such port",
    errno.EACCES: "no permission; on Linux, join the group of the device (often dialout)",
    errno.EBUSY: "another program holds it",
    errno.EAGAIN: "another program holds it",
    errno.ENOTTY: "it is no serial port",
}


class SerialLine:
    """An open port, as `channel.Line` asks for it."""

    def __init__(self, port: Any) -> None:
        """Takes a serial.Serial without a time limit for reading."""
        self._port = port

    def fileno(self) -> int:
        """The port's descriptor."""
        return int(self._port.fileno())

    def sendall(self, data: bytes, /) -> None:
        """Sends all of `data`; raises OSError where the port is gone."""
        self._port.write(data)

    def recv(self, most: int, /) -> bytes:
        """What has arrived, at most so many bytes; b"": the port is gone."""
        return os.read(self.fileno(), most)


@contextmanager
def opened(name: str, baud: int) -> Iterator[SerialLine]:
    """A port, 8N1, held against other programs.

    Args:
        name: /dev/ttyACM0, or what pyserial takes.
        baud: bits a second.

    Raises:
        FirmwareError: it cannot be opened; the message lists the ports that there are.
    """
    import serial

    try:
        port = serial.Serial(name, baud, timeout=0, exclusive=True)
    except (OSError, ValueError) as error:  # SerialException is an OSError, often without a number
        raise FirmwareError(f"cannot open {name}: {_why(error)}; {_there()}") from None
    try:
        yield SerialLine(port)
    finally:
        port.close()


def port_names() -> list[tuple[str, str]]:
    """(name, description) of each serial port that this machine shows."""
    from serial.tools import list_ports

    return [(port.device, port.description) for port in sorted(list_ports.comports())]


def _there() -> str:
    names = [name for name, _ in port_names()]
    return f"ports here: {', '.join(names)}" if names else "no serial port is connected"


def _why(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number is None and "Could not exclusively lock" in str(error):
        number = errno.EBUSY
    if number is None and "Could not configure" in str(error):
        number = errno.ENOTTY
    reason = _REASONS.get(number) if number is not None else None
    return reason or (os.strerror(number) if number else str(error)).lower()
