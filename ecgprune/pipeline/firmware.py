"""From an int8 model to verified firmware and the report."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from ecgprune.artifacts import Progress, replacing, write_json
from ecgprune.config import Config, ExportConfig
from ecgprune.errors import ToolMissingError
from ecgprune.pipeline.data import DATASET, load
from ecgprune.pipeline.evaluation import evaluate
from ecgprune.pipeline.run_folder import Step

__all__ = ["build", "export", "own_tflm", "steps"]

_CODE = ("firmware", "board")
_PLAN, _SOURCES, _IMAGES = "firmware/plan.json", "firmware/src", "firmware/images"
_DROP_IN = "firmware/drop-in"


def steps(config: Config, run: Path) -> list[tuple[str, Step]]:
    """(stage, step) from model.tflite on."""
    from ecgprune.board import find_board, tool_versions

    boards = config.firmware.boards
    cores = [find_board(name).core for name in boards]  # a misspelt board is refused now, not after the training
    scored = ("evaluation.json", "predictions.npz")
    vectors = ("firmware/vectors.bin", "firmware/vectors.json")

    def score(progress: Progress) -> None:
        evaluate(run, config.prune.one_shot, progress)

    def generate(progress: Progress) -> None:
        export(run / "model.tflite", run / "firmware", config.export, cores[0])

    def make(progress: Progress) -> None:
        with replacing(run / _IMAGES) as new:
            build(run / _SOURCES, boards, new, config.export.runtime, progress)

    def prove(progress: Progress) -> None:
        from ecgprune import verify

        beats = load(run).subset("test")
        beats = beats.take(verify.choose(beats.label, config.verify.host_beats))
        origin = f"test beats of the {'SYNTHETIC' if beats.info['synthetic'] else beats.info['name']} database"
        result = verify.run(
            run / "model.tflite",
            run / _SOURCES,
            beats.inputs,
            run / "verify.json",
            boards=boards,
            host_vectors=config.verify.host_beats,
            board_vectors=config.verify.board_beats,
            images=run / _IMAGES,
            vectors=run / vectors[0],
            source=origin,
            progress=progress,
        )
        verify.check(result)

    def tell(progress: Progress) -> None:
        from ecgprune import report

        report.build(run)

    tools = tool_versions()
    stages = tuple(f"prune/stage-{i + 1:02}.json" for i in range(len(config.prune.stages)))
    if config.prune.one_shot:
        stages = (*stages, "prune/one-shot.json")
    made = ("dense.json", *stages, "quantize.json", "model.tflite", *scored, _PLAN, "verify.json")
    told = ("config.toml", *DATASET, *made)
    models = ("dense.keras", "pruned.keras", *(("prune/one-shot.keras",) if config.prune.one_shot else ()))
    made_with = [boards, tools, own_tflm() if config.export.runtime == "tflm" else None]
    proof = [asdict(config.verify), *made_with]
    return [
        ("quantize", Step("evaluate", "evaluate", (*DATASET, *models, "model.tflite"), scored, score, None,
                          ("training", "verify", "ecg"))),
        ("export", Step("export", "generate C", ("model.tflite",), (_PLAN, _SOURCES, _DROP_IN), generate,
                        [asdict(config.export), cores[0]], ("graph", "codegen", "tflm", "firmware"))),
        ("build", Step("build", "build firmware", (_SOURCES,), (_IMAGES,), make, made_with, _CODE)),
        ("verify", Step("verify", "verify", (*DATASET, "model.tflite", _SOURCES, _IMAGES), ("verify.json", *vectors),
                        prove, proof, (*_CODE, "verify"))),
        ("report", Step("report", "report", told, ("report.json", "report.html"), tell, None, ("report",))),
    ]  # fmt: skip


def export(tflite: Path, out: Path, settings: ExportConfig, core: str) -> None:
    """Writes out/src (what was generated), out/drop-in (that and all it needs, for any project), and out/plan.json.

    core: which the kernels are chosen for, as a board names it.
    plan.json: {"name", "runtime", "core", "optimize", "arena_bytes", "layers": [...]}.
    Raises GraphError, UnsupportedOperatorError, CodegenError.
    """
    from ecgprune import codegen, tflm
    from ecgprune.codegen.target import Target
    from ecgprune.graph.reader import read

    graph = read(tflite)
    target = Target(core, settings.optimize)
    generated = codegen.generate(graph, settings.name, settings.sparse, target)
    files: Mapping[str, str] = generated.files
    arena_bytes, layers = generated.plan.arena_bytes, [asdict(layer) for layer in generated.plan.layers]
    if settings.runtime == "tflm":  # TFLM multiplies by every weight, zero or not, and keeps them in the .tflite
        blob = tflite.read_bytes()
        files, arena_bytes = tflm.generate(blob, graph, settings.name), tflm.arena_bytes(blob)
        layers = [layer | {"kernel": "TFLM", "nonzero_macs": layer["macs"], "weight_bytes": 0} for layer in layers]
    plan = {
        "name": settings.name,
        "runtime": settings.runtime,
        "core": target.known_core,
        "optimize": target.optimize,
        "arena_bytes": arena_bytes,
        "layers": layers,
    }
    with replacing(out / "src") as new:
        new.mkdir()
        for name, text in files.items():
            (new / name).write_text(text, encoding="utf-8")
    with replacing(out / "drop-in") as new:
        _drop_in(out / "src", new, [graph.tensor(index).name for index in graph.inputs])
    write_json(out / "plan.json", plan)


def own_tflm() -> list[str | None]:
    """What names the user's build of TFLM to firmware/Makefile."""
    return [os.environ.get(name) for name in ("TFLM_LIB", "TFLM_INCLUDE")]


