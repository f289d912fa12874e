"""A model on TFLM or on the TFLite interpreter, in a child process that it may crash without harm.

Neither runtime checks all that a file says: a damaged one makes them read wild addresses, loop, or fill the memory.
Children are few: one that has nothing to do any more is given the next model.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NoReturn

import numpy.typing as npt

from ecgprune.errors import EcgpruneError
from ecgprune.runtimes.frames import Header, receive, send
from ecgprune.runtimes.messages import tflm_reason

__all__ = ["Child", "Limits"]

_NAMES = {"tflm": "TFLM", "interpreter": "the TFLite interpreter"}
_MEND = "the file is damaged, or asks for what this runtime does not take; export it again"
_MOST_IDLE = 2
Runtime = Literal["tflm", "interpreter"]


@dataclass(frozen=True)
class Limits:
    """What a model may take of its child.

    Attributes:
        cpu_seconds: of the process, to load the model or to run one vector.
        memory: bytes beside those of Python and the runtime.
    """

    cpu_seconds: float = 60.0
    memory: int = 1 << 30


class _Process:
    """A running child, and the file that its stderr goes to."""

    def __init__(self) -> None:
        self.busy = False
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115
        paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)  # "" is the working directory
        environment = {**os.environ, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"}  # each thread reserves memory
        self.popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "ecgprune.runtimes.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.printed,
            env=environment,
        )

    def ask(self, header: Header, *parts: bytes) -> None:
        """Sends a request, which forgets what was printed before."""
        assert self.popen.stdin is not None
        os.ftruncate(self.printed.fileno(), 0)
        os.lseek(self.printed.fileno(), 0, os.SEEK_SET)
        with contextlib.suppress(BrokenPipeError):  # `answer` finds it dead
            send(self.popen.stdin, header, *parts)

    def answer(self) -> tuple[Header, bytes] | None:
        """The next answer; None where the child is dead."""
        assert self.popen.stdout is not None
        return receive(self.popen.stdout)

    def text(self) -> str:
        """What was printed since the last request. The file's position is the child's, so it is not moved."""
        size = os.fstat(self.printed.fileno()).st_size
        if hasattr(os, "pread"):
            return os.pread(self.printed.fileno(), size, 0).decode("utf-8", "replace")
        self.printed.seek(0)  # Windows: the child has ended, or answers nothing before the next request
        return self.printed.read(size).decode("utf-8", "replace")

    def end(self) -> int:
        """Ends it, and returns its exit status; negative: the signal that ended it."""
        if self.busy:
            self.popen.kill()
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        for stream in (self.popen.stdin, self.popen.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        status = self.popen.wait()
        self.printed.close()
        return status


_idle: list[_Process] = []
_lock = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a child answers one parent


def _take() -> _Process:
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.popen.poll() is None:
                return process
            process.end()
    return _Process()


@atexit.register
def _end_idle() -> None:
    while _idle:
        _idle.pop().end()


def _give_back(process: _Process) -> None:
    """Keeps it for the next model, if it has answered all that it was asked."""
    with _lock:
        keep = not process.busy and len(_idle) < _MOST_IDLE
        if keep:
            _idle.append(process)
    if not keep:
        process.end()


class Child:
    """A model loaded on a runtime.

    Args:
        runtime: "tflm" or "interpreter".
        tflite: content of the .tflite file.
        error: the class of the errors raised, here and by the methods.
        arena: bytes that TFLM gets; None for ten times the file.
        keep_all: whether TFLM keeps every tensor, so that `run` can give them.
        limits: what it may take; None for those of `Limits`.

    Raises:
        EcgpruneError: of the class `error`, in one line: the runtime refuses the model, crashes on it, or takes more
            than the limits.
        ImportError: the runtime's package is missing or does not load.
    """

    def __init__(
        self,
        runtime: Runtime,
        tflite: bytes,
        *,
        error: type[EcgpruneError],
        arena: int | None = None,
        keep_all: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self._name, self._error, self._limits = _NAMES[runtime], error, limits or Limits()
        self._process = _take()
        self._end = weakref.finalize(self, _give_back, self._process)
        load = {"do": "load", "runtime": runtime, "arena": arena, "keep_all": keep_all}
        self._answers({**load, **asdict(self._limits)}, [tflite], 1, "load")

    def run(
        self, inputs: Sequence[tuple[int, npt.NDArray[Any]]], wanted: Sequence[int], *, outputs: bool = False
    ) -> list[bytes]:
        """Runs n vectors.

        Args:
            inputs: (tensor index, [n, *shape]) of each input of the model, in its order.
            wanted: indices of the tensors to give, which TFLM needs keep_all for.
            outputs: `wanted` is the model's outputs, in its order: given without keep_all.

        Returns:
            For each vector, the bytes of the tensors wanted, one after the other.
        """
        described = [[tensor, rows.dtype.str, rows.shape[1:]] for tensor, rows in inputs]
        vectors = len(inputs[0][1])
        ask = {"do": "run", "vectors": vectors, "inputs": described, "wanted": list(wanted), "outputs": outputs}
        return self._answers(ask, [rows.tobytes() for _, rows in inputs], vectors, "run")

    def allocations(self) -> str:
        """What TFLM prints of its use of the arena."""
        self._answers({"do": "allocations"}, [], 1, "run")
        return self._process.text()

    def _answers(self, ask: Header, parts: Sequence[bytes], count: int, doing: str) -> list[bytes]:
        self._process.busy = True
        self._process.ask(ask, *parts)
        found = []
        for _ in range(count):
            answer = self._process.answer()
            if answer is None:
                self._dead(doing)
            header, data = answer
            if header:
                self._process.busy = False  # an error is the last answer to a request
                self._refuse(header, doing)
            found.append(data)
        self._process.busy = False
        return found

    def _refuse(self, header: Header, doing: str) -> NoReturn:
        """Raises what the child reports."""
        if "module" in header:
            kind = ModuleNotFoundError if header["missing"] else ImportError
            raise kind(header["error"], name=header["module"])
        if header.get("memory"):
            raise self._error(f"{self._name} needs more than {self._memory} to {doing} the model: {_MEND}")
        said = " ".join(str(header["error"]).split())
        raise self._error(f"{self._name} cannot {doing} the model: {tflm_reason(self._process.text()) or said}")

    def _dead(self, doing: str) -> NoReturn:
        """Raises how the child ended; KeyboardInterrupt where Ctrl-C ended it."""
        said = tflm_reason(self._process.text())
        self._end.detach()
        self._process.busy = False
        status = self._process.end()
        if status == -signal.SIGINT:  # Ctrl-C reaches the child too, which may be seen to end first
            raise KeyboardInterrupt
        if status == -getattr(signal, "SIGPROF", 0) != 0:
            found = f"{self._name} took more than {self._limits.cpu_seconds:g} s to {doing} the model"
        else:
            how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
            found = f"{self._name} crashed ({how}) when it was to {doing} the model"
        raise self._error(f"{found}: {said or _MEND}")

    @property
    def _memory(self) -> str:
        return f"{self._limits.memory / 2**30:g} GiB"
