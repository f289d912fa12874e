"""From beats to an int8 model."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

from ecgprune.artifacts import Progress, write_json
from ecgprune.config import Config
from ecgprune.pipeline.data import inputs, load
from ecgprune.steps import Step

__all__ = ["one_shot_step", "quantize_step", "stage_steps", "steps", "train_step"]

_CODE = ("training",)
_PRUNE = "prune"


def steps(config: Config, run: Path) -> list[tuple[str, Step]]:
    """(stage, step) of training, pruning and quantizing, in order."""
    found = [("train", train_step(config, run))]
    stages = stage_steps(config, run, _PRUNE)
    found += [("prune", step) for step in stages]
    if config.prune.one_shot:
        found.append(("prune", one_shot_step(config, run, _PRUNE)))
    found.append(("prune", _finish_step(config, run, tuple(name for step in stages for name in step.outputs))))
    found.append(("quantize", quantize_step(config, run, "pruned.keras", "model.tflite", "quantize.json")))
    return found


def train_step(config: Config, run: Path) -> Step:
    """The dense model: dense.keras, dense.json."""

    def train(progress: Progress) -> None:
        from ecgprune.training import fit

        fit.train_dense(load(run), config, run / "dense.keras", run / "dense.json", run / "logs" / "dense", progress)

    return Step("dense", "train", inputs(config), ("dense.keras", "dense.json"), train, _common(config), _CODE)


def stage_steps(config: Config, run: Path, folder: str) -> list[Step]:
    """The pruning stages, each from the one before: stage-NN.keras and .json in `folder` of the run."""

    def prune(index: int, source: str, out: str, progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.run_stage(load(run), config, index, run / "dense.keras", run / source, run / out, progress)

    found = []
    source = "dense.keras"
    whole = {key: value for key, value in asdict(config.prune).items() if key not in ("stages", "one_shot")}
    for index, stage in enumerate(config.prune.stages):
        out = f"{folder}/stage-{index + 1:02}.keras"
        needed = (*inputs(config), *dict.fromkeys(("dense.keras", source)))
        if index and config.prune.granularity == "channel":  # it says how many channels the source has
            needed += (source.replace(".keras", ".json"),)
        settings = [*_common(config), asdict(stage), whole]
        title = f"{_aim(config)} {stage.target:.0%}"
        name = Path(out).stem if folder == _PRUNE else out.removesuffix(".keras")
        work = partial(prune, index, source, out)
        found.append(Step(name, title, needed, (out, out.replace(".keras", ".json")), work, settings, _CODE))
        source = out
    return found


def one_shot_step(config: Config, run: Path, folder: str, name: str = "one-shot") -> Step:
    """Pruning in one step to the last stage's goal: NAME.keras and .json in `folder` of the run."""

    def prune(progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.one_shot(load(run), config, run / "dense.keras", run / folder / f"{name}.keras", progress)

    title = f"one-shot to {config.prune.stages[-1].target:.0%}"
    settings = [*_common(config), asdict(config.prune)]
    outputs = (f"{folder}/{name}.keras", f"{folder}/{name}.json")
    step = name if folder == _PRUNE else f"{folder}/{name}"
    return Step(step, title, (*inputs(config), "dense.keras"), outputs, prune, settings, _CODE)


def _finish_step(config: Config, run: Path, stages: tuple[str, ...]) -> Step:
    def finish(progress: Progress) -> None:
        from ecgprune.training import prune as pruning

        pruning.finish(config, run / _PRUNE, run / "pruned.keras", run / _PRUNE / "chosen.json")

    outputs = ("pruned.keras", f"{_PRUNE}/chosen.json")
    return Step("pruned", "choose stage", stages, outputs, finish, [len(config.prune.stages)], _CODE)


def quantize_step(config: Config, run: Path, source: str, out: str, result: str) -> Step:
    """The int8 form of the model in `source`: `out` (.tflite), and what is to be said about it in `result` (.json)."""

    def quantize(progress: Progress) -> None:
        from ecgprune.training import quantize as quantization

        write_json(run / result, quantization.quantize(load(run), config, run / source, run / out, progress))

    settings = [config.seed, asdict(config.quantize)]
    if config.quantize.method == "qat":  # which trains: with the batches and the class weights of dense training
        settings.append(asdict(config.train))
    name = "quantize" if result == "quantize.json" else result.removesuffix(".json")
    return Step(name, "quantize", (*inputs(config), source), (out, result), quantize, settings, _CODE)


def _common(config: Config) -> list[object]:
    return [config.seed, asdict(config.model), asdict(config.train)]


def _aim(config: Config) -> str:
    """What a stage does, before its target."""
    goal = config.prune.stages[0].goal
    return "prune to" if goal == "sparsity" else f"prune {config.prune.granularity}s,"
