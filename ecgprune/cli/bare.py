"""export, build and verify for a .tflite that no run of ecgprune's made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecgprune.cli import results
from ecgprune.cli.console import progress_bar, show
from ecgprune.errors import ArtifactError

if TYPE_CHECKING:
    from ecgprune.verify import Generated

_SEED = 1
_MADE = ("src", "drop-in", "plan.json", "images", "verify.json", "vectors.bin", "vectors.json")


def go(
    stage: str,
    tflite: Path,
    out: Path,
    boards: tuple[str, ...],
    style: str,
    *,
    name: str,
    runtime: str,
    optimize: str,
    vectors: int,
) -> None:
    """Generates C from `tflite` into `out`, and builds and verifies it as far as `stage` asks.

    Each core of the boards gets code of its own, see `pipeline.firmware.export`.
    The vectors are random int8 values: they check equality, and say nothing of accuracy.
    """
    from ecgprune import verify
    from ecgprune.c_names import check_name
    from ecgprune.config import parse
    from ecgprune.pipeline import firmware
    from ecgprune.pipeline.cores import cores_of

    check_name(name)
    if not tflite.is_file():
        raise ArtifactError(f"no file {tflite}; SOURCE is a config or a .tflite file")
    if out.exists() and any(p.name not in _MADE for p in out.iterdir()):
        raise ArtifactError(f"{out} holds other files; give --out a new folder, or one that this command made")
    cores = cores_of(boards)
    settings = parse(f'[export]\nname = "{name}"\nruntime = "{runtime}"\noptimize = "{optimize}"', "options").export
    with progress_bar("generate C"):
        firmware.export(tflite, out, settings, cores)
    if stage == "export":
        plan = results.read(out / "plan.json")
        return show(style, plan, lambda: results.plan(plan))
    with progress_bar("build firmware") as progress:
        firmware.build(out / "src", cores, out / "images", runtime, progress)
    if stage == "build":
        built = results.images(out / "images")
        show(style, built, lambda: results.sizes(built))
        return results.refuse_gaps(stage, built)
    found = _verify(tflite, out, firmware.generated_code(out / "src", cores), vectors)
    show(style, found, lambda: results.verdicts(found))
    verify.check(found)
    return results.refuse_gaps(stage, found)


def _verify(tflite: Path, out: Path, generated: Sequence[Generated], vectors: int) -> dict[str, Any]:
    from ecgprune import verify
    from ecgprune.graph.reader import read

    with progress_bar("verify") as progress:
        return verify.run(
            tflite,
            generated,
            verify.random_inputs(read(tflite), max(vectors, 1000), _SEED),
            out / "verify.json",
            board_vectors=vectors,
            images=out / "images",
            source=f"random int8 values, seed {_SEED}",
            progress=progress,
        )
