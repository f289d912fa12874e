"""The steps from an int8 model to verified firmware and the report."""

from __future__ import annotations

import contextlib
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, replacing, sha256_file, write_json
from ecgprune.config import Config
from ecgprune.errors import FirmwareError, ToolMissingError
from ecgprune.pipeline import firmware
from ecgprune.pipeline.contract import contract_of
from ecgprune.pipeline.cores import Core, cores_of
from ecgprune.pipeline.data import DATASET, load
from ecgprune.pipeline.evaluation import evaluate
from ecgprune.pipeline.run_folder import Step
from ecgprune.report.artefacts import MEASUREMENTS, TFLM_BENCH

__all__ = ["build_code", "steps"]

MODEL = "model.tflite"
PLAN, SOURCES, DROP_IN, IMAGES = "firmware/plan.json", "firmware/src", "firmware/drop-in", "firmware/images"
SCORES = ("evaluation.json", "predictions.npz")
VERDICT = "verify.json"
VECTORS = ("firmware/vectors.bin", "firmware/vectors.json")
_TFLM_VECTORS = 5  # random ones: what TFLM takes does not depend on them


def steps(config: Config, run: Path, *, beside: bool = True) -> list[tuple[str, Step]]:
    """(stage, step) from model.tflite on.

    Args:
        config: of the run.
        run: its folder.
        beside: with a step that measures the user's own build of TFLM, where there is one.

    Raises:
        BoardError: for an unknown board, before anything is trained.
    """
    cores = cores_of(config.firmware.boards)
    tflm = _beside(config, run) if beside else []
    return [
        ("quantize", _evaluate(config, run)),
        ("export", _export(config, run, cores)),
        ("build", _build(config, run, cores)),
        ("verify", _verify(config, run, cores)),
        *(("report", step) for step in tflm),
        ("report", _report(config, run, [name for step in tflm for name in step.outputs])),
    ]


def build_code(boards: tuple[str, ...]) -> tuple[str, ...]:
    """The source that an image of these boards depends on, as `Step.code` has it."""
    from ecgprune.board import find_board

    built = ("Makefile", "build.mk", "harness", "platform", "lib/nn", "tools")
    folders = [str(find_board(name).folder) if "/" in name else f"firmware/boards/{name}" for name in boards]
    return (*(f"firmware/{name}" for name in built), *folders, "board", "pipeline/firmware.py")


def _evaluate(config: Config, run: Path) -> Step:
    def work(progress: Progress) -> None:
        evaluate(run, config.prune.one_shot, progress)

    models = ("dense.keras", "pruned.keras", *(("prune/one-shot.keras",) if config.prune.one_shot else ()))
    code = ("training", "verify", "ecg", "graph", "pipeline/evaluation.py")
    return Step(
        name="evaluate",
        title="evaluate",
        inputs=(*DATASET, *models, MODEL),
        outputs=SCORES,
        work=work,
        code=code,
    )


def _export(config: Config, run: Path, cores: tuple[Core, ...]) -> Step:
    contract = contract_of(config.data)

    def work(progress: Progress) -> None:
        firmware.export(run / MODEL, run / "firmware", config.export, cores, contract)

    settings = [asdict(config.export), [core.name for core in cores], asdict(contract)]
    ours = ("graph", "interface", "codegen", "tflm", "packaging", "templating.py", "pipeline/firmware.py")
    code = (*ours, "firmware/lib")
    return Step(
        name="export",
        title="generate C",
        inputs=(MODEL,),
        outputs=(PLAN, SOURCES, DROP_IN),
        work=work,
        settings=settings,
        code=code,
    )


def _build(config: Config, run: Path, cores: tuple[Core, ...]) -> Step:
    def work(progress: Progress) -> None:
        with replacing(run / IMAGES) as new:
            firmware.build(run / SOURCES, cores, new, config.export.runtime, progress)

    code = build_code(config.firmware.boards)
    return Step(
        name="build",
        title="build firmware",
        inputs=(SOURCES,),
        outputs=(IMAGES,),
        work=work,
        settings=_made_with(config),
        code=code,
    )


