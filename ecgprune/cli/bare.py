"""export, build and verify for a .tflite that no run of ecgprune's made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ecgprune.cli import results
from ecgprune.cli.console import progress_bar, show
from ecgprune.errors import ArtifactError

_SEED = 1
_MADE = ("src", "drop-in", "plan.json", "images", "verify.json")


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

    Kernels are chosen for the core of the first board.
    The vectors are random int8 values: they prove equality, and say nothing of accuracy.
    """
    from ecgprune import verify
    from ecgprune.board import find_board
    from ecgprune.c_names import check_name
    from ecgprune.config import parse
    from ecgprune.pipeline import firmware

    check_name(name)
    if not tflite.is_file():
        raise ArtifactError(f"no file {tflite}; SOURCE is a config or a .tflite file")
    if out.exists() and any(p.name not in _MADE for p in out.iterdir()):
        raise ArtifactError(f"{out} holds other files; give --out a new folder, or one that this command made")
    core = find_board(boards[0]).core
    settings = parse(f'[export]\nname = "{name}"\nruntime = "{runtime}"\noptimize = "{optimize}"', "options").export
    with progress_bar("generate C"):
        firmware.export(tflite, out, settings, core)
    if stage == "export":
        plan = results.read(out / "plan.json")
        return show(style, plan, lambda: results.plan(plan))
    with progress_bar("build firmware") as progress:
        firmware.build(out / "src", boards, out / "images", runtime, progress)
    if stage == "build":
        built = results.images(out / "images")
        show(style, built, lambda: results.sizes(built))
        return results.refuse_gaps(stage, built)
    found = _verify(tflite, out, boards, vectors)
    show(style, found, lambda: results.verdicts(found))
    verify.check(found)
    return results.refuse_gaps(stage, found)


def _verify(tflite: Path, out: Path, boards: tuple[str, ...], vectors: int) -> dict[str, Any]:
    from ecgprune import verify
    from ecgprune.graph.reader import read

    with progress_bar("verify") as progress:
        return verify.run(
            tflite,
            out / "src",
            verify.random_inputs(read(tflite), max(vectors, 1000), _SEED),
            out / "verify.json",
            boards=boards,
            board_vectors=vectors,
            images=out / "images",
            source=f"random int8 values, seed {_SEED}",
            progress=progress,
        )
