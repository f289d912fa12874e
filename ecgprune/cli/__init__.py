"""The command line. The only package that prints or exits; heavy imports stay inside the commands."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from ecgprune import __version__
from ecgprune.cli import bench, data, doctor, release, reproduce, stages
from ecgprune.errors import EcgpruneError

__all__ = ["main"]

_NO_SPACE = 1 << 20  # bytes; libraries report a full disk in many ways, so the disk itself is asked


class _Group(click.Group):
    """A group that turns every expected failure into one line and a non-zero exit."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except EcgpruneError as error:
            if _disk_is_full(ctx):
                _fail(f"{_full_disk_message(ctx)} ({error})", error.exit_code)
            _fail(str(error), error.exit_code)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except OSError as error:
            if error.errno == errno.ENOSPC or _disk_is_full(ctx):
                _fail(_full_disk_message(ctx), 1)
            if error.filename is None:
                raise
            _fail(f"{error.filename}: {(error.strerror or str(error)).lower()}", 1)
        except KeyboardInterrupt:
            _fail("interrupted; finished steps are kept, the same command goes on from there", 130)


def _out(ctx: click.Context) -> Path:
    return Path(ctx.meta.get("ecgprune.out", "."))


def _disk_is_full(ctx: click.Context) -> bool:
    folder = next(p for p in [_out(ctx).absolute(), *_out(ctx).absolute().parents] if p.exists())
    return shutil.disk_usage(folder).free < _NO_SPACE


def _full_disk_message(ctx: click.Context) -> str:
    return f"no space left on the disk of {_out(ctx)}; free some and call again: finished steps are kept"


def _fail(message: str, code: int) -> None:
    click.echo(f"ecgprune: {' '.join(message.split())}", err=True)
    sys.exit(code)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A first run, on a synthetic database:  ecgprune run default --out runs/default",
)
@click.version_option(__version__, prog_name="ecgprune")
def main() -> None:
    """From ECG records to verified Cortex-M firmware: train, prune in stages, quantize to int8, generate C,
    build, run on an emulated board, and prove it equal to TensorFlow Lite Micro bit for bit."""


main.add_command(bench.bench)
main.add_command(data.data)
main.add_command(doctor.doctor)
main.add_command(release.release)
main.add_command(reproduce.reproduce)
for _command in stages.COMMANDS:
    main.add_command(_command)
