"""--junit: the verification of a command as JUnit XML, whether it passes or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ecgprune.artifacts import check_writable, read_json, write_text
from ecgprune.cli.options import PathType

__all__ = ["junit_option", "written"]


def _checked(_ctx: click.Context, _param: click.Parameter, file: Path | None) -> Path | None:
    if file is not None:
        check_writable(file)
    return file


junit_option = click.option(
    "--junit",
    type=PathType(dir_okay=False),
    metavar="FILE",
    callback=_checked,
    help="File that gets the verification as JUnit XML, whether it passes or not.",
)


@contextmanager
def written(file: Path | None, verdict: Path) -> Iterator[None]:
    """Writes `file` when the block has ended, where it has written `verdict` or succeeded.

    Args:
        file: the XML; None: nothing is written. One of an earlier call is removed first.
        verdict: verify.json.
    """
    before = _stamp(verdict)
    if file is not None:
        file.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        if file is not None and _stamp(verdict) not in (None, before):
            _write(file, verdict)
        raise
    if file is not None:
        _write(file, verdict)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Tells one file at `path` from the next."""
    if not path.is_file():
        return None
    found = path.stat()
    return found.st_mtime_ns, found.st_ino


def _write(file: Path, verdict: Path) -> None:
    from ecgprune.gates import junit
    from ecgprune.verify import failures

    found = read_json(verdict)
    write_text(file, junit.render(found, failures(found)))
