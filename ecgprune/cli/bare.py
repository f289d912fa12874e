"""export, build and verify for a model that is not part of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ecgprune.artifacts import read_json
from ecgprune.cli import sources
from ecgprune.cli.console import progress_bar, show
from ecgprune.cli.groups import RunOptions, TfliteOptions
from ecgprune.cli.options import DEFAULT_BOARD
from ecgprune.cli.quantizing import int8
from ecgprune.cli.stages import Result

if TYPE_CHECKING:
    from ecgprune.cli.sources import ModelSource
    from ecgprune.config import ExportConfig
    from ecgprune.pipeline.cores import Core

__all__ = ["build", "export", "verify"]

Human = Callable[[Result], None]


def export(model: ModelSource, options: RunOptions, tflite: TfliteOptions, human: Human) -> Result:
    """Generates C into the folder --out, shows plan.json, and returns it."""
    from ecgprune.pipeline import tflite_folder

    with tflite_folder.opened(options.out):
        _generate(model, options, tflite)
        found = read_json(options.out / "plan.json")
    show(options.style, found, lambda: human(found))
    return found


def build(
    model: ModelSource, options: RunOptions, tflite: TfliteOptions, read_images: Callable[[Path], Result], human: Human
) -> Result:
    """Also builds an image for each board; shows what `read_images` reads in the folder of images, and returns it."""
    from ecgprune.pipeline import tflite_folder

    with tflite_folder.opened(options.out):
        _build(model, options, tflite)
        found = read_images(options.out / "images")
    show(options.style, found, lambda: human(found))
    return found


def verify(
    model: ModelSource, options: RunOptions, tflite: TfliteOptions, tolerance: float, human: Human
) -> Result:
    """Also runs random vectors on the host and on each board; shows verify.json, and returns it.

    Random int8 values tell whether all runtimes agree, and say nothing of accuracy.

    Raises:
        VerificationError: A runtime differs from TensorFlow Lite Micro.
    """
    from ecgprune import verify as verification
    from ecgprune.pipeline import tflite_folder

    with tflite_folder.opened(options.out):
        file, cores = _build(model, options, tflite)
        with progress_bar("verify") as progress:
            found = tflite_folder.verify(file, options.out, cores, tflite.vectors, progress, tolerance)
    show(options.style, found, lambda: human(found))
    verification.check(found)
    return found


def _generate(
    model: ModelSource, options: RunOptions, tflite: TfliteOptions
) -> tuple[Path, tuple[Core, ...], ExportConfig]:
    """Writes src, drop-in and plan.json, with code for each core of the boards.

    Returns:
        The int8 model, the cores, and how the code was generated.
    """
    from ecgprune.pipeline import tflite_folder

    wanted = sources.settings(tflite, model.config.export if model.config else None)
    file = int8(model.path, tflite.representative, options.out)
    with progress_bar("generate C"):
        boards, contract = options.boards or (DEFAULT_BOARD,), model.contract(tflite.labels)
        return file, tflite_folder.generate(file, options.out, boards, wanted, contract), wanted


def _build(model: ModelSource, options: RunOptions, tflite: TfliteOptions) -> tuple[Path, tuple[Core, ...]]:
    from ecgprune.pipeline import firmware

    file, cores, wanted = _generate(model, options, tflite)
    with progress_bar("build firmware") as progress:
        firmware.build(options.out / "src", cores, options.out / "images", wanted.runtime, progress)
    return file, cores
