"""The steps from beats to an int8 model."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from ecgprune.artifacts import Progress, write_json
from ecgprune.config import Config, Stage
from ecgprune.formatting import percent
from ecgprune.pipeline.data import inputs, load
from ecgprune.pipeline.run_folder import Step

__all__ = ["one_shot_step", "pruning_steps", "quantize_step", "steps", "train_step"]

_CODE = ("training", "importers", "graph")
_PREDICTION = ("graph", "codegen", "pipeline/costing.py")
_PRUNE = "prune"


def steps(config: Config, run: Path) -> list[tuple[str, Step]]:
    """(stage, step) of training, pruning and quantizing, in order."""
    found = [("train", train_step(config, run))]
    pruning = pruning_steps(config, run, _PRUNE)
    found += [("prune", step) for step, _ in pruning]
    if config.prune.one_shot:
        found.append(("prune", one_shot_step(config, run, _PRUNE)))
    stages = tuple(name for step, stage in pruning if stage is not None for name in step.outputs)
    found.append(("prune", _finish_step(config, run, stages)))
    found.append(("quantize", quantize_step(config, run, "pruned.keras", "model.tflite", "quantize.json")))
    return found


def train_step(config: Config, run: Path) -> Step:
    """Trains the dense model: dense.keras and dense.json."""

    def train(progress: Progress) -> None:
        from ecgprune.training import fit

        fit.train_dense(load(run), config, run / "dense.keras", run / "dense.json", run / "logs" / "dense", progress)

    return Step(
        name="dense",
        title="train",
        inputs=inputs(config),
        outputs=("dense.keras", "dense.json"),
        work=train,
        settings=_common(config),
        code=_CODE,
    )


def pruning_steps(config: Config, run: Path, folder: str) -> list[tuple[Step, Stage | None]]:
    """The pruning stages, each from the one before: stage-NN.keras and .json in `folder` of the run folder.

    Returns:
        (step, stage) in order. Before the first stage that needs it, (step, None) for the step that measures layers.
    """

    def prune(index: int, source: str, out: str, measured: tuple[str, ...], progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        beats, dense = load(run), run / "dense.keras"
        known = _measured(config, run, measured, beats)
        pruning.run_stage(beats, config, index, dense, run / source, run / out, progress, **known)

    found: list[tuple[Step, Stage | None]] = []
    source = "dense.keras"
    whole = {key: value for key, value in asdict(config.prune).items() if key not in ("stages", "one_shot")}
    for index, stage in enumerate(config.prune.stages):
        if config.prune.needs_tables and index == config.prune.channel_stages:
            found.append((_tables_step(config, run, folder, source), None))
        tables = _tables(config, folder) if stage.granularity is None else ()
        out = f"{folder}/stage-{index + 1:02}.keras"
        promised = (source, source.replace(".keras", ".json")) if index else ()  # what the source has to hold
        needed = (*inputs(config), "dense.keras", *promised, *tables)
        settings = [*_common(config), asdict(stage), whole, _predicts(config)]
        title = f"{_aim(config, index)} {percent(stage.target, 0)}"
        name = Path(out).stem if folder == _PRUNE else out.removesuffix(".keras")
        work = partial(prune, index, source, out, tables)
        step = Step(
            name=name,
            title=title,
            inputs=needed,
            outputs=(out, out.replace(".keras", ".json")),
            work=work,
            settings=settings,
            code=_code(config),
        )
        found.append((step, stage))
        source = out
    return found


def _tables_step(config: Config, run: Path, folder: str, source: str) -> Step:
    """Measures what pruning each layer of the model in `source` costs; see config.prune.needs_tables."""

    def measure(progress: Progress) -> None:
        from ecgprune.pipeline import costing

        costing.write_tables(config, load(run), run / source, run / name, progress)

    (name,) = _tables(config, folder)
    settings = [*_common(config), config.prune.granularity, _predicts(config)]
    step = Path(name).stem if name.startswith(f"{_PRUNE}/") else name.removesuffix(".json")
    code = (*_CODE, *_PREDICTION)
    return Step(
        name=step,
        title="measure layers",
        inputs=(*inputs(config), source),
        outputs=(name,),
        work=measure,
        settings=settings,
        code=code,
    )


def one_shot_step(config: Config, run: Path, folder: str, name: str = "one-shot") -> Step:
    """The step of one-shot pruning to the goal of the last stage.

    Args:
        config: of the run.
        run: its folder.
        folder: folder in it for <name>.keras and <name>.json.
        name: of these files.
    """

    def prune(progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        beats, out = load(run), run / folder / f"{name}.keras"
        known = _measured(config, run, tables, beats)
        pruning.one_shot(beats, config, run / "dense.keras", out, progress, **known)

    tables = _tables(config, folder)
    title = f"one-shot to {percent(config.prune.stages[-1].target, 0)}"
    settings = [*_common(config), asdict(config.prune), _predicts(config)]
    outputs = (f"{folder}/{name}.keras", f"{folder}/{name}.json")
    step = name if folder == _PRUNE else f"{folder}/{name}"
    needed = (*inputs(config), "dense.keras", *tables)
    return Step(
        name=step,
        title=title,
        inputs=needed,
        outputs=outputs,
        work=prune,
        settings=settings,
        code=_code(config),
    )


def _finish_step(config: Config, run: Path, stages: tuple[str, ...]) -> Step:
    def finish(progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.finish(config, run / _PRUNE, run / "pruned.keras", run / _PRUNE / "chosen.json")

    outputs = ("pruned.keras", f"{_PRUNE}/chosen.json")
    return Step(
        name="pruned",
        title="choose stage",
        inputs=stages,
        outputs=outputs,
        work=finish,
        settings=[len(config.prune.stages)],
        code=_CODE,
    )


def quantize_step(config: Config, run: Path, source: str, out: str, result: str) -> Step:
    """The step that quantizes a model.

    Args:
        config: of the run.
        run: its folder.
        source: the Keras model, relative to the run folder.
        out: the .tflite to write.
        result: the JSON to write its figures to.
    """

    def quantize(progress: Progress) -> None:
        from ecgprune.training import quantize as quantization

        write_json(run / result, quantization.quantize(load(run), config, run / source, run / out, progress))

    settings = [config.seed, asdict(config.quantize)]
    if config.quantize.method == "qat":  # trains with the batches and class weights of dense training
        settings.append(asdict(config.train))
    name = "quantize" if result == "quantize.json" else result.removesuffix(".json")
    return Step(
        name=name,
        title="quantize",
        inputs=(*inputs(config), source),
        outputs=(out, result),
        work=quantize,
        settings=settings,
        code=_CODE,
    )


def _tables(config: Config, folder: str) -> tuple[str, ...]:
    """The file of tables that pruning needs, if any. The tables of the dense model serve all that prunes it."""
    whose = folder if config.prune.channel_stages else _PRUNE
    return (f"{whose}/tables-{config.prune.granularity}.json",) if config.prune.needs_tables else ()


def _measured(config: Config, run: Path, tables: tuple[str, ...], beats: Any) -> dict[str, Any]:
    """The predictions and tables that pruning needs for its goals, as arguments of `prune.run_stage`."""
    from ecgprune.pipeline import costing

    found: dict[str, Any] = {}
    for name in tables:
        found["tables"] = json.loads((run / name).read_text(encoding="utf-8"))
    if config.prune.stages[0].goal == "fewer_instructions":
        found["instructions"] = costing.instructions(config, beats)
    return found


def _counts_instructions(config: Config) -> bool:
    """Whether pruning needs predicted instructions: for tables, or for each model that it tries."""
    return config.prune.needs_tables or config.prune.stages[0].goal == "fewer_instructions"


def _predicts(config: Config) -> list[object]:
    """Settings that predicted instructions depend on, if any are needed."""
    return [asdict(config.export), config.firmware.boards[0]] if _counts_instructions(config) else []


def _code(config: Config) -> tuple[str, ...]:
    return (*_CODE, *_PREDICTION) if _counts_instructions(config) else _CODE


def _common(config: Config) -> list[object]:
    return [config.seed, asdict(config.model), asdict(config.train)]


def _aim(config: Config, index: int) -> str:
    """The start of a stage's title; its target follows."""
    goal = config.prune.stages[index].goal
    return "prune to" if goal == "sparsity" else f"prune {config.prune.granularity_of(index)}s,"