def _verify(config: Config, run: Path, cores: tuple[Core, ...]) -> Step:
    def work(progress: Progress) -> None:
        from ecgprune import verify

        beats = load(run).subset("test")
        beats = beats.take(verify.choose(beats.label, config.verify.host_beats))
        origin = f"test beats of the {'SYNTHETIC' if beats.info['synthetic'] else beats.info['name']} database"
        result = verify.run(
            run / MODEL,
            firmware.generated_code(run / SOURCES, cores),
            beats.inputs,
            run / VERDICT,
            host_vectors=config.verify.host_beats,
            board_vectors=config.verify.board_beats,
            images=run / IMAGES,
            vectors=run / VECTORS[0],
            source=origin,
            progress=progress,
        )
        verify.check(result)

    code = (*build_code((*config.firmware.boards, "host")), "verify", "graph")
    inputs = (*DATASET, MODEL, PLAN, SOURCES, IMAGES)
    settings = [asdict(config.verify), *_made_with(config)]
    return Step(
        name="verify",
        title="verify",
        inputs=inputs,
        outputs=(VERDICT, *VECTORS),
        work=work,
        settings=settings,
        code=code,
    )


def _beside(config: Config, run: Path) -> list[Step]:
    """Measures TFLM with the same model where the user has a build of it; the report shows it beside ours.

    A build of TFLM is for one core: boards that it cannot be linked for are left out.
    """
    if config.export.runtime != "native" or None in firmware.own_tflm():
        return []

    def work(progress: Progress) -> None:
        from ecgprune.board import emulator, find_board
        from ecgprune.pipeline import bench, measurements

        subject = bench.Subject(run / MODEL, config.export.name, _TFLM_VECTORS)
        boards = [board for name in config.firmware.boards if emulator(board := find_board(name))]
        rows = []
        for number, board in enumerate(boards):
            progress(number / len(boards), board.name)
            with contextlib.suppress(FirmwareError, ToolMissingError):
                rows.append(bench.measure(subject, board, runtime="tflm"))
        if not measurements.keep_tflm([row for row in rows if row["passed"]], run):
            write_json(run / TFLM_BENCH, {"measurements": []})

    settings = [*_made_with(config), *_tflm()]
    code = (*build_code(config.firmware.boards), "pipeline/bench.py", "pipeline/measurements.py", "tflm")
    return [
        Step(
            name="tflm",
            title="TFLM with the same model",
            inputs=(MODEL,),
            outputs=(TFLM_BENCH,),
            work=work,
            settings=settings,
            code=code,
        )
    ]


def _report(config: Config, run: Path, beside: list[str]) -> Step:
    def work(progress: Progress) -> None:
        from ecgprune import report

        report.build(run)

    stages = tuple(f"prune/stage-{i + 1:02}.json" for i in range(len(config.prune.stages)))
    if config.prune.one_shot:
        stages = (*stages, "prune/one-shot.json")
    code = ("report", "formatting.py", "templating.py")
    inputs = ("config.toml", *DATASET, "dense.json", *stages, "quantize.json", MODEL, *SCORES, PLAN, VERDICT, *beside)
    measured = {n: sha256_file(run / n) for n in MEASUREMENTS if n not in beside and (run / n).is_file()}
    settings = measured or None
    return Step(
        name="report",
        title="report",
        inputs=inputs,
        outputs=("report.json", "report.html"),
        work=work,
        settings=settings,
        code=code,
    )


def _made_with(config: Config) -> list[Any]:
    """What images depend on besides their sources: the boards, the versions of the tools, the user's build of TFLM."""
    from ecgprune.board import tool_versions

    return [config.firmware.boards, tool_versions(), _tflm() if config.export.runtime == "tflm" else None]


def _tflm() -> list[str | None]:
    """The user's build of TFLM."""
    return [*firmware.own_tflm(), os.environ.get("TFLM_FLAGS")]
