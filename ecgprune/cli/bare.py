"""export, build and verify for a .tflite that is not part of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ecgprune.artifacts import locked, read_json
from ecgprune.cli.console import progress_bar, show
from ecgprune.cli.options import DEFAULT_BOARD, RunOptions, TfliteOptions
from ecgprune.cli.stages import Result
from ecgprune.errors import ArtifactError

if TYPE_CHECKING:
    from ecgprune.pipeline.cores import Core

__all__ = ["build", "export", "verify"]

_SEED = 1
_HOST_VECTORS = 1000
_WRITTEN = ("src", "drop-in", "plan.json", "compressed.tflite", "images", "verify.json", "vectors.bin", "vectors.json")

Human = Callable[[Result], None]


def export(model: Path, options: RunOptions, tflite: TfliteOptions, human: Human) -> Result:
    """Generates C into the folder --out, shows plan.json, and returns it."""
    with _opened(options.out):
        _generate(model, options, tflite)
        found = read_json(options.out / "plan.json")
    show(options.style, found, lambda: human(found))
    return found


def build(
    model: Path, options: RunOptions, tflite: TfliteOptions, read_images: Callable[[Path], Result], human: Human
) -> Result:
    """Also builds an image for each board; shows what `read_images` reads in the folder of images, and returns it."""
    with _opened(options.out):
        _build(model, options, tflite)
        found = read_images(options.out / "images")
    show(options.style, found, lambda: human(found))
    return found


def verify(model: Path, options: RunOptions, tflite: TfliteOptions, human: Human) -> Result:
    """Also runs random vectors on the host and on each board; shows verify.json, and returns it.

    Random int8 values tell whether all runtimes agree, and say nothing of accuracy.

    Raises:
        VerificationError: A runtime differs from TensorFlow Lite Micro.
    """
    from ecgprune import verify as verification
    from ecgprune.graph.reader import read
    from ecgprune.pipeline import firmware

    with _opened(options.out):
        cores = _build(model, options, tflite)
        with progress_bar("verify") as progress:
            found = verification.run(
                model,
                firmware.generated_code(options.out / "src", cores),
                verification.random_inputs(read(model), max(tflite.vectors, _HOST_VECTORS), _SEED),
                options.out / "verify.json",
                board_vectors=tflite.vectors,
                images=options.out / "images",
                source=f"random int8 values, seed {_SEED}",
                progress=progress,
            )
    show(options.style, found, lambda: human(found))
    verification.check(found)
    return found


@contextmanager
def _opened(out: Path) -> Iterator[None]:
    """Holds the folder `out`, which is new, empty, or one that these commands wrote before."""
    if out.exists() and not out.is_dir():
        raise ArtifactError(f"{out} is a file; --out takes a folder")
    if out.exists():
        other = next((p.name for p in sorted(out.iterdir()) if p.name not in _WRITTEN and p.name[0] != "."), None)
        if other is not None:
            raise ArtifactError(f"{out} holds other files ({other}); give --out a new or an empty folder")
    with locked(out):
        yield


def _generate(model: Path, options: RunOptions, tflite: TfliteOptions) -> tuple[Core, ...]:
    """Writes src, drop-in and plan.json, with code for each core of the boards, and returns the cores."""
    from ecgprune.c_names import check_name
    from ecgprune.config import check
    from ecgprune.interface import ModelContract
    from ecgprune.pipeline import firmware
    from ecgprune.pipeline.cores import cores_of

    check_name(tflite.name)
    if tflite.compress and tflite.runtime != "tflm":
        raise click.UsageError("--compress goes with --runtime tflm; the native runtime has sparse kernels instead")
    cores = cores_of(options.boards or (DEFAULT_BOARD,))
    wanted: dict[str, Any] = {"name": tflite.name, "runtime": tflite.runtime, "optimize": tflite.optimize}
    wanted |= {"compress": True} if tflite.compress else {}
    with progress_bar("generate C"):
        settings = check({"export": wanted}, "options").export
        firmware.export(model, options.out, settings, cores, ModelContract(labels=tflite.labels))
    return cores


def _build(model: Path, options: RunOptions, tflite: TfliteOptions) -> tuple[Core, ...]:
    from ecgprune.pipeline import firmware

    cores = _generate(model, options, tflite)
    with progress_bar("build firmware") as progress:
        firmware.build(options.out / "src", cores, options.out / "images", tflite.runtime, progress)
    return cores
