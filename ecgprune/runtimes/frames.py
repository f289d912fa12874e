"""Messages between ecgprune and its child processes: a JSON object and bytes, each after its length.

Nothing is unpickled: what a damaged model makes of a child must not reach the parent but as data.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

__all__ = ["Header", "receive", "send"]

Header = dict[str, Any]
_LENGTHS = struct.Struct("<IQ")


def send(stream: IO[bytes], header: Header, *parts: bytes) -> None:
    """Writes one message and flushes it."""
    text = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(text), sum(len(part) for part in parts)))
    stream.write(text)
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[Header, bytes] | None:
    """The next message; None where the other side has ended, at a message's end or within one."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header, payload = _LENGTHS.unpack(lengths)
    text, data = stream.read(header), stream.read(payload)
    if len(text) < header or len(data) < payload:
        return None
    return json.loads(text), data

