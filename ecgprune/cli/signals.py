"""SIGINT, SIGTERM and SIGHUP end a command in order: what it writes is whole, and finished steps are kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stopped", "caught", "check"]

_ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_DEFAULT = (signal.SIG_DFL, signal.default_int_handler)
_pending: list[int] = []  # signals that came


class Stopped(KeyboardInterrupt):
    """A signal asks the program to end. Code that cleans up after ^C does so for the other signals as well."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def caught() -> Iterator[None]:
    """Signals raise `Stopped` while the block lasts, but for those that the caller ignores, as nohup does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _ENDING}
    _pending.clear()
    for number in _ENDING:
        if before[number] in _DEFAULT:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number in _ENDING:
            signal.signal(number, before[number])


def check() -> None:
    """Raises `Stopped` again where a signal came and somebody swallowed what it raised, as a library may."""
    if _pending:
        raise Stopped(_pending[0])


def _stop(number: int, _: FrameType | None) -> None:
    _pending.append(number)
    if number != signal.SIGINT:
        signal.signal(number, signal.SIG_IGN)  # cleaning up is not to be interrupted by the same signal
    raise Stopped(number)