def _drop_in(sources: Path, out: Path, inputs: Sequence[str]) -> None:
    """Copies generated sources, all of firmware/ that they include or call, and what makes the model's `inputs` of
    samples, into one flat folder."""
    from ecgprune.board import firmware_root

    folders = [firmware_root() / name for name in ("lib/nn", "lib/ecg")]
    shutil.copytree(sources, out, ignore=shutil.ignore_patterns("sources.mk", "ecgp_model.h"))
    kernels = re.findall(r"\becgp_\w+\.c\b", (sources / "sources.mk").read_text(encoding="utf-8"))
    patient = any("patient" in name for name in inputs)
    wanted = [*kernels, "ecgp_beat.c", *(["ecgp_patient.c", "ecgp_rhythm.c", "ecgp_morphology.c"] if patient else [])]
    for path in sorted(out.iterdir()):
        wanted += _included(path)
    while wanted:
        name = wanted.pop()
        found = next((f / name for f in folders if (f / name).is_file()), None)
        if found is not None and not (out / name).exists():
            shutil.copyfile(found, out / name)
            wanted += _included(found)


def _included(path: Path) -> list[str]:
    return re.findall(r'^#include "(\w+\.h)"', path.read_text(encoding="utf-8"), re.MULTILINE)


def build(sources: Path, boards: Sequence[str], out: Path, runtime: str, progress: Progress) -> list[str]:
    """Builds an image for each board into out/<board>. Returns why boards were left out, in plain words.

    Raises FirmwareError: unknown board, does not build, does not fit.
    """
    from ecgprune.board import build_image, find_board

    skipped = []
    out.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(boards):
        board = find_board(name)
        progress(number / len(boards), f"for {name}")
        if runtime == "tflm" and None in own_tflm():
            skipped.append(f"{name}: the tflm runtime links your own build of TFLM; set TFLM_LIB and TFLM_INCLUDE")
            continue
        try:
            build_image(sources, board, out / name, runtime)
        except ToolMissingError as error:
            skipped.append(f"{name}: {error}")
    write_json(out / "images.json", {"boards": list(boards), "skipped": skipped})
    return skipped
