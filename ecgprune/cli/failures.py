"""Every failure that a user can cause ends in one line on stderr and a non-zero exit."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import click

from ecgprune.artifacts import NO_SPACE
from ecgprune.cli import signals
from ecgprune.cli.packages import required
from ecgprune.errors import EcgpruneError, ExitCode, MachineError

__all__ = ["Group", "resumable"]

_NO_SPACE = 1 << 20  # bytes; libraries report a full disk in many ways, so the disk itself is asked
_LIMITS = (errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_NO_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
_OUT = "ecgprune.out"  # where --out stands in click's context
_RESUMABLE = "ecgprune.resumable"  # there where the same command goes on after an interruption


def resumable() -> None:
    """Says of the running command that the same one goes on from the steps which it has finished."""
    click.get_current_context().meta[_RESUMABLE] = True


class Group(click.Group):
    """The group of all commands; it reports their failures, and lists commands in the order of the pipeline."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """As click's, with every stream open and with signals that end a command in order."""
        _open_streams()
        with signals.caught(), _reported(None):
            return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _reported(ctx):
            _check_working_directory()
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@contextmanager
def _reported(ctx: click.Context | None) -> Iterator[None]:
    """Turns what a user can cause into one line. ctx: of the command, where there is one already."""
    try:
        yield
    except EcgpruneError as error:
        _fail(f"{_full_disk_message(ctx)} ({error})" if _disk_is_full(ctx) else str(error), error.exit_code)
    except BrokenPipeError:
        _drop_output()
        sys.exit(ExitCode.MACHINE)
    except KeyboardInterrupt as stop:
        number = stop.number if isinstance(stop, signals.Stopped) else signal.SIGINT
        resume = "; finished steps are kept, the same command resumes there" if _is_resumable(ctx) else ""
        _fail(f"stopped by {signal.Signals(number).name}{resume}", 128 + number)
    except ImportError as error:
        missing = _missing_package(error)
        if missing is None:
            raise
        _fail(missing, ExitCode.TOOL_MISSING)
    except MemoryError:
        _fail("out of memory; ask for less, or run on a machine with more", ExitCode.MACHINE)
    except OSError as error:
        if _was_printing(error):
            _drop_output()
            _fail(f"standard output cannot be written: {_why(error)}", ExitCode.MACHINE)
        if error.errno in NO_SPACE or _disk_is_full(ctx):
            _fail(_full_disk_message(ctx), ExitCode.MACHINE)
        if error.errno in _LIMITS:
            told = f"{error.filename or _out(ctx)}: {_why(error)}: a limit of this machine, see `ulimit -a`"
            _fail(told, ExitCode.MACHINE)
        if error.filename is None:
            raise
        code = ExitCode.INPUT if isinstance(error, _NO_FILE) else ExitCode.MACHINE
        _fail(f"{os.fsdecode(error.filename)}: {_why(error)}", code)


def _fail(message: str, code: int) -> NoReturn:
    with suppress(OSError):
        click.echo(f"ecgprune: {' '.join(message.split())}", err=True)
    sys.exit(code)


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _out(ctx: click.Context | None) -> Path:
    return Path(ctx.meta.get(_OUT, ".") if ctx else ".")


def _is_resumable(ctx: click.Context | None) -> bool:
    return ctx is not None and _RESUMABLE in ctx.meta


def _disk_is_full(ctx: click.Context | None) -> bool:
    """Whether the disk that --out is on has no space left; False where nobody can tell."""
    try:
        out = _out(ctx).absolute()
        folder = next(p for p in (out, *out.parents) if os.path.exists(p))
        disk = shutil.disk_usage(folder)
        return disk.total > 0 and disk.free < _NO_SPACE  # /proc has no bytes at all
    except (OSError, StopIteration):
        return False


def _full_disk_message(ctx: click.Context | None) -> str:
    kept = ": finished steps are kept" if _is_resumable(ctx) else ""
    return f"no space left on the disk of {_out(ctx)}; free some and call again{kept}"


def _check_working_directory() -> None:
    try:
        os.getcwd()
    except OSError:
        raise MachineError("the working directory no longer exists; change to another one and call again") from None


def _missing_package(error: ImportError) -> str | None:
    """One line on a package that is not installed, or does not load; None where it is none that ecgprune names."""
    cause: BaseException | None = error
    while isinstance(cause, ImportError) and cause.name is None:  # a package's own words on another one
        cause = cause.__cause__ or cause.__context__
    name = (getattr(cause, "name", None) or "").partition(".")[0]
    package = next((p for p in required() if name in (p.module, p.name)), None)
    if package is None:
        return None
    if isinstance(cause, ModuleNotFoundError):
        return f"the Python package {package.name} is not installed: {package.remedy}"
    return f"the Python package {package.name} does not load ({error}): {package.reinstall}"


def _was_printing(error: OSError) -> bool:
    """Whether the error comes from printing a result, help or a version."""
    return any(frame.f_code is click.echo.__code__ for frame, _ in traceback.walk_tb(error.__traceback__))


def _drop_output() -> None:
    """Sends what is still buffered for stdout nowhere, so that the interpreter does not fail on it at exit."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_streams() -> None:
    """Gives a meaning to standard streams that the caller closed, and to characters that their encoding lacks.

    A closed descriptor would be given to the next file that is opened. On a closed stdout every write fails, as it
    should; what goes to a closed stderr is lost.
    """
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, mode)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
