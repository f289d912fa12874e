"""The folder that export, build and verify of a model write that is not part of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecgprune.artifacts import Progress, locked
from ecgprune.errors import ArtifactError
from ecgprune.gates import ATTESTED

if TYPE_CHECKING:
    from ecgprune.config import ExportConfig
    from ecgprune.interface import ModelContract
    from ecgprune.pipeline.cores import Core

__all__ = ["as_file", "generate", "opened", "verify"]

_SEED = 1
_HOST_VECTORS = 1000
_WRITTEN = (
    "src", "drop-in", "plan.json", "compressed.tflite", "images", "verify.json", "vectors.bin", "vectors.json",
    "model.tflite", "model.json", *ATTESTED,
)  # fmt: skip


@contextmanager
def opened(out: Path) -> Iterator[None]:
    """Holds the folder `out`, which is new, empty, or one that these functions wrote before.

    Raises:
        ArtifactError: it is a file, or holds something else, or is in use.
    """
    if out.exists() and not out.is_dir():
        raise ArtifactError(f"{out} is a file; --out takes a folder")
    if out.exists():
        other = next((p.name for p in sorted(out.iterdir()) if p.name not in _WRITTEN and p.name[0] != "."), None)
        if other is not None:
            raise ArtifactError(f"{out} holds other files ({other}); give --out a new or an empty folder")
    with locked(out):
        for name in ATTESTED:  # of what was here before
            (out / name).unlink(missing_ok=True)
        yield


@contextmanager
def as_file(tflite: bytes) -> Iterator[Path]:
    """A temporary file with the bytes of a .tflite."""
    with tempfile.TemporaryDirectory(prefix="ecgprune-") as scratch:
        path = Path(scratch) / "model.tflite"
        path.write_bytes(tflite)
        yield path


def generate(
    model: Path, out: Path, boards: Sequence[str], settings: ExportConfig, contract: ModelContract
) -> tuple[Core, ...]:
    """Writes src, drop-in and plan.json, with code for each core of the boards.

    Args:
        model: the int8 .tflite.
        out: the folder, `opened`.
        boards: names of boards.
        settings: how code is generated.
        contract: class names and preprocessing, as far as they are known.

    Returns:
        The cores.

    Raises:
        EcgpruneError: as `firmware.export`; or a board is not usable.
    """
    from ecgprune.pipeline import firmware
    from ecgprune.pipeline.cores import cores_of

    cores = cores_of(boards)
    firmware.export(model, out, settings, cores, contract)
    return cores


def verify(
    model: Path, out: Path, cores: Sequence[Core], vectors: int, progress: Progress, tolerance: float = 0.0
) -> dict[str, Any]:
    """Runs random vectors on the host, and on the boards whose images lie in out/images.

    Random int8 values tell whether all runtimes agree, and say nothing of accuracy.

    Args:
        model: the int8 .tflite.
        out: the folder, with code for `cores`.
        cores: cores and their boards.
        vectors: how many run on each board.
        progress: called as work goes on.
        tolerance: how far float32 outputs on a board may lie from TFLM's on the host.

    Returns:
        verify.json.
    """
    from ecgprune import verify as verification
    from ecgprune.graph.reader import read
    from ecgprune.pipeline import firmware

    return verification.run(
        model,
        firmware.generated_code(out / "src", cores),
        verification.random_inputs(read(model), max(vectors, _HOST_VECTORS), _SEED),
        out / "verify.json",
        board_vectors=vectors,
        images=out / "images",
        source=f"random int8 values, seed {_SEED}",
        tolerance=tolerance,
        progress=progress,
    )
