"""From an int8 model to verified firmware and the report."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ecgprune.artifacts import Progress, replacing, write_json
from ecgprune.config import Config, ExportConfig
from ecgprune.errors import ToolMissingError
from ecgprune.pipeline.cores import Core, cores_of
from ecgprune.pipeline.data import DATASET, load
from ecgprune.pipeline.evaluation import evaluate
from ecgprune.pipeline.run_folder import Step

if TYPE_CHECKING:
    from ecgprune.graph.graph import Graph
    from ecgprune.verify import Generated

__all__ = ["build", "export", "generated_code", "own_tflm", "steps"]

PLAN_SCHEMA_VERSION = 1

_CODE = ("firmware", "board")
_PLAN, _SOURCES, _IMAGES = "firmware/plan.json", "firmware/src", "firmware/images"
_DROP_IN = "firmware/drop-in"


def steps(config: Config, run: Path) -> list[tuple[str, Step]]:
    """(stage, step) from model.tflite on."""
    from ecgprune.board import tool_versions

    boards = config.firmware.boards
    cores = cores_of(boards)  # a misspelt board is refused now, not after the training
    scored = ("evaluation.json", "predictions.npz")
    vectors = ("firmware/vectors.bin", "firmware/vectors.json")

    def score(progress: Progress) -> None:
        evaluate(run, config.prune.one_shot, progress)

    def generate(progress: Progress) -> None:
        export(run / "model.tflite", run / "firmware", config.export, cores)

    def make(progress: Progress) -> None:
        with replacing(run / _IMAGES) as new:
            build(run / _SOURCES, cores, new, config.export.runtime, progress)

    def prove(progress: Progress) -> None:
        from ecgprune import verify

        beats = load(run).subset("test")
        beats = beats.take(verify.choose(beats.label, config.verify.host_beats))
        origin = f"test beats of the {'SYNTHETIC' if beats.info['synthetic'] else beats.info['name']} database"
        result = verify.run(
            run / "model.tflite",
            generated_code(run / _SOURCES, cores),
            beats.inputs,
            run / "verify.json",
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
                        [asdict(config.export), [core.name for core in cores]],
                        ("graph", "codegen", "tflm", "firmware"))),
        ("build", Step("build", "build firmware", (_SOURCES,), (_IMAGES,), make, made_with, _CODE)),
        ("verify", Step("verify", "verify", (*DATASET, "model.tflite", _SOURCES, _IMAGES), ("verify.json", *vectors),
                        prove, proof, (*_CODE, "verify"))),
        ("report", Step("report", "report", told, ("report.json", "report.html"), tell, None, ("report",))),
    ]  # fmt: skip


def export(tflite: Path, out: Path, settings: ExportConfig, cores: Sequence[Core]) -> None:
    """Generates C from `tflite` for each core, with the kernels selected for that core.

    Writes out/src/<core> (what was generated), out/drop-in/<core> (that and all it needs, for any project), and
    out/plan.json: {"schema_version", "name", "runtime", "optimize", "cores"}, the last a list with one object per core:
    {"core", "folder", "arena_bytes", "instructions_estimate", "layers"}, layers as `codegen.plan.Layer`.
    Raises GraphError, UnsupportedOperatorError, CodegenError.
    """
    from ecgprune.graph.reader import read

    graph = read(tflite)
    names = [graph.tensor(index).name for index in graph.inputs]
    rows = []
    with replacing(out / "src") as src, replacing(out / "drop-in") as drop_in:
        drop_in.mkdir()
        for core in cores:
            row, files = _generate(tflite, graph, settings, core)
            rows.append(row)
            (src / core.folder).mkdir(parents=True)
            for name, text in files.items():
                (src / core.folder / name).write_text(text, encoding="utf-8")
            _drop_in(src / core.folder, drop_in / core.folder, names)
    about = {"name": settings.name, "runtime": settings.runtime, "optimize": settings.optimize}
    write_json(out / "plan.json", {"schema_version": PLAN_SCHEMA_VERSION, **about, "cores": rows})


def _generate(
    tflite: Path, graph: Graph, settings: ExportConfig, core: Core
) -> tuple[dict[str, Any], Mapping[str, str]]:
    """(object of plan.json, {file name: text}) of one core."""
    from ecgprune import codegen, tflm
    from ecgprune.codegen.target import Target

    generated = codegen.generate(graph, settings.name, settings.sparse, Target(core.name, settings.optimize))
    files: Mapping[str, str] = generated.files
    arena_bytes, layers = generated.plan.arena_bytes, [asdict(layer) for layer in generated.plan.layers]
    total: int | None = sum(layer.instructions_estimate for layer in generated.plan.layers)
    if settings.runtime == "tflm":  # TFLM multiplies by every weight, zero or not, and keeps them in the .tflite
        blob, total = tflite.read_bytes(), None
        files, arena_bytes = tflm.generate(blob, graph, settings.name), tflm.arena_bytes(blob)
        theirs = {"kernel": "TFLM", "weight_bytes": 0, "instructions_estimate": None}
        layers = [layer | theirs | {"nonzero_macs": layer["macs"]} for layer in layers]
    row = {
        "core": core.name,
        "folder": core.folder,
        "arena_bytes": arena_bytes,
        "instructions_estimate": total,
        "layers": layers,
    }
    return row, files


def generated_code(sources: Path, cores: Sequence[Core]) -> tuple[Generated, ...]:
    """What `export` left in `sources`, as verification takes it."""
    from ecgprune.verify import Generated

    return tuple(Generated(sources / core.folder, core.name, core.boards) for core in cores)


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


def build(sources: Path, cores: Sequence[Core], out: Path, runtime: str, progress: Progress) -> list[str]:
    """Builds an image for each board of `cores` into out/<board>, from sources/<core>.

    Returns why boards were left out, in plain words.
    Raises FirmwareError: unknown board, does not build, does not fit.
    """
    from ecgprune.board import build_image, find_board

    skipped = []
    out.mkdir(parents=True, exist_ok=True)
    places = [(name, sources / core.folder) for core in cores for name in core.boards]
    for number, (name, folder) in enumerate(places):
        board = find_board(name)
        progress(number / len(places), f"for {name}")
        if runtime == "tflm" and None in own_tflm():
            skipped.append(f"{name}: the tflm runtime links your own build of TFLM; set TFLM_LIB and TFLM_INCLUDE")
            continue
        try:
            build_image(folder, board, out / name, runtime)
        except ToolMissingError as error:
            skipped.append(f"{name}: {error}")
    write_json(out / "images.json", {"boards": [name for name, _ in places], "skipped": skipped})
    return skipped
