"""export, build and verify for a model that is not part of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecgprune.artifacts import read_json
from ecgprune.cli.console import progress_bar, show
from ecgprune.cli.options import DEFAULT_BOARD, RunOptions, TfliteOptions
from ecgprune.cli.quantizing import int8
from ecgprune.cli.stages import Result

if TYPE_CHECKING:
    from ecgprune.pipeline.cores import Core

__all__ = ["build", "export", "verify"]

Human = Callable[[Result], None]


def export(model: Path, options: RunOptions, tflite: TfliteOptions, human: Human) -> Result:
    """Generates C into the folder --out, shows plan.json, and returns it."""
    from ecgprune.pipeline import tflite_folder

    with tflite_folder.opened(options.out):
        _generate(int8(model, tflite.representative, options.out), options, tflite)
        found = read_json(options.out / "plan.json")
    show(options.style, found, lambda: human(found))
    return found


def build(
    model: Path, options: RunOptions, tflite: TfliteOptions, read_images: Callable[[Path], Result], human: Human
) -> Result:
    """Also builds an image for each board; shows what `read_images` reads in the folder of images, and returns it."""
    from ecgprune.pipeline import tflite_folder

    with tflite_folder.opened(options.out):
        _build(int8(model, tflite.representative, options.out), options, tflite)
        found = read_images(options.out / "images")
    show(options.style, found, lambda: human(found))
    return found


def verify(model: Path, options: RunOptions, tflite: TfliteOptions, tolerance: float, human: Human) -> Result:
    """Also runs random vectors on the host and on each board; shows verify.json, and returns it.

    Random int8 values tell whether all runtimes agree, and say nothing of accuracy.

    Raises:
        VerificationError: A runtime differs from TensorFlow Lite Micro.
    """
    from ecgprune import verify as verification
    from ecgprune.pipeline import tflite_folder

    with tflite_folder.opened(options.out):
        model = int8(model, tflite.representative, options.out)
        cores = _build(model, options, tflite)
        with progress_bar("verify") as progress:
            found = tflite_folder.verify(model, options.out, cores, tflite.vectors, progress, tolerance)
    show(options.style, found, lambda: human(found))
    verification.check(found)
    return found


def _generate(model: Path, options: RunOptions, tflite: TfliteOptions) -> tuple[Core, ...]:
    """Writes src, drop-in and plan.json, with code for each core of the boards, and returns the cores."""
    from ecgprune.pipeline import tflite_folder

    if tflite.compress and tflite.runtime != "tflm":
        raise click.UsageError("--compress goes with --runtime tflm; the native runtime has sparse kernels instead")
    wanted: dict[str, Any] = {"name": tflite.name, "runtime": tflite.runtime, "optimize": tflite.optimize}
    wanted |= {"compress": True} if tflite.compress else {}
    with progress_bar("generate C"):
        return tflite_folder.generate(model, options.out, options.boards or (DEFAULT_BOARD,), wanted, tflite.labels)


def _build(model: Path, options: RunOptions, tflite: TfliteOptions) -> tuple[Core, ...]:
    from ecgprune.pipeline import firmware

    cores = _generate(model, options, tflite)
    with progress_bar("build firmware") as progress:
        firmware.build(options.out / "src", cores, options.out / "images", tflite.runtime, progress)
    return cores
