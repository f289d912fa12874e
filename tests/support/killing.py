"""`ecgprune run` in processes that are killed: forked from one that has loaded TensorFlow, which takes longer than most
steps, and otherwise run as the command line does."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path


def killed(folder: Path, *, before: str = "", step: int = 0, seconds: float = 0.0) -> str:
    """Starts or resumes a run of the config smoke, and kills its process group with SIGKILL.

    Args:
        folder: The run folder.
        before: A file or folder of the run: killed where it is about to be renamed into its place.
        step: Else the number of a step from 1: killed `seconds` after it has begun, or where the next one begins.
        seconds: See `step`.

    Returns:
        What the run printed on stderr; it ends with "killed" or the exit code.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.dup2(writer, 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        _run(folder, before)
    os.close(writer)
    said, begun = b"", 0.0
    os.set_blocking(reader, False)
    while True:
        try:
            part = os.read(reader, 4096)
            if not part:
                break
            said += part
        except BlockingIOError:
            time.sleep(0.01)
        if step and not begun and f"[{step:2}/".encode() in said:
            begun = time.monotonic()
        over = begun and f"[{step + 1:2}/".encode() in said  # a machine may be fast
        if over or (begun and time.monotonic() > begun + seconds):
            os.killpg(child, signal.SIGKILL)
            break
    os.close(reader)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return said.decode() + ("killed" if status == -signal.SIGKILL else str(status))


def _run(folder: Path, before: str) -> None:
    """The command, in a child process; does not return."""
    from ecgprune.cli import main

    def heed(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.rename" and os.fspath(arguments[1]) == str(folder / before):  # type: ignore[call-overload]
            os.killpg(0, signal.SIGKILL)

    code = 70
    try:
        if before:
            sys.addaudithook(heed)
        main(["run", "smoke", "--out", str(folder)], prog_name="ecgprune")
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(code)


def load() -> None:
    """Loads what a run loads, before the first fork."""
    from ecgprune.pipeline import evaluation  # noqa: F401
    from ecgprune.training import fit, prune, quantize  # noqa: F401
